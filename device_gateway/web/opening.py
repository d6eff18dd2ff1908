"""The page where a phone on the home network is told the code, once."""

from typing import Annotated

from fastapi import FastAPI, Form, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from device_gateway.web.guard import OPENING, same_origin
from device_gateway.web.home_access import COOKIE, HomeAccess
from device_gateway.web.page import Page
from device_gateway.web.texts import texts

_YEAR_S = 365 * 24 * 3600


def add_opening(app: FastAPI, page: Page, home: HomeAccess) -> None:
    """`/open`."""

    @app.get(OPENING)
    async def ask(request: Request) -> Response:
        return page.render(request, "open.html", message="")

    @app.post(OPENING)
    async def open_page(request: Request, code: Annotated[str, Form(max_length=40)] = "") -> Response:
        if not same_origin(request.headers):
            return JSONResponse({"error": "not_from_this_page"}, 403)
        right = home.try_code(code)
        if not right:
            say = texts(page.language_of(request))
            message, status = (say["open_wait"], 429) if right is None else (say["open_wrong"], 422)
            return page.render(request, "open.html", status, message=message)
        answer = RedirectResponse("/", 303)
        answer.set_cookie(COOKIE, home.secret, max_age=_YEAR_S, httponly=True, samesite="strict")
        return answer
