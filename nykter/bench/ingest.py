"""Readings per second: a backlog at the broker drained into committed rows, with everything on.

Beside it, in the same run and for the same messages: paho receiving and acknowledging without any work, and PostgreSQL
copying the same rows without ingest. The steps tell what a reading costs and what bounds the rate.
"""

import io
import time
from collections.abc import Iterator

import psycopg

from nykter.bench.backlog import bare_receive_s, publish, subscribe_and_leave
from nykter.bench.figure import Figure
from nykter.bench.ingest_steps import steps
from nykter.bench.place import Place
from nykter.bench.traffic import enrolled_gateways, readings
from nykter.clock import SystemClock

READINGS = 10_000
GATEWAYS = 200
_LIMIT_S = 90.0


def run(place: Place) -> Iterator[Figure]:
    """Yield the rates, then microseconds per reading for each step."""
    now = SystemClock().now()
    with place.database() as url:
        made = enrolled_gateways(url, GATEWAYS, now)
        messages = readings(made, READINGS, now)
        for client_id in ("bench-bare", "nykter-ingest"):
            subscribe_and_leave(place, client_id)
        publish(place, messages)
        bare = Figure(
            "paho receiving only", READINGS / bare_receive_s(place, "bench-bare", READINGS), "readings/s"
        )
        drained = Figure("ingest, everything on", _drain(place, url), "readings/s")
        copied = Figure("raw COPY of the same rows", _raw_copy(url), "readings/s")
    yield bare
    yield copied
    yield drained.against(bare)
    yield Figure("ingest over raw COPY", drained.value, "readings/s").against(copied)
    with place.database() as url:
        made = enrolled_gateways(url, GATEWAYS, now)
        yield from steps(url, readings(made, 3_000, now), now, bare)


def _drain(place: Place, url: str) -> float:
    """Readings per second from the first committed batch seen to the last."""
    seen: list[tuple[float, int]] = []
    with place.ingest(url), psycopg.connect(url, autocommit=True) as conn:
        give_up_at = time.monotonic() + _LIMIT_S
        while time.monotonic() < give_up_at:
            row = conn.execute(
                "SELECT coalesce(max(received_at), now()), count(*) FROM message_key"
            ).fetchone()
            assert row is not None
            if row[1]:
                seen.append((time.perf_counter(), row[1]))
            if row[1] >= READINGS:
                break
            time.sleep(0.05)
    (started, first), (ended, last) = seen[0], seen[-1]
    if last < READINGS:
        raise RuntimeError(f"only {last} of {READINGS} readings were stored in {_LIMIT_S:.0f} s")
    return (last - first) / (ended - started)


def _raw_copy(url: str) -> float:
    """Rows per second of one COPY of the stored readings into an equal empty table, committed."""
    with psycopg.connect(url) as conn:
        rows = io.BytesIO()
        with conn.cursor().copy("COPY reading TO STDOUT (FORMAT BINARY)") as copy:
            for block in copy:
                rows.write(block)
        conn.execute("CREATE TABLE raw_reading (LIKE reading INCLUDING ALL)")
        conn.commit()
        started = time.perf_counter()
        with conn.cursor().copy("COPY raw_reading FROM STDIN (FORMAT BINARY)") as copy:
            copy.write(rows.getvalue())
        conn.commit()
        return READINGS / (time.perf_counter() - started)
