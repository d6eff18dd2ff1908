"""How early the trend's alarms come and how often they are false, beside alarms on random days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from relapse_model.daily import daily
from relapse_model.frame import Bools, Floats, History, Ints
from relapse_model.labels import local_days
from relapse_model.trend import RULES, TrendRules, detect

FOLLOWED_WITHIN_DAYS: Final = 14
DRY_BEFORE_DAYS: Final = 7
_DAYS_PER_MONTH: Final = 30.4
_SHUFFLES: Final = 200


@dataclass(frozen=True)
class TrendQuality:
    """Alarms are counted while a client is dry (no drinking in the 7 days before).

    A false alarm is followed by no drinking within 14 days. `median_lead_days` is over onsets with an alarm in the
    14 days before, from the end of the alarm's day (when it can be seen) to the day of the onset; `alarmed` is
    the share of onsets that had one, `alarmed_by_chance` the same for as many alarms on random dry days.
    """

    client_months: float
    alarms: int
    false_alarms_per_client_month: float
    onsets: int
    alarmed: float
    alarmed_by_chance: float
    median_lead_days: float | None


def trend_quality(history: History, rules: TrendRules = RULES, seed: int = 1) -> TrendQuality:
    """Measure the detector on a history, each day with what could be seen the next morning."""
    days = daily(history, in_time=True)
    table = detect(days, rules)
    drank = np.zeros(days.observed.shape, bool)
    d = history.drinking
    day = local_days(history, d.person, d.started_at) - days.first[d.person]
    inside = (day >= 0) & (day < days.observed.size // max(len(days.observed), 1))
    drank[d.person[inside], day[inside]] = True
    dry = days.observed & ~_within(drank, DRY_BEFORE_DAYS)
    onset = drank & ~_within(drank, DRY_BEFORE_DAYS, but_today=True)
    onset[:, :DRY_BEFORE_DAYS] = False
    alarm = table.alarm & dry
    soon = _ahead(drank, FOLLOWED_WITHIN_DAYS)
    complete = _observed_ahead(days.observed, FOLLOWED_WITHIN_DAYS)
    months = float(dry.sum()) / _DAYS_PER_MONTH
    false = int((alarm & ~soon & complete).sum())
    judged = float((dry & complete).sum()) / _DAYS_PER_MONTH
    lead = _leads(alarm, onset)
    random = np.random.default_rng(seed)
    chance = _by_chance(alarm, dry, onset, random)
    return TrendQuality(
        client_months=round(months, 1),
        alarms=int(alarm.sum()),
        false_alarms_per_client_month=round(false / judged, 3) if judged else 0.0,
        onsets=int(onset.sum()),
        alarmed=round(len(lead) / max(int(onset.sum()), 1), 3),
        alarmed_by_chance=round(chance, 3),
        median_lead_days=float(np.median(lead)) if len(lead) else None,
    )


def _within(drank: Bools, days: int, *, but_today: bool = False) -> Bools:
    """Whether there was drinking today (or not counting today) or in the days before."""
    found = np.zeros_like(drank) if but_today else drank.copy()
    for back in range(1, days + 1):
        found[:, back:] |= drank[:, :-back]
    return found


def _ahead(drank: Bools, days: int) -> Bools:
    found = np.zeros_like(drank)
    for ahead in range(1, days + 1):
        found[:, :-ahead] |= drank[:, ahead:]
    return found


def _observed_ahead(observed: Bools, days: int) -> Bools:
    complete = np.zeros_like(observed)
    if observed.shape[1] > days:
        complete[:, :-days] = observed[:, days:]
    return complete


def _leads(alarm: Bools, onset: Bools) -> Floats:
    """Days from the end of the day of the first alarm in the 14 days before each onset to the onset's day."""
    person, day = np.nonzero(onset)
    best = np.full(len(day), -1.0)
    for back in range(1, FOLLOWED_WITHIN_DAYS + 1):
        hit = alarm[person, np.maximum(day - back, 0)] & (day >= back)
        best = np.where(hit, back - 1.0, best)
    return best[best >= 0]


def _by_chance(alarm: Bools, dry: Bools, onset: Bools, random: np.random.Generator) -> float:
    places: Ints = np.flatnonzero(dry)
    if not len(places) or not onset.any():
        return 0.0
    shares = []
    for _ in range(_SHUFFLES):
        drawn = np.zeros(alarm.size, bool)
        drawn[random.choice(places, min(int(alarm.sum()), len(places)), replace=False)] = True
        shares.append(len(_leads(drawn.reshape(alarm.shape), onset)) / int(onset.sum()))
    return float(np.mean(shares))
