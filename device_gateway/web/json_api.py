"""The JSON beside the page, for its script and for programs on this machine."""

import json
from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any, Literal

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from contracts.reading import CannotBlow, Purpose
from device_gateway import VERSION
from device_gateway.errors import BusyError, GatewayError, RetestWaitError
from device_gateway.web.guard import may_post_json
from device_gateway.web.page import Page

_STREAM_PAUSE_S = 10.0
_MAX_BODY = 64 * 1024


class StartTest(BaseModel):
    """Body of `POST /api/test/start`."""

    model_config = ConfigDict(extra="forbid")
    waited_15_min: bool | None = None
    purpose: Literal[Purpose.VOLUNTARY, Purpose.PLANNED, Purpose.ON_DEMAND] | None = None


class CannotBlowNow(BaseModel):
    """Body of `POST /api/test/cannot-blow`."""

    model_config = ConfigDict(extra="forbid")
    reason: CannotBlow
    purpose: Literal[Purpose.VOLUNTARY, Purpose.PLANNED, Purpose.ON_DEMAND] | None = None


class SubmitCheckIn(BaseModel):
    """Body of `POST /api/check-in`."""

    model_config = ConfigDict(extra="forbid")
    answers: dict[str, Annotated[int, Field(ge=0, le=10)]] = {}
    drank: bool | None = None
    comment: Annotated[str, Field(max_length=2000)] | None = None


def add_json(app: FastAPI, page: Page) -> None:
    """Everything below `/api`, and `/healthz`."""

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

    @app.post("/api/test/cannot-blow")
    async def cannot_blow(request: Request) -> Response:
        def keep(body: bytes) -> Response:
            told = CannotBlowNow.model_validate_json(body)
            return JSONResponse({"run_id": page.gateway.cannot_blow(told.reason, purpose=told.purpose)}, 201)

        return await _obeyed(page, request, keep)

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
