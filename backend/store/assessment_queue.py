"""Clients whose data changed and whom nobody has assessed since, and the job that wakes a worker for them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.errors import UniqueViolation

from backend.store.pool import Connection
from backend.store.queries import load

ASSESS = "assess"
"""Name of the task, its queue and its queueing lock."""

_QUERIES = load("assessment_queue")
_LOCK = 0x4E59  # namespace of the advisory locks that keep two workers off one client


@dataclass(frozen=True, slots=True)
class DueClient:
    """A client to assess: everything from `touched_from` on is decided again."""

    client_id: UUID
    since: datetime
    touched_from: datetime


def enqueue(conn: Connection, touched: Mapping[UUID, datetime], *, now: datetime) -> None:
    """Mark clients as changed from the given instants on. Never waits for a worker that assesses them just now."""
    if touched:
        ids = sorted(touched)
        params = {"client_ids": ids, "touched_from": [touched[i] for i in ids], "since": now}
        conn.execute(_QUERIES["enqueue"], params)


def take(conn: Connection, limit: int) -> tuple[DueClient, ...]:
    """Up to `limit` clients, longest waiting first, for this transaction alone: no other one gets them before it ends.

    They are off the list when the transaction commits and back on it when it does not.
    """
    rows = conn.execute(_QUERIES["take"], {"lock": _LOCK, "limit": limit}).fetchall()
    return tuple(DueClient(row["client_id"], row["since"], row["touched_from"]) for row in rows)


def hold(conn: Connection, client_id: UUID) -> None:
    """Wait for whoever assesses the client just now, and keep others off them until this transaction ends.

    For changes of what a client is to do: a worker that read the old plan must not lay it out after the new one.
    """
    conn.execute(_QUERIES["hold"], {"lock": _LOCK, "client_id": client_id})


def waiting(conn: Connection) -> tuple[int, datetime | None]:
    """How many clients wait, and since when the first of them does."""
    row = conn.execute(_QUERIES["waiting"]).fetchone()
    assert row is not None
    return row["clients"], row["since"]


def wake_worker(conn: Connection) -> bool:
    """Create the `assess` job in this transaction; False when one is waiting already.

    A waiting job may start before this transaction commits and then not see its rows: on False, call this again in
    a transaction of its own afterwards.
    """
    params = {"queue": ASSESS, "task": ASSESS, "queueing_lock": ASSESS}
    try:
        with conn.transaction():
            conn.execute(_QUERIES["wake_worker"], params)
    except UniqueViolation:
        return False
    return True
