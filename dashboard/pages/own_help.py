"""Help on a page of its own, and asking the clinic to get in touch."""

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from backend.services import help_calls, own_schedule
from dashboard.contexts.own_help import own_help
from dashboard.pages.own import own_around
from dashboard.site import OnForm, OnVisit, see_other

router = APIRouter(prefix="/me/help", include_in_schema=False)


@router.get("")
def page(on: OnVisit) -> Response:
    """Whom to call, whether anybody reads now, and what became of the newest call."""
    found = help_calls.desk(on.db, on.principal, now=on.now)
    tz = own_schedule.surroundings(on.db, on.principal, now=on.now).tz
    return on.page("own_help.html", own_help(found, tz, on.frame(), own_around(on), on.now))


@router.post("")
def ask(on: OnVisit, _form: OnForm) -> RedirectResponse:
    """Ask the clinic to get in touch."""
    help_calls.ask(on.db, on.principal, now=on.now)
    return see_other("/me/help", "help_asked")
