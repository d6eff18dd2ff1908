"""The outbox's statements, each on an open transaction of its database."""

import json
import secrets
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from contracts.receipt import ReceiptEntry, Verdict
from contracts.topics import Kind
from device_gateway.outbox_file import MessageRow, message_row
from device_gateway.redo_log import RedoMessage

_SHOWN_KEPT = 200
_COLUMNS = "position, boot_id, sequence, kind, written_at, body_sha256, sealed"


class Key(NamedTuple):
    """Idempotency key of a message, without the device id."""

    boot_id: str
    sequence: int


@dataclass(frozen=True, slots=True)
class Depth:
    """How much waits. `refused` counts messages the backend answered but did not accept."""

    waiting: int
    oldest_at: datetime | None
    refused: int


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A line for the client's page; `verdict` None = still waiting for its receipt."""

    key: Key
    kind: Kind
    written_at: datetime
    summary: Mapping[str, object]
    verdict: Verdict | None


def next_key(database: sqlite3.Connection) -> Key:
    """The key the next message takes."""
    return Key(note(database, "boot_id") or "", int(note(database, "last_sequence") or 0) + 1)


def new_boot(database: sqlite3.Connection) -> None:
    """Number afresh."""
    set_note(database, "boot_id", secrets.token_hex(16))
    set_note(database, "last_sequence", "0")


def note(database: sqlite3.Connection, name: str) -> str | None:
    """A note's value."""
    row = database.execute("SELECT value FROM note WHERE name = ?", (name,)).fetchone()
    return None if row is None else str(row[0])


def notes(database: sqlite3.Connection) -> dict[str, str | None]:
    """All notes."""
    return {str(name): str(value) for name, value in database.execute("SELECT name, value FROM note")}


def set_note(database: sqlite3.Connection, name: str, value: str | None) -> None:
    """Keep, replace or remove (None) a note."""
    if value is None:
        database.execute("DELETE FROM note WHERE name = ?", (name,))
    else:
        database.execute("INSERT OR REPLACE INTO note (name, value) VALUES (?, ?)", (name, value))


def insert_message(database: sqlite3.Connection, message: RedoMessage, body_sha256: str) -> None:
    """Raises sqlite3.IntegrityError for a key that is there already."""
    one = message
    database.execute(
        "INSERT INTO message (boot_id, sequence, kind, written_at, body_sha256, sealed) VALUES (?, ?, ?, ?, ?, ?)",
        (one.boot_id, one.sequence, one.kind, one.written_at, body_sha256, one.sealed),
    )
    if one.summary is None:
        return
    database.execute(
        "INSERT OR IGNORE INTO shown (boot_id, sequence, kind, written_at, summary) VALUES (?, ?, ?, ?, ?)",
        (one.boot_id, one.sequence, one.kind, one.written_at, one.summary),
    )
    database.execute(
        "DELETE FROM shown WHERE verdict IS NOT NULL AND position <= (SELECT max(position) FROM shown) - ?",
        (_SHOWN_KEPT,),
    )


def waiting(database: sqlite3.Connection, after_position: int, limit: int) -> list[MessageRow]:
    """Messages without a receipt behind a position, oldest first."""
    statement = f"SELECT {_COLUMNS} FROM message WHERE position > ? ORDER BY position LIMIT ?"
    return [message_row(row) for row in database.execute(statement, (after_position, limit))]


def summaries(database: sqlite3.Connection) -> dict[Key, str]:
    """The page's own line for each message still waiting."""
    statement = "SELECT boot_id, sequence, summary FROM shown WHERE verdict IS NULL"
    return {Key(boot_id, sequence): text for boot_id, sequence, text in database.execute(statement)}


def depth(database: sqlite3.Connection) -> Depth:
    """Counts for the heartbeat."""
    count = database.execute("SELECT count(*) FROM message").fetchone()[0]
    oldest = database.execute("SELECT written_at FROM message ORDER BY position LIMIT 1").fetchone()
    refused = database.execute("SELECT count(*) FROM refused").fetchone()[0]
    return Depth(count, datetime.fromisoformat(oldest[0]) if oldest else None, refused)


def waiting_of(database: sqlite3.Connection, kind: Kind) -> int:
    """How many messages of one kind wait."""
    row = database.execute("SELECT count(*) FROM message WHERE kind = ?", (kind.value,)).fetchone()
    return int(row[0])


def shown(database: sqlite3.Connection, limit: int) -> list[ShownRow]:
    """The newest lines for the client's page, newest first."""
    statement = (
        "SELECT boot_id, sequence, kind, written_at, summary, verdict FROM shown"
        " ORDER BY position DESC LIMIT ?"
    )
    return [
        ShownRow(
            Key(boot_id, sequence),
            Kind(kind),
            datetime.fromisoformat(written_at),
            json.loads(summary),
            Verdict(verdict) if verdict else None,
        )
        for boot_id, sequence, kind, written_at, summary, verdict in database.execute(statement, (limit,))
    ]


def held(database: sqlite3.Connection, key: Key) -> tuple[int, str] | None:
    """Position and body hash of a waiting message."""
    row: tuple[int, str] | None = database.execute(
        "SELECT position, body_sha256 FROM message WHERE boot_id = ? AND sequence = ?", key
    ).fetchone()
    return row


def release(database: sqlite3.Connection, position: int, entry: ReceiptEntry) -> None:
    """A message leaves by its receipt."""
    database.execute("DELETE FROM message WHERE position = ?", (position,))
    database.execute(
        "UPDATE shown SET verdict = ? WHERE boot_id = ? AND sequence = ?",
        (entry.verdict.value, entry.boot_id, entry.sequence),
    )


def keep_refused(
    database: sqlite3.Connection, position: int, entry: ReceiptEntry, received_at: datetime
) -> None:
    """Keep a copy of what the backend did not accept, for people to look at."""
    database.execute(
        "INSERT OR REPLACE INTO refused"
        " SELECT boot_id, sequence, kind, written_at, body_sha256, sealed, ?, ?, ? FROM message WHERE position = ?",
        (entry.verdict.value, entry.reason, received_at.isoformat(), position),
    )


def fill_bytes(database: sqlite3.Connection) -> int:
    """How much of the file is in use."""
    pages, free, size = (
        int(database.execute(f"PRAGMA {name}").fetchone()[0])
        for name in ("page_count", "freelist_count", "page_size")
    )
    return (pages - free) * size
