"""When a risk score is worth a person's time: clearly above the client's own usual, and within the unit's budget.

A score starts nothing but a line in a list; a person decides. All numbers are settings (assumption): the domain
reference 11.2 asks for at most 1 to 1.5 predictive alerts per day and 30 clients, with hysteresis.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

HORIZON_HOURS = 72


@dataclass(frozen=True, slots=True)
class RiskLimits:
    """`floor` is the absolute threshold that keeps the budget; `odds_ratio` is asked for above the client's usual.

    A rise is over when the score has stayed below the lower threshold for `off_after`: `off_share` of the floor, or
    `off_odds_ratio` above what was usual when it began, whichever is higher. Scores are made as data arrive, and some
    swing from one to the next: without the wait each swing would be a new signal.
    """

    floor: float = 0.35
    odds_ratio: float = 2.0
    off_odds_ratio: float = 1.4
    usual_days: int = 28
    least_scores: int = 5
    least_floor: float = 0.15
    off_share: float = 0.75
    off_after: timedelta = timedelta(hours=36)
    floors: tuple[tuple[datetime, float], ...] = ()
    """Thresholds with the instant each was set, oldest first. A score is measured by the one in force when it was
    made (before the first: `floor`), so that setting a new threshold moves no rise of the past."""

    def floor_at(self, at: datetime) -> float:
        """The absolute threshold in force at an instant."""
        number = bisect_right(self.floors, at, key=lambda one: one[0])
        return max(self.floors[number - 1][1] if number else self.floor, self.least_floor)


DEFAULT_LIMITS = RiskLimits()


@dataclass(frozen=True, slots=True)
class ScorePoint:
    """A score of the 72 h horizon. `probability` is None when there was too little data to say."""

    decided_at: datetime
    probability: float | None
    own_rate: float | None = None
    enough: bool = True


@dataclass(frozen=True, slots=True)
class Onset:
    """A rise over the threshold: when, how high, and what was usual for this client."""

    at: datetime
    probability: float
    usual: float


@dataclass(frozen=True, slots=True)
class Yardstick:
    """A usable score with what was usual for the client before it."""

    at: datetime
    probability: float
    usual: float


def onsets(scores: Sequence[ScorePoint], limits: RiskLimits = DEFAULT_LIMITS) -> tuple[Onset, ...]:
    """Every rise over the threshold in a run of scores, oldest first.

    One rise is one onset however long it lasts: the next one needs the score to have stayed below the lower threshold
    in between (hysteresis). A score without enough data neither raises nor lowers anything.
    """
    return rises(yardsticks(scores, limits), limits)


def yardsticks(scores: Sequence[ScorePoint], limits: RiskLimits = DEFAULT_LIMITS) -> tuple[Yardstick, ...]:
    """The usable scores, oldest first, each with what was usual by then; thresholds play no part yet."""
    ordered = sorted((s for s in scores if s.enough), key=lambda s: s.decided_at)
    known = [s for s in ordered if s.probability is not None]
    found = []
    for number, score in enumerate(known):
        usual = usual_before(known[:number], score, limits)
        if usual is not None and score.probability is not None:
            found.append(Yardstick(score.decided_at, score.probability, usual))
    return tuple(found)


def rises(course: Sequence[Yardstick], limits: RiskLimits = DEFAULT_LIMITS) -> tuple[Onset, ...]:
    """The rises in a course of scores."""
    found: list[Onset] = []
    standing: Onset | None = None
    below_since: datetime | None = None
    for one in course:
        if below_since is not None and one.at - below_since >= limits.off_after:
            standing = None
        floor = limits.floor_at(one.at)
        if standing is None:
            below_since = None
            if one.probability >= floor and odds(one.probability) >= limits.odds_ratio * odds(one.usual):
                standing = Onset(one.at, one.probability, one.usual)
                found.append(standing)
        elif one.probability < limits.off_share * floor or (
            odds(one.probability) < limits.off_odds_ratio * odds(standing.usual)
        ):
            below_since = below_since or one.at
        else:
            below_since = None
    return tuple(found)


def usual_before(earlier: Sequence[ScorePoint], score: ScorePoint, limits: RiskLimits) -> float | None:
    """What is usual for this client: the median of the earlier scores, or the own running rate while they are few.

    None when neither is known.
    """
    since = score.decided_at - timedelta(days=limits.usual_days)
    known = [s.probability for s in earlier if s.decided_at >= since and s.probability is not None]
    if len(known) >= limits.least_scores:
        return float(median(known))
    return score.own_rate


def odds(probability: float) -> float:
    """Odds of a probability, kept away from 0 and 1."""
    inside = min(max(probability, 1e-4), 1 - 1e-4)
    return inside / (1 - inside)
