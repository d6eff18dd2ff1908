"""The client's own page: what comes next, the check-in, the own graph, who has looked."""

from datetime import datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData

from backend.errors import Invalid
from backend.services import access_log, check_ins, messages, own
from contracts.check_in import Answer, DrinkingReport
from dashboard.contexts.client import chosen_item
from dashboard.contexts.own import QUESTIONS, own_page
from dashboard.decimation import thinned
from dashboard.export import csv_text
from dashboard.figures import client_figure
from dashboard.pages.client import exported_span
from dashboard.pages.span import Wish, csv_response, figure_response, wish
from dashboard.site import OnForm, OnVisit, field, see_other
from dashboard.units import UNITS

router = APIRouter(prefix="/me", include_in_schema=False)
OnWish = Annotated[Wish, Depends(wish)]
GRAMS_PER_GLASS = Decimal(12)
"""A Swedish standard glass (published, domain reference section 10)."""


@router.get("")
def page(on: OnVisit, shown: OnWish) -> Response:
    """The whole page. Staff have their own start page."""
    if not on.principal.is_client or on.principal.client_id is None:
        return see_other("/")
    now = on.now
    since, until = shown.span(now)
    overview = own.overview(on.db, on.principal, now=now, is_refresh=on.is_refresh)
    series = own.series(on.db, on.principal, since, until, now=now, is_refresh=on.is_refresh)
    looks = access_log.looked(on.db, on.principal, on.principal.client_id, now=now, is_refresh=on.is_refresh)
    thread = messages.thread(on.db, on.principal, on.principal.client_id, now=now, is_refresh=on.is_refresh)
    return on.page(
        "own.html",
        own_page(overview, series, looks, on.frame(), now, shown.days, shown.unit, shown.item, thread),
    )


@router.get("/figure.json")
def figure(on: OnVisit, shown: OnWish) -> Response:
    """The same graph as staff see."""
    now = on.now
    since, until = shown.reach(now)
    series = own.series(on.db, on.principal, since, until, now=now, is_refresh=on.is_refresh)
    item = chosen_item(series, shown.item)
    drawn = client_figure(thinned(series), on.lang, UNITS[shown.unit], item, shown.span(now)[0])
    return figure_response(on.request, drawn)


@router.post("/export.csv")
def export(on: OnVisit, form: OnForm) -> Response:
    """The client's own data as a file."""
    now = on.now
    since, until = exported_span(field(form, "days"), field(form, "until"), now)
    series = own.series(on.db, on.principal, since, until, now=now)
    access_log.note(on.db, on.principal, series.client_id, "exported", now=now)
    return csv_response(csv_text(series), "nykter-mina-data")


@router.post("/check-ins")
def check_in(on: OnVisit, form: OnForm) -> RedirectResponse:
    """Save the answers; what was left out stays unanswered."""
    now = on.now
    drank = {"yes": True, "no": False}.get(field(form, "drank"))
    drinking = drinking_told(form, own.overview(on.db, on.principal, now=now).tz, now) if drank else ()
    check_ins.submit(
        on.db, on.principal, answers_told(form), drank, field(form, "comment") or None, drinking, now=now
    )
    return see_other("/me", "check_in_sent")


def answers_told(form: FormData) -> tuple[Answer, ...]:
    """The answered questions on their 0..10 scale. Raises Invalid for a value outside it."""
    told = []
    for name, *_ in QUESTIONS:
        if text := field(form, name):
            if not text.isdecimal() or int(text) > 10:
                raise Invalid
            told.append(Answer(item=name, value=Decimal(text), low=Decimal(0), high=Decimal(10)))
    return tuple(told)


def drinking_told(form: FormData, tz: str, now: datetime) -> tuple[DrinkingReport, ...]:
    """When drinking began, if the client says so; the amount takes a comma or a point. Raises Invalid for nonsense."""
    day, clock, glasses = field(form, "drinking_day"), field(form, "drinking_time"), field(form, "glasses")
    if not clock and not glasses:
        return ()
    try:
        local = now.astimezone(ZoneInfo(tz))
        at = time.fromisoformat(clock) if clock else local.timetz().replace(tzinfo=None)
        began = datetime.combine(local.date() - timedelta(days=int(day or 0)), at, ZoneInfo(tz))
        amount = Decimal(glasses.replace(",", ".")) * GRAMS_PER_GLASS if glasses else None
    except (ValueError, InvalidOperation) as error:
        raise Invalid from error
    if began > now or (amount is not None and not 0 <= amount <= 2000):
        raise Invalid
    return (DrinkingReport(started_at=began, amount_g=amount),)
