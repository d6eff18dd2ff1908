"""The outbox's database file: opened durably, checked, and put aside when it is damaged."""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from pathlib import Path

from device_gateway.errors import OutboxError, OutboxFullError

_CORRUPT = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_FULL = frozenset({sqlite3.SQLITE_FULL})
_COLUMNS = "boot_id, sequence, kind, written_at, body_sha256, sealed"


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One message as stored. `position` orders messages within one database."""

    position: int
    boot_id: str
    sequence: int
    kind: str
    written_at: datetime
    body_sha256: str
    sealed: bytes


class OutboxLock:
    """Keeps a second gateway off the same outbox. Freed by the kernel when the process ends, however it ends."""

    def __init__(self, path: Path) -> None:
        self._path = path.with_name(path.name + ".lock")
        self._descriptor = -1

    def take(self) -> None:
        """Raises OutboxError when another process holds it."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.free()
            raise OutboxError("another gateway process uses this outbox", code="outbox_in_use") from None
        except OSError as error:
            raise OutboxError(f"the outbox folder cannot be used: {error.strerror}") from error

    def free(self) -> None:
        """Let the next process in."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def open_database(path: Path, limit_bytes: int) -> sqlite3.Connection:
    """Open or create the database with WAL and a full fsync per transaction.

    Raises sqlite3.DatabaseError when the file is damaged (see `is_corrupt`), OutboxError when it cannot be made.
    """
    try:
        # SQLite gives its side files the mode of the main file as it finds it.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        os.chmod(path, 0o600)  # noqa: PTH101 - also for a file made under a wider umask
    except OSError as error:
        raise OutboxError(f"the outbox file cannot be used: {error.strerror}") from error
    database = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
    try:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        verdict = database.execute("PRAGMA quick_check(1)").fetchone()[0]
        if verdict != "ok":
            raise _damaged()
        limit_pages(database, limit_bytes)
        database.executescript(files("device_gateway").joinpath("outbox.sql").read_text("utf-8"))
    except BaseException:
        database.close()
        raise
    return database


def limit_pages(database: sqlite3.Connection, limit_bytes: int) -> None:
    """Let the file grow to this size and no further."""
    page_size = database.execute("PRAGMA page_size").fetchone()[0]
    database.execute(f"PRAGMA max_page_count = {max(limit_bytes // page_size, 64)}")


def is_corrupt(error: sqlite3.Error) -> bool:
    """Whether the database itself is damaged (and not merely full, locked or misused)."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in _CORRUPT


def translated(error: sqlite3.Error) -> OutboxError:
    """A database error as the gateway names it."""
    code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
    if code in _FULL:
        return OutboxFullError()
    return OutboxError(f"the outbox cannot be used: {error}", code="outbox_io")


def quarantine(path: Path, stamp: str) -> Path:
    """Move a damaged database and its side files out of the way; returns where it lies now."""
    aside = path.with_name(f"{path.name}.damaged-{stamp}")
    number = 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{path.name}.damaged-{stamp}-{number}")
    for suffix in ("", "-wal", "-shm"):
        source = path.with_name(path.name + suffix)
        if source.exists():
            source.rename(aside.with_name(aside.name + suffix))
    return aside


def readable_messages(path: Path) -> list[MessageRow]:
    """Whatever messages a damaged database still gives, read from both ends, in order."""
    found: dict[int, MessageRow] = {}
    for direction in ("ASC", "DESC"):
        for row in _read_while_possible(path, direction):
            found[row.position] = row
    return [found[position] for position in sorted(found)]


def _read_while_possible(path: Path, direction: str) -> Iterator[MessageRow]:
    try:
        database = sqlite3.connect(path, isolation_level=None)
    except sqlite3.Error:
        return
    try:
        cursor = database.execute(f"SELECT position, {_COLUMNS} FROM message ORDER BY position {direction}")
        for row in cursor:
            yield message_row(row)
    except (sqlite3.Error, ValueError, TypeError):
        return
    finally:
        database.close()


def message_row(row: tuple[int, str, int, str, str, str, bytes]) -> MessageRow:
    """A database row as a value."""
    position, boot_id, sequence, kind, written_at, body_sha256, sealed = row
    return MessageRow(
        position, boot_id, sequence, kind, datetime.fromisoformat(written_at), body_sha256, bytes(sealed)
    )


def _damaged() -> sqlite3.DatabaseError:
    error = sqlite3.DatabaseError("the outbox failed its check")
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error
