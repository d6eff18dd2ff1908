"""One's own contact points: a client's below /me/, those of staff below their account. The same acts, other words."""

from dataclasses import replace
from datetime import time
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response
from starlette.datastructures import FormData

from backend.errors import Conflict, Invalid, NotFound
from backend.services import client_reach, contact_points, own_schedule
from backend.services.contact_points import (
    HOURS,
    KINDS,
    ContactPoint,
    Preference,
    TooManyCodes,
    TooManyPoints,
)
from dashboard.contexts.places import UNSAID, anchor_of, places_page
from dashboard.language import N_
from dashboard.pages.own import own_around
from dashboard.site import OnForm, OnVisit, Visit, field, rendered, see_other

router = APIRouter(include_in_schema=False)
OWN, STAFF = "/me/places", "/account/places"
STAFF_ZONE = "Europe/Stockholm"
_NOT_AN_ADDRESS: dict[str, str] = {
    "email": N_("That is not an e-mail address. Look through it."),
    "sms": N_(
        "That is not a telephone number. Write it as 070-123 45 67, or with + and the country's number."
    ),
    "webhook": N_("A program's address begins with https:// and has no user name."),
}
_TOO_MANY_CODES = N_("Too many codes were asked for. Wait an hour and try again.")


@router.get(OWN)
@router.get(STAFF)
def page(on: OnVisit) -> Response:
    """One's own places."""
    return _page(on)


@router.post(OWN)
@router.post(STAFF)
def add(on: OnVisit, form: OnForm) -> Response:
    """A new place; a code is sent there at once."""
    base, kind, address = _base(on), field(form, "kind"), field(form, "address")
    wish = _used(form, replace(UNSAID, timezone=_zone(on)))
    if kind not in KINDS:
        raise Invalid
    try:
        made = contact_points.add(on.db, on.principal, kind, address, wish, now=on.now)
    except TooManyPoints:
        problem = on.lang.t("You have many places already. Remove one first.")
    except Invalid:
        is_for_nothing = not (wish.for_reminders or wish.for_messages)
        problem = on.lang.t(_FOR_NOTHING if is_for_nothing else _NOT_AN_ADDRESS[kind])
    except Conflict:
        problem = on.lang.t("You have that place already.")
    except TooManyCodes:
        problem = on.lang.t(_TOO_MANY_CODES)
    else:
        return see_other(f"{base}?said=place_added#{anchor_of(made)}")
    return _page(on, problem=problem, wish=wish, written=(kind, address), status=422)


@router.post(f"{OWN}/{{contact_point_id}}/code")
@router.post(f"{STAFF}/{{contact_point_id}}/code")
def send_code(contact_point_id: UUID, on: OnVisit, _form: OnForm) -> Response:
    """Send another code."""
    base = _base(on)
    try:
        contact_points.send_code(on.db, on.principal, contact_point_id, now=on.now)
    except TooManyCodes:
        return _page(on, problem=on.lang.t(_TOO_MANY_CODES), at=contact_point_id, status=429)
    return see_other(f"{base}?said=code_again#{anchor_of(contact_point_id)}")


@router.post(f"{OWN}/{{contact_point_id}}/confirm")
@router.post(f"{STAFF}/{{contact_point_id}}/confirm")
def confirm(contact_point_id: UUID, on: OnVisit, form: OnForm) -> Response:
    """Confirm with the code that arrived."""
    base = _base(on)
    try:
        contact_points.confirm(on.db, on.principal, contact_point_id, field(form, "code"), now=on.now)
    except Invalid:
        words = on.lang.t("The code is wrong or too old. Look again, or ask for a new one.")
        return _page(on, problem=words, at=contact_point_id, status=422)
    return see_other(base, "place_confirmed")


@router.post(f"{OWN}/{{contact_point_id}}/settings")
@router.post(f"{STAFF}/{{contact_point_id}}/settings")
def change(contact_point_id: UUID, on: OnVisit, form: OnForm) -> Response:
    """What it is used for, when, and its quiet hours."""
    base, found = _base(on), _own(on, contact_point_id)
    try:
        begins, ends = _quiet(form)
        wish = _used(form, replace(found.preference, quiet_from=begins, quiet_to=ends))
        contact_points.change(on.db, on.principal, contact_point_id, wish)
    except Invalid:
        is_for_nothing = base == OWN and not (form.get("for_reminders") or form.get("for_messages"))
        words = _FOR_NOTHING if is_for_nothing else _QUIET
        return _page(on, problem=on.lang.t(words), at=contact_point_id, status=422)
    return see_other(base, "place_changed")


