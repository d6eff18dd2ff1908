"""Pauses and excuses: what people have agreed on besides the plan."""

from datetime import datetime
from typing import Any
from uuid import UUID

from backend.store.pool import Connection, Row
from backend.store.queries import load
from backend.store.sealed_text import open_rows, seal

_QUERIES = load("agreements")


def add_pause(conn: Connection, **pause: Any) -> None:
    """Store a pause, asked for or granted at once."""
    sealed = seal(conn, pause["client_id"], "pause.reason", pause["reason"])
    conn.execute(_QUERIES["add_pause"], {**pause, "reason": sealed})


def client_of_pause(conn: Connection, pause_id: UUID) -> UUID | None:
    """Whose pause it is."""
    row = conn.execute(_QUERIES["pause_client"], {"pause_id": pause_id}).fetchone()
    return None if row is None else row["client_id"]


def has_overlapping_pause(conn: Connection, client_id: UUID, from_at: datetime, to_at: datetime) -> bool:
    """Whether another pause, asked for or granted, lies in the span."""
    params = {"client_id": client_id, "from_at": from_at, "to_at": to_at}
    row = conn.execute(_QUERIES["overlapping_pause"], params).fetchone()
    return row is not None and bool(row["there_is"])


def decide_pause(
    conn: Connection, pause_id: UUID, state: str, note: str | None, decided_by: UUID | None, *, now: datetime
) -> Row | None:
    """Decide a pause that waits: from_at and to_at, or None when it waits no more."""
    client = client_of_pause(conn, pause_id)
    sealed = seal(conn, client, "pause.decision_note", note) if note and client else note
    params = {"pause_id": pause_id, "state": state, "note": sealed, "decided_by": decided_by, "now": now}
    return conn.execute(_QUERIES["decide_pause"], params).fetchone()


def end_pause(conn: Connection, pause_id: UUID, *, now: datetime) -> Row | None:
    """End a granted pause now; None when it is over already or was never granted."""
    return conn.execute(_QUERIES["end_pause"], {"pause_id": pause_id, "now": now}).fetchone()


def pauses(conn: Connection, client_id: UUID) -> list[Row]:
    """Every pause of a client, with who asked and who decided."""
    rows = conn.execute(_QUERIES["pauses"], {"client_id": client_id}).fetchall()
    for column in ("reason", "decision_note"):
        rows = open_rows(conn, rows, f"pause.{column}", column, client_id)
    return rows


def window(conn: Connection, client_id: UUID, window_id: UUID) -> Row | None:
    """What names one of a client's windows: kind, opens_at and ordinal."""
    params = {"client_id": client_id, "window_id": window_id}
    return conn.execute(_QUERIES["window"], params).fetchone()


def add_excuse(conn: Connection, **excuse: Any) -> bool:
    """Excuse a window; False when it is excused already."""
    sealed = seal(conn, excuse["client_id"], "excuse.reason", excuse["reason"])
    return conn.execute(_QUERIES["add_excuse"], {**excuse, "reason": sealed}).fetchone() is not None


def withdraw_excuse(
    conn: Connection, client_id: UUID, excuse_id: UUID, account_id: UUID | None, *, now: datetime
) -> datetime | None:
    """Take an excuse back; when its window opened, or None when there is none in force."""
    params = {"client_id": client_id, "excuse_id": excuse_id, "account_id": account_id, "now": now}
    row = conn.execute(_QUERIES["withdraw_excuse"], params).fetchone()
    return None if row is None else row["opens_at"]


def excuses(conn: Connection, client_id: UUID) -> list[Row]:
    """Every excuse of a client, withdrawn ones too."""
    rows = conn.execute(_QUERIES["excuses"], {"client_id": client_id}).fetchall()
    return open_rows(conn, rows, "excuse.reason", "reason", client_id)


def coming(
    conn: Connection, client_id: UUID, since: datetime, until: datetime
) -> tuple[list[Row], list[Row]]:
    """Granted pauses and excuses in force that concern the time between two instants."""
    params = {"client_id": client_id, "since": since, "until": until}
    return (
        conn.execute(_QUERIES["coming_pauses"], params).fetchall(),
        conn.execute(_QUERIES["coming_excuses"], params).fetchall(),
    )
