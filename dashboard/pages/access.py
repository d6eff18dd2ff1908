"""An emergency, what a unit's manager answers for, and the routine for checks of the log."""

from datetime import date
from typing import Literal, cast
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from backend.errors import Forbidden, Invalid, NotFound
from backend.services import emergencies, log_checks
from backend.services.two_persons import SameHand
from dashboard.contexts.access import RoutinePage, access_page, check_page, emergency_page
from dashboard.language import N_
from dashboard.site import OnForm, OnVisit, Visit, field, see_other

router = APIRouter(include_in_schema=False)
_PROBLEMS = {
    404: N_("There is no client with exactly that alias here."),
    409: N_("You have this client in your list already."),
    422: N_("Choose a reason, and say in a sentence why."),
}


@router.get("/emergency")
def emergency(on: OnVisit) -> Response:
    """The form; for clinicians."""
    if not on.principal.may("emergency"):
        raise NotFound
    return on.page("emergency.html", emergency_page(on.frame()))


@router.post("/emergency")
def open_emergency(on: OnVisit, form: OnForm) -> Response:
    """Open the client for an hour, or say why not."""
    if not on.principal.may("emergency"):
        raise NotFound
    alias, reason, said = (field(form, name) for name in ("alias", "reason", "words"))
    try:
        opened = emergencies.open_emergency(
            on.db, on.principal, alias, cast("emergencies.EmergencyReason", reason), said, now=on.now
        )
    except (NotFound, emergencies.SeenAlready, Invalid) as error:
        problem = on.lang.t(_PROBLEMS[error.status])
        page = on.page("emergency.html", emergency_page(on.frame(), alias, reason, said, problem))
        page.status_code = 422
        return page
    return see_other(f"/clients/{opened.client_id}")


@router.post("/clients/{client_id}/emergency/end")
def end_emergency(client_id: UUID, on: OnVisit, _checked: OnForm) -> RedirectResponse:
    """Close it before the hour is over."""
    emergencies.end(on.db, on.principal, client_id, now=on.now)
    return see_other("/", "emergency_ended")


@router.get("/manager/access")
def access(on: OnVisit) -> Response:
    """Emergencies to review, and checks of the log."""
    found = emergencies.of_unit(on.db, on.principal, now=on.now)
    return on.page(
        "manager_access.html",
        access_page(found, log_checks.of_unit(on.db, on.principal), on.frame(), on.now),
    )


@router.post("/manager/access/emergencies/{emergency_id}")
def review(emergency_id: UUID, on: OnVisit, form: OnForm) -> RedirectResponse:
    """Review one."""
    outcome = cast("Literal['justified', 'not_justified']", field(form, "outcome"))
    try:
        emergencies.review(on.db, on.principal, emergency_id, outcome, field(form, "words"), now=on.now)
    except SameHand:
        return see_other("/manager/access", "takes_two")
    return see_other("/manager/access", "emergency_reviewed")


@router.post("/manager/access/checks")
def draw(on: OnVisit, form: OnForm) -> RedirectResponse:
    """Draw a sample of a month."""
    try:
        month = date.fromisoformat(field(form, "month"))
    except ValueError as error:
        raise Invalid from error
    check_id = log_checks.draw(on.db, on.principal, month, now=on.now)
    return see_other(f"/manager/access/checks/{check_id}")


@router.get("/manager/access/checks/{check_id}")
def check(check_id: UUID, on: OnVisit) -> Response:
    """A check and its sample."""
    found, drawn = log_checks.one(on.db, on.principal, check_id)
    return on.page("log_check.html", check_page(found, drawn, on.frame(), on.now))


@router.post("/manager/access/checks/{check_id}")
def finish(check_id: UUID, on: OnVisit, form: OnForm) -> RedirectResponse:
    """Write down what was found."""
    outcome = cast("Literal['nothing_found', 'followed_up']", field(form, "outcome"))
    log_checks.finish(on.db, on.principal, check_id, outcome, field(form, "words"), now=on.now)
    return see_other("/manager/access", "check_finished")


@router.get("/routine")
def routine(on: OnVisit) -> Response:
    """How looks are logged and checked, for staff."""
    return on.page(
        "routine.html", RoutinePage(_for_staff(on).frame(), not log_checks.must_read(on.db, on.principal))
    )


@router.post("/routine")
def read_routine(on: OnVisit, _checked: OnForm) -> RedirectResponse:
    """Note that it was read."""
    log_checks.note_read(on.db, on.principal, now=on.now)
    return see_other("/", "routine_read")


def _for_staff(on: Visit) -> Visit:
    if on.principal.is_outside:
        raise Forbidden
    return on
