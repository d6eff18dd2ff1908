"""Why an alert rang, and what a person does with it: seen, mine, put off, closed."""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData

from backend.errors import Conflict, Invalid
from backend.services import alert_reasons, alerts, clients, contacts
from dashboard import words
from dashboard.contexts.alert import snooze_until
from dashboard.contexts.why import why_page
from dashboard.site import OnForm, OnVisit, field, see_other

LONGEST_DAYS = 30
router = APIRouter(prefix="/alerts/{alert_id}", include_in_schema=False)


@router.get("/why")
def why(alert_id: UUID, on: OnVisit) -> Response:
    """Rule or model, inputs and limits, whom it was told to, and how right such alerts had been."""
    found = alert_reasons.why(on.db, on.principal, alert_id, now=on.now)
    return on.page("why.html", why_page(found, on.frame(), on.now))


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


@router.post("/snooze")
def snooze(alert_id: UUID, on: OnVisit, form: OnForm) -> RedirectResponse:
    """Put it off until the morning some days from now, by the client's clock."""
    now, client = on.now, _client(form)
    try:
        days = int(field(form, "days"))
    except ValueError as error:
        raise Invalid from error
    if not 1 <= days <= LONGEST_DAYS:
        raise Invalid
    tz = clients.overview(on.db, on.principal, client, now=now, is_refresh=True).tz
    try:
        until = snooze_until(days, now, tz)
        alerts.snooze(on.db, on.principal, alert_id, until, field(form, "reason"), now=now)
    except Conflict:
        return _back(form, "moved")
    return _back(form, "snoozed")


@router.post("/unsnooze")
def unsnooze(alert_id: UUID, on: OnVisit, form: OnForm) -> RedirectResponse:
    """Take up again what was put off."""
    try:
        alerts.unsnooze(on.db, on.principal, alert_id, now=on.now)
    except Conflict:
        return _back(form, "moved")
    return _back(form, "taken_up")


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
    channel = field(form, "channel")
    if reason == "contacted" and channel in words.CHANNELS:
        contacts.add(
            on.db, on.principal, _client(form), channel, True, field(form, "note"), on.now, now=on.now
        )
    return _back(form, "closed")


def _back(form: FormData, said: str) -> RedirectResponse:
    return see_other(f"/clients/{_client(form)}", said)


def _client(form: FormData) -> UUID:
    try:
        return UUID(field(form, "client_id"))
    except ValueError as error:
        raise Invalid from error
