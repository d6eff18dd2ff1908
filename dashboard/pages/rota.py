"""The duty rota as a calendar, for the unit's manager: a week or five, what is missing, and the forms to change it."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from fastapi.responses import Response

from backend.errors import Invalid
from backend.services import alert_policy, rota_calendar
from dashboard.contexts.application import ZONE
from dashboard.contexts.rota import WEEKS, rota_page
from dashboard.site import OnVisit

router = APIRouter(prefix="/manager", include_in_schema=False)


@router.get("/rota")
def rota(on: OnVisit, since: str = "", span: str = "month", day: str = "") -> Response:
    """Who is on duty; `since`: a day of the first week, `span`: week or month, `day`: what the form begins with."""
    today = on.now.astimezone(ZoneInfo(ZONE)).date()
    first = _day(since) or today
    monday = first - timedelta(days=first.weekday())
    weeks = WEEKS.get(span, WEEKS["month"])
    found = rota_calendar.calendar(on.db, on.principal, monday, 7 * weeks, now=on.now)
    lines = alert_policy.rota(on.db, on.principal, found.unit_id, now=on.now)
    return on.page("rota.html", rota_page(found, lines, span, _day(day), today, on.frame(), on.now))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise Invalid from error