@router.post(f"{OWN}/{{contact_point_id}}/pause")
@router.post(f"{STAFF}/{{contact_point_id}}/pause")
def pause(contact_point_id: UUID, on: OnVisit, form: OnForm) -> Response:
    """Switch it off for now, or on again."""
    base, found, is_on = _base(on), _own(on, contact_point_id), field(form, "to") == "on"
    contact_points.change(on.db, on.principal, contact_point_id, replace(found.preference, active=is_on))
    return see_other(base, "place_on" if is_on else "place_paused")


@router.post(f"{OWN}/{{contact_point_id}}/first")
@router.post(f"{STAFF}/{{contact_point_id}}/first")
def put_first(contact_point_id: UUID, on: OnVisit, _form: OnForm) -> Response:
    """Use it before the others."""
    base = _base(on)
    contact_points.put_first(on.db, on.principal, contact_point_id)
    return see_other(base, "place_changed")


@router.post(f"{OWN}/{{contact_point_id}}/remove")
@router.post(f"{STAFF}/{{contact_point_id}}/remove")
def remove(contact_point_id: UUID, on: OnVisit, _form: OnForm) -> Response:
    """Remove it and its address."""
    base = _base(on)
    contact_points.remove(on.db, on.principal, contact_point_id)
    return see_other(base, "place_removed")


_FOR_NOTHING = N_("Choose at least one thing it is used for. To hear nothing there, pause it.")
_QUIET = N_("Quiet hours need a beginning and an end that differ.")


def _base(on: Visit) -> str:
    """The address of this person's page. Raises NotFound where it is somebody else's: nobody has two."""
    base = OWN if on.request.url.path.startswith(OWN) else STAFF
    is_own = on.principal.is_client and on.principal.client_id is not None
    if is_own != (base == OWN) or on.principal.is_relative:
        raise NotFound
    return base


def _own(on: Visit, contact_point_id: UUID) -> ContactPoint:
    found = contact_points.own(on.db, on.principal)
    for one in found:
        if one.contact_point_id == contact_point_id:
            return one
    raise NotFound


def _used(form: FormData, wish: Preference) -> Preference:
    """What the form says it is used for; what it does not ask stays as it was."""
    if "asks_uses" in form:
        return replace(wish, for_reminders="for_reminders" in form, for_messages="for_messages" in form)
    hours = field(form, "hours")
    return replace(wish, hours=hours) if hours in HOURS else wish


def _quiet(form: FormData) -> tuple[time | None, time | None]:
    """The quiet hours of the form. Raises Invalid for nonsense."""
    begins, ends = field(form, "quiet_from"), field(form, "quiet_to")
    try:
        return (
            time.fromisoformat(begins) if begins else None,
            time.fromisoformat(ends) if ends else None,
        )
    except ValueError as error:
        raise Invalid from error


def _zone(on: Visit) -> str:
    if on.principal.is_client:
        return own_schedule.surroundings(on.db, on.principal, now=on.now).tz
    return STAFF_ZONE


def _page(
    on: Visit,
    *,
    problem: str | None = None,
    at: UUID | None = None,
    wish: Preference = UNSAID,
    written: tuple[str, str] = ("", ""),
    status: int = 200,
) -> Response:
    base = _base(on)
    context = places_page(
        contact_points.own(on.db, on.principal),
        on.frame(),
        own_around(on) if base == OWN else None,
        base,
        (contact_points.example(on.principal), on.principal.language),
        on.now,
        _zone(on),
        wish=wish,
        written=written,
        problem=problem,
        problem_at=anchor_of(at) if at else "",
        clinic_number=client_reach.own_number(on.db, on.principal) if base == OWN else "",
    )
    template = "own_places.html" if base == OWN else "places.html"
    return rendered(on.request, template, on.lang, context, status)
