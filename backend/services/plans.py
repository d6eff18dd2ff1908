"""Plans: set, proposed and agreed, with full history. A plan is never changed, only followed by another."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from backend.access.principal import Principal
from backend.access.types import VisibleClientId
from backend.access.visibility import own_client, require_visible
from backend.domain.plan_preview import preview as preview_of
from backend.domain.plan_words import changes
from backend.domain.plans import Plan
from backend.errors import Conflict, Forbidden, Invalid, NotFound
from backend.services import planned_tests
from backend.services.plan_drafts import Draft, check_reason, check_zone
from backend.services.plan_page import history_of, preview_view
from backend.services.plan_views import PlanHistory, PreviewView, texts
from backend.services.schedules import schedule_for_gateway
from backend.store import access_log, assessment_queue
from backend.store import plans as store
from backend.store.pool import Connection, Database, Row

__all__ = [
    "Draft",
    "agree",
    "agree_on_plan",
    "close_proposal",
    "history",
    "preview",
    "propose",
    "schedule_for_gateway",
    "set_plan",
    "travel",
]


def set_plan(
    db: Database,
    principal: Principal,
    client_id: UUID,
    windows: Sequence[Mapping[str, Any]],
    rules: Mapping[str, Any] | None = None,
    *,
    random: Sequence[Mapping[str, Any]] = (),
    timezone: str | None = None,
    valid_from: datetime | None = None,
    reason: str,
    now: datetime,
) -> UUID:
    """Put a plan into force from `valid_from` on (default now). An earlier plan ends there; it is never changed.

    `windows`: [{"kind", "weekdays": [1..7], "opens": "07:00", "closes": "09:00", "holidays": "as_usual"}],
    `random`: [{"per_week", "weekdays", "earliest", "latest", "open_min", "min_gap_min"}], wall clock in `timezone`
    (default the client's). Raises NotFound for strangers, Forbidden for those who give no care, Invalid, Conflict when
    a later plan exists.
    """
    with db.transaction(principal) as conn:
        return agree_on_plan(
            conn,
            principal,
            client_id,
            windows,
            rules,
            random=random,
            timezone=timezone,
            valid_from=valid_from,
            reason=reason,
            now=now,
        )


def agree_on_plan(
    conn: Connection,
    principal: Principal,
    client_id: UUID,
    windows: Sequence[Mapping[str, Any]],
    rules: Mapping[str, Any] | None = None,
    *,
    random: Sequence[Mapping[str, Any]] = (),
    timezone: str | None = None,
    valid_from: datetime | None = None,
    reason: str,
    now: datetime,
) -> UUID:
    """The same as `set_plan`, within the caller's transaction."""
    draft, said = Draft(windows, rules, random, timezone), check_reason(reason)
    client = require_visible(conn, principal, client_id, now)
    row = _change(conn, principal, client)
    plan = draft.plan(uuid4(), valid_from or now, row["timezone"])
    _follow(conn, principal, client, plan, draft, row, reason=said, now=now)
    return plan.plan_id


def propose(
    db: Database,
    principal: Principal,
    client_id: UUID,
    draft: Draft,
    *,
    valid_from: datetime | None = None,
    reason: str,
    now: datetime,
) -> UUID:
    """Propose a plan to the client; nothing changes until they agree. `valid_from` None: from then on.

    Raises NotFound for strangers, Forbidden for those who give no care, Invalid.
    """
    said, plan_id = check_reason(reason), uuid4()
    with db.transaction(principal) as conn:
        client = require_visible(conn, principal, client_id, now)
        row = _change(conn, principal, client)
        plan = draft.plan(plan_id, valid_from or now, row["timezone"])
        store.add_draft(
            conn,
            plan_id=plan_id,
            tenant_id=row["tenant_id"],
            client_id=client,
            valid_from=valid_from,
            timezone=plan.timezone,
            **draft.stored(plan),
            proposed_by=_account(principal),
            reason=said,
            now=now,
        )
        access_log.write(conn, _in_tenant(principal, row), [client], "plan_proposed", now=now)
    return plan_id


def agree(db: Database, principal: Principal, plan_id: UUID, *, now: datetime) -> None:
    """The client agrees: to a proposal, which then is in force, or to a plan staff have set already.

    Raises NotFound for anybody but the client, Conflict when it was agreed to or closed before.
    """
    with db.transaction(principal) as conn:
        client = own_client(principal)
        if store.client_of(conn, plan_id) != client:
            raise NotFound
        assessment_queue.hold(conn, client)
        proposed = store.close_draft(conn, client, plan_id, "agreed", principal.account_id, now=now)
        if proposed is not None:
            _enforce(conn, principal, client, proposed, now=now)
        elif not store.agree(conn, client, plan_id, principal.account_id, now=now):
            raise Conflict
        access_log.write(conn, principal, [client], "plan_agreed", now=now)


def close_proposal(db: Database, principal: Principal, plan_id: UUID, *, now: datetime) -> None:
    """The client declines a proposal, or staff take it back. Raises NotFound, Forbidden, Conflict when it is closed."""
    with db.transaction(principal) as conn:
        client_id = store.client_of(conn, plan_id)
        if client_id is None:
            raise NotFound
        client = require_visible(conn, principal, client_id, now)
        if not principal.is_client and not principal.gives_care:
            raise Forbidden
        closed_as = "declined" if principal.is_client else "withdrawn"
        if store.close_draft(conn, client, plan_id, closed_as, _account(principal), now=now) is None:
            raise Conflict
        access_log.write(conn, principal, [client], "plan_proposal_closed", now=now)


def travel(
    db: Database,
    principal: Principal,
    client_id: UUID,
    timezone: str,
    *,
    from_at: datetime | None = None,
    reason: str,
    now: datetime,
) -> UUID:
    """The client's clock is another from a moment on: the same plan goes on in that zone. Returns the new plan's id.

    Raises NotFound for strangers, Forbidden, Invalid, Conflict when there is no plan or a later one exists.
    """
    said, start = check_reason(reason), from_at or now
    check_zone(timezone)
    with db.transaction(principal) as conn:
        client = require_visible(conn, principal, client_id, now)
        row = _change(conn, principal, client)
        before = store.plan_at(conn, client, start)
        if before is None:
            raise Conflict("there is no plan to go on with")
        draft = Draft(before["windows"], before["rules"], before["random"], timezone)
        plan = draft.plan(uuid4(), start, timezone)
        _follow(conn, principal, client, plan, draft, row, reason=said, now=now)
    return plan.plan_id


def history(db: Database, principal: Principal, client_id: UUID, *, now: datetime) -> PlanHistory:
    """Every plan, newest first, each with what it changed, and open proposals. Raises NotFound for strangers."""
    with db.transaction(principal) as conn:
        client = require_visible(conn, principal, client_id, now)
        access_log.write(conn, principal, [client], "plan_history", now=now)
        return history_of(conn, client, now=now)


def open_proposals(db: Database, principal: Principal, *, now: datetime) -> int:
    """How many proposals wait for the client. No look at anything. Raises NotFound when it is no client."""
    with db.transaction(principal) as conn:
        return len(store.drafts(conn, require_visible(conn, principal, own_client(principal), now)))


def preview(
    db: Database,
    principal: Principal,
    client_id: UUID,
    draft: Draft,
    *,
    valid_from: datetime | None = None,
    now: datetime,
) -> PreviewView:
    """Two weeks of a draft, day by day in the client's zone, and what it would change. Stores nothing.

    Random tests are told as some time between. Raises NotFound for strangers, Invalid.
    """
    with db.transaction(principal) as conn:
        client = require_visible(conn, principal, client_id, now)
        before = store.plan_at(conn, client, now)
        zone = before["timezone"] if before is not None else store.timezone_of(conn, client)
    plan = draft.plan(uuid4(), valid_from or now, zone)
    old = None if before is None else store.plan_of(before)
    return preview_view(preview_of(plan, now), texts(changes(old, plan)))


def _change(conn: Connection, principal: Principal, client: VisibleClientId) -> Row:
    """Staff are about to change what a client is to do: nobody assesses the client meanwhile."""
    if not principal.gives_care:
        raise Forbidden
    assessment_queue.hold(conn, client)
    return store.next_version(conn, client)


def _follow(
    conn: Connection,
    principal: Principal,
    client: VisibleClientId,
    plan: Plan,
    draft: Draft,
    row: Row,
    *,
    reason: str,
    now: datetime,
    agreed_by: UUID | None = None,
    made_by: UUID | None = None,
) -> None:
    store.follow(
        conn,
        client,
        plan,
        now=now,
        windows=[dict(item) for item in draft.windows],
        random=[dict(item) for item in draft.random],
        version=row["plan_version"],
        created_by=made_by or _account(principal),
        reason=reason,
        agreed_at=None if agreed_by is None else now,
        agreed_by=agreed_by,
    )
    if plan.valid_from < now and not principal.is_system:
        raise Invalid("a plan begins now or later: what is past was judged by the plan of then")
    planned_tests.draw_plan(conn, plan.plan_id, now=now)
    access_log.write(conn, _in_tenant(principal, row), [client], "plan_set", now=now)
    assessment_queue.enqueue(conn, {client: plan.valid_from}, now=now)
    assessment_queue.wake_worker(conn)


def _enforce(
    conn: Connection, principal: Principal, client: VisibleClientId, proposed: Row, *, now: datetime
) -> None:
    """A proposal somebody agreed to is a plan: from the day proposed, or from now when that day has passed."""
    row = store.next_version(conn, client)
    draft = Draft(proposed["windows"], proposed["rules"], proposed["random"], proposed["timezone"])
    start = max(proposed["valid_from"] or now, now)
    plan = replace(
        draft.plan(proposed["plan_id"], start, row["timezone"]),
        plan_id=proposed["plan_id"],
    )
    _follow(
        conn,
        principal,
        client,
        plan,
        draft,
        row,
        reason=proposed["reason"],
        now=now,
        agreed_by=principal.account_id,
        made_by=proposed["proposed_by"],
    )


def _account(principal: Principal) -> UUID | None:
    return None if principal.is_system else principal.account_id


def _in_tenant(principal: Principal, row: Row) -> Principal:
    return replace(principal, tenant_id=row["tenant_id"]) if principal.is_system else principal
