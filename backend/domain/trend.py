"""When a client's own course has clearly turned for the worse: rises of the index in docs/exacerbation-index.md.

The index describes a change against the client's own baseline; it predicts nothing and is worded so. One day's value
moves a lot and staff act on what is visible as a course (domain reference 11.1), so three days are taken together.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from backend.domain.wording import Sentence

DAYS_TOGETHER = 3
"""Days whose mean is compared with the limit (assumption)."""


@dataclass(frozen=True, slots=True)
class TrendLimits:
    """`level`: index 0 to 100 that the mean of three days must reach; `off_level`: below it the rise is over.

    100 is the top of the index. Defaults are assumptions; the level is set from the unit's budget like the risk's.
    """

    level: float = 90.0
    off_level: float = 25.0
    levels: tuple[tuple[datetime, float], ...] = ()
    """Levels with the instant each was set, oldest first; before the first: `level`."""

    def level_at(self, at: datetime) -> float:
        """The level in force at an instant."""
        number = bisect_right(self.levels, at, key=lambda one: one[0])
        return self.levels[number - 1][1] if number else self.level


DEFAULT_TREND_LIMITS = TrendLimits()


@dataclass(frozen=True, slots=True)
class TrendDay:
    """The index of one finished day, with the instant it stands for (the next morning) and the words then."""

    day: date
    at: datetime
    index: float
    words: Sentence | None = None


@dataclass(frozen=True, slots=True)
class TrendRise:
    """A rise over the level: the morning it was there, since which day it built up, and what it says."""

    at: datetime
    day: date
    since: date
    words: Sentence | None


def trend_rises(
    days: Sequence[TrendDay], limits: TrendLimits = DEFAULT_TREND_LIMITS
) -> tuple[TrendRise, ...]:
    """Every rise in a course of days, oldest first; the next one needs a mean below `off_level` in between."""
    ordered = sorted(days, key=lambda one: one.day)
    found: list[TrendRise] = []
    standing = False
    for number in range(DAYS_TOGETHER - 1, len(ordered)):
        three = ordered[number - DAYS_TOGETHER + 1 : number + 1]
        if (three[-1].day - three[0].day).days >= 2 * DAYS_TOGETHER:
            continue  # days without data lie between: no course to speak of
        mean, today = sum(one.index for one in three) / DAYS_TOGETHER, three[-1]
        if not standing and mean >= limits.level_at(today.at):
            standing = True
            found.append(TrendRise(today.at, today.day, _since(ordered[: number + 1]), today.words))
        elif standing and mean < limits.off_level:
            standing = False
    return tuple(found)


def _since(ordered: Sequence[TrendDay]) -> date:
    """The day after the index was last 0, or the first day known."""
    since = ordered[-1].day
    for one in reversed(ordered):
        if one.index <= 0:
            break
        since = one.day
    return since
