"""The client's home and the daily check-in."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.datastructures import FormData

from backend.errors import Forbidden, Invalid
from backend.services import check_ins, messages, own, own_schedule, plans, questionnaires
from backend.services.views import ClientSeries
from contracts.check_in import Answer, DrinkingReport
from dashboard.contexts.own_around import Around, around
from dashboard.contexts.own_check_in import QUESTIONS, OwnCheckIn, check_in_form
from dashboard.contexts.own_days import DAYS
from dashboard.contexts.own_home import Todo, own_home
from dashboard.instruments import NAMES
from dashboard.site import OnForm, OnVisit, Visit, WrongField, field, rendered, see_other

router = APIRouter(include_in_schema=False)
HOME = "/me/"
GRAMS_PER_GLASS = Decimal(12)
"""A Swedish standard glass (published, domain reference section 10)."""
TYPED = (
    *(name for name, *_ in QUESTIONS),
    "drank",
    "drinking_day",
    "drinking_time",
    "glasses",
    "comment",
    "once_key",
)
"""The fields of the check-in that come back when it cannot be saved."""
BY_SCRIPT = "x-nykter-kept"
"""Set by our script when it sends a check-in: it wants to know how it went, not the next page."""


def own_around(on: Visit) -> Around:
    """What stands around a client's page."""
    found = own_schedule.surroundings(on.db, on.principal, now=on.now)
    return around(found, on.frame(), str(on.principal.account_id), on.now)


def own_fortnight(on: Visit) -> ClientSeries:
    """The client's last two weeks, with what came this very moment."""
    since, until = on.now - timedelta(days=DAYS), on.now + timedelta(seconds=1)
    return own.series(on.db, on.principal, since, until, now=on.now, is_refresh=on.is_refresh)


@router.get("/me")
def bare() -> RedirectResponse:
    """The address as people type it. The pages' own service worker covers what lies below."""
    return see_other(HOME)


@router.get(HOME)
def page(on: OnVisit) -> Response:
    """What comes next, what waits, the last result. Staff have their own start page."""
    if not on.principal.is_client or on.principal.client_id is None:
        return see_other("/")
    now = on.now
    overview = own.overview(on.db, on.principal, now=now, is_refresh=on.is_refresh)
    series = own_fortnight(on)
    coming = own_schedule.coming(on.db, on.principal, now=now, days=3)
    return on.page(
        "own_home.html",
        own_home(overview, series, coming, _todo(on), on.frame(), own_around(on), now),
    )


def _todo(on: Visit) -> list[Todo]:
    found = []
    assert on.principal.client_id is not None, "asked for a client's own page"
    if new := messages.unread(on.db, on.principal, now=on.now).get(on.principal.client_id):
        found.append(Todo("/me/messages", on.lang.n("{count} new message", "{count} new messages", new)))
    if plans.open_proposals(on.db, on.principal, now=on.now):
        found.append(Todo("/me/plan", on.lang.t("A proposed plan waits for your answer")))
    found.extend(
        Todo(f"/own/forms/{one.request_id}", on.lang.t("Fill in {name}", name=NAMES[one.instrument]))
        for one in questionnaires.asked(on.db, on.principal)
    )
    return found


@router.get("/me/check-in")
def check_in_page(on: OnVisit) -> Response:
    """The daily questions."""
    return on.page("own_check_in.html", OwnCheckIn(on.frame(), own_around(on), check_in_form(on.lang)))


@router.post("/me/check-ins")
def check_in(on: OnVisit, form: OnForm) -> Response:
    """Save the answers; what was left out stays unanswered. Answers kept on a phone come with their own time. What
    cannot be saved comes back as it was written, with the field to look at.
    """
    if (owner := field(form, "owner")) and owner != str(on.principal.account_id):
        raise Forbidden
    try:
        made = _submitted(on, form)
    except Invalid as error:
        if BY_SCRIPT in on.request.headers or field(form, "answered_at") or not on.principal.is_client:
            raise
        typed = {name: field(form, name) for name in TYPED}
        again = check_in_form(on.lang, typed, error.name if isinstance(error, WrongField) else "")
        context = OwnCheckIn(replace(on.frame(), here="/me/check-in"), own_around(on), again)
        return rendered(on.request, "own_check_in.html", on.lang, context, 422)
    if BY_SCRIPT in on.request.headers:
        return JSONResponse({"check_in_id": str(made)}, status_code=201)
    return see_other(HOME, "check_in_sent")


def _submitted(on: Visit, form: FormData) -> UUID:
    now = on.now
    waited = waited_told(form)
    drank = {"yes": True, "no": False}.get(field(form, "drank"))
    tz = own_schedule.surroundings(on.db, on.principal, now=now).tz
    drinking = drinking_told(form, tz, now - waited) if drank else ()
    return check_ins.submit(
        on.db,
        on.principal,
        answers_told(form),
        drank,
        field(form, "comment") or None,
        drinking,
        once_key=field(form, "once_key") or None,
        waited=waited,
        now=now,
    )


def waited_told(form: FormData) -> timedelta:
    """How long the answers lay on the phone, by its own clock at answering and at sending: a clock that goes wrong by
    the same amount both times does no harm. Raises Invalid for nonsense.
    """
    answered, sent = field(form, "answered_at"), field(form, "sent_at")
    if not answered:
        return timedelta(0)
    try:
        return datetime.fromisoformat(sent) - datetime.fromisoformat(answered)
    except (ValueError, TypeError) as error:
        raise Invalid from error


def answers_told(form: FormData) -> tuple[Answer, ...]:
    """The answered questions on their 0..10 scale. Raises Invalid for a value outside it."""
    told = []
    for name, *_ in QUESTIONS:
        if text := field(form, name):
            if not text.isdecimal() or int(text) > 10:
                raise WrongField(name)
            told.append(Answer(item=name, value=Decimal(text), low=Decimal(0), high=Decimal(10)))
    return tuple(told)


def drinking_told(form: FormData, tz: str, now: datetime) -> tuple[DrinkingReport, ...]:
    """When drinking began, if the client says so; the amount takes a comma or a point. Raises WrongField."""
    day, clock, glasses = field(form, "drinking_day"), field(form, "drinking_time"), field(form, "glasses")
    if not clock and not glasses:
        return ()
    amount = _grams(glasses) if glasses else None
    try:
        local = now.astimezone(ZoneInfo(tz))
        at = time.fromisoformat(clock) if clock else local.timetz().replace(tzinfo=None)
        began = datetime.combine(local.date() - timedelta(days=int(day or 0)), at, ZoneInfo(tz))
    except (ValueError, OverflowError) as error:
        raise WrongField("drinking_time") from error
    if began > now:
        raise WrongField("drinking_time")
    return (DrinkingReport(started_at=began, amount_g=amount),)


def _grams(glasses: str) -> Decimal:
    """Grams of alcohol in so many standard glasses. Raises WrongField."""
    try:
        amount = Decimal(glasses.replace(",", "."))
    except InvalidOperation as error:
        raise WrongField("glasses") from error
    if not amount.is_finite() or not 0 <= amount * GRAMS_PER_GLASS <= 2000:
        raise WrongField("glasses")
    return amount * GRAMS_PER_GLASS
