"""Reads alerts for people and moves them along; every move names who made it."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from backend.access.types import VisibleClientId
from backend.store import care_writes
from backend.store.pool import Connection, Row
from backend.store.queries import load
from backend.store.sealed_text import open_rows, seal

_QUERIES = load("alerts")


def open_of(conn: Connection, clients: Sequence[VisibleClientId]) -> list[Row]:
    """The open alerts of these clients, worst tier first; at most one each and track."""
    return _opened(conn, conn.execute(_QUERIES["open_of"], {"client_ids": list(clients)}).fetchall())


def closed_of(conn: Connection, client: VisibleClientId) -> list[Row]:
    """A client's last closed alerts, newest first."""
    return _opened(conn, conn.execute(_QUERIES["closed_of"], {"client_id": client}).fetchall())


def changes_of(conn: Connection, alert_ids: Sequence[UUID]) -> dict[UUID, list[Row]]:
    """The steps in these alerts' lives, oldest first."""
    found: dict[UUID, list[Row]] = defaultdict(list)
    if alert_ids:
        rows = conn.execute(_QUERIES["changes_of"], {"alert_ids": list(alert_ids)}).fetchall()
        for row in open_rows(conn, rows, "alert_change.note", "note"):
            found[row["alert_id"]].append(row)
    return found


def whose(conn: Connection, alert_id: UUID) -> Row | None:
    """Whose alert it is (`client_id`, `tenant_id`) and on which `track`; the caller still has to check access."""
    return conn.execute(_QUERIES["client_of"], {"alert_id": alert_id}).fetchone()


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
            "close_note": seal(conn, client, "alert.close_note", note) if new == "closed" and note else None,
            "now": now,
        },
    ).fetchone()
    if row is None:
        return False
    words = None if note is None else seal(conn, client, "alert_change.note", note)
    care_writes.alert_changed(conn, alert_id, row["old"], new, account_id=account_id, note=words, now=now)
    return True


def lock(conn: Connection, client: VisibleClientId, alert_id: UUID) -> Row | None:
    """Tier and state of an alert, held until this transaction ends."""
    return conn.execute(_QUERIES["tier_of"], {"alert_id": alert_id, "client_id": client}).fetchone()


def snooze(
    conn: Connection,
    client: VisibleClientId,
    alert_id: UUID,
    account_id: UUID,
    until: datetime,
    reason: str,
    old: str,
    *,
    now: datetime,
) -> None:
    """Put an open alert off; the step is written into its history."""
    params = {
        "alert_id": alert_id,
        "client_id": client,
        "account_id": account_id,
        "until": until,
        "reason": seal(conn, client, "alert.snooze_reason", reason),
        "now": now,
    }
    conn.execute(_QUERIES["snooze"], params)
    words = seal(conn, client, "alert_change.note", reason)
    care_writes.alert_changed(conn, alert_id, old, "snoozed", account_id=account_id, note=words, now=now)


def unsnooze(
    conn: Connection, client: VisibleClientId, alert_id: UUID, account_id: UUID, *, now: datetime
) -> bool:
    """Take it up again before its time; False when it was not put off."""
    params = {"alert_id": alert_id, "client_id": client, "now": now}
    row = conn.execute(_QUERIES["unsnooze"], params).fetchone()
    if row is None:
        return False
    care_writes.alert_changed(conn, alert_id, row["state"], "snooze_ended", account_id=account_id, now=now)
    return True


def outcomes(conn: Connection, clients: Sequence[UUID]) -> dict[tuple[UUID, str], tuple[int, int]]:
    """Per unit of these clients and kind: how many of the last twenty closed alerts were relevant, of how many."""
    rows = conn.execute(_QUERIES["outcomes"], {"client_ids": list(clients)})
    return {(row["unit_id"], row["kind"]): (row["relevant"], row["n"]) for row in rows}


def one_of(conn: Connection, client: VisibleClientId, alert_id: UUID) -> Row | None:
    """One alert of the client, open or closed, with the client's time zone."""
    params = {"alert_id": alert_id, "client_id": client}
    row = conn.execute(_QUERIES["one_of"], params).fetchone()
    return None if row is None else _opened(conn, [row])[0]


def told_of(conn: Connection, client: VisibleClientId, alert_id: UUID) -> list[Row]:
    """Whom the platform meant to tell of an alert of this client, and each message that went out, oldest first."""
    return conn.execute(_QUERIES["told_of"], {"alert_id": alert_id, "client_id": client}).fetchall()


def record_before(conn: Connection, client: VisibleClientId, kind: str, before: datetime) -> tuple[int, int]:
    """How many of the last twenty alerts of a kind that people of the unit had closed by then were relevant, of how
    many.
    """
    params = {"client_id": client, "kind": kind, "before": before}
    row = conn.execute(_QUERIES["record_before"], params).fetchone()
    assert row is not None
    return row["relevant"], row["n"]


def score_behind(conn: Connection, client: VisibleClientId, at: datetime, hours: int) -> Row | None:
    """The stored score that made a rise at an instant; None when it has been removed since."""
    return conn.execute(_QUERIES["score_behind"], {"client_id": client, "at": at, "hours": hours}).fetchone()


def technical(conn: Connection, tenant_id: str) -> list[Row]:
    """A tenant's open alerts about equipment, with device names and without clients."""
    return conn.execute(_QUERIES["technical"], {"tenant_id": tenant_id}).fetchall()


def unanswered(conn: Connection, unit_id: UUID) -> tuple[int, datetime | None]:
    """How many alerts of a unit went all the way to the manager without an answer, and since when the oldest does."""
    row = conn.execute(_QUERIES["unanswered"], {"unit_id": unit_id}).fetchone()
    assert row is not None
    return row["n"], row["since"]


def _opened(conn: Connection, rows: list[Row]) -> list[Row]:
    for column in ("close_note", "snooze_reason"):
        rows = open_rows(conn, rows, f"alert.{column}", column)
    return rows
