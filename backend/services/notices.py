"""Notices: one person to be told of one thing at one step. Others plan and cancel them; channels deliver them.

A notice carries identifiers only. What a person reads is decided by `backend.notify.texts`, and is neutral.
"""

from datetime import datetime
from typing import Final, Literal, get_args
from uuid import UUID

from backend.errors import Invalid
from backend.store import notices as store
from backend.store.pool import Connection, Database
from backend.store.scope import SYSTEM_SCOPE

SubjectKind = Literal["alert", "system_alert", "message", "reminder", "report", "handover"]
SUBJECT_KINDS: Final[tuple[SubjectKind, ...]] = get_args(SubjectKind)
TIERS: Final = (1, 2, 3, 4)
"""Now, same day, digest, technical (domain reference 11)."""


def plan_notice(
    conn: Connection,
    *,
    tenant_id: str,
    account_id: UUID,
    client_id: UUID | None,
    subject_kind: SubjectKind,
    subject_id: UUID,
    step: int,
    tier: int,
    due_at: datetime,
    now: datetime,
) -> UUID | None:
    """Plan to tell one person of one thing at `due_at`, in the caller's transaction; returns the notice's id.

    None when that person has that step of that subject already, in whatever state: nobody is told twice. `step` is the
    caller's own count (0 first telling, 1 first escalation, …). One that is due already wakes a worker when this
    transaction commits. Raises Invalid for an unknown kind or tier.
    """
    if subject_kind not in SUBJECT_KINDS:
        raise Invalid(f"unknown subject of a notice: {subject_kind}")
    if tier not in TIERS:
        raise Invalid(f"unknown tier of a notice: {tier}")
    notice_id = store.plan(
        conn,
        tenant_id=tenant_id,
        account_id=account_id,
        client_id=client_id,
        subject_kind=subject_kind,
        subject_id=subject_id,
        step=step,
        tier=tier,
        due_at=due_at,
        now=now,
    )
    if notice_id is not None and due_at <= now:
        store.wake_worker(conn)
    return notice_id


def cancel_notices(conn: Connection, subject_kind: SubjectKind, subject_id: UUID, now: datetime) -> int:
    """Somebody acknowledged: what has not been told yet need not be told. Returns how many notices were cancelled.

    A message that is being sent at this moment may still arrive.
    """
    return store.cancel(conn, subject_kind, subject_id, now=now)


def wake_if_due(db: Database, *, now: datetime) -> bool:
    """Wake a worker when something is due to be told or sent again; safe to call from every sweep."""
    with db.transaction(SYSTEM_SCOPE) as conn:
        return store.is_due(conn, now=now) and store.wake_worker(conn)
