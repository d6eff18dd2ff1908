"""How the caller wants to be reached, how a unit's staff can be, and how the channels do."""

from datetime import time
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from backend.api.caller import OnCaller
from backend.notify.channel import ContactKind
from backend.services import contact_points, reachability
from backend.services.contact_points import ContactPoint, Hours, Preference, Reach
from backend.services.reachability import DeliveryHealth

router = APIRouter(tags=["contact points"])


class Wishes(BaseModel, extra="forbid"):
    """Order, quiet hours (wall-clock times of the time zone), whether it is switched on, what for and when.

    What for is a client's choice, `hours` one of staff: always, in working hours, or outside them (on call).
    """

    position: Annotated[int, Field(ge=1, le=100)] = 1
    active: bool = True
    quiet_from: time | None = None
    quiet_to: time | None = None
    timezone: Annotated[str, Field(max_length=60)] = "Europe/Stockholm"
    for_reminders: bool = True
    for_messages: bool = True
    hours: Hours = "always"

    def preference(self) -> Preference:
        """As the service takes it."""
        return Preference(
            self.position,
            self.active,
            self.quiet_from,
            self.quiet_to,
            self.timezone,
            self.for_reminders,
            self.for_messages,
            self.hours,
        )


class NewContactPoint(Wishes):
    """A place to be told at. Telephone numbers are international."""

    kind: ContactKind
    address: Annotated[str, Field(min_length=3, max_length=2000)]


class Confirmation(BaseModel, extra="forbid"):
    """The code that arrived at the place."""

    code: Annotated[str, Field(min_length=1, max_length=20)]


class Created(BaseModel):
    """The identity of what was made."""

    id: UUID


@router.get("/me/contact-points")
def own(on: OnCaller) -> tuple[ContactPoint, ...]:
    """The caller's own contact points in their order."""
    return contact_points.own(on.db, on.principal)


@router.post("/me/contact-points", status_code=201)
def add(body: NewContactPoint, on: OnCaller) -> Created:
    """Add one; a code is sent there. 409 when it is there already, 429 after too many codes."""
    made = contact_points.add(on.db, on.principal, body.kind, body.address, body.preference(), now=on.now)
    return Created(id=made)


@router.put("/me/contact-points/{contact_point_id}", status_code=204)
def change(contact_point_id: UUID, body: Wishes, on: OnCaller) -> None:
    """Change order, quiet hours, or switch it off and on. 404 for strangers."""
    contact_points.change(on.db, on.principal, contact_point_id, body.preference())


@router.post("/me/contact-points/{contact_point_id}/code", status_code=202)
def send_code(contact_point_id: UUID, on: OnCaller) -> None:
    """Send another code. 404 for strangers, 429 after too many."""
    contact_points.send_code(on.db, on.principal, contact_point_id, now=on.now)


@router.post("/me/contact-points/{contact_point_id}/confirmation", status_code=204)
def confirm(contact_point_id: UUID, body: Confirmation, on: OnCaller) -> None:
    """Confirm with the code. 404 for strangers, 422 for a wrong or old code."""
    contact_points.confirm(on.db, on.principal, contact_point_id, body.code, now=on.now)


@router.delete("/me/contact-points/{contact_point_id}", status_code=204)
def remove(contact_point_id: UUID, on: OnCaller) -> None:
    """Remove it and its address. 404 for strangers."""
    contact_points.remove(on.db, on.principal, contact_point_id)


@router.get("/units/current/reach")
def unit_reach(on: OnCaller) -> tuple[Reach, ...]:
    """How the staff of the manager's own unit can be reached: kinds, never addresses. 403 for others."""
    return contact_points.unit_reach(on.db, on.principal)


@router.get("/channels")
def channels(on: OnCaller) -> DeliveryHealth:
    """The last day of every channel, in counts. 403 for all but operators."""
    return reachability.delivery_health(on.db, on.principal, now=on.now)
