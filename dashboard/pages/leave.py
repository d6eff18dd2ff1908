"""Leave: who looks after whose clients, and until when."""

from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from backend.errors import Invalid
from backend.services import leave_cover
from dashboard.contexts.application import ZONE
from dashboard.contexts.leave import leave_page
from dashboard.site import OnForm, OnVisit, field, see_other

router = APIRouter(prefix="/leave", include_in_schema=False)


@router.get("")
def page(on: OnVisit) -> Response:
    """The unit's covers, and the form for a new one."""
    now = on.now
    desk = leave_cover.desk(on.db, on.principal, now=now)
    return on.page("leave.html", leave_page(desk, on.principal, on.frame(), now))


@router.post("")
def arrange(on: OnVisit, form: OnForm) -> RedirectResponse:
    """Let a colleague look after somebody's clients, from the morning of one day to the end of another."""
    absent = field(form, "absent") or str(on.principal.account_id)
    begins, ends = _midnight(field(form, "from_day")), _midnight(field(form, "to_day")) + timedelta(days=1)
    leave_cover.arrange(
        on.db, on.principal, _account(absent), _account(field(form, "covering")), begins, ends, now=on.now
    )
    return see_other("/leave", "cover_arranged")


@router.post("/{cover_id}/end")
def end(cover_id: UUID, on: OnVisit, _checked: OnForm) -> RedirectResponse:
    """End it before its time."""
    leave_cover.end(on.db, on.principal, cover_id, now=on.now)
    return see_other("/leave", "cover_ended")


def _account(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Invalid from error


def _midnight(text: str) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(text), time(0), ZoneInfo(ZONE))
    except ValueError as error:
        raise Invalid from error
