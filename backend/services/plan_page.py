"""Everything about one client's plan at once: what is in force, coming and asked for, and how it came to be."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from backend.access.principal import Principal
from backend.access.visibility import require_visible
from backend.domain.plan_preview import Preview
from backend.domain.plan_preview import preview as preview_of
from backend.domain.plan_words import changes, describe, describe_rules
from backend.domain.plans import DEFAULT_RULES, Plan
from backend.errors import Forbidden
from backend.services.access_log import log_look
from backend.services.plan_views import (
    DraftView,
    ExcuseView,
    PauseView,
    PlanHistory,
    PlanView,
    PreviewDayView,
    PreviewView,
    PreviewWindow,
    WrittenPlan,
    texts,
    written,
)
from backend.services.views import Text, WindowView
from backend.store import agreements, enrolment
from backend.store import clients as client_store
from backend.store import plans as store
from backend.store.pool import Connection, Database, Row

EXCUSABLE_BACK = timedelta(days=7)
"""How far back the page offers windows to excuse (assumption); older ones can be excused through the API."""


@dataclass(frozen=True, slots=True)
class PlanPageView:
    """A client's plan: in force (None before the first), the two weeks ahead, agreements, and the history."""

    client_id: UUID
    alias: str
    tz: str
    current: PlanView | None
    coming: PlanView | None
    """A plan that is set but begins later."""
    says: tuple[Text, ...]
    limits: tuple[Text, ...]
    ahead: PreviewView | None
    history: PlanHistory
    pauses: tuple[PauseView, ...]
    excuses: tuple[ExcuseView, ...]
    unmet: tuple[WindowView, ...]
    """Windows of the last days that were missed or late, newest first, which can still be excused."""
    start: WrittenPlan
    """What an editor begins with: the newest plan as written, or an empty one with default rules."""


def of_client(
    db: Database, principal: Principal, client_id: UUID, *, now: datetime, is_refresh: bool = False
) -> PlanPageView:
    """The page for those who give care. Raises NotFound for strangers, Forbidden for a client or researcher.

    `is_refresh`: an open editor asks again while somebody writes, which is logged more sparsely than a look.
    """
    with db.transaction(principal) as conn:
        client = require_visible(conn, principal, client_id, now)
        if not principal.gives_care:
            raise Forbidden
        log_look(conn, principal, [client], "plan_history", is_refresh=is_refresh, now=now)
        row = enrolment.client(conn, client)
        assert row is not None, "a visible client exists"
        found = history_of(conn, client, now=now)
        windows = client_store.between(conn, "windows", client, now - EXCUSABLE_BACK, now)
        pauses = tuple(PauseView(**one) for one in agreements.pauses(conn, client))
        excuses = tuple(ExcuseView(**one) for one in agreements.excuses(conn, client))
    current = next((one for one in found.plans if one.valid_from <= now), None)
    coming = next((one for one in found.plans if one.valid_from > now), None)
    plan = None if current is None else _plan(current)
    newest = found.plans[0] if found.plans else None
    return PlanPageView(
        client_id=client,
        alias=row["alias"],
        tz=row["timezone"] if current is None else current.written.timezone,
        current=current,
        coming=coming,
        says=() if plan is None else texts(describe(plan)),
        limits=() if plan is None else texts(describe_rules(plan.rules)),
        ahead=None if plan is None else preview_view(preview_of(plan, now)),
        history=found,
        pauses=pauses,
        excuses=excuses,
        unmet=tuple(
            one
            for one in (WindowView(*row) for row in reversed(windows))
            if one.attendance in {"missed", "late", "not_received"}
        ),
        start=newest.written if newest else WrittenPlan(row["timezone"], (), (), asdict(DEFAULT_RULES)),
    )


def history_of(conn: Connection, client_id: UUID, *, now: datetime) -> PlanHistory:
    """Every plan, newest first, each with what it changed, and open proposals."""
    rows, drafts = store.history(conn, client_id), store.drafts(conn, client_id)
    plans = [store.plan_of(row) for row in rows]
    before: list[Plan | None] = [None, *plans][: len(plans)]
    current = next((plan for plan in reversed(plans) if plan.valid_from <= now), None)
    views = [_view(row, plan, old) for row, plan, old in zip(rows, plans, before, strict=True)]
    return PlanHistory(tuple(reversed(views)), tuple(_draft_view(row, current, now) for row in drafts))


def preview_view(seen: Preview, said: tuple[Text, ...] = ()) -> PreviewView:
    """A preview as plain values. `said`: what would change."""
    days = tuple(
        PreviewDayView(
            day.day,
            day.holiday,
            day.hours,
            tuple(PreviewWindow(one.kind, one.opens_at, one.closes_at) for one in day.windows),
        )
        for day in seen.days
    )
    return PreviewView(seen.timezone, days, texts(seen.random), said)


def _plan(view: PlanView) -> Plan:
    row: dict[str, Any] = {
        "plan_id": view.plan_id,
        "timezone": view.written.timezone,
        "valid_from": view.valid_from,
        "valid_to": view.valid_to,
        "windows": view.written.windows,
        "rules": view.written.rules,
        "random": view.written.random,
    }
    return store.plan_of(row)


def _view(row: Row, plan: Plan, before: Plan | None) -> PlanView:
    return PlanView(
        plan.plan_id,
        row["version"],
        plan.valid_from,
        plan.valid_to,
        row["created_at"],
        row["created_by"],
        row["reason"],
        row["agreed_at"],
        row["agreed_by"],
        written(row),
        texts(describe(plan)),
        texts(changes(before, plan)),
    )


def _draft_view(row: Row, current: Plan | None, now: datetime) -> DraftView:
    plan = store.plan_of({**row, "valid_from": row["valid_from"] or now})
    return DraftView(
        plan.plan_id,
        row["valid_from"],
        row["proposed_at"],
        row["proposed_by"],
        row["reason"],
        written(row),
        texts(describe(plan)),
        texts(changes(current, plan)),
    )
