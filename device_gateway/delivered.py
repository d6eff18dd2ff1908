"""Delivered readings and check-ins, kept for a while: a backend restored from a backup may ask for them again."""

import sqlite3
from datetime import UTC, datetime, timedelta

from contracts.resend import ResendRequest
from contracts.topics import Kind
from device_gateway.outbox_rows import note, set_note

KEPT = timedelta(days=14)
"""How long a delivered message can still be asked for (assumption: by then a restore has been noticed)."""
_OBEYED = "resend_asked_at"


def keep(database: sqlite3.Connection, position: int, received_at: datetime) -> None:
    """Copy a message that is about to leave; heartbeats say nothing later and are not kept."""
    database.execute(
        "INSERT OR REPLACE INTO delivered"
        " SELECT boot_id, sequence, kind, written_at, body_sha256, sealed, ? FROM message"
        " WHERE position = ? AND kind IN (?, ?)",
        (_text(received_at), position, Kind.READING.value, Kind.CHECK_IN.value),
    )


def forget_old(database: sqlite3.Connection, received_at: datetime) -> None:
    """Drop what was delivered longer ago than `KEPT` before a receipt's moment."""
    database.execute("DELETE FROM delivered WHERE received_at < ?", (_text(received_at - KEPT),))


def forget_all(database: sqlite3.Connection) -> bool:
    """Make room for what waits; whether there was anything to drop."""
    try:
        return database.execute("DELETE FROM delivered").rowcount > 0
    except sqlite3.Error:
        return False


def recall(database: sqlite3.Connection, request: ResendRequest) -> int:
    """Have what was asked for wait again; returns how many messages. A request is obeyed once."""
    obeyed = note(database, _OBEYED)
    if obeyed is not None and obeyed >= _text(request.asked_at):
        return 0
    since = (_text(request.delivered_since),)
    found = database.execute(
        "INSERT OR IGNORE INTO message (boot_id, sequence, kind, written_at, body_sha256, sealed)"
        " SELECT boot_id, sequence, kind, written_at, body_sha256, sealed FROM delivered"
        " WHERE received_at >= ? ORDER BY received_at, boot_id, sequence",
        since,
    ).rowcount
    database.execute("DELETE FROM delivered WHERE received_at >= ?", since)
    set_note(database, _OBEYED, _text(request.asked_at))
    return found


def _text(instant: datetime) -> str:
    """Sorts as the instants do."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds")
