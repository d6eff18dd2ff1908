"""When a risk score is worth a person's time: clearly above the client's own usual, and within the unit's budget.

A score starts nothing but a line in a list; a person decides. All numbers are settings (assumption): the domain
reference 11.2 asks for at most 1 to 1.5 predictive alerts per day and 30 clients, with hysteresis.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

HORIZON_HOURS = 72


@dataclass(frozen=True, slots=True)
class RiskLimits:
    """`floor` is the absolute threshold that keeps the budget; `odds_ratio` is asked for above the client's usual."""

    floor: float = 0.35
    odds_ratio: float = 2.0
    off_odds_ratio: float = 1.4
    usual_days: int = 28
    least_scores: int = 5
    least_floor: float = 0.15


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


def onsets(scores: Sequence[ScorePoint], limits: RiskLimits = DEFAULT_LIMITS) -> tuple[Onset, ...]:
    """Every rise over the threshold in a run of scores, oldest first.

    One rise is one onset however long it lasts: the state falls back only when the score is clearly lower again
    (hysteresis), and a score without enough data neither raises nor lowers it.
    """
    ordered = sorted(
        (s for s in scores if s.probability is not None and s.enough), key=lambda s: s.decided_at
    )
    found: list[Onset] = []
    raised = False
    for number, score in enumerate(ordered):
        usual = usual_before(ordered[:number], score, limits)
        if usual is None or score.probability is None:
            continue
        ratio = odds(score.probability) / odds(usual)
        if (
            not raised
            and score.probability >= max(limits.floor, limits.least_floor)
            and ratio >= limits.odds_ratio
        ):
            raised = True
            found.append(Onset(score.decided_at, score.probability, usual))
        elif raised and (ratio < limits.off_odds_ratio or score.probability < 0.75 * limits.floor):
            raised = False
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
