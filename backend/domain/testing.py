"""Findings about planned tests that were not taken: more missed than usual, and testing that has stopped.

Only `missed` counts: the gateway was heard from and no test was made. What was not received, excused, paused or lost in
an outage says nothing. Several missed tests say that something may have changed, not what.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import comb
from typing import Final

from backend.domain.alerting import Finding
from backend.domain.wording import Sentence, hours, local_time

SPAN: Final = timedelta(hours=48)
LEAST_MISSED: Final = 2
"""Two or more missed in 48 hours (domain reference 11.3, assumption)."""
SURPRISE: Final = 0.05
"""...and so many would be rarer than this, given how often this client usually misses (assumption). Without it, people
who miss every fifth test (patients do: domain reference 9) would have an alert standing most of the time."""
STOPPED_AFTER: Final = timedelta(hours=24)
REGULAR_SHARE: Final = 0.8
"""Testing was regular when so many of the planned tests of the week before were taken (assumption)."""
_LEAST_MISS_RATE: Final = 0.05
_LEAST_BEFORE: Final = 14
"""What is usual for a client is known from so many planned tests on (assumption)."""


@dataclass(frozen=True, slots=True)
class PlannedTest:
    """A planned breath test whose time has come: missed, taken, or neither (not received, excused, paused, outage)."""

    opens_at: datetime
    is_missed: bool
    is_taken: bool


def missed_findings(tests: Sequence[PlannedTest], timezone: str, now: datetime) -> tuple[Finding, ...]:
    """Unusually many missed tests in the last 48 hours, once per run of them (tier 3).

    `tests`: the last four weeks, at least. Nothing while too little is known of what is usual. A run ends when 48 hours
    pass without a missed test. The surprise is the binomial chance of as many misses or more at the client's own rate
    before the 48 hours.
    """
    known = sorted((t for t in tests if t.is_missed or t.is_taken), key=lambda t: t.opens_at)
    lately = [t for t in known if now - SPAN <= t.opens_at <= now]
    missed = [t for t in lately if t.is_missed]
    if len(missed) < LEAST_MISSED:
        return ()
    before = [t for t in known if t.opens_at < now - SPAN]
    rate = max(_LEAST_MISS_RATE, (sum(t.is_missed for t in before) + 1) / (len(before) + 2))
    chance = _chance(len(missed), len(lately), rate)
    if len(before) < _LEAST_BEFORE or chance > SURPRISE:
        return ()
    began = _run_began(known, missed[-1])
    first = local_time(began, timezone)
    return (
        Finding(
            "missed_tests",
            3,
            missed[-1].opens_at,
            f"missed:{int(began.timestamp())}",
            Sentence(
                f"{len(missed)} av {len(lately)} planerade test missade på två dygn, det första {first.sv}. "
                "Fler än vanligt för klienten. Det säger inte varför.",
                f"{len(missed)} of {len(lately)} planned tests missed in two days, the first on {first.en}. "
                "More than usual for the client. It does not say why.",
            ),
            {
                "missed": len(missed),
                "planned": len(lately),
                "missed_at": [t.opens_at.isoformat() for t in missed],
                "usual_share": round(rate, 4),
                "chance": round(chance, 4),
                "one_fewer_chance": round(_chance(len(missed) - 1, len(lately), rate), 4),
            },
            began,
        ),
    )


def stopped_findings(
    tests: Sequence[PlannedTest], last_ok_at: datetime | None, timezone: str, now: datetime
) -> tuple[Finding, ...]:
    """A day and night or more without a sober test after previously regular testing (tier 2).

    Needs at least two tests missed since the last one without alcohol: time alone proves nothing where none was
    planned, and nothing received is no missed test.
    """
    if last_ok_at is None or now - last_ok_at < STOPPED_AFTER:
        return ()
    since = [t for t in tests if last_ok_at < t.opens_at <= now]
    week = [t for t in tests if last_ok_at - timedelta(days=7) <= t.opens_at <= last_ok_at]
    missed = sum(t.is_missed for t in since)
    was_regular = len(week) >= 7 and sum(t.is_taken for t in week) >= REGULAR_SHARE * len(week)
    if missed < LEAST_MISSED or any(t.is_taken for t in since) or not was_regular:
        return ()
    last, long = local_time(last_ok_at, timezone), hours(now - last_ok_at)
    return (
        Finding(
            "testing_stopped",
            2,
            max(t.opens_at for t in since if t.is_missed),
            f"stopped:{int(last_ok_at.timestamp())}",
            Sentence(
                f"Inget test sedan {last.sv} ({long.sv}), {missed} missade. Tidigare regelbundna test.",
                f"No test since {last.en} ({long.en}), {missed} missed. Tests were regular before.",
            ),
            {
                "missed": missed,
                "last_ok_at": last_ok_at.isoformat(),
                "missed_at": [t.opens_at.isoformat() for t in since if t.is_missed],
            },
            last_ok_at,
        ),
    )


def _run_began(known: Sequence[PlannedTest], last: PlannedTest) -> datetime:
    began = last.opens_at
    for test in reversed([t for t in known if t.is_missed and t.opens_at <= last.opens_at]):
        if began - test.opens_at > SPAN:
            break
        began = test.opens_at
    return began


def _chance(hits: int, n: int, rate: float) -> float:
    """Chance of at least `hits` of `n` at this rate, each on its own."""
    return sum(comb(n, k) * rate**k * (1 - rate) ** (n - k) for k in range(hits, n + 1))
