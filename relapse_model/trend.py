"""When does this client start to get worse? Change detection against the client's own baseline.

Apart from the probability: a day is compared with the client's own earlier days, not with other people. The
exacerbation index is ours and its definition is published in docs/exacerbation-index.md; the published REI's formula
is not known (domain reference 5.3). A cumulative sum (CUSUM, Page 1954) adds up evidence that several channels have
moved in the bad direction together; its alarm limit was set on a mixed simulated population.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np

from relapse_model.daily import CHANNELS, Daily, daily
from relapse_model.frame import Bools, Floats, History, Ints

_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class TrendRules:
    """The constants of the detector (assumptions; `limit` is calibrated, see docs/exacerbation-index.md)."""

    weights: tuple[float, ...] = (1.0, 1.0, 0.4, 0.3)
    """Of craving, well-being, test timing and BrAC."""
    prior_mean: tuple[float, ...] = (0.3, 0.4, 0.3, 0.0)
    prior_spread: tuple[float, ...] = (0.12, 0.08, 0.2, 0.3)
    prior_days: float = 4.0
    """A new client's baseline is these values with so many days' weight."""
    lag_days: int = 5
    """The latest days are not part of the baseline they are compared with."""
    half_life_days: float = 21.0
    allowance: float = 0.5
    """Evidence per day that counts as ordinary, in standard deviations."""
    most_per_day: float = 3.0
    limit: float = 2.5
    clear_below: float = 0.5
    """An alarm ends when the sum falls below this share of the limit."""
    quiet_days: int = 10
    """Days of data before the first alarm may come."""


RULES: Final = TrendRules()


@dataclass(frozen=True)
class TrendTable:
    """The detector's course for everyone, shape (people, days): index 0..100, alarms, and onset days.

    `index` is 50 at the alarm limit; NaN outside the observed days. `alarm` marks the first day of an alarm,
    `open` all days of it. `onset` holds, at the first day of an alarm, the day number on which the sum last rose
    from 0; -1 elsewhere. `evidence` (channels, people, days) is each channel's distance from the own baseline.
    """

    index: Floats
    alarm: Bools
    open: Bools
    onset: Ints
    evidence: Floats
    first: Ints


@dataclass(frozen=True)
class Trend:
    """One client's trend now: `index` 0..100, whether an alarm stands, since when, and what moved.

    `onset` is the local day from which a graph shades; `days` and `course` are the whole curve. All None or empty
    while there is too little data.
    """

    person_id: str
    index: float | None
    alarm: bool
    onset: date | None
    drivers: tuple[str, ...]
    sv: str
    en: str
    days: tuple[date, ...]
    course: tuple[float, ...]


def trends(history: History, rules: TrendRules = RULES) -> list[Trend]:
    """The trend of each person, in order, from everything in `history` (use `as_of` for an earlier day)."""
    table = detect(daily(history), rules)
    return [_trend(history.people.person_id[row], table, row, rules) for row in range(len(history.people))]


def detect(days: Daily, rules: TrendRules = RULES) -> TrendTable:
    """Run the detector over a table of days, all people at once."""
    evidence = _evidence(days, rules)
    present = ~np.isnan(evidence)
    weights = np.array(rules.weights)[:, None, None] * present
    norm = np.sqrt((weights**2).sum(axis=0))
    joined = np.where(present, evidence, 0.0)
    step = (weights * joined).sum(axis=0) / np.where(norm > 0, norm, 1.0)
    step = np.clip(step, -rules.most_per_day, rules.most_per_day)
    return _cusum(step, norm > 0, days, evidence, rules)


def _evidence(days: Daily, rules: TrendRules) -> Floats:
    """Each channel's distance from the own lagged baseline in own standard deviations; NaN without a value."""
    values = days.values
    channels, people, length = values.shape
    decay = 0.5 ** (1.0 / rules.half_life_days)
    mean0, spread0 = (np.array(x)[:, None] for x in (rules.prior_mean, rules.prior_spread))
    weight = np.full((channels, people), rules.prior_days)
    total = weight * mean0
    square = weight * (spread0**2 + mean0**2)
    evidence = np.full(values.shape, np.nan)
    for day in range(length):
        entering = day - rules.lag_days
        if entering >= 0:
            value = values[:, :, entering]
            seen = ~np.isnan(value)
            known = np.where(seen, value, 0.0)
            keep = np.where(seen, decay, 1.0)
            weight = weight * keep + seen
            total = total * keep + known
            square = square * keep + known**2
        mean = total / weight
        spread = np.sqrt(np.maximum(square / weight - mean**2, (0.5 * spread0) ** 2))
        evidence[:, :, day] = (values[:, :, day] - mean) / spread
    return evidence


