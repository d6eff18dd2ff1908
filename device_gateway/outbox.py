"""Store and forward: a message stands in SQLite, signed and fsynced, until the backend's receipt for it is here.

Writing gives a message its sequence number in the same transaction, so a number is neither lost nor used twice.
A message leaves only by a verified receipt whose body hash matches. The file is bounded; when it or the disk is
full nothing is dropped, the writer is told. A damaged file is put aside, what can be read of it is carried over,
and a new boot id begins.
"""

import json
import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from contracts.base import Message
from contracts.clock import Clock
from contracts.envelope import open_envelope
from contracts.errors import ContractError
from contracts.receipt import Receipt, ReceiptEntry, Verdict
from contracts.topics import Kind
from device_gateway.errors import OutboxError
from device_gateway.outbox_file import (
    MessageRow,
    OutboxLock,
    is_corrupt,
    message_row,
    open_database,
    quarantine,
    readable_messages,
    translated,
)
from device_gateway.signing import Signer

T = TypeVar("T")
Build = Callable[[str, int], Message]
"""Makes a message from the boot id and sequence number it is given; called again if the boot id changes."""

DEFAULT_LIMIT_BYTES = 512 * 1024 * 1024
"""Room for far more than 30 days offline (a reading is about 4 kB, a heartbeat about 1 kB)."""
_SHOWN_KEPT = 200
_DELIVERED = frozenset({Verdict.STORED, Verdict.DUPLICATE})


@dataclass(frozen=True, slots=True)
class Key:
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


