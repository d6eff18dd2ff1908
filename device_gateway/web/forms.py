"""The pages and their plain forms: everything works in a browser without script too."""

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Annotated
from urllib.parse import urlencode

from fastapi import FastAPI, Form, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from contracts.check_in import About
from contracts.reading import CannotBlow
from device_gateway.errors import BusyError, OutboxError, RetestWaitError
from device_gateway.messages import ITEMS, SCALE
from device_gateway.web.guard import same_origin, token_matches
from device_gateway.web.page import Page
from device_gateway.web.texts import texts

_ABOUT = ("run", "window", "opens")


def add_pages(app: FastAPI, page: Page) -> None:
    """`/`, `/check-in`."""

    @app.get("/")
    async def test_page(request: Request) -> Response:
        view = page.view(page.gateway.state(), page.language_of(request))
        asked = request.query_params
        saved, not_yet = asked.get("saved", ""), "not-yet" in asked
        refused = asked.get("photo", "") == "refused"
        return page.render(
            request, "test.html", view=view, saved=saved, not_yet=not_yet, photo_refused=refused
        )

    @app.get("/check-in")
    async def check_in_page(request: Request) -> Response:
        return page.render(request, "check_in.html", items=ITEMS, scale=_scale(), message="")

    @app.post("/check-in")
    async def check_in(
        request: Request,
        token: Annotated[str, Form()] = "",
        drank: Annotated[str, Form()] = "",
        comment: Annotated[str, Form(max_length=2000)] = "",
    ) -> Response:
        if not same_origin(request.headers) or not token_matches(token, page.token):
            return JSONResponse({"error": "not_from_this_page"}, 403)
        form = await request.form()
        try:
            answers = {item: int(str(form[item])) for item in ITEMS if form.get(item)}
            drank_answer = {"yes": True, "no": False}.get(drank)
            kept = page.gateway.submit_check_in(answers, drank=drank_answer, comment=comment)
        except (ValueError, OutboxError):
            message = texts(page.language_of(request))["not_saved"]
            return page.render(request, "check_in.html", 422, items=ITEMS, scale=_scale(), message=message)
        return RedirectResponse("/?saved=yes" if kept else "/?saved=empty", 303)


def add_comments(app: FastAPI, page: Page) -> None:
    """`/comment`: the client's own words on one line of their list."""

    @app.get("/comment")
    async def comment_page(request: Request) -> Response:
        about = {name: request.query_params[name] for name in _ABOUT if name in request.query_params}
        view = page.view(page.gateway.state(), page.language_of(request))
        wanted = "/comment?" + urlencode(about)
        row = next((row for row in view.rows if row.comment == wanted), None)
        if row is None:
            return RedirectResponse("/", 303)
        return page.render(request, "comment.html", row=row, about=about)

    @app.post("/comment")
    async def comment(
        request: Request,
        token: Annotated[str, Form()] = "",
        words: Annotated[str, Form(max_length=2000)] = "",
    ) -> Response:
        if not same_origin(request.headers) or not token_matches(token, page.token):
            return JSONResponse({"error": "not_from_this_page"}, 403)
        form = await request.form()
        names = dict(zip(_ABOUT, ("run_id", "window_kind", "window_opens_at"), strict=True))
        try:
            about = About.model_validate_json(
                json.dumps({names[name]: str(form[name]) for name in _ABOUT if name in form})
            )
            kept = page.gateway.comment(words, about)
        except (ValueError, OutboxError):
            return JSONResponse({"error": "invalid"}, 422)
        return RedirectResponse("/?saved=yes" if kept else "/?saved=empty", 303)


def add_forms(app: FastAPI, page: Page) -> None:
    """What the page does by script, for a browser without."""

    @app.post("/test")
    async def start(
        request: Request, token: Annotated[str, Form()] = "", waited: Annotated[str, Form()] = ""
    ) -> Response:
        answer = {"yes": True, "no": False}.get(waited)
        return _by_form(page, request, token, lambda: page.gateway.start_test(waited_15_min=answer))

    @app.post("/cancel")
    async def cancel(request: Request, token: Annotated[str, Form()] = "") -> Response:
        return _by_form(page, request, token, page.gateway.cancel_test)

    @app.get("/cannot-blow")
    async def cannot_blow_page(request: Request) -> Response:
        return page.render(request, "cannot_blow.html", reasons=list(CannotBlow), message="")

    @app.post("/cannot-blow")
    async def cannot_blow(
        request: Request, token: Annotated[str, Form()] = "", reason: Annotated[str, Form()] = ""
    ) -> Response:
        if reason not in set(CannotBlow):
            message = texts(page.language_of(request))["cannot_choose"]
            return page.render(request, "cannot_blow.html", 422, reasons=list(CannotBlow), message=message)
        why = CannotBlow(reason)
        return _by_form(page, request, token, lambda: page.gateway.cannot_blow(why), "/?saved=cannot")


def _by_form(
    page: Page, request: Request, token: str, act: Callable[[], object], then: str = "/"
) -> Response:
    if not same_origin(request.headers) or not token_matches(token, page.token):
        return JSONResponse({"error": "not_from_this_page"}, 403)
    with suppress(BusyError, RetestWaitError):  # the page itself says why not
        act()
    return RedirectResponse(then, 303)


def _scale() -> range:
    low, high = SCALE
    return range(int(low), int(high) + 1)
