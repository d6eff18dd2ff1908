"""Decisions (one per person and local day at 04:00) and their labels."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as wall_time
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from relapse_model.frame import DAY, HOUR, Bools, Floats, History, Ints, instant, micros

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


def label(history: History, decisions: Decisions, horizon_hours: int) -> Labels:
    """Whether an episode starts in (t, t + horizon], whenever it became known."""
    horizon = horizon_hours * HOUR
    drinking = history.drinking
    started = Search(drinking.person, drinking.started_at, len(history.people))
    drank = started.count_until(decisions.person, decisions.at + horizon) > started.count_until(
        decisions.person, decisions.at
    )
    covered = decisions.at + horizon <= history.people.observed_to[decisions.person]
    return Labels(horizon_hours, np.where(covered, drank.astype(np.float64), np.nan))


class Search:
    """Counts, for many (person, instant) pairs at once, the sorted rows of that person up to that instant."""

    def __init__(self, person: Ints, at: Ints, people: int) -> None:
        """`person` and `at` are sorted by person and then by instant; `people` is how many there may be."""
        self._at = at
        self._starts = np.searchsorted(person, np.arange(people + 1)).astype(np.int64)

    def count_until(self, person: Ints, at: Ints) -> Ints:
        """How many rows of each person have an instant <= `at`."""
        return self.end_until(person, at) - self._starts[person]

    def end_until(self, person: Ints, at: Ints) -> Ints:
        """The row number after the last row of each person with an instant <= `at`.

        A binary search in all pairs at once: it needs no key that joins person and instant.
        """
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
    if not len(at):
        return days
    zones = np.array(history.people.timezone, dtype=object)[person]
    for zone in sorted(set(history.people.timezone)):
        rows = np.flatnonzero(zones == zone)
        if len(rows):
            starts = day_starts(zone, int(at[rows].min()), int(at[rows].max()))
            first = instant(int(starts[0])).astimezone(_zone(zone)).date() - date(1970, 1, 1)
            days[rows] = first.days + np.searchsorted(starts, at[rows], side="right") - 1
    return days


def local_hours(history: History, person: Ints, at: Ints) -> Ints:
    """The whole local hour after 04:00 (0 at 04:00, 13 at 17:00) in which each instant of a person falls."""
    hours = np.zeros(len(at), dtype=np.int64)
    if not len(at):
        return hours
    zones = np.array(history.people.timezone, dtype=object)[person]
    for zone in sorted(set(history.people.timezone)):
        rows = np.flatnonzero(zones == zone)
        if len(rows):
            starts = day_starts(zone, int(at[rows].min()), int(at[rows].max()))
            slot = np.searchsorted(starts, at[rows], side="right") - 1
            hours[rows] = (at[rows] - starts[slot]) // HOUR
    return hours


def _start_of(day: date, tz: ZoneInfo) -> int:
    return micros(datetime.combine(day, wall_time(DECISION_HOUR), tzinfo=tz).astimezone(UTC))


@lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
