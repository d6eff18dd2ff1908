"""Bringing an outbox's database up to what is known to have been written: from the redo log and a damaged file."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from contracts.envelope import open_envelope
from contracts.errors import ContractError
from contracts.topics import Kind
from device_gateway import outbox_rows as rows
from device_gateway.outbox_file import readable_messages
from device_gateway.redo_log import NOTE, RedoMessage, Step
from device_gateway.signing import Signer


@dataclass(frozen=True, slots=True)
class Recovery:
    """What there is to recover from. `aside` is where a damaged database lies now."""

    signer: Signer
    steps: Sequence[Step]
    aside: Path | None

    def into(self, database: sqlite3.Connection) -> bool:
        """Do again what the database does not know; True when it had forgotten something it once had.

        One step ahead of the database is no loss: a process may end between the two files. A database that had to be
        made new gets a new boot id, so that no number is used twice whatever was lost.
        """
        fresh = rows.note(database, "boot_id") is None
        known = int(rows.note(database, NOTE) or 0)
        ahead = [step for step in self.steps if step.number > known]
        if (
            self.aside is not None
        ):  # first what only it holds, so that all goes out in the order it was written
            logged = {(s.message.boot_id, s.message.sequence) for s in ahead if s.message is not None}
            for row in readable_messages(self.aside):
                if (row.boot_id, row.sequence) in logged:
                    continue
                found = RedoMessage(
                    row.boot_id, row.sequence, row.kind, row.written_at.isoformat(), row.sealed
                )
                self._take_over(database, found)
        for step in ahead:
            self._do(database, step)
        if fresh:
            rows.new_boot(database)
        return len(ahead) > (0 if fresh else 1)

    def _do(self, database: sqlite3.Connection, step: Step) -> None:
        if step.base:
            database.execute("DELETE FROM note")
        for name, value in step.notes.items():
            rows.set_note(database, name, value)
        if step.message is not None:
            self._take_over(database, step.message)
        rows.set_note(database, "boot_id", step.boot_id)
        rows.set_note(database, "last_sequence", str(step.last_sequence))
        rows.set_note(database, NOTE, str(step.number))

    def _take_over(self, database: sqlite3.Connection, message: RedoMessage) -> None:
        """Take a message over if its own signature says that it is whole, and unless it is there already."""
        try:
            kind = Kind(message.kind)
            envelope = open_envelope(message.sealed)
        except (ContractError, ValueError):
            return
        if not self.signer.sealed_by_us(kind, envelope):
            return
        with suppress(sqlite3.IntegrityError):
            rows.insert_message(database, message, sha256(envelope.body).hexdigest())


def whole_log(database: sqlite3.Connection) -> list[Step]:
    """Everything the database holds, as the steps a new redo log begins with; the database is told their numbers."""
    steps = list(_steps(database))
    rows.set_note(database, NOTE, str(steps[-1].number))
    return steps


def _steps(database: sqlite3.Connection) -> Iterator[Step]:
    number = int(rows.note(database, NOTE) or 0) + 1
    boot_id, sequence = rows.next_key(database)
    kept = {name: value for name, value in rows.notes(database).items() if name != NOTE}
    yield Step(number, boot_id, sequence - 1, notes=kept, base=True)
    told = rows.summaries(database)
    for row in rows.waiting(database, 0, -1):
        number += 1
        summary = told.get(rows.Key(row.boot_id, row.sequence))
        at = row.written_at.isoformat()
        message = RedoMessage(row.boot_id, row.sequence, row.kind, at, row.sealed, summary)
        yield Step(number, boot_id, sequence - 1, message)
