"""Contact notes: read, correct, and what they said before."""

from datetime import UTC
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, Field

from backend.api.caller import OnCaller
from backend.services import contacts
from backend.services.casework_views import ContactNote, Correction, Direction, Outcome
from backend.services.views import Channel

router = APIRouter(tags=["contacts"])


class CorrectedContact(BaseModel, extra="forbid"):
    """The contact as it should read, and why it is changed."""

    channel: Channel
    reached: bool
    note: Annotated[str, Field(max_length=contacts.LONGEST_NOTE)] = ""
    happened_at: AwareDatetime
    direction: Direction = "outgoing"
    duration_min: Annotated[int, Field(ge=0, le=contacts.LONGEST_MIN)] | None = None
    outcome: Outcome | None = None
    reason: Annotated[str, Field(min_length=3, max_length=1000)]


@router.get("/clients/{client_id}/contacts")
def of_client(client_id: UUID, on: OnCaller) -> tuple[ContactNote, ...]:
    """A client's contacts, newest first. 404 for strangers."""
    return contacts.of_client(on.db, on.principal, client_id, now=on.now)


@router.put("/contacts/{contact_id}", status_code=204)
def correct(contact_id: UUID, body: CorrectedContact, on: OnCaller) -> None:
    """Put a note right; what it said before is kept. 404 for strangers."""
    contacts.correct(
        on.db,
        on.principal,
        contact_id,
        body.channel,
        body.reached,
        body.note,
        body.happened_at.astimezone(UTC),
        direction=body.direction,
        duration_min=body.duration_min,
        outcome=body.outcome,
        reason=body.reason,
        now=on.now,
    )


@router.get("/contacts/{contact_id}/corrections")
def corrections(contact_id: UUID, on: OnCaller) -> tuple[Correction, ...]:
    """What a note said before each correction. 404 for strangers."""
    return contacts.corrections(on.db, on.principal, contact_id, now=on.now)