def _cusum(step: Floats, present: Bools, days: Daily, evidence: Floats, rules: TrendRules) -> TrendTable:
    people, length = step.shape
    level = np.zeros(people)
    rose = np.zeros(people, dtype=np.int64)
    seen = np.zeros(people, dtype=np.int64)
    standing = np.zeros(people, dtype=bool)
    index = np.full(step.shape, np.nan)
    alarm, opened = np.zeros(step.shape, bool), np.zeros(step.shape, bool)
    onset = np.full(step.shape, -1, dtype=np.int64)
    for day in range(length):
        seen += present[:, day]
        ready = seen > rules.quiet_days
        added = np.where(present[:, day] & ready, level + step[:, day] - rules.allowance, level)
        rose = np.where((level <= 0) & (added > 0), day, rose)
        level = np.clip(added, 0.0, 2.0 * rules.limit)
        begins = ~standing & (level > rules.limit) & days.observed[:, day]
        standing = (standing | begins) & (level >= rules.clear_below * rules.limit)
        alarm[:, day], opened[:, day] = begins, standing & days.observed[:, day]
        onset[begins, day] = rose[begins]
        index[:, day] = np.where(days.observed[:, day] & ready, 50.0 * level / rules.limit, np.nan)
    return TrendTable(index, alarm, opened, onset, evidence, days.first)


_WORDS: Final = {
    "craving": ("sug", "craving"),
    "well_being": ("mående", "well-being"),
    "test_timing": ("missade eller sena test", "missed or late tests"),
    "brac": ("promille vid test", "alcohol in tests"),
}


def _trend(person_id: str, table: TrendTable, row: int, rules: TrendRules) -> Trend:
    known = np.flatnonzero(~np.isnan(table.index[row]))
    if not len(known):
        sv, en = "För lite data för att se en förändring", "Too little data to see a change"
        return Trend(person_id, None, False, None, (), sv, en, (), ())
    last = int(known[-1])
    days = tuple(_EPOCH + timedelta(days=int(table.first[row]) + int(day)) for day in known)
    course = tuple(np.round(table.index[row, known], 1).tolist())
    index = float(table.index[row, last])
    if not table.open[row, last]:
        sv, en = "Ingen tydlig försämring", "No clear worsening"
        return Trend(person_id, index, False, None, (), sv, en, days, course)
    began = int(table.onset[row, np.flatnonzero(table.alarm[row])[-1]])
    recent = table.evidence[:, row, began : last + 1]
    moved = np.nansum(np.where(recent > 0, recent, 0.0), axis=1) * np.array(rules.weights)
    names = [CHANNELS[k] for k in np.argsort(-moved, kind="stable") if moved[k] > 0.2 * moved.max()][:2]
    onset = _EPOCH + timedelta(days=int(table.first[row]) + began)
    sv = f"Försämring sedan {onset.isoformat()}: {' och '.join(_WORDS[name][0] for name in names)}"
    en = f"Worsening since {onset.isoformat()}: {' and '.join(_WORDS[name][1] for name in names)}"
    return Trend(person_id, index, True, onset, tuple(names), sv, en, days, course)
