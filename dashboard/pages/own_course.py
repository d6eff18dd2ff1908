"""The client's course: the last two weeks in words, the same graph as staff see, and comments on tests and misses."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import RedirectResponse, Response

from backend.errors import Invalid
from backend.services import access_log, check_ins, own
from dashboard import formats
from dashboard.contexts.client import graph, whole_course
from dashboard.contexts.own_days import OwnGraph, own_days
from dashboard.export import csv_text
from dashboard.pages.client import exported_span
from dashboard.pages.own import own_around, own_fortnight
from dashboard.pages.span import Wish, csv_response, drawn, figure_response, wish
from dashboard.site import OnForm, OnVisit, field, see_other

router = APIRouter(prefix="/me", include_in_schema=False)
OnWish = Annotated[Wish, Depends(wish)]


@router.get("/days")
def days(on: OnVisit) -> Response:
    """The last two weeks."""
    now = on.now
    series = own_fortnight(on)
    return on.page("own_days.html", own_days(series, on.frame(), own_around(on), now))


@router.get("/graph")
def graph_page(on: OnVisit, shown: OnWish) -> Response:
    """The page with the graph; the only one of the client's pages that is heavy."""
    since, until = shown.span(on.now)
    series = own.series(on.db, on.principal, since, until, now=on.now, is_refresh=on.is_refresh)
    overview = own.overview(on.db, on.principal, now=on.now, is_refresh=on.is_refresh)
    whole = whole_course(overview, on.now)
    made = graph(series, on.lang, "/me/figure.json", shown.days, shown.unit, shown.item, whole=whole)
    return on.page("own_graph.html", OwnGraph(on.frame(), own_around(on), made))


@router.get("/figure.json")
def figure(on: OnVisit, shown: OnWish) -> Response:
    """The same graph as staff see."""
    now = on.now
    since, until = shown.reach(now)
    series = own.series(on.db, on.principal, since, until, now=now, is_refresh=on.is_refresh)
    return figure_response(on.request, drawn(series, on.lang, shown, now))


@router.post("/graph/export.csv")
def export(on: OnVisit, form: OnForm) -> Response:
    """The client's own data as a file."""
    now = on.now
    since, until = exported_span(field(form, "days"), field(form, "until"), now)
    series = own.series(on.db, on.principal, since, until, now=now)
    access_log.note(on.db, on.principal, series.client_id, "exported", now=now)
    return csv_response(csv_text(series), f"data-{formats.local_day(now, series.tz)}")


@router.post("/comments")
def comment(on: OnVisit, form: OnForm) -> RedirectResponse:
    """Keep the client's words about one test or one planned test."""
    kind, _, named = field(form, "about").partition("/")
    words, once_key = field(form, "comment"), field(form, "once_key") or None
    try:
        if kind == "test":
            device, boot, sequence = named.split("/")
            check_ins.comment_on_test(
                on.db, on.principal, (device, boot, int(sequence)), words, once_key=once_key, now=on.now
            )
        else:
            check_ins.comment_on_window(
                on.db, on.principal, UUID(named), words, once_key=once_key, now=on.now
            )
    except ValueError as error:
        raise Invalid from error
    return see_other("/me/days", "comment_saved")
