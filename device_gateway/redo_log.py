"""A second, append-only copy of what the outbox keeps, so that a damaged database file loses nothing.

A power cut can leave an SQLite file or its log cut off anywhere: sometimes the database is plainly damaged, sometimes
it is whole but has quietly forgotten its last transactions. Every change that must not be lost is therefore one line
here, checked and fsynced before the database commits it. On opening, what the database does not know is done again.

A line is `crc32 json`. Lines that fail their check are passed over: a torn one can only be the last.
"""

import base64
import json
import os
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NOTE = "redo"
"""Name of the outbox's note that says which line the database has come to."""


@dataclass(frozen=True, slots=True)
class RedoMessage:
    """A sealed message as the outbox keeps it. `written_at` is ISO text; `summary` the page's own JSON or None."""

    boot_id: str
    sequence: int
    kind: str
    written_at: str
    sealed: bytes
    summary: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One change: a message, notes, or both. `number` counts up by one."""

    number: int
    boot_id: str
    last_sequence: int
    message: RedoMessage | None = None
    notes: Mapping[str, str | None] = field(default_factory=dict)
    undone: int | None = None
    """This line takes back the one before it with this number: the database could not commit it."""
    base: bool = False
    """The log begins here: the notes are all there are."""


class RedoLog:
    """The file beside the outbox. One writer; its errors are OSError."""

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(database.name + ".redo")
        self._descriptor = -1
        self._size = 0
        self._size_when_whole = 0

    def read(self) -> list[Step]:
        """All whole steps in order, without those taken back; empty when there is no file."""
        try:
            lines = self._path.read_bytes().split(b"\n")
        except OSError:
            return []
        steps: dict[int, Step] = {}
        for step in filter(None, map(_step_of, lines)):
            if step.undone is None:
                steps[step.number] = step
            else:
                steps.pop(step.undone, None)
        return list(steps.values())

    def rewrite(self, steps: Iterable[Step]) -> None:
        """Replace the file by these steps, at once or not at all, and go on behind them. Raises OSError."""
        self.close()
        beside = self._path.with_name(self._path.name + ".new")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            _write_all(descriptor, b"".join(_line_of(step) for step in steps))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        beside.replace(self._path)
        _sync_folder(self._path.parent)
        self._descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND)
        self._size = self._size_when_whole = os.fstat(self._descriptor).st_size

    def append(self, step: Step) -> None:
        """Add one step, durably. Raises OSError, and then nothing was added."""
        try:
            _write_all(self._descriptor, _line_of(step))
            os.fsync(self._descriptor)
        except OSError:
            os.ftruncate(self._descriptor, self._size)
            raise
        self._size = os.fstat(self._descriptor).st_size

    @property
    def overgrown(self) -> bool:
        """Whether most of it is likely to be about messages that have left."""
        return self._size > max(1024 * 1024, 3 * self._size_when_whole)

    def close(self) -> None:
        """Close the file."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def _line_of(step: Step) -> bytes:
    content: dict[str, Any] = {"n": step.number, "boot": step.boot_id, "last": step.last_sequence}
    if step.message is not None:
        one = step.message
        content["message"] = [one.boot_id, one.sequence, one.kind, one.written_at]
        content["sealed"] = base64.b64encode(one.sealed).decode()
        content["summary"] = one.summary
    if step.notes:
        content["notes"] = dict(step.notes)
    if step.undone is not None:
        content["undone"] = step.undone
    if step.base:
        content["base"] = True
    text = json.dumps(content, separators=(",", ":")).encode()
    return b"%08x %s\n" % (zlib.crc32(text), text)


def _step_of(line: bytes) -> Step | None:
    check, _, text = line.partition(b" ")
    if not text or check != b"%08x" % zlib.crc32(text):
        return None
    told = json.loads(text)
    message = None
    if "message" in told:
        boot_id, sequence, kind, written_at = told["message"]
        sealed = base64.b64decode(told["sealed"])
        message = RedoMessage(boot_id, sequence, kind, written_at, sealed, told["summary"])
    undone, base = told.get("undone"), "base" in told
    return Step(told["n"], told["boot"], told["last"], message, told.get("notes", {}), undone, base)


def _write_all(descriptor: int, content: bytes) -> None:
    while content:
        content = content[os.write(descriptor, content) :]


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
