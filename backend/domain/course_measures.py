"""MTBT and OK-rate over the last days, from tests and planned tests. Pure. Source: domain reference 5.1 and 11.5."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

SPANS_DAYS: Final = (7, 28)
_NOT_COUNTED: Final = frozenset({"pending", "excused", "paused", "outage"})


@dataclass(frozen=True, slots=True)
class CourseMeasures:
    """See backend.services.views.Measures, which has the same fields."""

    days: int
    planned: int
    ok: int
    longest_gap: timedelta
    longest_ok_gap: timedelta
    tests: int


def measures(
    tests: Sequence[tuple[datetime, str]],
    windows: Iterable[tuple[datetime, str, datetime | None]],
    begun: datetime,
    now: datetime,
    days: int,
) -> CourseMeasures:
    """Of the last `days` days, or since `begun` when that is later.

    `tests`: when and with what result (`incomplete` is no test). `windows`: opening, attendance, and when met. A gap
    reaches from before the span into it when the last test was before, and until now when none has come since.
    """
    since = max(begun, now - timedelta(days=days))
    made = sorted((at, state) for at, state in tests if state != "incomplete" and at <= now)
    ok = {at for at, state in made if state == "ok"}
    counted = [one for one in windows if since <= one[0] <= now and one[1] not in _NOT_COUNTED]
    return CourseMeasures(
        days,
        planned=len(counted),
        ok=sum(met in ok for _, _, met in counted),
        longest_gap=longest_gap([at for at, _ in made], since, now),
        longest_ok_gap=longest_gap(sorted(ok), since, now),
        tests=sum(at >= since for at, _ in made),
    )


def longest_gap(instants: Sequence[datetime], since: datetime, now: datetime) -> timedelta:
    """The longest time between two neighbours, of gaps that end after `since`; the time until now is a gap."""
    before = max((at for at in instants if at < since), default=since)
    marks = [before, *(at for at in instants if at >= since), now]
    return max((later - sooner for sooner, later in pairwise(marks)), default=timedelta(0))


def mtbt(gap: timedelta) -> float:
    """Log base 24 of a gap's hours: 1.0 at 24 h. The base is our reading of "24-log" (domain reference 5.1)."""
    return math.log(max(1.0, gap / timedelta(hours=1)), 24)
