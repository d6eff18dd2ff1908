"""The client's page and the JSON beside it. A thin face over `Gateway`.

`GET /api/state`, `POST /api/test/start` (JSON: `waited_15_min` true|false|null, `purpose`), `POST /api/test/cancel`,
`POST /api/test/cannot-blow` (JSON: `reason`), `POST /api/check-in`, `GET /healthz`. The same as plain forms, for a
browser without script: `POST /test`, `/cancel`, `/cannot-blow`, `/check-in`, `/comment`, `/photo`. A JSON POST needs
`Content-Type: application/json`; from a browser also this page's origin and its token in `X-Nykter-Token`
(see `guard`).
"""

from importlib.resources import files

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from device_gateway import VERSION
from device_gateway.web.forms import add_comments, add_forms, add_pages
from device_gateway.web.guard import LocalOnly
from device_gateway.web.home_access import HomeAccess
from device_gateway.web.json_api import add_json
from device_gateway.web.opening import add_opening
from device_gateway.web.page import Page
from device_gateway.web.photo import add_photo

__all__ = ["Page", "create_app"]


def create_app(page: Page, home: HomeAccess | None = None) -> FastAPI:
    """The ASGI application. `home`: who on the home network may come in, too; without it only this machine."""
    app = FastAPI(title="Nykter gateway", version=VERSION, docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(LocalOnly, home=home)
    app.mount("/static", StaticFiles(directory=str(files("device_gateway.web").joinpath("static"))))
    add_pages(app, page)
    add_forms(app, page)
    add_comments(app, page)
    add_photo(app, page)
    add_json(app, page)
    if home is not None:
        add_opening(app, page, home)
    return app
