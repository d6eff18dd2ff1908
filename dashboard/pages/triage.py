"""The start page: the triage list for staff, the own page for a client."""

from fastapi import APIRouter
from fastapi.responses import Response

from backend.services import triage
from dashboard.contexts.triage import triage_page
from dashboard.site import OnVisit, see_other

router = APIRouter(include_in_schema=False)


@router.get("/")
def start(on: OnVisit) -> Response:
    """Who needs a person, in order."""
    if on.principal.is_client:
        return see_other("/me")
    return on.page(
        "triage.html", triage_page(triage.triage_list(on.db, on.principal, now=on.now), on.frame())
    )
