"""Decisions (one per person and local day at 04:00) and their labels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as wall_time
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from relapse_model.frame import DAY, HOUR, NEVER, Bools, Drinking, Floats, History, Ints, instant, micros

HORIZONS_HOURS: Final = (24, 72)
DECISION_HOUR: Final = 4
"""Local hour of the daily decision; a local day runs from here to here, so a night belongs to its evening."""


@dataclass(frozen=True)
class Decisions:
    """Instants at which something is said about a person, sorted by person and then by time."""

    person: Ints
    at: Ints

    def __len__(self) -> int:
        return len(self.person)

    def where(self, rows: Bools | Ints) -> Decisions:
        """Some of the decisions (mask or increasing row numbers)."""
        return Decisions(self.person[rows], self.at[rows])


def daily_decisions(history: History) -> Decisions:
    """Every local 04:00 with observed_from < t <= observed_to, in the person's own zone, DST included."""
    people = history.people
    persons, instants = [], []
    for zone in sorted(set(people.timezone)):
        rows = np.flatnonzero(np.array([name == zone for name in people.timezone], dtype=bool))
        starts = day_starts(zone, int(people.observed_from[rows].min()), int(people.observed_to[rows].max()))
        first = np.searchsorted(starts, people.observed_from[rows], side="right")
        last = np.searchsorted(starts, people.observed_to[rows], side="right")
        count = np.maximum(last - first, 0)
        persons.append(np.repeat(rows, count))
        instants.append(starts[np.repeat(first, count) + counted(count)])
    if not persons:
        return Decisions(np.zeros(0, np.int64), np.zeros(0, np.int64))
    person, at = np.concatenate(persons), np.concatenate(instants)
    order = np.lexsort((at, person))
    return Decisions(person[order].astype(np.int64), at[order])


@dataclass(frozen=True)
class Labels:
    """`drank` is 1.0 or 0.0, NaN where the window runs over `observed_to` (not observed, so no label)."""

    horizon_hours: int
    drank: Floats

    @property
    def known(self) -> Bools:
        """Which decisions have a label."""
        return ~np.isnan(self.drank)


def label(
    history: History, decisions: Decisions, horizon_hours: int, source: str | None = None, in_a_row: int = 1
) -> Labels:
    """Whether an episode starts in (t, t + horizon], whenever it became known.

    `source` counts only episodes known that way (`self_report`, `breath_test`). `in_a_row` 2 or more counts only
    the first day of a relapse: drinking on so many local days running, none the day before.
    """
    horizon = horizon_hours * HOUR
    drinking = history.drinking
    if source is not None:
        code = drinking.sources.index(source) if source in drinking.sources else -1
        drinking = drinking.where(drinking.source == code)
    if in_a_row > 1:
        drinking = drinking.where(_begins_a_run(history, drinking, in_a_row))
    started = Search(drinking.person, drinking.started_at, len(history.people))
    drank = started.count_until(decisions.person, decisions.at + horizon) > started.count_until(
        decisions.person, decisions.at
    )
    covered = decisions.at + horizon <= history.people.observed_to[decisions.person]
    return Labels(horizon_hours, np.where(covered, drank.astype(np.float64), np.nan))


def fenced(history: History, decisions: Decisions, horizon_hours: int) -> Bools:
    """Decisions the published 24 h fence keeps: drinking within 24 h around the window only if also inside it.

    Dropping the others inflates AUROC (domain reference 7.4), so this is never the headline.
    """
    drinking, day, horizon = history.drinking, DAY, horizon_hours * HOUR
    search = Search(drinking.person, drinking.started_at, len(history.people))

    def starts_in(since: int, until: int) -> Bools:
        last = search.count_until(decisions.person, decisions.at + until)
        return np.asarray(last > search.count_until(decisions.person, decisions.at + since))

    return np.asarray(starts_in(0, horizon) | ~starts_in(-day, horizon + day))


def _begins_a_run(history: History, drinking: Drinking, in_a_row: int) -> Bools:
    day = local_days(history, drinking.person, drinking.started_at)
    keys, of = np.unique(np.column_stack([drinking.person, day]), axis=0, return_inverse=True)
    of = np.ravel(of)
    size = len(keys)
    fresh = np.ones(size, dtype=bool)
    fresh[1:] = (keys[1:, 0] != keys[:-1, 0]) | (keys[1:, 1] != keys[:-1, 1] + 1)
    long = np.zeros(size, dtype=bool)
    ahead = in_a_row - 1
    if size > ahead:
        long[: size - ahead] = (keys[ahead:, 0] == keys[: size - ahead, 0]) & (
            keys[ahead:, 1] == keys[: size - ahead, 1] + ahead
        )
    return np.asarray((fresh & long)[of])


