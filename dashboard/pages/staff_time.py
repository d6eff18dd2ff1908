"""Staff time, for a unit's manager."""

from zoneinfo import ZoneInfo

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from backend.errors import Invalid
from backend.services import staff_time
from dashboard.contexts.application import ZONE
from dashboard.contexts.staff_time import time_page
from dashboard.site import OnForm, OnVisit, field, see_other

router = APIRouter(prefix="/manager", include_in_schema=False)


@router.get("/time")
def time(on: OnVisit, year: int | None = None, month: int | None = None) -> Response:
    """A month's report; this month unless another is asked for."""
    today = on.now.astimezone(ZoneInfo(ZONE)).date()
    report = staff_time.month_report(
        on.db, on.principal, year or today.year, month or today.month, now=on.now
    )
    return on.page("manager_time.html", time_page(report, on.frame(), today))


@router.post("/time")
def set_minutes(on: OnVisit, form: OnForm) -> RedirectResponse:
    """Set the minutes of one kind of work from now on."""
    minutes = staff_time.read_minutes(field(form, "minutes"))
    if minutes is None:
        raise Invalid
    manual = staff_time.read_minutes(field(form, "manual"))
    staff_time.set_minutes(
        on.db, on.principal, field(form, "kind"), minutes, manual, field(form, "reason"), now=on.now
    )
    return see_other("/manager/time", "minutes_saved")
