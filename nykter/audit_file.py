"""Where the heads of the access log's chains, and the keys that sign its months' ends, are written down outside the
database: a file that is only added to.

Each line is JSON and holds the digest of the line before it, so a line that was changed or taken out shows. What a file
cannot show is that its end is missing; the letters to the archivist, or a copy elsewhere, can.
"""

import json
import os
from collections.abc import Sequence
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from nacl.signing import SigningKey, VerifyKey

from backend.domain.access_chain import Head
from backend.jobs.app import Audit
from nykter.settings import WorkerSettings

NAME: Final = "access-log-heads.jsonl"
_START: Final = sha256(b"nykter access log heads 1").hexdigest()


class AnchorFile:
    """`access-log-heads.jsonl` in a folder. One process writes at a time (the job that does has a lock)."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME

    def append(self, heads: Sequence[Head], *, now: datetime) -> int:
        """Write down the heads that moved since, on disk when it returns; how many did. Raises OSError, ValueError."""
        lines = self._lines()
        known = {(line["tenant"], line["month"]): line["digest"] for line in lines if "tenant" in line}
        moved = [
            one for one in heads if known.get((one.tenant_id, one.month.isoformat())) != one.digest.hex()
        ]
        if not moved:
            return 0
        told = [
            {
                "tenant": one.tenant_id, "month": one.month.isoformat(), "number": one.number,
                "entries": one.entries, "digest": one.digest.hex(),
            }
            for one in moved
        ]  # fmt: skip
        self._add(lines, told, now)
        return len(moved)

    def trust(self, key: VerifyKey, *, now: datetime) -> None:
        """Write down once that this key signs the ends of months. Raises OSError, ValueError."""
        lines = self._lines()
        if all(line.get("key") != bytes(key).hex() for line in lines):
            self._add(lines, [{"key": bytes(key).hex()}], now)

    def keys(self) -> list[VerifyKey]:
        """The keys written down, oldest first. Raises as `heads` does."""
        return [VerifyKey(bytes.fromhex(line["key"])) for line in self._lines() if "key" in line]

    def _add(self, lines: list[dict[str, Any]], told: list[dict[str, Any]], now: datetime) -> None:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        after = lines[-1]["line"] if lines else _START
        written = b""
        for one in told:
            line = {**one, "at": now.astimezone(UTC).isoformat(timespec="seconds"), "after": after}
            after = _digest(line)
            written += json.dumps({**line, "line": after}, sort_keys=True).encode() + b"\n"
        descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            # A line torn by a power cut is ended, so that ours begins on a line of its own.
            os.write(descriptor, written if self._ends_clean() else b"\n" + written)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def heads(self) -> list[Head]:
        """Everything written down, oldest first; none when there is no file.

        Raises ValueError naming the line when one was changed, taken out or put in; OSError.
        """
        return [
            Head(
                line["tenant"],
                date.fromisoformat(line["month"]),
                line["number"],
                line["entries"],
                bytes.fromhex(line["digest"]),
            )
            for line in self._lines()
            if "tenant" in line
        ]

    def _ends_clean(self) -> bool:
        try:
            with self.path.open("rb") as stream:
                if stream.seek(0, os.SEEK_END) == 0:
                    return True
                stream.seek(-1, os.SEEK_END)
                return stream.read(1) == b"\n"
        except FileNotFoundError:
            return True

    def _lines(self) -> list[dict[str, Any]]:
        try:
            raw = self.path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return []
        found: list[dict[str, Any]] = []
        after = _START
        for number, text in enumerate(raw, start=1):
            if not text:
                continue
            line = _parsed(text)
            if line is None:
                # only the piece that a power cut left is no line of ours; it says nothing and chains nothing
                if number < len(raw) - 1 and _parsed(raw[number]) is None:
                    raise ValueError(f"{self.path}: line {number} cannot be read")
                continue
            if (
                line["after"] != after
                or _digest({k: v for k, v in line.items() if k != "line"}) != line["line"]
            ):
                raise ValueError(f"{self.path}: line {number} was changed, or one before it is missing")
            after = line["line"]
            found.append(line)
        return found


def _parsed(text: bytes) -> dict[str, Any] | None:
    try:
        line = json.loads(text)
    except ValueError:
        return None
    return line if isinstance(line, dict) and "line" in line else None


def _digest(line: dict[str, Any]) -> str:
    return sha256(json.dumps(line, sort_keys=True).encode()).hexdigest()


def audit_of(settings: WorkerSettings) -> Audit:
    """Where a worker writes heads down, and the key it signs ends with; either may not be set."""
    folder, seed = settings.audit_folder, settings.audit_seed
    return Audit(AnchorFile(folder) if folder else None, SigningKey(seed) if seed else None)
