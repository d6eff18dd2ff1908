"""Counts and removes what has been kept long enough, and keeps count of it. As the system only."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import psycopg

from backend.access.types import VisibleClientId
from backend.store.pool import Connection, Row
from backend.store.queries import load
from backend.store.sealed_text import open_columns, seal

_QUERIES = load("retention")
BATCH: Final = 10_000
"""Rows of a plain table that go in one transaction (assumption: some tenths of a second)."""
LOCK_WAIT: Final = "5s"
_LOCKS: Final = {
    table: f"LOCK TABLE ONLY {table} IN SHARE ROW EXCLUSIVE MODE".encode()
    for table in ("reading", "check_in_answer", "device_status")
}


def tenants(conn: Connection) -> list[Row]:
    """Every tenant with its settings."""
    return conn.execute(_QUERIES["tenants"]).fetchall()


def held(conn: Connection) -> list[UUID]:
    """Clients under a legal hold."""
    return [row["client_id"] for row in conn.execute(_QUERIES["held"])]


def clients_due(
    conn: Connection,
    tenant_id: str,
    *,
    since: datetime,
    only: Sequence[UUID] | None = None,
    held: bool = False,
) -> list[UUID]:
    """Clients of the tenant without an entry since; of `only` if that is given; under a hold only with `held`."""
    chosen = None if only is None else list(only)
    params = {"tenant_id": tenant_id, "since": since, "only": chosen, "with_held": held}
    return [row["client_id"] for row in conn.execute(_QUERIES["clients_due"], params)]


def count(conn: Connection, kind: str, params: Mapping[str, Any]) -> int:
    """How many rows of that kind would go."""
    return _number(conn, f"count_{kind}", params)


def remove(conn: Connection, kind: str, params: Mapping[str, Any]) -> int:
    """Remove rows of that kind, at most a batch where they are picked by their time; returns how many went."""
    return _number(conn, f"remove_{kind}", {**params, "batch": BATCH})


def has_chunks(conn: Connection) -> bool:
    """Whether there can be chunks at all."""
    return conn.execute(_QUERIES["has_timescale"]).fetchone() is not None


def hold_still(conn: Connection, table: str) -> bool:
    """Let nobody write into the table until this transaction ends; False when somebody would not let go of it."""
    try:
        with conn.transaction():
            conn.execute(f"SET LOCAL lock_timeout = '{LOCK_WAIT}'".encode())
            conn.execute(_LOCKS[table])
    except psycopg.errors.LockNotAvailable:
        return False
    return True


def oldest_of_others(conn: Connection, table: str, due: Sequence[UUID]) -> datetime | None:
    """The oldest row about anybody but these clients."""
    return _instant(conn, f"horizon_of_clients_{table}", "oldest", {"due": list(due)})


def oldest_kept(
    conn: Connection, table: str, before: Mapping[str, datetime], held_clients: Sequence[UUID]
) -> datetime | None:
    """The oldest row that some tenant keeps: younger than its limit, about somebody held, of a tenant without one."""
    params = {"tenant_ids": list(before), "before": list(before.values()), "held": list(held_clients)}
    return _instant(conn, f"horizon_of_times_{table}", "oldest", params)


def end_of_chunks(conn: Connection, table: str, horizon: datetime) -> datetime | None:
    """Up to when whole chunks lie before `horizon`; None when none does."""
    return _instant(conn, "chunks_end", "upper", {"table": table, "horizon": horizon})


def drop_chunks(conn: Connection, table: str, upper: datetime) -> dict[str, int]:
    """Drop the chunks that end at or before `upper`; rows that went, by tenant. None go while one is in use."""
    try:
        with conn.transaction():
            rows = conn.execute(_QUERIES[f"rows_before_{table}"], {"upper": upper}).fetchall()
            conn.execute(_QUERIES["drop_chunks"], {"table": table, "upper": upper})
    except psycopg.errors.LockNotAvailable:
        return {}
    return {row["tenant_id"]: row["rows"] for row in rows}


def add_run(
    conn: Connection,
    run_id: UUID,
    tenant_id: str,
    kind: str,
    *,
    keep_days: int,
    rows: int,
    problem: str | None,
    now: datetime,
) -> None:
    """Write down that rows went in this run, or why none did. Adds up within a run."""
    params = {
        "run_id": run_id, "tenant_id": tenant_id, "kind": kind, "ran_at": now, "keep_days": keep_days, "rows": rows,
        "problem": problem,
    }  # fmt: skip
    conn.execute(_QUERIES["add_run"], params)


def holds_of(conn: Connection, client: VisibleClientId) -> list[Row]:
    """Every hold of a client, newest first."""
    rows = conn.execute(_QUERIES["holds_of"], {"client_id": client}).fetchall()
    return open_columns(conn, rows, "legal_hold", "reason", "lift_reason", client=client)


def place_hold(
    conn: Connection, client_id: UUID, account_id: UUID | None, reason: str, *, now: datetime
) -> bool:
    """Let nothing about a client be removed. Whether that is new."""
    sealed = seal(conn, client_id, "legal_hold.reason", reason)
    params = {"client_id": client_id, "account_id": account_id, "reason": sealed, "now": now}
    return conn.execute(_QUERIES["place_hold"], params).rowcount > 0


def lift_hold(
    conn: Connection, client_id: UUID, account_id: UUID | None, reason: str, *, now: datetime
) -> bool:
    """End a client's hold. Whether there was one."""
    sealed = seal(conn, client_id, "legal_hold.lift_reason", reason)
    params = {"client_id": client_id, "account_id": account_id, "reason": sealed, "now": now}
    return conn.execute(_QUERIES["lift_hold"], params).rowcount > 0


def _number(conn: Connection, name: str, params: Mapping[str, Any]) -> int:
    row = conn.execute(_QUERIES[name], params).fetchone()
    assert row is not None
    return int(row["rows"])


def _instant(conn: Connection, name: str, column: str, params: Mapping[str, Any]) -> datetime | None:
    row = conn.execute(_QUERIES[name], params).fetchone()
    found: datetime | None = row[column] if row else None
    return found
