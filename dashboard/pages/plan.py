"""A client's plan for staff: the page, the editor with its preview, tests now, pauses, excuses, journeys."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from backend.errors import Conflict, Invalid
from backend.services import excuses, pauses, plan_page, planned_tests, plans
from backend.services.plan_drafts import PlanInvalid
from backend.services.plan_page import PlanPageView
from backend.services.plan_views import PreviewView
from dashboard.contexts import plan as contexts
from dashboard.contexts.plan_edit import edit_page, spoken
from dashboard.language import N_
from dashboard.pages.client import local_instant
from dashboard.pages.plan_form import PlanForm, form_as_posted, form_of_plan
from dashboard.site import OnForm, OnVisit, OnWideForm, Visit, field, see_other

router = APIRouter(prefix="/clients/{client_id}/plan", include_in_schema=False)
_UNREADABLE = N_("A field that needs a number has none, or the day cannot be read. Look through the form.")
_NO_REASON = N_("Say why, in words: it stands in the history, and the client reads it.")
_LATER = N_("A plan that begins later is set already. Let this one begin after it.")
_PAST = N_("A plan begins today or later.")


@router.get("")
def page(client_id: UUID, on: OnVisit) -> Response:
    """What holds, what is coming, and how it came to be."""
    view = plan_page.of_client(on.db, on.principal, client_id, now=on.now)
    return on.page("plan.html", contexts.plan_page(view, on.frame(), on.now))


@router.get("/edit")
def editor(client_id: UUID, on: OnVisit) -> Response:
    """The editor, filled with the newest plan."""
    view = plan_page.of_client(on.db, on.principal, client_id, now=on.now)
    return _editor(on, view, form_of_plan(view.start, decimal_comma=on.lang.code == "sv"))


@router.post("/edit")
def edit(client_id: UUID, on: OnVisit, form: OnWideForm) -> Response:
    """Show what it would mean, propose it to the client, or put it into force."""
    act, written = field(form, "act"), form_as_posted(form)
    if act not in {"propose", "set"}:
        view = _seen_again(on, client_id)
        return _editor(on, view, written.after(act))
    try:
        return _send(client_id, on, written, act)
    except PlanInvalid as error:
        problem = spoken(error.said, on.lang)
    except Conflict:
        problem = on.lang.t(_LATER)
    except Invalid:
        problem = on.lang.t(_NO_REASON if not written.reason else _PAST if _reads(written) else _UNREADABLE)
    return _editor(on, _seen_again(on, client_id), written, problem)


@router.post("/proposals/{plan_id}/withdraw")
def withdraw_proposal(client_id: UUID, plan_id: UUID, on: OnVisit, _checked: OnForm) -> RedirectResponse:
    """Take a proposal back."""
    return _moved(
        client_id,
        "proposal_withdrawn",
        lambda: plans.close_proposal(on.db, on.principal, plan_id, now=on.now),
    )


@router.post("/order")
def order(client_id: UUID, on: OnVisit, form: OnForm) -> RedirectResponse:
    """Ask for a test now."""
    minutes = field(form, "within_min")
    if not minutes.isdecimal():
        raise Invalid
    reason = field(form, "reason")
    return _moved(
        client_id,
        "test_ordered",
        lambda: planned_tests.order(
            on.db, on.principal, client_id, within_min=int(minutes), reason=reason, now=on.now
        ),
        "order_conflict",
    )


@router.post("/pauses")
def pause(client_id: UUID, on: OnVisit, form: OnForm) -> RedirectResponse:
    """Enter an agreed pause."""
    tz = _seen_again(on, client_id).tz
    start, end = (local_instant(field(form, name), tz).astimezone(UTC) for name in ("from_at", "to_at"))
    reason = field(form, "reason")
    return _moved(
        client_id,
        "pause_saved",
        lambda: pauses.request(on.db, on.principal, client_id, start, end, reason=reason, now=on.now),
        "pause_conflict",
    )


@router.post("/pauses/{pause_id}/decide")
def decide_pause(client_id: UUID, pause_id: UUID, on: OnVisit, form: OnForm) -> RedirectResponse:
    """Grant or refuse what a client asked for."""
    granted, note = field(form, "decision") == "grant", field(form, "note")
    return _moved(
        client_id,
        "pause_decided",
        lambda: pauses.decide(on.db, on.principal, pause_id, granted, note, now=on.now),
    )


@router.post("/pauses/{pause_id}/end")
def end_pause(client_id: UUID, pause_id: UUID, on: OnVisit, _checked: OnForm) -> RedirectResponse:
    """End a pause now."""
    return _moved(client_id, "pause_ended", lambda: pauses.end(on.db, on.principal, pause_id, now=on.now))


@router.post("/excuses")
def excuse(client_id: UUID, on: OnVisit, form: OnForm) -> RedirectResponse:
    """Excuse one window."""
    window, reason = _window(field(form, "window")), field(form, "reason")
    return _moved(
        client_id,
        "excused",
        lambda: excuses.excuse(on.db, on.principal, client_id, window, reason=reason, now=on.now),
    )


@router.post("/excuses/{excuse_id}/withdraw")
def withdraw_excuse(client_id: UUID, excuse_id: UUID, on: OnVisit, _checked: OnForm) -> RedirectResponse:
    """Take an excuse back."""
    return _moved(
        client_id,
        "excuse_withdrawn",
        lambda: excuses.withdraw(on.db, on.principal, client_id, excuse_id, now=on.now),
    )


@router.post("/travel")
def travel(client_id: UUID, on: OnVisit, form: OnForm) -> RedirectResponse:
    """The same plan on another clock."""
    zone, reason = field(form, "timezone"), field(form, "reason")
    start = local_instant(text, zone).astimezone(UTC) if (text := field(form, "from_at")) else None
    return _moved(
        client_id,
        "plan_travels",
        lambda: plans.travel(on.db, on.principal, client_id, zone, from_at=start, reason=reason, now=on.now),
    )


def _send(client_id: UUID, on: Visit, written: PlanForm, act: str) -> RedirectResponse:
    tz = _seen_again(on, client_id).tz
    draft, start = written.draft(), written.start(tz, on.now)
    begins = None if start is None else start.astimezone(UTC)
    if act == "propose":
        plans.propose(
            on.db, on.principal, client_id, draft, valid_from=begins, reason=written.reason, now=on.now
        )
        return see_other(f"/clients/{client_id}/plan", "plan_proposed")
    plans.set_plan(
        on.db,
        on.principal,
        client_id,
        draft.windows,
        draft.rules,
        random=draft.random,
        valid_from=begins,
        reason=written.reason,
        now=on.now,
    )
    return see_other(f"/clients/{client_id}/plan", "plan_set")


def _editor(on: Visit, view: PlanPageView, written: PlanForm, problem: str | None = None) -> Response:
    seen: PreviewView | None = None
    try:
        begins = written.start(view.tz, on.now)
        start = None if begins is None else begins.astimezone(UTC)
        seen = plans.preview(
            on.db, on.principal, view.client_id, written.draft(), valid_from=start, now=on.now
        )
    except PlanInvalid as error:
        problem = spoken(error.said, on.lang)
    except Invalid:
        problem = problem or on.lang.t(_UNREADABLE)
    return on.page("plan_edit.html", edit_page(view, written, on.frame(), on.now, seen=seen, problem=problem))


def _seen_again(on: Visit, client_id: UUID) -> PlanPageView:
    return plan_page.of_client(on.db, on.principal, client_id, now=on.now, is_refresh=True)


def _reads(written: PlanForm) -> bool:
    try:
        written.draft()
    except Invalid:
        return False
    return True


def _window(text: str) -> excuses.WindowName:
    kind, at, opens = text.partition("@")
    try:
        if not at:
            return UUID(text)
        return kind, datetime.fromisoformat(opens)  # type: ignore[return-value]
    except ValueError as error:
        raise Invalid from error


def _moved(
    client_id: UUID, said: str, do: Callable[[], object], conflict: str = "plan_moved"
) -> RedirectResponse:
    """Do it and come back; what somebody else changed just before is told, not hidden."""
    try:
        do()
    except Conflict:
        said = conflict
    return see_other(f"/clients/{client_id}/plan", said)
