"""The start page: the triage list for staff, with filters, saved views and morning summary; a client's own page."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import RedirectResponse, Response

from backend.domain.triage_filter import TriageFilter, read_filter
from backend.services import morning, triage
from dashboard.contexts.morning import query_of
from dashboard.contexts.triage import triage_page
from dashboard.site import OnForm, OnVisit, field, see_other

router = APIRouter(include_in_schema=False)


def wished(
    group: Annotated[list[str] | None, Query(max_length=10)] = None,
    whose: Annotated[str, Query(max_length=10)] = "all",
    untaken: bool = False,
) -> TriageFilter:
    """The filter in the address."""
    return read_filter(group or [], whose, untaken)


OnFilter = Annotated[TriageFilter, Depends(wished)]


@router.get("/")
def start(on: OnVisit, wish: OnFilter, find: Annotated[str, Query(max_length=100)] = "") -> Response:
    """Who needs a person, in order; `find` narrows the list to an alias or a name."""
    if on.principal.is_client:
        return see_other("/me/")
    if on.principal.is_relative:
        return see_other("/shared/")
    now = on.now
    found = triage.triage_list(on.db, on.principal, now=now)
    if not on.principal.may("morning"):
        return on.page("triage.html", triage_page(found, on.frame(), find.strip()))
    page = triage_page(
        found,
        on.frame(),
        find.strip(),
        kept=morning.filtered(found, wish),
        wish=wish,
        views=morning.views_of(on.db, on.principal),
        morning=morning.summary(on.db, on.principal, now=now),
    )
    return on.page("triage.html", page)


@router.post("/triage/gone-through")
def gone_through(on: OnVisit, _checked: OnForm) -> RedirectResponse:
    """The person has gone through what changed; the next summary begins now."""
    morning.gone_through(on.db, on.principal, now=on.now)
    return see_other("/", "gone_through")


@router.post("/triage/views")
def save_view(on: OnVisit, form: OnForm) -> RedirectResponse:
    """Keep the filter as it stands under a name."""
    groups = [str(one) for one in form.getlist("group")]
    wish = read_filter(groups, field(form, "whose"), field(form, "untaken") == "1")
    morning.save_view(on.db, on.principal, field(form, "name"), wish, now=on.now)
    return RedirectResponse(f"/?{query_of(wish)}", status_code=303)


@router.post("/triage/views/{view_id}/drop")
def drop_view(view_id: UUID, on: OnVisit, _checked: OnForm) -> RedirectResponse:
    """Drop one of one's own views."""
    morning.drop_view(on.db, on.principal, view_id)
    return see_other("/", "view_dropped")
