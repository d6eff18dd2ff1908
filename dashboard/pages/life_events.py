"""Medication and events in a client's life, as staff note them on the client's page."""

from datetime import date
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import RedirectResponse

from backend.errors import Invalid
from backend.services import life_events
from dashboard.site import OnForm, OnVisit, field, see_other

router = APIRouter(include_in_schema=False)


@router.post("/clients/{client_id}/life-events")
def note(client_id: UUID, on: OnVisit, form: OnForm) -> RedirectResponse:
    """Note medication or something that happened."""
    kind: life_events.LifeKind = "medication" if field(form, "kind") == "medication" else "life"
    ended = field(form, "ended_on")
    life_events.add(
        on.db,
        on.principal,
        client_id,
        kind,
        _day(field(form, "began_on")),
        _day(ended) if ended else None,
        field(form, "text"),
        now=on.now,
    )
    return see_other(f"/clients/{client_id}", "event_saved")


@router.post("/life-events/{event_id}/withdraw")
def withdraw(event_id: UUID, on: OnVisit, _checked: OnForm) -> RedirectResponse:
    """Take back what was noted wrongly."""
    client_id = life_events.withdraw(on.db, on.principal, event_id, now=on.now)
    return see_other(f"/clients/{client_id}", "event_withdrawn")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Invalid from error
