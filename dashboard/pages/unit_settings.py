"""Settings of a unit, for its manager: each with its source, what a change would mean, a reason, and its history."""

from datetime import date, time
from math import isfinite

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData

from backend.errors import Invalid
from backend.services import unit_policy, unit_settings
from backend.services.unit_policy import BudgetWish, HoursWish
from dashboard.contexts.settings import LIMITS, budget_page, hours_page, limits_page, settings_page, text_page
from dashboard.language import N_
from dashboard.site import OnForm, OnVisit, OnWideForm, Visit, field, see_other

HERE = "/manager/settings"
router = APIRouter(prefix=HERE, include_in_schema=False)
SAID = "setting_saved"
_WRONG = {
    "hours": N_("The hours cannot be meant so: opening before closing, days as YYYY-MM-DD, and a reason."),
    "cut-offs": N_(
        "The limits cannot be meant so: AUDIT limits must rise, each lies within its scale, and a reason."
    ),
    "safety-text": N_("The text has 10 to 600 characters, and the change a reason."),
    "budget": N_("The figures cannot be meant so, or the reason is missing."),
}


@router.get("")
def overview(on: OnVisit) -> Response:
    """Everything that is in force, and where it comes from."""
    found = unit_settings.settings(on.db, on.principal, now=on.now)
    policy = unit_policy.of_unit(on.db, on.principal, now=on.now)
    return on.page("settings.html", settings_page(found, policy, on.frame(), on.now))


@router.get("/hours")
def hours(on: OnVisit) -> Response:
    """Working hours, days off, and the promise to answer."""
    return _hours(on, unit_policy.of_unit(on.db, on.principal, now=on.now).hours)


@router.post("/hours")
def set_hours(on: OnVisit, form: OnWideForm) -> Response:
    """Show what it would mean, or save."""
    try:
        wish = _hours_wish(form)
        if field(form, "step") != "save":
            return _hours(on, wish, preview=True)
        unit_policy.set_hours(on.db, on.principal, wish, field(form, "reason"), now=on.now)
    except Invalid:
        wish = unit_policy.of_unit(on.db, on.principal, now=on.now).hours
        return _refused(_hours(on, wish, problem=_WRONG["hours"]))
    return see_other(HERE, SAID)


@router.get("/cut-offs")
def cut_offs(on: OnVisit) -> Response:
    """Limits of the questionnaires."""
    return _limits(on, None)


@router.post("/cut-offs")
def set_cut_offs(on: OnVisit, form: OnForm) -> Response:
    """Show what they would mean, or save."""
    try:
        wish = {name: _whole(form, name) for name in LIMITS}
        if field(form, "step") != "save":
            return _limits(on, wish, preview=True)
        unit_settings.set_one(on.db, on.principal, "cut_offs", wish, field(form, "reason"), now=on.now)
    except Invalid:
        return _refused(_limits(on, None, problem=_WRONG["cut-offs"]))
    return see_other(HERE, SAID)


@router.get("/safety-text")
def safety_text(on: OnVisit) -> Response:
    """What staff do when an answer asks for safety."""
    return _text(on, None)


@router.post("/safety-text")
def set_safety_text(on: OnVisit, form: OnForm) -> Response:
    """Show how it reads, or save."""
    typed = field(form, "text")
    if field(form, "step") != "save":
        return _text(on, typed, preview=True)
    try:
        unit_settings.set_one(on.db, on.principal, "safety_text", typed, field(form, "reason"), now=on.now)
    except Invalid:
        return _refused(_text(on, typed, problem=_WRONG["safety-text"]))
    return see_other(HERE, SAID)


@router.get("/budget")
def budget(on: OnVisit) -> Response:
    """How many signals, and when the next person is told."""
    return _budget(on, None)


@router.post("/budget")
def set_budget(on: OnVisit, form: OnForm) -> Response:
    """Show what it would mean, or save."""
    try:
        wish = BudgetWish(
            _number(form, "budget_per_week"), _whole(form, "now_wait_min"), _whole(form, "same_day_wait_min")
        )
        if field(form, "step") != "save":
            return _budget(on, wish, preview=True)
        unit_policy.set_budget(on.db, on.principal, wish, field(form, "reason"), now=on.now)
    except Invalid:
        return _refused(_budget(on, None, problem=_WRONG["budget"]))
    return see_other(HERE, SAID)


def _hours(on: Visit, wish: HoursWish, *, preview: bool = False, problem: str | None = None) -> HTMLResponse:
    found = unit_settings.settings(on.db, on.principal, now=on.now)
    policy = unit_policy.of_unit(on.db, on.principal, now=on.now)
    shown = unit_policy.preview_hours(on.db, on.principal, wish, now=on.now)
    context = hours_page(found, policy, wish, shown, preview, on.frame(), on.now, problem)
    return on.page("settings_hours.html", context)


def _limits(
    on: Visit, wish: dict[str, int] | None, *, preview: bool = False, problem: str | None = None
) -> HTMLResponse:
    found = unit_settings.settings(on.db, on.principal, now=on.now)
    chosen = wish or found.cut_offs
    shown = unit_policy.preview_cut_offs(on.db, on.principal, chosen, now=on.now)
    return on.page(
        "settings_limits.html", limits_page(found, chosen, shown, preview, on.frame(), on.now, problem)
    )


def _text(on: Visit, typed: str | None, *, preview: bool = False, problem: str | None = None) -> HTMLResponse:
    found = unit_settings.settings(on.db, on.principal, now=on.now)
    return on.page("settings_text.html", text_page(found, typed, preview, on.frame(), on.now, problem))


def _budget(
    on: Visit, wish: BudgetWish | None, *, preview: bool = False, problem: str | None = None
) -> HTMLResponse:
    found = unit_settings.settings(on.db, on.principal, now=on.now)
    policy = unit_policy.of_unit(on.db, on.principal, now=on.now).policy
    chosen = wish or BudgetWish(policy.budget_per_week, policy.now_wait_min, policy.same_day_wait_min)
    shown = unit_policy.preview_budget(on.db, on.principal, chosen, now=on.now)
    return on.page(
        "settings_budget.html", budget_page(found, chosen, shown, preview, on.frame(), on.now, problem)
    )


def _refused(page: HTMLResponse) -> HTMLResponse:
    page.status_code = 422
    return page


def _hours_wish(form: FormData) -> HoursWish:
    try:
        days = {
            day: (time.fromisoformat(opens), time.fromisoformat(closes))
            for day in range(1, 8)
            if (opens := field(form, f"opens_{day}")) and (closes := field(form, f"closes_{day}"))
        }
        closed = frozenset(date.fromisoformat(one) for one in field(form, "closed").split())
        half = time.fromisoformat(field(form, "half_day_closes"))
    except ValueError as error:
        raise Invalid from error
    return HoursWish(field(form, "timezone"), days, half, closed, _whole(form, "reply_within_hours"))


def _whole(form: FormData, name: str) -> int:
    try:
        return int(field(form, name))
    except ValueError as error:
        raise Invalid from error


def _number(form: FormData, name: str) -> float:
    try:
        value = float(field(form, name).replace(",", "."))
    except ValueError as error:
        raise Invalid from error
    if not isfinite(value):
        raise Invalid
    return value
