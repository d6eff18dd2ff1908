"""Settings of a unit, for its manager: each with its source, what a change would mean, a reason, and its history."""

from dataclasses import replace
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
from dashboard.site import OnForm, OnVisit, OnWideForm, Visit, WrongField, field, see_other

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
_FIELDS = {
    "closed": N_("Days off of the unit's own, one on each line (2026-12-23)"),
    "half_day_closes": N_("Half days end"),
    "reply_within_hours": N_("An answer is promised within (working hours)"),
    "budget_per_week": N_("Predictive signals per clinician and week"),
    "now_wait_min": N_("A signal for now: minutes until the next person is told"),
    "same_day_wait_min": N_(
        "A signal for the same day: minutes of working time until the next person is told"
    ),
    "reason": N_("Why it is changed"),
}
"""The words that stand beside a field, by its name."""
SHORTEST_REASON = 3


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
            return _hours(on, wish, preview=True, form=form)
        unit_policy.set_hours(on.db, on.principal, wish, field(form, "reason"), now=on.now)
    except Invalid as error:
        wish = unit_policy.of_unit(on.db, on.principal, now=on.now).hours
        return _refused(_hours(on, wish, problem=_problem("hours", error, on, form), form=form))
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
            return _limits(on, wish, preview=True, form=form)
        unit_settings.set_one(on.db, on.principal, "cut_offs", wish, field(form, "reason"), now=on.now)
    except Invalid as error:
        return _refused(_limits(on, None, problem=_problem("cut-offs", error, on, form), form=form))
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
        return _text(on, typed, preview=True, form=form)
    try:
        unit_settings.set_one(on.db, on.principal, "safety_text", typed, field(form, "reason"), now=on.now)
    except Invalid as error:
        return _refused(_text(on, typed, problem=_problem("safety-text", error, on, form), form=form))
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
            return _budget(on, wish, preview=True, form=form)
        unit_policy.set_budget(on.db, on.principal, wish, field(form, "reason"), now=on.now)
    except Invalid as error:
        return _refused(_budget(on, None, problem=_problem("budget", error, on, form), form=form))
    return see_other(HERE, SAID)


def _hours(
    on: Visit,
    wish: HoursWish,
    *,
    preview: bool = False,
    problem: str | None = None,
    form: FormData | None = None,
) -> HTMLResponse:
    found = unit_settings.settings(on.db, on.principal, now=on.now)
    policy = unit_policy.of_unit(on.db, on.principal, now=on.now)
    shown = unit_policy.preview_hours(on.db, on.principal, wish, now=on.now)
    context = hours_page(found, policy, wish, shown, preview, on.frame(), on.now, problem)
    return on.page("settings_hours.html", replace(context, typed=_typed(form)))


def _limits(
    on: Visit,
    wish: dict[str, int] | None,
    *,
    preview: bool = False,
    problem: str | None = None,
    form: FormData | None = None,
) -> HTMLResponse:
    found = unit_settings.settings(on.db, on.principal, now=on.now)
    chosen = wish or found.cut_offs
    shown = unit_policy.preview_cut_offs(on.db, on.principal, chosen, now=on.now)
    context = limits_page(found, chosen, shown, preview, on.frame(), on.now, problem)
    return on.page("settings_limits.html", replace(context, typed=_typed(form)))


def _text(
    on: Visit,
    typed: str | None,
    *,
    preview: bool = False,
    problem: str | None = None,
    form: FormData | None = None,
) -> HTMLResponse:
    found = unit_settings.settings(on.db, on.principal, now=on.now)
    context = text_page(found, typed, preview, on.frame(), on.now, problem)
    return on.page("settings_text.html", replace(context, typed=_typed(form)))


def _budget(
    on: Visit,
    wish: BudgetWish | None,
    *,
    preview: bool = False,
    problem: str | None = None,
    form: FormData | None = None,
) -> HTMLResponse:
    found = unit_settings.settings(on.db, on.principal, now=on.now)
    policy = unit_policy.of_unit(on.db, on.principal, now=on.now).policy
    chosen = wish or BudgetWish(policy.budget_per_week, policy.now_wait_min, policy.same_day_wait_min)
    shown = unit_policy.preview_budget(on.db, on.principal, chosen, now=on.now)
    context = budget_page(found, chosen, shown, preview, on.frame(), on.now, problem)
    return on.page("settings_budget.html", replace(context, typed=_typed(form)))


def _typed(form: FormData | None) -> dict[str, str]:
    """What was sent, for the form to come back with."""
    return {name: field(form, name) for name in form} if form is not None else {}


def _problem(name: str, error: Invalid, on: Visit, form: FormData) -> str:
    """What is wrong with a setting, and with which field where one can tell."""
    said = on.lang.t(_WRONG[name])
    wrong = error.name if isinstance(error, WrongField) else ""
    if not wrong and field(form, "step") == "save" and len(field(form, "reason")) < SHORTEST_REASON:
        wrong = "reason"
    label = LIMITS[wrong][0] if wrong in LIMITS else _FIELDS.get(wrong, "")
    return f"{said} {on.lang.t('Look at: {field}.', field=on.lang.t(label))}" if label else said


def _refused(page: HTMLResponse) -> HTMLResponse:
    page.status_code = 422
    return page


def _hours_wish(form: FormData) -> HoursWish:
    """The hours as sent. Raises WrongField."""
    days: dict[int, tuple[time, time]] = {}
    for day in range(1, 8):
        opens, closes = _clock(form, f"opens_{day}"), _clock(form, f"closes_{day}")
        if opens is not None and closes is not None:
            days[day] = (opens, closes)
    try:
        closed = frozenset(date.fromisoformat(one) for one in field(form, "closed").split())
    except ValueError as error:
        raise WrongField("closed") from error
    half = _clock(form, "half_day_closes")
    if half is None:
        raise WrongField("half_day_closes")
    return HoursWish(field(form, "timezone"), days, half, closed, _whole(form, "reply_within_hours"))


def _clock(form: FormData, name: str) -> time | None:
    text = field(form, name)
    try:
        return time.fromisoformat(text) if text else None
    except ValueError as error:
        raise WrongField(name) from error


def _whole(form: FormData, name: str) -> int:
    try:
        return int(field(form, name))
    except ValueError as error:
        raise WrongField(name) from error


def _number(form: FormData, name: str) -> float:
    try:
        value = float(field(form, name).replace(",", "."))
    except ValueError as error:
        raise WrongField(name) from error
    if not isfinite(value):
        raise WrongField(name)
    return value
