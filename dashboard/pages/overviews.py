"""The manager's overview with the duty rota, and technical support's overview."""

from datetime import UTC, time
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from backend.domain.rota import Once, Weekly
from backend.errors import Invalid, NotFound
from backend.services import alert_policy, guide_pdf, overviews
from dashboard.contexts.guide import guide_page, guide_sections, guide_words
from dashboard.contexts.overviews import manager_page, operation_page
from dashboard.pages.client import local_instant
from dashboard.pages.operations import ZONE
from dashboard.site import OnForm, OnVisit, field, see_other

router = APIRouter(include_in_schema=False)
MANAGER, ROTA, OPERATIONS = "/manager/unit", "/manager/rota", "/operations"


@router.get(MANAGER)
def unit(on: OnVisit) -> Response:
    """Burden, adherence, who follows whom, who is on duty."""
    month = overviews.unit_month(on.db, on.principal, now=on.now)
    rota = alert_policy.rota(on.db, on.principal, month.unit_id, now=on.now)
    return on.page("manager_unit.html", manager_page(month, rota, on.frame()))


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
    return see_other(ROTA, "duty_saved")


@router.post(MANAGER + "/duty/{duty_id}/withdraw")
def withdraw_duty(duty_id: int, on: OnVisit, _checked: OnForm) -> RedirectResponse:
    """Take a line out."""
    month = overviews.unit_month(on.db, on.principal, now=on.now)
    alert_policy.withdraw_duty(on.db, on.principal, month.unit_id, duty_id, now=on.now)
    return see_other(ROTA, "duty_withdrawn")


@router.get(OPERATIONS)
def operations(on: OnVisit) -> Response:
    """Processes, delay, gateways, calibration, drift, outages."""
    found = overviews.operation(on.db, on.principal, now=on.now)
    return on.page("operations.html", operation_page(found, on.frame(), on.now, ZONE))


@router.get("/guide")
def guide(on: OnVisit) -> Response:
    """One page to print: how to read the list and a signal, what the words mean, what to do first. For staff."""
    if not on.principal.may("guide"):
        raise NotFound
    return on.page("guide.html", guide_page(on.frame()))


@router.get("/guide.pdf")
def guide_file(on: OnVisit) -> Response:
    """The same as one printed page. It holds nothing about anybody."""
    lang = on.lang
    made = guide_pdf.pdf(
        on.principal,
        lang.t("Nykter on one page"),
        guide_sections(lang),
        (lang.t("Words"), guide_words(lang)),
        "sv" if lang.code == "sv" else "en",
        now=on.now,
    )
    named = {"content-disposition": f'attachment; filename="nykter-guide-{lang.code}.pdf"'}
    return Response(made, media_type="application/pdf", headers=named)
