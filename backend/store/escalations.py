"""Alerts that wait for an answer: whose next step is due, who may be told, and what was done."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

from psycopg.errors import UniqueViolation

from backend.store.pool import Connection, Row
from backend.store.queries import load

ESCALATE = "escalate"
"""Name of the task and its queueing lock; it runs in the queue of alerts."""
_QUEUE = "alerts"
_QUERIES = load("escalations")


def is_due(conn: Connection, *, now: datetime) -> bool:
    """Whether somebody is to be told, or a snooze has run out."""
    row = conn.execute(_QUERIES["is_due"], {"now": now}).fetchone()
    assert row is not None
    return bool(row["due"])


def wake_worker(conn: Connection) -> bool:
    """Create the `escalate` job in this transaction; False when one is waiting already."""
    try:
        with conn.transaction():
            conn.execute(
                _QUERIES["wake_worker"], {"queue": _QUEUE, "task": ESCALATE, "queueing_lock": ESCALATE}
            )
    except UniqueViolation:
        return False
    return True


def hasten(conn: Connection, notice_ids: Sequence[UUID], *, now: datetime) -> bool:
    """Bring forward the next step of alerts whose notices reached nobody; whether there was one."""
    params = {"notice_ids": list(notice_ids), "now": now}
    return conn.execute(_QUERIES["hasten"], params).rowcount > 0


def take_due(conn: Connection, limit: int, *, now: datetime) -> list[Row]:
    """Alerts whose next step is due, locked for this transaction; other workers pass over them."""
    return conn.execute(_QUERIES["take_due"], {"limit": limit, "now": now}).fetchall()


def people(
    conn: Connection,
    client_id: UUID,
    tenant_id: str,
    unit_id: UUID,
    named: Sequence[UUID],
    *,
    now: datetime,
) -> dict[str, tuple[UUID, ...]]:
    """Who may be told: `assigned` clinicians, the unit's `manager`s, the tenant's `operator`s, and which of the `named`
    accounts are `usable` (staff of the tenant, not disabled).
    """
    found: dict[str, list[UUID]] = defaultdict(list)
    params = {
        "client_id": client_id,
        "tenant_id": tenant_id,
        "unit_id": unit_id,
        "named": list(named),
        "now": now,
    }
    for row in conn.execute(_QUERIES["people"], params):
        found[row["as_what"]].append(row["account_id"])
    return {name: tuple(accounts) for name, accounts in found.items()}


def add_step(conn: Connection, alert: Row, step: str, accounts: Sequence[UUID], *, now: datetime) -> None:
    """Write down that a step was taken."""
    params = {name: alert[name] for name in ("alert_id", "tenant_id", "client_id", "round")}
    conn.execute(
        _QUERIES["add_step"],
        {**params, "step": step, "due_at": alert["escalate_at"], "accounts": list(accounts), "now": now},
    )


def set_next(conn: Connection, alert_id: UUID, number: int, at: datetime | None) -> None:
    """The next step's stored deadline; None when there is none."""
    conn.execute(_QUERIES["set_next"], {"alert_id": alert_id, "step": number, "escalate_at": at})


def let_in(conn: Connection, account_id: UUID, client_id: UUID, to_at: datetime, *, now: datetime) -> bool:
    """Give somebody on duty a care relation until `to_at`; False when they have one that lasts as long."""
    params = {
        "assignment_id": uuid4(),
        "account_id": account_id,
        "client_id": client_id,
        "to_at": to_at,
        "now": now,
    }
    return conn.execute(_QUERIES["let_in"], params).rowcount == 1


def take_snoozes(conn: Connection, limit: int, *, now: datetime) -> list[Row]:
    """Alerts whose snooze has run out, locked for this transaction."""
    return conn.execute(_QUERIES["take_snoozes"], {"limit": limit, "now": now}).fetchall()


def end_snooze(conn: Connection, alert_id: UUID, *, now: datetime) -> None:
    """The alert stands in its place again."""
    conn.execute(_QUERIES["end_snooze"], {"alert_id": alert_id, "now": now})


def steps_of(conn: Connection, alert_ids: Sequence[UUID]) -> dict[UUID, list[Row]]:
    """The steps taken for these alerts, oldest first, with the names of those told."""
    found: dict[UUID, list[Row]] = defaultdict(list)
    if alert_ids:
        for row in conn.execute(_QUERIES["steps_of"], {"alert_ids": list(alert_ids)}):
            found[row["alert_id"]].append(row)
    return found
