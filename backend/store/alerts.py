"""Reads alerts for people and moves them along; every move names who made it."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from backend.access.types import VisibleClientId
from backend.store import care_writes
from backend.store.pool import Connection, Row
from backend.store.queries import load

_QUERIES = load("alerts")


def open_of(conn: Connection, clients: Sequence[VisibleClientId]) -> list[Row]:
    """The open alerts of these clients, worst tier first; at most one each."""
    return conn.execute(_QUERIES["open_of"], {"client_ids": list(clients)}).fetchall()


def closed_of(conn: Connection, client: VisibleClientId) -> list[Row]:
    """A client's last closed alerts, newest first."""
    return conn.execute(_QUERIES["closed_of"], {"client_id": client}).fetchall()


def changes_of(conn: Connection, alert_ids: Sequence[UUID]) -> dict[UUID, list[Row]]:
    """The steps in these alerts' lives, oldest first."""
    found: dict[UUID, list[Row]] = defaultdict(list)
    if alert_ids:
        for row in conn.execute(_QUERIES["changes_of"], {"alert_ids": list(alert_ids)}):
            found[row["alert_id"]].append(row)
    return found


def client_of(conn: Connection, alert_id: UUID) -> UUID | None:
    """Whose alert it is; the caller still has to check that they may be seen."""
    row = conn.execute(_QUERIES["client_of"], {"alert_id": alert_id}).fetchone()
    return None if row is None else row["client_id"]


def move(
    conn: Connection,
    client: VisibleClientId,
    alert_id: UUID,
    states: Sequence[str],
    new: str,
    account_id: UUID,
    *,
    take: bool = False,
    close_reason: str | None = None,
    note: str | None = None,
    now: datetime,
) -> bool:
    """Move an alert from one of `states` to `new`; False when it is in none of them (any more).

    `take` makes the account its owner. The step is written into its history in the same transaction.
    """
    row = conn.execute(
        _QUERIES["move"],
        {
            "alert_id": alert_id,
            "client_id": client,
            "states": list(states),
            "new": new,
            "account_id": account_id,
            "take": take,
            "close_reason": close_reason,
            "close_note": note if new == "closed" else None,
            "now": now,
        },
    ).fetchone()
    if row is None:
        return False
    care_writes.alert_changed(conn, alert_id, row["old"], new, account_id=account_id, note=note, now=now)
    return True