class Outbox:
    """One gateway's outbox. Safe to use from several threads; one process only."""

    def __init__(
        self, path: Path, signer: Signer, clock: Clock, *, limit_bytes: int = DEFAULT_LIMIT_BYTES
    ) -> None:
        """Opens or creates it. Raises OutboxError when it cannot be used at all."""
        self._path, self._signer, self._clock, self._limit = path, signer, clock, limit_bytes
        self._guard = threading.RLock()
        self._lock = OutboxLock(path)
        self.damaged_at: datetime | None = None
        """When a damaged file had to be put aside in this process's life."""
        self.mismatched_receipts = 0
        """Receipts whose body hash was not that of the message held; such a message stays."""
        self._lock.take()
        try:
            self._database = self._open()
        except BaseException:
            self._lock.free()
            raise

    def close(self) -> None:
        """Close the file and let another process in."""
        with self._guard:
            self._database.close()
            self._lock.free()

    @property
    def boot_id(self) -> str:
        """Identity of this life of the outbox."""
        return self.note("boot_id") or ""

    def write(
        self,
        kind: Kind,
        build: Build,
        *,
        summary: Mapping[str, object] | None = None,
        notes: Mapping[str, str | None] | None = None,
    ) -> Key:
        """Sign and store one message under the next sequence number, with `notes`, all in one transaction.

        Raises OutboxFullError or OutboxError, and then nothing was written.
        """
        return self._durably(lambda database: self._insert(database, kind, build, summary, notes or {}))

    def waiting(self, after_position: int, limit: int) -> list[MessageRow]:
        """Messages without a receipt behind a position, oldest first."""
        return self._durably(
            lambda database: [
                message_row(row)
                for row in database.execute(
                    "SELECT position, boot_id, sequence, kind, written_at, body_sha256, sealed"
                    " FROM message WHERE position > ? ORDER BY position LIMIT ?",
                    (after_position, limit),
                )
            ]
        )

    def settle(self, receipt: Receipt) -> list[int]:
        """Take a VERIFIED receipt; returns the positions of the messages that have left the outbox."""
        return self._durably(lambda database: self._settle(database, receipt))

    def depth(self) -> Depth:
        """Counts for the heartbeat."""

        def read(database: sqlite3.Connection) -> Depth:
            waiting = database.execute("SELECT count(*) FROM message").fetchone()[0]
            oldest = database.execute("SELECT written_at FROM message ORDER BY position LIMIT 1").fetchone()
            refused = database.execute("SELECT count(*) FROM refused").fetchone()[0]
            return Depth(waiting, datetime.fromisoformat(oldest[0]) if oldest else None, refused)

        return self._durably(read)

    def waiting_of(self, kind: Kind) -> int:
        """How many messages of one kind wait."""
        return self._durably(
            lambda database: int(
                database.execute("SELECT count(*) FROM message WHERE kind = ?", (kind.value,)).fetchone()[0]
            )
        )

    def shown(self, limit: int) -> list[ShownRow]:
        """The newest lines for the client's page, newest first."""
        return self._durably(
            lambda database: [
                ShownRow(
                    Key(boot_id, sequence),
                    Kind(kind),
                    datetime.fromisoformat(written_at),
                    json.loads(summary),
                    Verdict(verdict) if verdict else None,
                )
                for boot_id, sequence, kind, written_at, summary, verdict in database.execute(
                    "SELECT boot_id, sequence, kind, written_at, summary, verdict FROM shown"
                    " ORDER BY position DESC LIMIT ?",
                    (limit,),
                )
            ]
        )

    def note(self, name: str) -> str | None:
        """A small value kept beside the messages (an unfinished run, the retest chain, the clock offset)."""
        return self._durably(lambda database: _note(database, name))

    def set_note(self, name: str, value: str | None) -> None:
        """Keep, replace or remove (None) a note, durably."""
        self._durably(lambda database: _set_note(database, name, value))

    def _insert(
        self,
        database: sqlite3.Connection,
        kind: Kind,
        build: Build,
        summary: Mapping[str, object] | None,
        notes: Mapping[str, str | None],
    ) -> Key:
        key = Key(_note(database, "boot_id") or "", int(_note(database, "last_sequence") or 0) + 1)
        body = build(key.boot_id, key.sequence).canonical_bytes()
        at = self._clock.now().isoformat()
        _insert_message(database, key, kind, at, sha256(body).hexdigest(), self._signer.seal(kind, body))
        _set_note(database, "last_sequence", str(key.sequence))
        for name, value in notes.items():
            _set_note(database, name, value)
        if summary is not None:
            database.execute(
                "INSERT INTO shown (boot_id, sequence, kind, written_at, summary) VALUES (?, ?, ?, ?, ?)",
                (key.boot_id, key.sequence, kind.value, at, json.dumps(summary)),
            )
            database.execute(
                "DELETE FROM shown WHERE verdict IS NOT NULL AND position <= (SELECT max(position) FROM shown) - ?",
                (_SHOWN_KEPT,),
            )
        return key

    def _settle(self, database: sqlite3.Connection, receipt: Receipt) -> list[int]:
        gone = []
        conflict = False
        for entry in receipt.entries:
            row = database.execute(
                "SELECT position, body_sha256 FROM message WHERE boot_id = ? AND sequence = ?",
                (entry.boot_id, entry.sequence),
            ).fetchone()
            if row is None:
                continue
            position, body_sha256 = row
            if body_sha256 != entry.body_sha256:
                self.mismatched_receipts += 1
                continue
            if entry.verdict not in _DELIVERED:
                _keep_refused(database, position, entry, receipt.received_at)
                conflict = conflict or entry.verdict is Verdict.CONFLICT
            database.execute("DELETE FROM message WHERE position = ?", (position,))
            database.execute(
                "UPDATE shown SET verdict = ? WHERE boot_id = ? AND sequence = ?",
                (entry.verdict.value, entry.boot_id, entry.sequence),
            )
            gone.append(position)
        if conflict:
            # Our numbers were used before (an older copy of the file was put back): number afresh.
            _new_boot(database)
        return gone

    def _open(self) -> sqlite3.Connection:
        try:
            database = open_database(self._path, self._limit)
        except sqlite3.Error as error:
            if not is_corrupt(error):
                raise translated(error) from error
            return self._start_afresh()
        return self._with_boot(database)

    def _with_boot(self, database: sqlite3.Connection) -> sqlite3.Connection:
        try:
            if _note(database, "boot_id") is None:
                with _transaction(database):
                    _new_boot(database)
        except sqlite3.Error as error:
            database.close()
            raise translated(error) from error
        return database

    def _start_afresh(self) -> sqlite3.Connection:
        self.damaged_at = self._clock.now()
        aside = quarantine(self._path, self.damaged_at.strftime("%Y%m%dT%H%M%SZ"))
        try:
            database = self._with_boot(open_database(self._path, self._limit))
            with _transaction(database):
                for row in readable_messages(aside):
                    self._carry_over(database, row)
        except sqlite3.Error as error:
            raise translated(error) from error
        return database

    def _carry_over(self, database: sqlite3.Connection, row: MessageRow) -> None:
        """Take a message over from a damaged file, if its own signature says it is whole."""
        try:
            kind = Kind(row.kind)
            envelope = open_envelope(row.sealed)
        except (ContractError, ValueError):
            return
        if not self._signer.sealed_by_us(kind, envelope):
            return
        digest = sha256(envelope.body).hexdigest()
        key = Key(row.boot_id, row.sequence)
        with suppress(sqlite3.IntegrityError):  # a damaged index can yield a row twice
            _insert_message(database, key, kind, row.written_at.isoformat(), digest, row.sealed)

    def _durably(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` in one transaction; once more on a fresh file when the old one turns out damaged."""
        with self._guard:
            for second in (False, True):
                try:
                    with _transaction(self._database):
                        return work(self._database)
                except sqlite3.Error as error:
                    if second or not is_corrupt(error):
                        raise translated(error) from error
                    self._database.close()
                    self._database = self._start_afresh()
            raise OutboxError  # not reached: the second round returns or raises


@contextmanager
def _transaction(database: sqlite3.Connection) -> Iterator[None]:
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
        database.execute("COMMIT")
    except BaseException:
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise


def _new_boot(database: sqlite3.Connection) -> None:
    _set_note(database, "boot_id", secrets.token_hex(16))
    _set_note(database, "last_sequence", "0")


def _note(database: sqlite3.Connection, name: str) -> str | None:
    row = database.execute("SELECT value FROM note WHERE name = ?", (name,)).fetchone()
    return None if row is None else str(row[0])


def _set_note(database: sqlite3.Connection, name: str, value: str | None) -> None:
    if value is None:
        database.execute("DELETE FROM note WHERE name = ?", (name,))
    else:
        database.execute("INSERT OR REPLACE INTO note (name, value) VALUES (?, ?)", (name, value))


def _insert_message(
    database: sqlite3.Connection, key: Key, kind: Kind, at: str, body_sha256: str, sealed: bytes
) -> None:
    database.execute(
        "INSERT INTO message (boot_id, sequence, kind, written_at, body_sha256, sealed) VALUES (?, ?, ?, ?, ?, ?)",
        (key.boot_id, key.sequence, kind.value, at, body_sha256, sealed),
    )


def _keep_refused(
    database: sqlite3.Connection, position: int, entry: ReceiptEntry, received_at: datetime
) -> None:
    database.execute(
        "INSERT OR REPLACE INTO refused"
        " SELECT boot_id, sequence, kind, written_at, body_sha256, sealed, ?, ?, ? FROM message WHERE position = ?",
        (entry.verdict.value, entry.reason, received_at.isoformat(), position),
    )
