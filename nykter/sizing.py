"""What a machine must have for so many clients, computed from what `nykter bench` measured."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from nykter.errors import NykterError

CLIENTS = (10_000, 100_000, 1_000_000)
TESTS_A_DAY, CHECK_INS_A_DAY = 4, 1
PEAK_SHARE, PEAK_S = 0.25, 900
"""A quarter of all clients take their morning test in the busiest quarter of an hour (assumption)."""
BUSY = 0.5
"""Cores are planned to be busy for half of the time at the peak, so that a day after an outage can be caught up with
(assumption)."""
HOT_DAYS = 28
"""What lists and pages ask for every day, and the database should find in memory (assumption)."""
_DAY_S, _YEAR_DAYS = 86_400, 365
_GIB = 2**30
_BATCHES = (10, 50, 200, 500, 1000, 2000, 4000)
_LINGER_S = 0.020


@dataclass(frozen=True)
class Measured:
    """Figures of a bench.json by name. Asking for one that is not there raises NykterError."""

    figures: Mapping[str, float]

    def __call__(self, name: str) -> float:
        """The figure's value."""
        try:
            return self.figures[name]
        except KeyError:
            raise NykterError(f"bench.json has no figure “{name}”. Run: nykter bench") from None


def messages_a_day(clients: int) -> int:
    """Four tests and a check-in a client."""
    return clients * (TESTS_A_DAY + CHECK_INS_A_DAY)


def peak_per_s(clients: int) -> float:
    """Messages a second in the busiest quarter of the morning."""
    return clients * PEAK_SHARE / PEAK_S


def batch_at(per_s: float) -> int:
    """The measured size of batch that comes together while ingest waits 20 ms; at least the smallest measured."""
    return max((size for size in _BATCHES if size <= per_s * _LINGER_S), default=_BATCHES[0])


def ingest_us(measured: Measured, per_s: float) -> float:
    """Processor time of a message on its way in, µs: broker, judging, storing and answering in batches of that rate."""
    return (
        measured("processor time of broker (PostgreSQL)")
        + measured("step: judge (all of it)")
        + measured(f"storing and answering in batches of {batch_at(per_s)}")
    )


def assessment_us(measured: Measured) -> float:
    """Processor time of assessing one client after one message, µs."""
    return sum(measured(f"assessing one client, {part} (PostgreSQL)") for part in ("worker", "database"))


def page(figures: Mapping[str, float], machine: str) -> str:
    """The sizing page. Raises NykterError when a figure is missing."""
    measured = Measured(figures)
    size = measured("disk of a reading, ledger and indexes included (PostgreSQL)")
    wal = measured("log written for a reading, WAL (PostgreSQL)")
    score_us = 1000 * measured("one client on arrival")
    score_gib = measured("peak memory of the process")
    ingest_mib = measured("memory of ingest and its judges (PostgreSQL)")
    worker_mib = measured("memory of a worker (PostgreSQL)")
    rows: Sequence[tuple[str, Callable[[int], str]]] = (
        ("messages a day", lambda n: f"{messages_a_day(n):,}"),
        ("messages a second, mean", lambda n: _number(messages_a_day(n) / _DAY_S)),
        ("messages a second, morning peak", lambda n: _number(peak_per_s(n))),
        ("disk a year", lambda n: _bytes(messages_a_day(n) * _YEAR_DAYS * size)),
        ("log (WAL) a day, for the archive", lambda n: _bytes(messages_a_day(n) * wal)),
        (
            "cores: broker, ingest and its part of the database",
            lambda n: _cores(n, ingest_us(measured, peak_per_s(n))),
        ),
        ("cores: assessment and its part of the database", lambda n: _cores(n, assessment_us(measured))),
        ("cores: scoring", lambda n: _cores(n, score_us)),
        ("memory: database, for the last four weeks", lambda n: _bytes(messages_a_day(n) * HOT_DAYS * size)),
        ("memory: one ingest with its judges", lambda _: f"{ingest_mib:,.0f} MiB"),
        (
            "memory: one worker",
            lambda _: f"{worker_mib:,.0f} MiB; {score_gib:.1f} GiB scoring 10,000 at once",
        ),
    )
    head = "| | " + " | ".join(f"{n:,} clients" for n in CLIENTS) + " |"
    lines = [f"| {name} | " + " | ".join(of(n) for n in CLIENTS) + " |" for name, of in rows]
    return "\n".join(
        [
            "# Sizing",
            "",
            f"Computed by `nykter sizing` from what `nykter bench` measured on a machine of {machine}, shared with",
            f"other work; {TESTS_A_DAY} tests and {CHECK_INS_A_DAY} check-in a client and day.",
            "Run both on your own machine.",
            "",
            head,
            "|---" * (len(CLIENTS) + 1) + "|",
            *lines,
            "",
            *_how(measured, size, wal, score_us),
            "",
        ]
    )


def _how(measured: Measured, size: float, wal: float, score_us: float) -> list[str]:
    ways = ", ".join(f"{ingest_us(measured, peak_per_s(n)):,.0f} µs ({n:,} clients)" for n in CLIENTS)
    triage = "processor time of it, triage list of 300: {}, 3000 clients in the database"
    here, there = (measured(triage.format(part)) for part in ("service", "database"))
    return [
        "## How it is computed",
        "",
        "```",
        f"messages a day   = clients x {TESTS_A_DAY + CHECK_INS_A_DAY}",
        f"morning peak     = clients x {PEAK_SHARE} / {PEAK_S} s",
        f"disk a year      = messages a day x {_YEAR_DAYS} x {size:,.0f} bytes",
        f"log a day        = messages a day x {wal:,.0f} bytes",
        f"cores            = peak x processor time of a message / {BUSY}",
        f"  on the way in  : {ways}",
        f"  assessment     : {assessment_us(measured):,.0f} µs",
        f"  scoring        : {score_us:,.0f} µs",
        f"database memory  = messages a day x {HOT_DAYS} x {size:,.0f} bytes",
        "```",
        "",
        "Assumptions: a quarter of all clients take the morning test in one quarter of an hour; cores are",
        "busy half of the time at the peak; the database finds four weeks in memory. Upper bounds: check-ins",
        "are smaller than readings; messages that come together are assessed and scored together. The way in",
        "is broker, judging, storing and answering, in batches as large as 20 ms bring together at that rate.",
        "",
        f"Pages come on top: a look at a list of 300 takes {here:,.0f} ms of a core in the service and",
        f"{there:,.0f} ms in the database, among ten times as many clients.",
    ]


def _cores(clients: int, microseconds: float) -> str:
    needed = peak_per_s(clients) * microseconds / 1e6 / BUSY
    return f"{needed:.2f}" if needed < 1 else f"{math.ceil(needed * 10) / 10:.1f}"


def _number(value: float) -> str:
    return f"{value:,.1f}" if value < 100 else f"{value:,.0f}"


def _bytes(value: float) -> str:
    return f"{value / _GIB:,.1f} GiB" if value < 1024 * _GIB else f"{value / _GIB / 1024:,.1f} TiB"
