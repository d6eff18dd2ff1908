"""What a scoring gives: probabilities, a band, what they rest on and why, in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

CoverageLevel = Literal["enough", "little", "too_little"]


@dataclass(frozen=True)
class Reason:
    """One reason of a score.

    `weight` is its share of the score in log-odds against the average training day (positive raises): the
    weights of all reason groups add up to the whole. `numbers` holds what the sentence says, for the page.
    """

    item: str
    weight: float
    numbers: dict[str, float]
    sv: str
    en: str


@dataclass(frozen=True)
class HorizonScore:
    """The probability that drinking starts within `horizon_hours` after the decision, with a 90 % band.

    All three are None when there is too little data to say. `own_rate` is the client's own running rate
    ((drinking days known + 0.2) / (days observed + 3)), the plain yardstick beside the score.
    """

    horizon_hours: int
    probability: float | None
    low: float | None
    high: float | None
    own_rate: float


@dataclass(frozen=True)
class Coverage:
    """How much the score rests on: `enough`, `little` or `too_little` to say anything, and why."""

    level: CoverageLevel
    numbers: dict[str, float]
    sv: str
    en: str


@dataclass(frozen=True)
class Score:
    """One client at one instant. `reasons` raise the 24 h score, `counter_evidence` lowers it.

    Both are strongest first and empty when there is too little data. A score never acts by itself.
    """

    person_id: str
    decided_at: datetime
    horizons: tuple[HorizonScore, ...]
    coverage: Coverage
    reasons: tuple[Reason, ...]
    counter_evidence: tuple[Reason, ...]
    model_name: str
    model_version: str

    def at_horizon(self, horizon_hours: int) -> HorizonScore:
        """The score of one horizon. Raises KeyError for one the model does not have."""
        for horizon in self.horizons:
            if horizon.horizon_hours == horizon_hours:
                return horizon
        raise KeyError(horizon_hours)
