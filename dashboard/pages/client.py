"""A client's page as staff see it, its figure and its file, and what is noted there."""

from datetime import datetime
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends
from fastapi.responses import RedirectResponse, Response

from backend.errors import Invalid
from backend.services import (
    access_log,
    client_reach,
    clients,
    contacts,
    identity_photos,
    life_events,
    messages,
)
from backend.services.identity_photos import PhotoView
from dashboard import words
from dashboard.contexts.client import DEFAULT_RANGE, LONGEST_DAYS, client_page
from dashboard.export import csv_text
from dashboard.pages.span import Wish, csv_response, drawn, figure_response, wish
from dashboard.site import OnForm, OnVisit, field, see_other

router = APIRouter(prefix="/clients/{client_id}", include_in_schema=False)
OnWish = Annotated[Wish, Depends(wish)]


@router.get("")
def page(client_id: UUID, on: OnVisit, shown: OnWish) -> Response:
    """The whole page."""
    if on.principal.is_client:
        return see_other("/me/")
    now = on.now
    overview = clients.overview(on.db, on.principal, client_id, now=now, is_refresh=on.is_refresh)
    since, until = shown.span(now, overview.observed_to)
    series = clients.series(on.db, on.principal, client_id, since, until, now=now, is_refresh=on.is_refresh)
    thread = reach = None
    pictures: tuple[PhotoView, ...] = ()
    if overview.study is None and on.principal.may("care.read"):
        thread = messages.thread(on.db, on.principal, client_id, now=now, is_refresh=on.is_refresh)
        reach = client_reach.line(on.db, on.principal, client_id, now=now)
        pictures = identity_photos.in_rows(on.db, on.principal, client_id, now=now)
    context = client_page(
        overview,
        series,
        on.frame(),
        now,
        shown.days,
        shown.unit,
        shown.item,
        thread,
        reach,
        pictures,
    )
    return on.page("client.html", context)


@router.get("/figure.json")
def figure(client_id: UUID, on: OnVisit, shown: OnWish) -> Response:
    """The graph."""
    now = on.now
    since, until = shown.reach(now)
    series = clients.series(on.db, on.principal, client_id, since, until, now=now, is_refresh=on.is_refresh)
    return figure_response(on.request, drawn(series, on.lang, shown, now))


@router.post("/export.csv")
def export(client_id: UUID, on: OnVisit, form: OnForm) -> Response:
    """The series as a file. A POST, since taking data out is an act that is logged."""
    now = on.now
    since, until = exported_span(field(form, "days"), field(form, "until"), now)
    access_log.note(on.db, on.principal, client_id, "exported", now=now)
    series = clients.series(on.db, on.principal, client_id, since, until, now=now)
    return csv_response(csv_text(series), f"nykter-{client_id}")


@router.post("/review")
def review(client_id: UUID, on: OnVisit, _checked: OnForm) -> RedirectResponse:
    """Note that the person has looked through the curves."""
    clients.mark_reviewed(on.db, on.principal, client_id, now=on.now)
    return see_other(f"/clients/{client_id}", "reviewed")


@router.post("/contacts")
def note_contact(client_id: UUID, on: OnVisit, form: OnForm) -> RedirectResponse:
    """Note a contact made by phone, visit, letter or message."""
    now = on.now
    channel = field(form, "channel")
    if channel not in words.CHANNELS:
        raise Invalid
    overview = clients.overview(on.db, on.principal, client_id, now=now)
    tz, before = overview.tz, overview.next_contact
    contacts.add(
        on.db,
        on.principal,
        client_id,
        channel,
        field(form, "reached") == "yes",
        field(form, "note"),
        local_instant(field(form, "happened_at"), tz),
        direction="incoming" if field(form, "direction") == "incoming" else "outgoing",
        duration_min=whole_minutes(field(form, "duration_min")),
        outcome=outcome if (outcome := field(form, "outcome")) in words.OUTCOMES else None,
        now=now,
    )
    if next_day := field(form, "next_day"):
        at = local_instant(f"{next_day}T{field(form, 'next_time') or '09:00'}", tz)
        life_events.plan_contact(on.db, on.principal, client_id, at, now=now)
    elif before is not None and not before.is_visit and before.at <= now:
        life_events.plan_contact(on.db, on.principal, client_id, None, now=now)
    return see_other(f"/clients/{client_id}", "contact_saved")


def whole_minutes(text: str) -> int | None:
    """A form's minutes; None when empty. Raises Invalid when it is no number."""
    if not text:
        return None
    if not text.isdecimal():
        raise Invalid
    return int(text)


def local_instant(text: str, tz: str) -> datetime:
    """A form's local time in the client's zone as an instant. Raises Invalid when it is no time."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(tz))
    except ValueError as error:
        raise Invalid from error


def exported_span(days: str, until: str, now: datetime) -> tuple[datetime, datetime]:
    """The stretch of an exported file, from the form's fields. Raises Invalid for nonsense."""
    try:
        number = int(days or DEFAULT_RANGE)
        end = datetime.fromisoformat(until) if until else None
    except ValueError as error:
        raise Invalid from error
    if not 1 <= number <= LONGEST_DAYS:
        raise Invalid
    return wish(number, until=end).span(now)
