"""Who follows whom: assigning clients, handing them over, one or many; and what was decided about one client."""

from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData

from backend.errors import Invalid, NotFound
from backend.services import care_relations, clients
from backend.services.care_relations import CareMoved, Change, LeftAlone
from dashboard.contexts.application import ZONE
from dashboard.contexts.care import care_page, client_care_page, kind_of
from dashboard.site import OnVisit, OnWideForm, Visit, field, rendered, see_other

router = APIRouter(include_in_schema=False)
HERE = "/care"


@router.get(HERE)
def page(on: OnVisit, who: str = "", client: str = "") -> Response:
    """The clients one may decide about; `who`: those of one colleague, `client`: with one of them chosen."""
    found = care_relations.desk(on.db, on.principal, now=on.now)
    chosen = _who(on, who)
    return on.page("care.html", care_page(found, chosen, {client}, on.principal, on.frame(), on.now))


@router.post(HERE)
def decide(on: OnVisit, form: OnWideForm) -> Response:
    """Assign, hand over or end. What cannot be decided comes back as it was filled in."""
    who = field(form, "from")
    back = f"{HERE}?who={who}" if who and on.principal.reach("hand_over") == "unit" else HERE
    if missing := _missing(form):
        return _again(on, form, missing)
    try:
        care_relations.decide(on.db, on.principal, _wish(form), now=on.now)
    except LeftAlone:
        return _back(back, "care_left_alone")
    except CareMoved:
        return _back(back, "care_moved")
    except Invalid:
        return _again(on, form, "")
    return see_other(HERE, "care_changed")


@router.get("/clients/{client_id}/care")
def of_client(client_id: UUID, on: OnVisit) -> Response:
    """Who may see one client, and what was decided about it."""
    if not on.principal.gives_care:
        raise NotFound
    found = care_relations.of_client(on.db, on.principal, client_id, now=on.now)
    head = clients.overview(on.db, on.principal, client_id, now=on.now, is_refresh=True)
    context = client_care_page(found, client_id, head.alias, head.tz, on.frame(), on.now)
    return on.page("client_care.html", context)


def _missing(form: FormData) -> str:
    """The first field that is left out; empty when all that is needed stands there."""
    if not form.getlist("client"):
        return "client"
    kind = field(form, "kind")
    if not kind:
        return "kind"
    if kind != "ended" and not field(form, "to"):
        return "to"
    return "" if field(form, "words") else "words"


def _again(on: Visit, form: FormData, wrong: str) -> Response:
    """The page with what was sent, and the field to look at."""
    found = care_relations.desk(on.db, on.principal, now=on.now)
    ticked = {one for one in form.getlist("client") if isinstance(one, str)}
    typed = {name: field(form, name) for name in ("kind", "to", "day", "time", "until", "words")}
    context = care_page(
        found,
        _who(on, field(form, "from")),
        ticked,
        on.principal,
        on.frame(),
        on.now,
        typed=typed,
        wrong=wrong,
    )
    return rendered(on.request, "care.html", on.lang, context, 422)


def _who(on: Visit, text: str) -> UUID | None:
    """Whose clients are looked at: a clinician's own, a manager's choice; None for everybody's."""
    if on.principal.reach("hand_over") == "care":
        return on.principal.account_id
    return _id(text) if text else None


def _wish(form: FormData) -> Change:
    kind = kind_of(field(form, "kind"))
    who, to = field(form, "from"), field(form, "to")
    until = field(form, "until")
    return Change(
        kind,
        tuple(_id(str(one)) for one in form.getlist("client")),
        field(form, "words"),
        from_id=None if kind == "assigned" else _id(who),
        to_id=None if kind == "ended" else _id(to),
        at=_at(field(form, "day"), field(form, "time")),
        until=_midnight(until) + timedelta(days=1) if until and kind == "assigned" else None,
    )


def _at(day: str, clock: str) -> datetime | None:
    """The stated instant; none for at once. Raises Invalid."""
    if not day:
        return None
    try:
        return datetime.combine(date.fromisoformat(day), time.fromisoformat(clock or "00:00"), ZoneInfo(ZONE))
    except ValueError as error:
        raise Invalid from error


def _midnight(text: str) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(text), time(0), ZoneInfo(ZONE))
    except ValueError as error:
        raise Invalid from error


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Invalid from error


def _back(path: str, said: str) -> RedirectResponse:
    return RedirectResponse(f"{path}{'&' if '?' in path else '?'}said={said}", status_code=303)
