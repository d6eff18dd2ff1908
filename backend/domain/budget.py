"""How many predictive signals staff have time for, and the thresholds that keep to it.

Budget: the domain reference 11.2 (computed, then assumed) allows 1 to 1.5 predictive alerts a day on a caseload of 30.
The default takes the upper end, 10 per clinician and week, for both kinds together: rises of the risk score and turns
of the course each get half (assumption). Counted are alerts that would have opened, not scores over a line: clients
who are always high raise none, and would otherwise use the budget up.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final
from uuid import UUID

from backend.domain.risk import RiskLimits, Yardstick, rises
from backend.domain.trend import TrendDay, TrendLimits, trend_rises

DEFAULT_PER_WEEK: Final = 10.0
"""Predictive signals per clinician and week."""
BACK = timedelta(days=28)
"""How far back the thresholds look (assumption)."""
LEAST_SCORES: Final = 200
"""With fewer scores than this the default thresholds stay (assumption)."""
CANDIDATES: Final = 40
LEVELS: Final = (50.0, 60.0, 70.0, 80.0, 90.0, 95.0, 100.0)


@dataclass(frozen=True, slots=True)
class Threshold:
    """A threshold and how many signals a week it would have meant. `is_within`: whether that keeps to the budget."""

    value: float
    per_week: float
    is_within: bool


def risk_threshold(
    courses: Mapping[UUID, Sequence[Yardstick]], per_week: float, weeks: float, limits: RiskLimits
) -> Threshold | None:
    """The lowest absolute risk threshold whose rises keep to the budget; None while there are too few scores.

    `courses`: the scores of the unit's clients over `weeks` weeks. `per_week`: what the whole unit may get. Everything
    above the chosen threshold keeps to the budget as well, so that a lucky dip in the middle is not taken.
    """
    known = sorted(one.probability for course in courses.values() for one in course)
    if len(known) < LEAST_SCORES or weeks <= 0:
        return None
    step = max(1, len(known) // CANDIDATES)
    candidates = sorted({max(limits.least_floor, p) for p in known[::step]} | {known[-1], limits.least_floor})

    def count(floor: float) -> int:
        tried = replace(limits, floor=floor, floors=())
        return sum(len(rises(course, tried)) for course in courses.values())

    return _lowest(candidates, count, per_week, weeks)


def trend_threshold(
    courses: Mapping[UUID, Sequence[TrendDay]], per_week: float, weeks: float, limits: TrendLimits
) -> Threshold | None:
    """The lowest level of the index whose rises keep to the budget; None while there are too few days."""
    if sum(len(course) for course in courses.values()) < LEAST_SCORES or weeks <= 0:
        return None

    def count(level: float) -> int:
        tried = replace(limits, level=level, levels=())
        return sum(len(trend_rises(course, tried)) for course in courses.values())

    return _lowest(LEVELS, count, per_week, weeks)


def _lowest(
    candidates: Sequence[float], count: Callable[[float], int], per_week: float, weeks: float
) -> Threshold:
    chosen: Threshold | None = None
    for value in reversed(candidates):
        rate = count(value) / weeks
        if rate > per_week:
            return chosen or Threshold(value, rate, False)
        chosen = Threshold(value, rate, True)
    assert chosen is not None, "there is a candidate"
    return chosen
