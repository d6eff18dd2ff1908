"""Messages between a client and staff."""

from datetime import UTC
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, Field

from backend.api.caller import OnCaller
from backend.services import messages
from backend.services.casework_views import Thread, WaitingThread

router = APIRouter(tags=["messages"])


class NewMessage(BaseModel, extra="forbid"):
    """A message; `corrects` names an own message it puts right, `once_key` makes a repeated call harmless."""

    body: Annotated[str, Field(min_length=1, max_length=messages.LONGEST_BODY)]
    corrects: UUID | None = None
    once_key: Annotated[str, Field(max_length=80)] | None = None


class Read(BaseModel, extra="forbid"):
    """Up to which instant the messages were shown; without it, now."""

    up_to: AwareDatetime | None = None


class Sent(BaseModel):
    """The identity of what was sent."""

    id: UUID


class Marked(BaseModel):
    """How many messages were marked as read that were not before."""

    marked: int


class Unread(BaseModel):
    """Messages nobody on the caller's side has read, per client."""

    by_client: dict[UUID, int]


@router.get("/messages/unread")
def unread(on: OnCaller) -> Unread:
    """Unread messages of the clients the caller may see; of the client themselves for a client."""
    return Unread(by_client=messages.unread(on.db, on.principal, now=on.now))


@router.get("/messages/waiting")
def waiting(on: OnCaller) -> tuple[WaitingThread, ...]:
    """Threads that wait for an answer of staff, the earliest promise first. 403 for a client."""
    return messages.waiting(on.db, on.principal, now=on.now)


@router.get("/clients/{client_id}/messages")
def thread(client_id: UUID, on: OnCaller) -> Thread:
    """A client's messages, and whether anybody reads now. 404 for strangers. Marks nothing as read."""
    return messages.thread(on.db, on.principal, client_id, now=on.now)


@router.post("/clients/{client_id}/messages", status_code=201)
def send(client_id: UUID, body: NewMessage, on: OnCaller) -> Sent:
    """Send a message. 404 for strangers, 409 when the corrected one has been corrected already."""
    made = messages.send(
        on.db, on.principal, client_id, body.body, corrects=body.corrects, once_key=body.once_key, now=on.now
    )
    return Sent(id=made)


@router.post("/clients/{client_id}/messages/read")
def mark_read(client_id: UUID, body: Read, on: OnCaller) -> Marked:
    """Say that the caller has read what the other side wrote."""
    up_to = None if body.up_to is None else body.up_to.astimezone(UTC)
    return Marked(marked=messages.mark_read(on.db, on.principal, client_id, up_to=up_to, now=on.now))
