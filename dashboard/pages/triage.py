"""The start page: the triage list for staff, the own page for a client."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from backend.services import triage
from dashboard.contexts.triage import triage_page
from dashboard.site import OnVisit, see_other

router = APIRouter(include_in_schema=False)


@router.get("/")
def start(on: OnVisit, find: Annotated[str, Query(max_length=100)] = "") -> Response:
    """Who needs a person, in order; `find` narrows the list to an alias or a name."""
    if on.principal.is_client:
        return see_other("/me/")
    if on.principal.is_relative:
        return see_other("/shared/")
    found = triage.triage_list(on.db, on.principal, now=on.now)
    return on.page("triage.html", triage_page(found, on.frame(), find.strip()))
