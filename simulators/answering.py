"""Check-ins of one simulated person: who answers, on which part of the scale, and when drinking is told.

Items carry the shared names of the study format, 0 to 10. How strongly an item follows the hidden strain is
(assumption), set so that its warning stays as weak as the published anchors (domain reference 7).
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from simulators.day import Answer, CheckIn, DrinkingSession, SelfReport, Window
from simulators.dice import Dice
from simulators.occasions import LocalDay, onset_multiplier
from simulators.profile import Profile

LOW, HIGH = 0.0, 10.0
"""Ends of every item's scale."""


@dataclass(frozen=True, slots=True)
class Item:
    """`typical` level, `worse` (+1 when a higher value is worse), and what moves it."""

    name: str
    typical: float
    worse: int
    strain: float
    after_drinking: float


ITEMS = (
    Item("craving", 2.6, 1, 1.05, 1.2),
    Item("mood_valence", 6.4, -1, 0.95, 1.0),
    Item("self_efficacy", 7.4, -1, 1.0, 1.1),
    Item("sleep_quality", 6.2, -1, 0.60, 1.4),
    Item("stressful_event", 2.6, 1, 0.85, 0.3),
    Item("risky_situation", 2.0, 1, 0.45, 0.5),
    Item("expected_risky_situation", 2.2, 1, 0.40, 0.3),
    Item("pleasant_event", 5.0, -1, 0.35, 0.4),
)
"""The daily set of this project (domain reference 10: at most 11 items)."""


class AnsweringLife:
    """Answers and self-reports of one person over the days."""

    def __init__(self, profile: Profile, dice: Dice) -> None:
        self._profile = profile
        self._style = profile.answering
        self._dice = dice
        self._levels = [
            item.typical + item.worse * (self._style.shift + 0.8 * dice.normal()) for item in ITEMS
        ]
        share = min(0.999, max(0.001, profile.attendance.check_in_share))
        self._log_odds = math.log(share / (1.0 - share))
        self._last: tuple[Answer, ...] = ()
        self._untold: list[tuple[int, DrinkingSession]] = []

    def remember(self, index: int, sessions: tuple[DrinkingSession, ...]) -> None:
        """Decide for each of today's sessions whether, and from which day on, it will be told."""
        for session in sessions:
            if not self._dice.chance(self._style.honesty):
                continue
            at_once = self._dice.chance(0.65)
            delay = 0 if at_once else self._dice.geometric(1.0 + self._style.delay_days)
            self._untold.append((index + delay, session))

    def check_in(
        self,
        index: int,
        window: Window,
        day: LocalDay,
        strain: float,
        drank_yesterday: bool,
        sessions: tuple[DrinkingSession, ...],
    ) -> CheckIn | None:
        """Today's check-in, or None when it was not answered. Of `sessions` only those already begun count."""
        plan, dice = self._profile.attendance, self._dice
        log_odds = self._log_odds - 0.15 * strain - plan.decline_per_100_days * index / 100.0
        seconds = int(dice.uniform() ** 1.3 * (window.closes_at - window.opens_at).total_seconds())
        at = window.opens_at + timedelta(seconds=seconds)
        drank = drank_yesterday or any(session.started_at < at for session in sessions)
        if drank:
            log_odds -= 0.6
        fading = min(1.0, (plan.dropout_day - index + 1.0) / (plan.fade_days + 1.0))
        if not dice.chance(fading / (1.0 + math.exp(-log_odds))):
            return None
        self._last = self._answers(day, strain, drank)
        return CheckIn(at, window, self._last)

    def tell(self, index: int, at: datetime) -> tuple[SelfReport, ...]:
        """What is told of earlier drinking at a check-in answered at `at`."""
        told = [s for due, s in self._untold if due <= index and s.ended_at < at]
        if not told:
            return ()
        self._untold = [entry for entry in self._untold if entry[1] not in told]
        return tuple(self._report(session, at) for session in told)

    def _report(self, session: DrinkingSession, at: datetime) -> SelfReport:
        started_at = _quarter(session.started_at)
        ended_at = max(_quarter(session.ended_at), started_at + timedelta(minutes=15))
        grams = session.grams * self._dice.lognormal(0.85, 0.25)  # amounts are told too low (assumption)
        return SelfReport(at, started_at, ended_at, 12.0 * max(1, round(grams / 12.0)))

    def _answers(self, day: LocalDay, strain: float, drank: bool) -> tuple[Answer, ...]:
        dice, style = self._dice, self._style
        if self._last and dice.chance(style.straight_lining):
            return self._last
        tomorrow = onset_multiplier(self._profile.zone, day.date + timedelta(days=1)) - 1.0
        answers = []
        for item, level in zip(ITEMS, self._levels, strict=True):
            moved = item.strain * strain + (item.after_drinking if drank else 0.0)
            if item.name == "expected_risky_situation":
                moved += tomorrow
            value = level + item.worse * style.gain * moved + style.noise * dice.normal()
            if dice.chance(style.item_missing):
                continue
            answers.append(Answer(item.name, float(min(10, max(0, round(value)))), LOW, HIGH))
        return tuple(answers)


def _quarter(at: datetime) -> datetime:
    return at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0)
