"""Readings per second: a backlog at the broker drained into committed rows, with everything on.

Beside it, in the same run and for the same messages: paho receiving and acknowledging without any work, PostgreSQL
copying the same rows without ingest, the path of ingest that only stores, two ingests sharing the stream, and what one
would write first. The processor time per reading of each part says what bounds the rate, whoever else uses the machine.
"""

import io
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import psycopg

from nykter.bench import batch_curve, naive, storage_path
from nykter.bench.backlog import bare_receive_s, publish, subscribe_and_leave
from nykter.bench.drain import ASSESSED, GROUP, assessed_meanwhile, drained
from nykter.bench.figure import Figure
from nykter.bench.ingest_steps import steps
from nykter.bench.place import PLAIN, Place
from nykter.bench.traffic import BenchGateway, enrol, made_gateways, readings
from nykter.clock import SystemClock

READINGS = 50_000
GATEWAYS = 200
NAIVE = 5_000
_STEPS = 5_000
_PAIR = ("ingest-a", "ingest-b")


@dataclass(frozen=True)
class _Backlog:
    made: Sequence[BenchGateway]
    messages: Sequence[tuple[str, bytes]]
    now: datetime


def run(place: Place) -> Iterator[Figure]:
    """Yield the rates on each kind of database, then microseconds per reading for each step."""
    now = SystemClock().now()
    made = made_gateways(GATEWAYS)
    backlog = _Backlog(made, readings(made, READINGS, now), now)
    bare: Figure | None = None
    for server in place.servers():
        for client_id in ("bench-bare", "nykter-ingest-store", "nykter-ingest", f"nykter-{ASSESSED}"):
            subscribe_and_leave(place, client_id)
        for name in _PAIR:
            subscribe_and_leave(place, f"nykter-{name}", share=GROUP)
        publish(place, backlog.messages)
        bare = Figure(
            f"paho receiving only ({server})",
            READINGS / bare_receive_s(place, "bench-bare", READINGS),
            "readings/s",
        )
        yield bare
        yield from _on(place, server, backlog, bare)
    assert bare is not None
    yield from _naive(place, backlog, bare)
    with place.database() as url:
        enrol(url, made, now)
        yield from steps(url, backlog.messages[:_STEPS], now, bare, [place.server_pid(PLAIN) or 0])
    yield from batch_curve.run(place, made, backlog.messages, now)


def _on(place: Place, server: str, backlog: _Backlog, bare: Figure) -> Iterator[Figure]:
    with place.database(server) as url:
        enrol(url, backlog.made, backlog.now)
        judged = storage_path.judged_beforehand(url, backlog.messages, backlog.now)
        rate = storage_path.drain(place, url, "ingest-store", judged, backlog.now)
        yield Figure(f"storage path alone ({server})", rate, "readings/s").against(bare)
        copied = Figure(f"raw COPY of the same rows ({server})", _raw_copy(url), "readings/s")
        yield copied
    alone = Figure(f"ingest, everything on ({server})", 0.0, "readings/s")
    for names in (("ingest",), _PAIR):
        with place.database(server) as url:
            enrol(url, backlog.made, backlog.now)
            rate, shares = drained(place, server, url, names, READINGS)
        if len(names) == 1:
            alone = replace(alone, value=rate)
            yield alone.against(bare)
            yield alone.named(f"ingest over raw COPY ({server})").against(copied)
            yield from shares
        else:
            yield Figure(f"two ingests sharing ({server})", rate, "readings/s").against(alone)
    with place.database(server) as url:
        enrol(url, backlog.made, backlog.now, planned=True)
        yield from assessed_meanwhile(place, server, url, READINGS, alone)


def _naive(place: Place, backlog: _Backlog, bare: Figure) -> Iterator[Figure]:
    found = []
    for name, batch in (
        ("one INSERT a message", 1),
        (f"{naive.BATCH} a transaction, acknowledged first", naive.BATCH),
    ):
        subscribe_and_leave(place, f"bench-naive-{batch}")
        publish(place, backlog.messages[:NAIVE])
        with place.database() as url:
            rate = naive.drain(place, url, f"bench-naive-{batch}", NAIVE, batch=batch)
        found.append(Figure(f"nothing verified, {name} ({PLAIN})", rate, "readings/s").against(bare))
    yield from found


def _raw_copy(url: str) -> float:
    """Rows per second of one COPY of the stored readings into an equal empty plain table, committed."""
    with psycopg.connect(url) as conn:
        rows = io.BytesIO()
        with conn.cursor().copy("COPY (SELECT * FROM reading) TO STDOUT (FORMAT BINARY)") as copy:
            for block in copy:
                rows.write(block)
        conn.execute("CREATE TABLE raw_reading (LIKE reading INCLUDING ALL)")
        conn.commit()
        started = time.perf_counter()
        with conn.cursor().copy("COPY raw_reading FROM STDIN (FORMAT BINARY)") as copy:
            copy.write(rows.getvalue())
        conn.commit()
        return READINGS / (time.perf_counter() - started)
