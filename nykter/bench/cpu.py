"""Processor time of other processes, as Linux tells it: what bounds a rate, whoever else is using the machine."""

import os
from collections.abc import Iterable
from pathlib import Path

_PROC = Path("/proc")


def seconds_of(roots: Iterable[int]) -> float:
    """User and system time of these processes and their descendants, those that have ended included; 0 off Linux."""
    table = dict(_table())
    return sum(table[pid][1] for pid in _family(roots, table) if pid in table)


def rss_bytes(roots: Iterable[int]) -> int:
    """Memory these processes and their descendants hold just now, shared pages counted for each; 0 off Linux."""
    held = 0
    for pid in _family(roots, dict(_table())):
        try:
            held += int((_PROC / str(pid) / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        except OSError:  # it has ended meanwhile
            continue
    return held


def _family(roots: Iterable[int], table: dict[int, tuple[int, float]]) -> set[int]:
    wanted = set(roots)
    grown = True
    while grown:
        more = {pid for pid, (parent, _) in table.items() if parent in wanted} - wanted
        wanted |= more
        grown = bool(more)
    return wanted


def _table() -> Iterable[tuple[int, tuple[int, float]]]:
    tick = os.sysconf("SC_CLK_TCK")
    for folder in _PROC.glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        yield int(folder.name), (int(fields[1]), sum(map(int, fields[11:15])) / tick)
