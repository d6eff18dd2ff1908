"""Who may see what: inviting a relative, and a switch for each thing."""

from datetime import date, datetime, time, timedelta
from typing import cast, get_args
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData

from backend.errors import Invalid, NotFound
from backend.services import care_relations, own_schedule, relatives
from backend.services.relative_views import Scope
from dashboard import formats
from dashboard.contexts.own_sharing import OwnInvited, own_sharing
from dashboard.cookies import site_of
from dashboard.pages.own import own_around
from dashboard.site import OnForm, OnVisit, Visit, field, see_other

router = APIRouter(prefix="/me/sharing", include_in_schema=False)
HERE = "/me/sharing"


@router.get("")
def page(on: OnVisit) -> Response:
    """Everybody the client shares with, and the switches."""
    if not on.principal.is_client or on.principal.client_id is None:
        raise NotFound
    found = relatives.of_client(on.db, on.principal, on.principal.client_id, now=on.now)
    care = care_relations.of_client(on.db, on.principal, on.principal.client_id, now=on.now)
    zone = _zone(on)
    tomorrow = (formats.local_day(on.now, zone.key) + timedelta(days=1)).isoformat()
    return on.page(
        "own_sharing.html", own_sharing(found, care, zone.key, on.frame(), own_around(on), on.now, tomorrow)
    )


@router.post("")
def invite(on: OnVisit, form: OnForm) -> Response:
    """Invite somebody. The answer is the page with the link: it stands nowhere else, also not in an address."""
    called = field(form, "called")
    scopes = [cast("Scope", one) for one in form.getlist("scope") if one in get_args(Scope)]
    _, token, ends = relatives.invite(
        on.db, on.principal, called, field(form, "shown_as"), scopes, ends_at=_until(form, on), now=on.now
    )
    link = f"{site_of(on.request).origin}/r/{token}"
    when = formats.near(ends, on.now, _zone(on).key, on.lang)
    return on.page("own_invited.html", OwnInvited(on.frame(), own_around(on), called, link, when))


@router.post("/{relative_id}/end")
def end(relative_id: UUID, on: OnVisit, _form: OnForm) -> RedirectResponse:
    """Take everything back, for good."""
    relatives.end(on.db, on.principal, relative_id, now=on.now)
    return see_other(HERE, "relative_ended")


@router.post("/{relative_id}/{scope}")
def switch(relative_id: UUID, scope: Scope, on: OnVisit, form: OnForm) -> RedirectResponse:
    """Turn one thing on or off, at once."""
    if field(form, "to") == "on":
        relatives.share(on.db, on.principal, relative_id, scope, ends_at=_until(form, on), now=on.now)
        return see_other(HERE, "sharing_on")
    relatives.stop_sharing(on.db, on.principal, relative_id, scope, now=on.now)
    return see_other(HERE, "sharing_off")


def _until(form: FormData, on: Visit) -> datetime | None:
    """The end of the last day given, in the client's own zone; none when none is given. Raises Invalid."""
    if not (last := field(form, "until")):
        return None
    try:
        return datetime.combine(date.fromisoformat(last) + timedelta(days=1), time(), _zone(on))
    except ValueError as error:
        raise Invalid from error


def _zone(on: Visit) -> ZoneInfo:
    return ZoneInfo(own_schedule.surroundings(on.db, on.principal, now=on.now).tz)
