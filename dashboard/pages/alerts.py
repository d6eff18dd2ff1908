"""What a person does with an alert: seen, mine, closed."""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from backend.errors import Conflict, Invalid
from backend.services import alerts
from dashboard import words
from dashboard.site import OnForm, OnVisit, field, see_other

router = APIRouter(prefix="/alerts/{alert_id}", include_in_schema=False)


@router.post("/see")
def see(alert_id: UUID, on: OnVisit, form: OnForm) -> RedirectResponse:
    """Note that the person has seen it."""
    try:
        alerts.see(on.db, on.principal, alert_id, now=on.now)
    except Conflict:
        return _back(form, "moved")
    return _back(form, "seen")


@router.post("/act")
def act(alert_id: UUID, on: OnVisit, form: OnForm) -> RedirectResponse:
    """Take it: the person is its owner from now on."""
    try:
        alerts.act(on.db, on.principal, alert_id, now=on.now)
    except Conflict:
        return _back(form, "moved")
    return _back(form, "acting")


@router.post("/close")
def close(alert_id: UUID, on: OnVisit, form: OnForm) -> RedirectResponse:
    """Close it with a reason and own words."""
    reason = field(form, "reason")
    if reason not in words.CLOSE_REASONS:
        raise Invalid
    try:
        alerts.close(on.db, on.principal, alert_id, reason, field(form, "note"), now=on.now)
    except Conflict:
        return _back(form, "moved")
    return _back(form, "closed")


def _back(form: FormData, said: str) -> RedirectResponse:
    try:
        return see_other(f"/clients/{UUID(field(form, 'client_id'))}", said)
    except ValueError as error:
        raise Invalid from error
