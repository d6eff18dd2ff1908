"""Store and forward: a message stands in SQLite, signed and fsynced, until the backend's receipt for it is here.

Writing gives a message its sequence number in the same transaction, so a number is neither lost nor used twice.
A message leaves only by a verified receipt whose body hash matches. The file is bounded; when it or the disk is
full nothing is dropped: a reserve is given up first, then the writer is told. A damaged file is put aside, everything
is taken over from the redo log and from what can still be read, and a new boot id begins.
"""

import errno
import json
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from contracts.base import Message
from contracts.clock import Clock
from contracts.receipt import Receipt, Verdict
from contracts.resend import ResendRequest
from contracts.topics import Kind
from device_gateway import delivered
from device_gateway import outbox_rows as rows
from device_gateway.errors import OutboxError, OutboxFullError
from device_gateway.outbox_file import (
    MessageRow,
    OutboxLock,
    is_corrupt,
    limit_pages,
    open_database,
    quarantine,
    translated,
)
from device_gateway.outbox_recovery import Recovery, whole_log
from device_gateway.outbox_rows import Depth, Key, ShownRow
from device_gateway.redo_log import NOTE as REDO
from device_gateway.redo_log import RedoLog, RedoMessage, Step
from device_gateway.reserve import Reserve
from device_gateway.signing import Signer

__all__ = ["Build", "Depth", "Key", "Outbox", "ShownRow"]

T = TypeVar("T")
Build = Callable[[str, int], Message]
"""Makes a message from the boot id and sequence number it is given; called again if the boot id changes."""

DEFAULT_LIMIT_BYTES = 512 * 1024 * 1024
"""Room for far more than 30 days offline (a reading is about 4 kB, a heartbeat about 1 kB)."""
DAMAGED = "damaged_at"
_RESERVE_BYTES = 1024 * 1024
_DELIVERED = frozenset({Verdict.STORED, Verdict.DUPLICATE})


