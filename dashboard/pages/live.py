"""Server-sent events: that something about a client changed, never what. The page then asks again, which is checked."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from backend.access import Principal
from backend.errors import DatabaseUnavailable
from backend.services import auth
from backend.services.live import Listener, LiveEvent
from dashboard.cookies import value_of
from dashboard.site import OnVisit

router = APIRouter(include_in_schema=False)
KEEP_ALIVE_S = 15.0
CHECK_S = 2.0
"""For how long it is taken for granted that the login still stands: what comes later is passed on only if it does."""
TICK_S = 0.5
"""How long a stopping server waits for its open streams to notice."""
LONGEST_S = 1800.0
"""A stream ends after half an hour; the browser comes back by itself, and the login is checked anew."""
RETRY_MS = 1000


@router.get("/live")
async def live(on: OnVisit) -> StreamingResponse:
    """The changes this person may know of, as they happen."""
    return StreamingResponse(
        _stream(on.request.app.state, on.principal, value_of(on.request, "login")),
        media_type="text/event-stream",
        headers={"cache-control": "no-store", "x-accel-buffering": "no"},
    )


async def _stream(state: Any, principal: Principal, token: str) -> AsyncIterator[str]:
    listener: Listener = state.live
    clock = asyncio.get_running_loop().time
    ends, silent_since, checked_at = clock() + LONGEST_S, clock(), clock()
    async with listener.events(principal, state.clock.now) as changes:
        yield f"retry: {RETRY_MS}\n\n"
        # One waiting task for as long as it takes: a wait that is given up may take an event with it.
        coming = asyncio.ensure_future(changes.get())
        try:
            while clock() < ends and not state.closing.is_set():
                await asyncio.wait({coming}, timeout=TICK_S)
                if clock() - checked_at > (CHECK_S if coming.done() else KEEP_ALIVE_S):
                    if not await asyncio.to_thread(_still_stands, state, principal, token):
                        return
                    checked_at = clock()
                if coming.done():
                    yield event_text(coming.result())
                    coming, silent_since = asyncio.ensure_future(changes.get()), clock()
                elif clock() - silent_since > KEEP_ALIVE_S:
                    yield ": still here\n\n"
                    silent_since = clock()
        finally:
            coming.cancel()


def _still_stands(state: Any, principal: Principal, token: str) -> bool:
    """Whether the login is still this person's: not ended, idle or closed, and in the same unit. The browser of one who
    may comes back by itself. While the database is away nothing is known, and nothing is heard either.
    """
    now, policy = state.machine_clock.now(), state.sign_in_policy
    try:
        found = auth.principal_for(state.db, token, policy=policy, now=now, is_refresh=True)
    except DatabaseUnavailable:
        return True
    return found is not None and found[0] == principal


def event_text(change: LiveEvent) -> str:
    """One change as an event: `change` about a client, `resync` when some may have been missed.

    A change that concerns the person alone (a notice) may name no client.
    """
    if change.client_id is None and change.account_id is None:
        return "event: resync\ndata: {}\n\n"
    said = {"client_id": str(change.client_id) if change.client_id else None, "kind": change.kind}
    return f"event: change\ndata: {json.dumps(said)}\n\n"
