"""Server-sent events: that something about a client changed, never what. The page then asks again, which is checked."""

import asyncio
import json
from collections.abc import AsyncIterator

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from backend.services.live import Listener, LiveEvent
from dashboard.site import OnVisit, Visit

router = APIRouter(include_in_schema=False)
KEEP_ALIVE_S = 15.0
LONGEST_S = 1800.0
"""A stream ends after half an hour; the browser comes back by itself, and the login is checked anew."""
RETRY_MS = 1000


@router.get("/live")
async def live(on: OnVisit) -> StreamingResponse:
    """The changes this person may know of, as they happen."""
    return StreamingResponse(
        _stream(on.request.app.state.live, on),
        media_type="text/event-stream",
        headers={"cache-control": "no-store", "x-accel-buffering": "no"},
    )


async def _stream(listener: Listener, on: Visit) -> AsyncIterator[str]:
    ends = asyncio.get_running_loop().time() + LONGEST_S
    async with listener.events(on.principal, on.request.app.state.clock.now) as changes:
        yield f"retry: {RETRY_MS}\n\n"
        while asyncio.get_running_loop().time() < ends:
            try:
                change = await asyncio.wait_for(changes.get(), KEEP_ALIVE_S)
            except TimeoutError:
                yield ": still here\n\n"
            else:
                yield event_text(change)


def event_text(change: LiveEvent) -> str:
    """One change as an event: `change` about a client, `resync` when some may have been missed."""
    if change.client_id is None:
        return "event: resync\ndata: {}\n\n"
    said = {"client_id": str(change.client_id), "kind": change.kind}
    return f"event: change\ndata: {json.dumps(said)}\n\n"
