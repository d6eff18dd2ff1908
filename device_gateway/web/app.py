"""The client's page and the JSON beside it. A thin face over `Gateway`.

`GET /api/state`, `POST /api/test/start` (JSON: `waited_15_min` true|false|null, `purpose`), `POST /api/test/cancel`,
`POST /api/check-in`, `GET /healthz`. A JSON POST needs `Content-Type: application/json`; from a browser also this
page's origin and its token in `X-Nykter-Token` (see `guard`).
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict
from decimal import Decimal
from importlib.resources import files
from typing import Annotated, Any, Literal

from fastapi import FastAPI, Form, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response, StreamingResponse
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from pydantic import BaseModel, ConfigDict, Field

from contracts.clock import Clock
from contracts.reading import Purpose
from device_gateway import VERSION
from device_gateway.errors import BusyError, GatewayError, OutboxError, RetestWaitError
from device_gateway.gateway import Gateway, GatewayState
from device_gateway.messages import ITEMS, SCALE
from device_gateway.web.guard import LocalOnly, may_post_json, new_token, same_origin, token_matches
from device_gateway.web.texts import LANGUAGES, texts
from device_gateway.web.view import View, view_of

LANGUAGE_COOKIE = "nykter_language"
_YEAR_S = 365 * 24 * 3600
_STREAM_PAUSE_S = 10.0
_MAX_BODY = 64 * 1024


class StartTest(BaseModel):
    """Body of `POST /api/test/start`."""

    model_config = ConfigDict(extra="forbid")
    waited_15_min: bool | None = None
    purpose: Literal[Purpose.VOLUNTARY, Purpose.PLANNED, Purpose.ON_DEMAND] = Purpose.VOLUNTARY


class SubmitCheckIn(BaseModel):
    """Body of `POST /api/check-in`."""

    model_config = ConfigDict(extra="forbid")
    answers: dict[str, Annotated[int, Field(ge=0, le=10)]] = {}
    drank: bool | None = None
    comment: Annotated[str, Field(max_length=2000)] | None = None


class Page:
    """What the routes share."""

    def __init__(
        self,
        gateway: Gateway,
        clock: Clock,
        *,
        device_id: str,
        zone: str,
        language: str,
        permille_factor: Decimal,
    ) -> None:
        self.gateway, self.device_id, self.language = gateway, device_id, language
        self.token = new_token()
        self.stopping = asyncio.Event()
        self._clock, self._zone, self._permille_factor = clock, zone, permille_factor
        self._templates = Environment(
            loader=PackageLoader("device_gateway.web"),
            autoescape=select_autoescape(default=True),
            undefined=StrictUndefined,
        )

    def language_of(self, request: Request) -> str:
        """The language asked for now, or before, or the gateway's own."""
        asked = request.query_params.get("lang") or request.cookies.get(LANGUAGE_COOKIE)
        return asked if asked in LANGUAGES else self.language

    def view(self, state: GatewayState, language: str) -> View:
        """The page's content now."""
        wait_s = None
        if state.chain is not None and state.chain.due_at is not None:
            real = self._clock.real_time_of
            wait_s = (real(state.chain.due_at) - real(state.now)).total_seconds()
        return view_of(state, language, self._zone, self._permille_factor, wait_s)

    def state_json(self, language: str) -> dict[str, Any]:
        """What `GET /api/state` answers."""
        state = self.gateway.state()
        run, chain = state.run, state.chain
        return {
            "device_id": self.device_id,
            "now": state.now.isoformat(),
            "phase": run.phase.value if run else "idle",
            "testing": state.testing,
            "run_id": run.run_id if run else None,
            "attempt": run.attempt if run else None,
            "purpose": run.purpose.value if run else None,
            "failure": run.failure.value if run and run.failure else None,
            "code": run.code if run else None,
            "brac_mg_per_l": None if state.value_mg_per_l is None else str(state.value_mg_per_l),
            "level": state.level.value if state.level else None,
            "retest_due_at": chain.due_at.isoformat() if chain and chain.due_at else None,
            "bluetooth": state.bluetooth.value,
            "broker_connected": state.publisher.connected,
            "clock_offset_ms": state.publisher.clock_offset_ms,
            "waiting": state.depth.waiting,
            "refused": state.depth.refused,
            "last_error": state.last_error[0] if state.last_error else None,
            "view": asdict(self.view(state, language)),
        }

    def render(self, request: Request, template: str, status: int = 200, **context: Any) -> HTMLResponse:
        """A page in the reader's language, which is remembered when it was asked for."""
        language = self.language_of(request)
        html = self._templates.get_template(template).render(
            t=texts(language),
            language=language,
            other=next(other for other in LANGUAGES if other != language),
            token=self.token,
            path=request.url.path,
            **context,
        )
        response = HTMLResponse(html, status)
        if request.query_params.get("lang") in LANGUAGES:
            response.set_cookie(LANGUAGE_COOKIE, language, max_age=_YEAR_S, httponly=True, samesite="strict")
        return response


