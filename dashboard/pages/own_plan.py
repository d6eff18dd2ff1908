"""The client's plan: seeing it, saying yes or no to a proposal, asking for a pause and ending one."""

from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from backend.errors import Conflict, Invalid, NotFound
from backend.services import own_schedule, pauses, plans
from dashboard.contexts.own_plan import own_plan
from dashboard.pages.own import own_around
from dashboard.site import OnForm, OnVisit, Visit, field, see_other

router = APIRouter(prefix="/me", include_in_schema=False)
HERE = "/me/plan"


@router.get("/plan")
def page(on: OnVisit) -> Response:
    """The plan in sentences, what is proposed, the week ahead, pauses."""
    now, client_id = on.now, _own(on)
    history = plans.history(on.db, on.principal, client_id, now=now)
    asked = pauses.of_client(on.db, on.principal, client_id, now=now)
    coming = own_schedule.coming(on.db, on.principal, now=now)
    return on.page(
        "own_plan.html", own_plan(history, asked, coming, _zone(on), on.frame(), own_around(on), now)
    )


@router.post("/plan/{plan_id}/agree")
def agree(plan_id: UUID, on: OnVisit, _form: OnForm) -> RedirectResponse:
    """Yes: to a proposal, or to the plan staff have set."""
    try:
        plans.agree(on.db, on.principal, plan_id, now=on.now)
    except Conflict:
        return see_other(HERE, "plan_moved")
    return see_other(HERE, "plan_yes")


@router.post("/plan/{plan_id}/decline")
def decline(plan_id: UUID, on: OnVisit, _form: OnForm) -> RedirectResponse:
    """No to a proposal: the plan stays as it was."""
    _own(on)
    try:
        plans.close_proposal(on.db, on.principal, plan_id, now=on.now)
    except Conflict:
        return see_other(HERE, "plan_moved")
    return see_other(HERE, "plan_declined")


@router.post("/pauses")
def ask(on: OnVisit, form: OnForm) -> RedirectResponse:
    """Ask for a pause of whole days in the client's own zone, from now on when it begins today."""
    zone = ZoneInfo(_zone(on))
    try:
        first, last = date.fromisoformat(field(form, "first")), date.fromisoformat(field(form, "last"))
    except ValueError as error:
        raise Invalid from error
    from_at = max(datetime.combine(first, time(), zone), on.now)
    to_at = datetime.combine(last + timedelta(days=1), time(), zone)
    try:
        pauses.request(
            on.db, on.principal, _own(on), from_at, to_at, reason=field(form, "reason"), now=on.now
        )
    except Conflict:
        return see_other(HERE, "pause_taken")
    return see_other(HERE, "pause_asked")


@router.post("/pauses/{pause_id}/end")
def end(pause_id: UUID, on: OnVisit, _form: OnForm) -> RedirectResponse:
    """End an agreed pause now, or take back what was asked for."""
    _own(on)
    try:
        pauses.end(on.db, on.principal, pause_id, now=on.now)
    except Conflict:
        return see_other(HERE, "plan_moved")
    return see_other(HERE, "pause_ended")


def _own(on: Visit) -> UUID:
    if not on.principal.is_client or on.principal.client_id is None:
        raise NotFound
    return on.principal.client_id


def _zone(on: Visit) -> str:
    return own_schedule.surroundings(on.db, on.principal, now=on.now).tz
