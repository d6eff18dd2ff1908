"""One client: head, series, who has looked, and what staff note."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, Field

from backend.api.caller import OnCaller
from backend.services import access_log, clients, contacts
from backend.services.casework_views import Direction, Outcome
from backend.services.views import AccessEntry, Channel, ClientOverview, ClientSeries

router = APIRouter(prefix="/clients/{client_id}", tags=["clients"])


class NewContact(BaseModel, extra="forbid"):
    """A contact made."""

    channel: Channel
    reached: bool
    note: Annotated[str, Field(max_length=4000)] = ""
    happened_at: AwareDatetime
    direction: Direction = "outgoing"
    duration_min: Annotated[int, Field(ge=0, le=contacts.LONGEST_MIN)] | None = None
    outcome: Outcome | None = None


class Created(BaseModel):
    """The identity of what was made."""

    id: UUID


@router.get("")
def overview(client_id: UUID, on: OnCaller) -> ClientOverview:
    """Head of the client's page. 404 for strangers."""
    return clients.overview(on.db, on.principal, client_id, now=on.now)


@router.get("/series")
def series(
    client_id: UUID,
    on: OnCaller,
    since: Annotated[AwareDatetime, Query(description="ISO 8601 with offset")],
    until: Annotated[AwareDatetime, Query(description="ISO 8601 with offset")],
) -> ClientSeries:
    """Everything on the time axis between two instants. 404 for strangers, 422 for a span turned round."""
    return clients.series(on.db, on.principal, client_id, _utc(since), _utc(until), now=on.now)


@router.get("/access-log")
def looked(client_id: UUID, on: OnCaller) -> tuple[AccessEntry, ...]:
    """Who has looked: when, from which unit, in which role. 404 for strangers."""
    return access_log.looked(on.db, on.principal, client_id, now=on.now)


@router.post("/reviews", status_code=204)
def mark_reviewed(client_id: UUID, on: OnCaller) -> None:
    """Note that the caller has looked through the curves."""
    clients.mark_reviewed(on.db, on.principal, client_id, now=on.now)


@router.post("/contacts", status_code=201)
def add_contact(client_id: UUID, body: NewContact, on: OnCaller) -> Created:
    """Note a contact in any channel."""
    made = contacts.add(
        on.db,
        on.principal,
        client_id,
        body.channel,
        body.reached,
        body.note,
        _utc(body.happened_at),
        direction=body.direction,
        duration_min=body.duration_min,
        outcome=body.outcome,
        now=on.now,
    )
    return Created(id=made)


def _utc(instant: datetime) -> datetime:
    return instant.astimezone(UTC)