class Search:
    """Counts, for many (person, instant) pairs at once, the sorted rows of that person up to that instant."""

    def __init__(self, person: Ints, at: Ints, people: int) -> None:
        """`person` and `at` are sorted by person and then by instant; `people` is how many there may be."""
        self._at = at
        self._starts = np.searchsorted(person, np.arange(people + 1)).astype(np.int64)
        self._low, self._high = _finite_range(at)
        self._width = self._high - self._low + 3
        # One sorted key for person and instant where 64 bits hold it; a century of 2,000 people does.
        fits = len(at) > 0 and (people + 1) * self._width < 2**62
        self._key = person * self._width + self._place(at) if fits else None

    def _place(self, at: Ints) -> Ints:
        """Instants as 0 (before all rows) to width - 1 (NEVER), in order."""
        place = np.clip(at, self._low - 1, self._high) - (self._low - 1)
        return np.asarray(place + (at == NEVER))

    def count_until(self, person: Ints, at: Ints) -> Ints:
        """How many rows of each person have an instant <= `at`."""
        return self.end_until(person, at) - self._starts[person]

    def end_until(self, person: Ints, at: Ints) -> Ints:
        """The row number after the last row of each person with an instant <= `at`."""
        if self._key is None:
            return self._halving(person, at)
        return np.searchsorted(self._key, person * self._width + self._place(at), side="right").astype(
            np.int64
        )

    def _halving(self, person: Ints, at: Ints) -> Ints:
        """The same by a binary search in all pairs at once: it needs no key that joins person and instant."""
        low, high = self._starts[person], self._starts[person + 1].copy()
        low = low.copy()
        while True:
            open_ = low < high
            if not open_.any():
                return low
            middle = (low + high) >> 1
            right = open_ & (self._at[np.minimum(middle, len(self._at) - 1)] <= at)
            low = np.where(right, middle + 1, low)
            high = np.where(open_ & ~right, middle, high)

    def starts(self, person: Ints) -> Ints:
        """The row number of each person's first row."""
        return self._starts[person]


def _finite_range(at: Ints) -> tuple[int, int]:
    if not len(at):
        return 0, 0
    low, high = int(at.min()), int(at.max())
    if high == NEVER:
        finite = at[at != NEVER]
        high = int(finite.max()) if len(finite) else low
    return (low, high) if low != NEVER else (0, 0)


def counted(count: Ints) -> Ints:
    """0..n-1 for each n in `count`, one after the other: [2, 3] gives [0, 1, 0, 1, 2]."""
    ends = np.cumsum(count)
    return np.arange(int(ends[-1]) if len(ends) else 0) - np.repeat(ends - count, count)


def day_starts(zone: str, first: int, last: int) -> Ints:
    """The instants of local 04:00 in a zone from the day before `first` to the day after `last`."""
    tz = _zone(zone)
    day = instant(first).astimezone(tz).date() - timedelta(days=2)
    days = (last - first) // DAY + 5
    return np.array([_start_of(day + timedelta(days=k), tz) for k in range(days)], dtype=np.int64)


def local_days(history: History, person: Ints, at: Ints) -> Ints:
    """The local day (04:00 to 04:00, as days since 1970-01-01) in which each instant of a person falls."""
    days = np.zeros(len(at), dtype=np.int64)
    for zone, rows in _by_zone(history, person):
        starts = day_starts(zone, int(at[rows].min()), int(at[rows].max()))
        first = instant(int(starts[0])).astimezone(_zone(zone)).date() - date(1970, 1, 1)
        days[rows] = first.days + np.searchsorted(starts, at[rows], side="right") - 1
    return days


def local_hours(history: History, person: Ints, at: Ints) -> Ints:
    """The whole local hour after 04:00 (0 at 04:00, 13 at 17:00) in which each instant of a person falls."""
    hours = np.zeros(len(at), dtype=np.int64)
    for zone, rows in _by_zone(history, person):
        starts = day_starts(zone, int(at[rows].min()), int(at[rows].max()))
        slot = np.searchsorted(starts, at[rows], side="right") - 1
        hours[rows] = (at[rows] - starts[slot]) // HOUR
    return hours


def _by_zone(history: History, person: Ints) -> Iterator[tuple[str, Ints | slice]]:
    """Each zone with the rows of people who live in it; no zone without rows."""
    zones = sorted(set(history.people.timezone))
    if len(zones) == 1 and len(person):
        yield zones[0], slice(None)
    elif len(person):
        number = {zone: code for code, zone in enumerate(zones)}
        code = np.array([number[zone] for zone in history.people.timezone], dtype=np.int64)[person]
        for zone in zones:
            rows = np.flatnonzero(code == number[zone])
            if len(rows):
                yield zone, rows


@lru_cache(maxsize=65536)
def _start_of(day: date, tz: ZoneInfo) -> int:
    return micros(datetime.combine(day, wall_time(DECISION_HOUR), tzinfo=tz).astimezone(UTC))


@lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
