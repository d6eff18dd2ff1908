"""Guided training on a made-up client: a page, its graph, and why its signal rang. Reads and writes nothing."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from backend.services import practice
from backend.services.practice import Practice
from dashboard.contexts.practice import PATH, practice_page
from dashboard.contexts.why import why_page
from dashboard.pages.span import Wish, drawn, figure_response, wish
from dashboard.site import OnVisit, Visit

router = APIRouter(prefix=PATH, include_in_schema=False)
OnWish = Annotated[Wish, Depends(wish)]


@router.get("")
def page(on: OnVisit, shown: OnWish) -> Response:
    """The steps with the list, the client's page, the signal and the text for the record that they explain."""
    found = _client(on, *shown.span(on.now))
    context = practice_page(found, on.frame(), on.now, shown.days, shown.unit, shown.item)
    return on.page("practice.html", context)


@router.get("/figure.json")
def figure(on: OnVisit, shown: OnWish) -> Response:
    """The graph."""
    series = _client(on, *shown.reach(on.now)).series
    return figure_response(on.request, drawn(series, on.lang, shown, on.now))


@router.get("/why")
def why(on: OnVisit) -> Response:
    """Why the made-up signal rang."""
    found = practice.why(on.principal, _language(on), now=on.now)
    return on.page("why.html", why_page(found, on.frame(), on.now, is_practice=True))


def _client(on: Visit, since: datetime, until: datetime) -> Practice:
    return practice.client(on.principal, since, until, _language(on), now=on.now)


def _language(on: Visit) -> Literal["sv", "en"]:
    return "sv" if on.lang.code == "sv" else "en"
