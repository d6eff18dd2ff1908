"""A backlog drained by ingest processes: the rate, and what it took of processor, memory and disk."""

import os
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime

import psycopg

from backend.services import assessment
from backend.store.pool import Database
from nykter.bench.cpu import rss_bytes, seconds_of
from nykter.bench.figure import Figure
from nykter.bench.place import Place
from nykter.clock import SystemClock

GROUP = "bench"
ASSESSED = "ingest-assessed"
_LIMIT_S = 180.0
_PAGES_OPEN = 200
"""Pages at the end that may still be filled: each of two writers extends the table by up to 64 at a time."""
_PAGES = b"SELECT pg_relation_size('message_key') / current_setting('block_size')::int"
_ALL = b"SELECT count(*) FROM message_key"
_SINCE = b"SELECT count(*) FROM message_key WHERE ctid >= %(page)s::tid"
_BETWEEN = b"SELECT count(*) FROM message_key WHERE ctid >= %(page)s::tid AND ctid < %(end)s::tid"
_BYTES = """
    SELECT pg_database_size(current_database()) AS size, pg_current_wal_lsn() - '0/0'::pg_lsn AS wal"""


class Committed:
    """Counts committed messages by reading only the newest pages: a count of all, ten times a second, would take
    several µs a reading of the processor time it is there to measure.
    """

    def __init__(self, conn: psycopg.Connection[tuple[object, ...]]) -> None:
        """`conn`: in autocommit, so that each look sees what is committed."""
        self._conn = conn
        self._page, self._before, self._last = 0, 0, 0

    def look(self) -> int:
        """How many there are, perhaps a few less; exact when nothing has come since the last look."""
        pages = self._number(_PAGES)
        found = self._before + self._number(_SINCE, {"page": f"({self._page},0)"})
        if found == self._last:  # rows may have filled pages that were passed
            found = self._number(_ALL)
        elif pages - self._page > 2 * _PAGES_OPEN:
            ends = pages - _PAGES_OPEN
            older = {"page": f"({self._page},0)", "end": f"({ends},0)"}
            self._before += self._number(_BETWEEN, older)
            self._page = ends
        self._last = found
        return found

    def _number(self, query: bytes, params: dict[str, str] | None = None) -> int:
        row = self._conn.execute(query, params).fetchone()
        assert row is not None
        return int(str(row[0]))


@dataclass(frozen=True)
class _Seen:
    at: float
    committed: int
    seconds: dict[str, float]


def drained(
    place: Place, server: str, url: str, names: Sequence[str], number: int
) -> tuple[float, list[Figure]]:
    """Readings per second from the first committed batch seen to the last, and processor time by process."""
    more = {"NYKTER_INGEST_SHARE": GROUP} if len(names) > 1 else {}
    with ExitStack() as stack:
        pids = [stack.enter_context(place.ingest(url, name, **more)) for name in names]
        first, last = _watched(url, number, _parts(place, server, pids))
        memory = rss_bytes(pids)
    shares = _shares(first, last, server)
    total = sum(one.value for one in shares)
    bound = Figure(
        f"  what {os.cpu_count()} cores could do at most ({server})",
        (os.cpu_count() or 1) * 1e6 / total,
        "readings/s",
    )
    held = Figure(f"  memory of ingest and its judges ({server})", memory / 2**20, "MiB")
    return _rate(first, last), [*shares, bound, held]