class Outbox:
    """One gateway's outbox. Safe to use from several threads; one process only."""

    def __init__(
        self, path: Path, signer: Signer, clock: Clock, *, limit_bytes: int = DEFAULT_LIMIT_BYTES
    ) -> None:
        """Opens or creates it. Raises OutboxError when it cannot be used at all."""
        self._path, self._signer, self._clock, self._limit = path, signer, clock, limit_bytes
        self._guard = threading.RLock()
        self._lock = OutboxLock(path)
        self._redo = RedoLog(path)
        self._reserve = Reserve(path, min(_RESERVE_BYTES, limit_bytes // 4))
        self._pending: int | None = None
        """The step put into the redo log by the transaction under way."""
        self.mismatched_receipts = 0
        """Receipts whose body hash was not that of the message held; such a message stays."""
        self._lock.take()
        try:
            self._database = self._open()
        except BaseException:
            self._lock.free()
            raise
        self._restock()

    def close(self) -> None:
        """Close the files and let another process in."""
        with self._guard:
            self._database.close()
            self._redo.close()
            self._lock.free()

    @property
    def boot_id(self) -> str:
        """Identity of this life of the outbox."""
        return self.note("boot_id") or ""

    @property
    def damaged_at(self) -> datetime | None:
        """When a damaged file was put aside last; kept over restarts."""
        text = self.note(DAMAGED)
        return None if text is None else datetime.fromisoformat(text)

    def holds_reserve(self) -> bool:
        """False once the room set aside had to be given up: the disk, or the outbox's own limit, is full."""
        return self._reserve.held

    def write(
        self,
        kind: Kind,
        build: Build,
        *,
        summary: Mapping[str, object] | None = None,
        notes: Mapping[str, str | None] | None = None,
        essential: bool = True,
    ) -> Key:
        """Sign and store one message under the next sequence number, with `notes`, all in one transaction.

        What is `essential` may use the reserve. Raises OutboxFullError or OutboxError, and then nothing was written.
        """
        told = None if summary is None else json.dumps(summary)

        def work(database: sqlite3.Connection) -> Key:
            key = rows.next_key(database)
            body = build(*key).canonical_bytes()
            sealed = self._signer.seal(kind, body)
            message = RedoMessage(*key, kind.value, self._clock.now().isoformat(), sealed, told)
            rows.insert_message(database, message, sha256(body).hexdigest())
            rows.set_note(database, "last_sequence", str(key.sequence))
            self._change(database, notes or {}, message)
            return key

        return self._durably(work, essential=essential)

    def waiting(self, after_position: int, limit: int) -> list[MessageRow]:
        """Messages without a receipt behind a position, oldest first."""
        return self._durably(lambda database: rows.waiting(database, after_position, limit))

    def settle(self, receipt: Receipt) -> list[int]:
        """Take a VERIFIED receipt; returns the positions of the messages that have left the outbox.

        A full outbox must be able to empty: then no copies of what was delivered are kept.
        """
        try:
            gone = self._durably(lambda database: self._settle(database, receipt, keep=True))
        except OutboxFullError:
            gone = self._durably(lambda database: self._settle(database, receipt, keep=False))
        if gone:
            self._restock()
        return gone

    def recall(self, request: ResendRequest) -> int:
        """Take a VERIFIED request to send again; returns how many messages wait once more. Obeyed once."""
        recalled = self._durably(lambda database: delivered.recall(database, request))
        if recalled:
            self._durably(self._begin_log)
        return recalled

    def depth(self) -> Depth:
        """Counts for the heartbeat."""
        return self._durably(rows.depth)

    def fill_percent(self) -> int:
        """How much of the room set aside for it is taken, 0 to 100."""
        return self._durably(lambda database: min(100, 100 * rows.fill_bytes(database) // self._limit))

    def waiting_of(self, kind: Kind) -> int:
        """How many messages of one kind wait."""
        return self._durably(lambda database: rows.waiting_of(database, kind))

    def shown(self, limit: int) -> list[ShownRow]:
        """The newest lines for the client's page, newest first."""
        return self._durably(lambda database: rows.shown(database, limit))

    def note(self, name: str) -> str | None:
        """A small value kept beside the messages (an unfinished run, the retest chain)."""
        return self._durably(lambda database: rows.note(database, name))

    def set_note(self, name: str, value: str | None) -> None:
        """Keep, replace or remove (None) a note, durably."""
        self._durably(lambda database: self._change(database, {name: value}), essential=True)

    def _change(
        self,
        database: sqlite3.Connection,
        notes: Mapping[str, str | None],
        message: RedoMessage | None = None,
    ) -> None:
        """Set notes, and put the whole change into the redo log: just before the database commits it."""
        for name, value in notes.items():
            rows.set_note(database, name, value)
        number = int(rows.note(database, REDO) or 0) + 1
        boot_id, sequence = rows.next_key(database)
        rows.set_note(database, REDO, str(number))
        self._pending = number
        self._redo.append(Step(number, boot_id, sequence - 1, message, notes))

    def _settle(self, database: sqlite3.Connection, receipt: Receipt, *, keep: bool) -> list[int]:
        gone = []
        conflict = False
        for entry in receipt.entries:
            held = rows.held(database, Key(entry.boot_id, entry.sequence))
            if held is None:
                continue
            position, body_sha256 = held
            if body_sha256 != entry.body_sha256:
                self.mismatched_receipts += 1
                continue
            if entry.verdict not in _DELIVERED:
                rows.keep_refused(database, position, entry, receipt.received_at)
                conflict = conflict or entry.verdict is Verdict.CONFLICT
            elif keep:
                delivered.keep(database, position, receipt.received_at)
            rows.release(database, position, entry)
            gone.append(position)
        delivered.forget_old(database, receipt.received_at)
        if conflict:
            # Our numbers were used before (an older copy of the file was put back): number afresh.
            rows.new_boot(database)
            self._change(database, {})
        return gone

    def _open(self) -> sqlite3.Connection:
        try:
            database = open_database(self._path, self._limit)
        except sqlite3.Error as error:
            if not is_corrupt(error):
                raise translated(error) from error
            return self._start_afresh()
        try:
            return self._caught_up(database, None)
        except sqlite3.Error as error:
            database.close()
            if not is_corrupt(error):
                raise translated(error) from error
            return self._start_afresh()
        except BaseException:
            database.close()
            raise

    def _start_afresh(self) -> sqlite3.Connection:
        aside = quarantine(self._path, self._clock.now().strftime("%Y%m%dT%H%M%SZ"))
        try:
            return self._caught_up(open_database(self._path, self._limit), aside)
        except sqlite3.Error as error:
            raise translated(error) from error

    def _caught_up(self, database: sqlite3.Connection, aside: Path | None) -> sqlite3.Connection:
        """Do again what the database does not know, and begin the redo log anew from what it now holds."""
        with _transaction(database):
            lost = Recovery(self._signer, self._redo.read(), aside).into(database)
            if lost or aside is not None:
                rows.set_note(database, DAMAGED, self._clock.now().isoformat())
            self._begin_log(database)
        return database

    def _begin_log(self, database: sqlite3.Connection) -> None:
        self._pending = None
        try:
            self._redo.rewrite(whole_log(database))
        except OSError as error:
            raise _of_disk(error) from error

    def _restock(self) -> None:
        """Ask for the reserve again, and drop from the redo log what has left."""
        with self._guard, suppress(OutboxError):
            if not self._reserve.held and self.fill_percent() < 75:
                self._reserve.take()
                limit_pages(self._database, self._limit)
            if self._redo.overgrown:
                self._durably(self._begin_log)

    def _durably(self, work: Callable[[sqlite3.Connection], T], *, essential: bool = False) -> T:
        """Run `work` in one transaction; once more on a fresh file when the old one turns out damaged, or with the
        reserve when there is no room. What was kept after its delivery gives way first.
        """
        with self._guard:
            for _ in range(4):
                try:
                    return self._once(work)
                except sqlite3.Error as error:
                    if is_corrupt(error):
                        self._database.close()
                        self._database = self._start_afresh()
                        continue
                    told: OutboxError = translated(error)
                except OSError as error:
                    told = _of_disk(error)
                if isinstance(told, OutboxFullError) and delivered.forget_all(self._database):
                    continue
                if not isinstance(told, OutboxFullError) or not essential or not self._reserve.give_up():
                    raise told
                limit_pages(self._database, self._limit + self._reserve.size_bytes)
            raise OutboxError("the outbox was damaged again and again")

    def _once(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            with _transaction(self._database):
                return work(self._database)
        except BaseException:
            self._take_back()
            raise
        finally:
            self._pending = None

    def _take_back(self) -> None:
        """What was put into the redo log was not committed: it must not be done again."""
        if self._pending is not None:
            with suppress(OSError):
                self._redo.append(Step(self._pending, "", 0, undone=self._pending))


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


def _of_disk(error: OSError) -> OutboxError:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return OutboxFullError()
    return OutboxError(f"the outbox cannot be used: {error.strerror}", code="outbox_io")
