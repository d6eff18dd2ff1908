"""Notices (who is to be told of what, and when) as rows, and the job that wakes a worker for them."""

from datetime import datetime
from uuid import UUID, uuid4

from psycopg.errors import UniqueViolation

from backend.store.pool import Connection
from backend.store.queries import load

NOTIFY = "notify"
"""Name of the task, its queue and its queueing lock."""

_QUERIES = load("notices")


def plan(
    conn: Connection,
    *,
    tenant_id: str,
    account_id: UUID,
    client_id: UUID | None,
    subject_kind: str,
    subject_id: UUID,
    step: int,
    tier: int,
    due_at: datetime,
    now: datetime,
) -> UUID | None:
    """Store a notice; None when the same one (subject, step, account) is there already, in whatever state."""
    params = {
        "notice_id": uuid4(),
        "tenant_id": tenant_id,
        "account_id": account_id,
        "client_id": client_id,
        "subject_kind": subject_kind,
        "subject_id": subject_id,
        "step": step,
        "tier": tier,
        "due_at": due_at,
        "now": now,
    }
    row = conn.execute(_QUERIES["plan"], params).fetchone()
    return None if row is None else row["notice_id"]


def cancel(conn: Connection, subject_kind: str, subject_id: UUID, *, now: datetime) -> int:
    """Cancel every notice of this subject that has not been told; returns how many."""
    params = {"subject_kind": subject_kind, "subject_id": subject_id, "now": now}
    return conn.execute(_QUERIES["cancel"], params).rowcount


def is_due(conn: Connection, *, now: datetime) -> bool:
    """Whether a notice is to be looked at, or a message to be sent (again)."""
    row = conn.execute(_QUERIES["is_due"], {"now": now}).fetchone()
    assert row is not None
    return bool(row["due"])


def wake_worker(conn: Connection) -> bool:
    """Create the `notify` job in this transaction; False when one is waiting already."""
    params = {"queue": NOTIFY, "task": NOTIFY, "queueing_lock": NOTIFY}
    try:
        with conn.transaction():
            conn.execute(_QUERIES["wake_worker"], params)
    except UniqueViolation:
        return False
    return True