def assessed_meanwhile(place: Place, server: str, url: str, number: int, alone: Figure) -> list[Figure]:
    """The same for clients with a plan while a worker lays out and decides windows, days and alerts beside it."""
    with psycopg.connect(url, autocommit=True) as conn, place.worker(url) as worker:
        _until_assessed(conn)
        size, wal = _bytes(conn)
        with place.ingest(url, ASSESSED) as pid:
            first, last = _watched(url, number, _parts(place, server, [pid]) | {"worker": [worker]})
            _until_assessed(conn)
            assessed_at = time.perf_counter()
            memory = rss_bytes([worker])
        conn.execute("CHECKPOINT")
        size_after, wal_after = _bytes(conn)
    rate = _rate(first, last)
    shares = _shares(first, last, server)
    return [
        Figure(f"ingest while a worker assesses ({server})", rate, "readings/s").against(alone),
        Figure(
            f"  until nobody waits to be assessed ({server})",
            (number - first.committed) / (assessed_at - first.at),
            "readings/s",
        ),
        Figure(f"  after the last commit ({server})", assessed_at - last.at, "s"),
        *(one.named(one.name.replace("time of", "time, worker beside it, of")) for one in shares),
        Figure(
            f"disk of a reading, ledger and indexes included ({server})",
            (size_after - size) / number,
            "bytes",
        ),
        Figure(f"log written for a reading, WAL ({server})", (wal_after - wal) / number, "bytes"),
        Figure(f"memory of a worker ({server})", memory / 2**20, "MiB"),
        *_one_by_one(place, server, url),
    ]


def _one_by_one(place: Place, server: str, url: str) -> list[Figure]:
    """Assessing every client once more, a reading at a time old: what a reading costs when none come together."""
    now = SystemClock().now()
    pid = [place.server_pid(server) or 0]
    with psycopg.connect(url, autocommit=True) as conn, Database(url) as db:
        before, there = time.process_time(), seconds_of(pid)
        done = 0
        for _ in range(3):
            conn.execute(
                "INSERT INTO assessment_due (client_id, tenant_id, since, touched_from)"
                " SELECT client_id, tenant_id, %(now)s, %(now)s - interval '10 minutes' FROM client",
                {"now": now},
            )
            done += assessment.assess_due(db, now=now)
        here, there = time.process_time() - before, seconds_of(pid) - there
    return [
        Figure(f"assessing one client, worker ({server})", here / done * 1e6, "µs"),
        Figure(f"assessing one client, database ({server})", there / done * 1e6, "µs"),
    ]


def _parts(place: Place, server: str, pids: Sequence[int]) -> dict[str, Sequence[int]]:
    return {
        "ingest and its judges": pids,
        "database": [place.server_pid(server) or 0],
        "broker": [place.broker_pid],
    }


def _watched(url: str, number: int, parts: dict[str, Sequence[int]]) -> tuple[_Seen, _Seen]:
    """The first and the last look at what is committed. Raises RuntimeError when it takes too long."""
    seen: list[_Seen] = []
    give_up_at = time.monotonic() + _LIMIT_S
    with psycopg.connect(url, autocommit=True) as conn:
        committed = Committed(conn)
        while time.monotonic() < give_up_at:
            if found := committed.look():
                seconds = {part: seconds_of(of) for part, of in parts.items()}
                seen.append(_Seen(time.perf_counter(), found, seconds))
            if found >= number:
                return seen[0], seen[-1]
            time.sleep(0.1)
    raise RuntimeError(
        f"only {seen[-1].committed if seen else 0} of {number} readings came in {_LIMIT_S:.0f} s"
    )


def _rate(first: _Seen, last: _Seen) -> float:
    return (last.committed - first.committed) / (last.at - first.at)


def _shares(first: _Seen, last: _Seen, server: str) -> list[Figure]:
    done = last.committed - first.committed
    return [
        Figure(
            f"  processor time of {part} ({server})",
            (last.seconds[part] - first.seconds[part]) / done * 1e6,
            "µs/reading",
        )
        for part in last.seconds
    ]


def _until_assessed(conn: psycopg.Connection[tuple[object, ...]]) -> datetime:
    """Wait until the list of clients to assess is empty and stays so for a moment. Raises RuntimeError."""
    give_up_at = time.monotonic() + _LIMIT_S
    while time.monotonic() < give_up_at:
        row = conn.execute("SELECT count(*) FROM assessment_due").fetchone()
        if row == (0,):
            return SystemClock().now()
        time.sleep(0.05)
    raise RuntimeError(f"clients still wait to be assessed after {_LIMIT_S:.0f} s")


def _bytes(conn: psycopg.Connection[tuple[object, ...]]) -> tuple[int, int]:
    row = conn.execute(_BYTES).fetchone()
    assert row is not None
    return int(str(row[0])), int(str(row[1]))
