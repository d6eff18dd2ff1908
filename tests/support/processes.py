"""What runs on this machine, as the kernel tells it: whom a process started, and whether they are gone."""

import os
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")


@dataclass(frozen=True, order=True, slots=True)
class Process:
    """One process; `began` (clock ticks since boot) tells it from a later one with the same number."""

    pid: int
    began: int
    command: str

    def is_alive(self) -> bool:
        """Whether it still runs; one that has ended and was not collected yet does not."""
        status = _status(self.pid)
        return status is not None and status[1] != "Z" and int(status[20]) == self.began


def started_by(pid: int) -> frozenset[Process]:
    """Everything a running process has started, and what those have started in turn."""
    parents = {number: int(status[2]) for number in _numbers() if (status := _status(number))}
    found, fresh = set[int](), {pid}
    while fresh:
        fresh = {child for child, parent in parents.items() if parent in fresh} - found
        found |= fresh
    return frozenset(one for number in found if (one := _process(number)))


def mentioning(text: str) -> frozenset[Process]:
    """Other processes with `text` in their command line or environment, as far as we may look."""
    ours = os.getpid()
    found = set()
    for number in _numbers():
        said = _read(number, "cmdline") + _read(number, "environ")
        if number != ours and text.encode() in said and (one := _process(number)) and one.is_alive():
            found.add(one)
    return frozenset(found)


def _numbers() -> list[int]:
    return [int(path.name) for path in _PROC.iterdir() if path.name.isdigit()]


def _process(pid: int) -> Process | None:
    status = _status(pid)
    if status is None:
        return None
    return Process(
        pid, int(status[20]), _read(pid, "cmdline").replace(b"\0", b" ").decode("utf-8", "replace")
    )


def _status(pid: int) -> list[str] | None:
    """Fields of /proc/PID/stat from the second on, `[0]` without meaning: the name may hold blanks."""
    said = _read(pid, "stat").decode("utf-8", "replace")
    return ["", *said.rpartition(")")[2].split()] if said else None


def _read(pid: int, name: str) -> bytes:
    try:
        return (_PROC / str(pid) / name).read_bytes()
    except OSError:
        return b""
