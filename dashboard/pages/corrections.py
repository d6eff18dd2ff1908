"""Corrections: the client says what is wrong, staff decide in words, and both stay beside it."""

from typing import cast, get_args
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from backend.errors import Conflict, Invalid
from backend.services import clients, corrections, registers
from backend.services.corrections import About, Decision
from dashboard.contexts.corrections import corrections_page
from dashboard.site import OnForm, OnVisit, field, see_other

router = APIRouter(include_in_schema=False)


@router.post("/me/corrections")
def ask(on: OnVisit, form: OnForm) -> RedirectResponse:
    """The client says that something is wrong."""
    about = field(form, "about")
    if about not in get_args(About):
        raise Invalid
    corrections.ask(on.db, on.principal, cast("About", about), field(form, "says"), now=on.now)
    return see_other("/me/data", "correction_asked")


@router.get("/clients/{client_id}/corrections")
def of_client(client_id: UUID, on: OnVisit) -> Response:
    """What a client asked for."""
    found = registers.of_client(on.db, on.principal, client_id, now=on.now)
    tz = clients.overview(on.db, on.principal, client_id, now=on.now).tz
    page = corrections_page(found.corrections, str(client_id), tz, on.frame(), on.now)
    return on.page("corrections.html", page)


@router.post("/clients/{client_id}/corrections/{request_id}")
def decide(client_id: UUID, request_id: UUID, on: OnVisit, form: OnForm) -> RedirectResponse:
    """Staff decide in own words."""
    decision = field(form, "decision")
    if decision not in get_args(Decision):
        raise Invalid
    back = f"/clients/{client_id}/corrections"
    try:
        corrections.decide(
            on.db, on.principal, request_id, cast("Decision", decision), field(form, "words"), now=on.now
        )
    except Conflict:
        return see_other(back, "plan_moved")
    return see_other(back, "correction_decided")
