"""The manager's overview with the duty rota, and technical support's overview."""

from datetime import UTC, time
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from backend.domain.rota import Once, Weekly
from backend.errors import Invalid, NotFound
from backend.services import alert_policy, overviews
from dashboard.contexts.overviews import manager_page, operation_page
from dashboard.contexts.small import PlainPage
from dashboard.pages.client import local_instant
from dashboard.pages.operations import ZONE
from dashboard.site import OnForm, OnVisit, field, see_other

router = APIRouter(include_in_schema=False)
MANAGER, OPERATIONS = "/manager/unit", "/operations"


@router.get(MANAGER)
def unit(on: OnVisit) -> Response:
    """Burden, adherence, who follows whom, who is on duty."""
    month = overviews.unit_month(on.db, on.principal, now=on.now)
    rota = alert_policy.rota(on.db, on.principal, month.unit_id, now=on.now)
    return on.page("manager_unit.html", manager_page(month, rota, on.frame(), on.now))


@router.post(MANAGER + "/duty")
def add_duty(on: OnVisit, form: OnForm) -> RedirectResponse:
    """Put somebody on duty: every week, or once."""
    month = overviews.unit_month(on.db, on.principal, now=on.now)
    try:
        who = UUID(text) if (text := field(form, "account")) else None
        if field(form, "kind") == "once":
            start, end = (local_instant(field(form, name), month.tz) for name in ("from_at", "to_at"))
            when: Weekly | Once = Once(start.astimezone(UTC), end.astimezone(UTC))
        else:
            when = Weekly(
                int(field(form, "from_weekday")),
                time.fromisoformat(field(form, "from_time")),
                int(field(form, "to_weekday")),
                time.fromisoformat(field(form, "to_time")),
            )
    except ValueError as error:
        raise Invalid from error
    place = 2 if field(form, "place") == "2" else 1
    alert_policy.add_duty(on.db, on.principal, month.unit_id, 1 if place == 1 else 2, who, when, now=on.now)
    return see_other(MANAGER, "duty_saved")


@router.post(MANAGER + "/duty/{duty_id}/withdraw")
def withdraw_duty(duty_id: int, on: OnVisit, _checked: OnForm) -> RedirectResponse:
    """Take a line out."""
    month = overviews.unit_month(on.db, on.principal, now=on.now)
    alert_policy.withdraw_duty(on.db, on.principal, month.unit_id, duty_id, now=on.now)
    return see_other(MANAGER, "duty_withdrawn")


@router.get(OPERATIONS)
def operations(on: OnVisit) -> Response:
    """Processes, delay, gateways, calibration, drift, outages."""
    found = overviews.operation(on.db, on.principal, now=on.now)
    return on.page("operations.html", operation_page(found, on.frame(), on.now, ZONE))


@router.get("/guide")
def guide(on: OnVisit) -> Response:
    """One page to print: how to read the list and a signal, what the words mean, what to do first. For staff."""
    if on.principal.role not in {"clinician", "manager", "operator"}:
        raise NotFound
    return on.page("guide.html", PlainPage(on.frame()))
