"""The presenter's page as an ASGI application of its own, mounted below /presenter by `nykter serve` in the demo only.

There is no login: it can be reached from this machine alone, holds no person's data, and obeys only its own page
(same origin, JSON).
"""

import json
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from pydantic import BaseModel, ConfigDict, Field

from nykter.demo.presenter.stage import LONGEST_JUMP, Stage, StageError, StageSetting
from nykter.demo.presenter.words import WORDS

_CONTENT_SECURITY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HERE = Path(__file__).parent


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class BlowRequest(_Body):
    """A breath to blow now."""

    brac_mg_per_l: Annotated[float, Field(ge=0, le=3)]
    blow: Literal["good", "weak", "interrupted", "none"] = "good"
    as_device: bool = False


class FaultRequest(_Body):
    """A fault for the next test; `cut_link` is the radio's."""

    fault: Literal["low_battery", "temperature_low", "not_calibrated", "general", "cut_link"]


class ClockRequest(_Body):
    """Move the clock on."""

    minutes: Annotated[int, Field(ge=1, le=int(LONGEST_JUMP.total_seconds() // 60))]


def create_presenter(setting: StageSetting) -> FastAPI:
    """The application for one stage."""
    app = FastAPI(title="Nykter demo presenter", docs_url=None, redoc_url=None, openapi_url=None)
    stage = Stage(setting)
    pages = Environment(
        loader=PackageLoader("nykter.demo.presenter"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
    )
    app.mount("/static", StaticFiles(directory=_HERE / "static"))

    @app.middleware("http")
    async def guard(request: Request, call_next: Any) -> Response:
        if request.method != "GET" and not _from_this_page(request):
            return JSONResponse({"error": "not_from_this_page"}, 403)
        response: Response = await call_next(request)
        response.headers["content-security-policy"] = _CONTENT_SECURITY
        response.headers["cache-control"] = "no-store"
        return response

    @app.exception_handler(StageError)
    async def say(_request: Request, error: StageError) -> Response:
        return JSONResponse({"error": str(error)}, 409)

    @app.get("/")
    async def page(request: Request, lang: str = "sv") -> Response:
        language = lang if lang in WORDS else "sv"
        words = WORDS[language]
        html = pages.get_template("presenter.html").render(
            t=words,
            words_json=json.dumps(words),
            language=language,
            other="en" if language == "sv" else "sv",
            base=request.scope.get("root_path", ""),
            setting=setting,
        )
        return HTMLResponse(html)

    @app.get("/api/state")
    async def state() -> dict[str, Any]:
        return await stage.state()

    @app.post("/api/blow")
    async def blow(wanted: BlowRequest) -> dict[str, Any]:
        return await stage.blow(wanted.brac_mg_per_l, wanted.blow, as_device=wanted.as_device)

    @app.post("/api/fault")
    async def fault(wanted: FaultRequest) -> dict[str, Any]:
        return await (stage.cut_link() if wanted.fault == "cut_link" else stage.fail(wanted.fault))

    @app.post("/api/clock")
    async def clock(wanted: ClockRequest) -> dict[str, Any]:
        return await stage.move_clock(timedelta(minutes=wanted.minutes))

    return app


def _from_this_page(request: Request) -> bool:
    """JSON only (a foreign page cannot send it unasked), and no foreign origin."""
    origin = request.headers.get("origin")
    json_body = request.headers.get("content-type", "").startswith("application/json")
    same = origin is None or urlsplit(origin).netloc == request.headers.get("host")
    return (
        json_body and same and request.headers.get("sec-fetch-site", "same-origin") in {"same-origin", "none"}
    )