def create_app(page: Page) -> FastAPI:
    """The ASGI application."""
    app = FastAPI(title="Nykter gateway", version=VERSION, docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(LocalOnly)
    app.mount("/static", StaticFiles(directory=str(files("device_gateway.web").joinpath("static"))))
    _add_pages(app, page)
    _add_json(app, page)
    return app


def _add_pages(app: FastAPI, page: Page) -> None:
    @app.get("/")
    async def test_page(request: Request) -> Response:
        view = page.view(page.gateway.state(), page.language_of(request))
        return page.render(request, "test.html", view=view, saved=request.query_params.get("saved", ""))

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


def _add_json(app: FastAPI, page: Page) -> None:
    @app.get("/healthz")
    async def health() -> dict[str, str]:
        return {"status": "ok", "version": VERSION}

    @app.get("/api/state")
    async def state(request: Request) -> dict[str, Any]:
        return page.state_json(page.language_of(request))

    @app.get("/api/events")
    async def events(request: Request) -> Response:
        stream = _stream(page, page.language_of(request))
        return StreamingResponse(stream, media_type="text/event-stream")

    @app.post("/api/test/start")
    async def start(request: Request) -> Response:
        def begin(body: bytes) -> Response:
            wanted = StartTest.model_validate_json(body or b"{}")
            run_id = page.gateway.start_test(waited_15_min=wanted.waited_15_min, purpose=wanted.purpose)
            return JSONResponse({"run_id": run_id}, 202)

        return await _obeyed(page, request, begin)

    @app.post("/api/test/cancel")
    async def cancel(request: Request) -> Response:
        return await _obeyed(page, request, lambda _: JSONResponse({"cancelled": page.gateway.cancel_test()}))

    @app.post("/api/check-in")
    async def check_in(request: Request) -> Response:
        def keep(body: bytes) -> Response:
            given = SubmitCheckIn.model_validate_json(body or b"{}")
            kept = page.gateway.submit_check_in(given.answers, drank=given.drank, comment=given.comment)
            return JSONResponse({"kept": kept}, 201 if kept else 200)

        return await _obeyed(page, request, keep)


async def _obeyed(page: Page, request: Request, act: Callable[[bytes], Response]) -> Response:
    if not may_post_json(request.headers, page.token):
        return JSONResponse({"error": "not_from_this_page"}, 403)
    body = await request.body()
    if len(body) > _MAX_BODY:
        return JSONResponse({"error": "too_large"}, 413)
    try:
        return act(body)
    except ValueError:
        return JSONResponse({"error": "invalid"}, 422)
    except (BusyError, RetestWaitError) as error:
        return JSONResponse({"error": error.code}, 409)
    except GatewayError as error:
        return JSONResponse({"error": error.code}, 503)


async def _stream(page: Page, language: str) -> AsyncIterator[str]:
    """Server-sent events: the whole state after every change, and now and then anyway."""
    seen = -1
    while not page.stopping.is_set():
        seen = await page.gateway.changed_since(seen, _STREAM_PAUSE_S)
        yield f"data: {json.dumps(page.state_json(language))}\n\n"


def _scale() -> range:
    low, high = SCALE
    return range(int(low), int(high) + 1)
