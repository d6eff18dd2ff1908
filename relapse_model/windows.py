"""Counting rows over decisions, exactly and without loops over people.

Each row counts for the decisions in an interval of time: from when it was known until it leaves the window.
Weights are integers (fixed point for answers), so that a running total is exact: rows of other people or rows
known later cannot change a result by rounding.
"""

from __future__ import annotations

import numpy as np

from relapse_model.frame import Bools, Ints
from relapse_model.labels import Decisions, Search, counted


class Grid:
    """The decisions of some people, ready for counting."""

    def __init__(self, decisions: Decisions, people: int) -> None:
        self.person = decisions.person
        self.at = decisions.at
        self.people = people
        self._search = Search(decisions.person, decisions.at, people)
        # As in daily scoring: exactly one decision each, so that a comparison takes the place of a search.
        self._one_each = len(self.at) == people and bool((self.person == np.arange(people)).all())

    def __len__(self) -> int:
        return len(self.person)

    def first(self, person: Ints, at: Ints) -> Ints:
        """The number of each person's first decision at or after `at` (one past the last when none)."""
        if self._one_each:
            return np.asarray(person + (at > self.at[person]))
        return self._search.end_until(person, at - 1)

    def sums(self, person: Ints, since: Ints, until: Ints, weight: Ints | None = None) -> Ints:
        """For each decision the sum of the weights (default 1) of the rows with since <= t < until."""
        begin = self.first(person, since)
        end = np.maximum(self.first(person, until), begin)
        size = len(self) + 1
        if weight is None:
            return np.cumsum(np.bincount(begin, minlength=size) - np.bincount(end, minlength=size))[:-1]
        change = np.zeros(size, dtype=np.int64)
        np.add.at(change, begin, weight)
        np.add.at(change, end, -weight)
        return np.cumsum(change)[:-1]

    def pairs(self, person: Ints, since: Ints, until: Ints | None = None) -> tuple[Ints, Ints]:
        """All (row, decision) pairs with since <= t < until, sorted by row."""
        begin = self.first(person, since)
        end = self._search.starts(person + 1) if until is None else self.first(person, until)
        count = np.maximum(end - begin, 0)
        row = np.repeat(np.arange(len(person)), count)
        return row, np.repeat(begin, count) + counted(count)


class InKnownOrder:
    """Rows of each group in the order in which they became known, for 'the latest' and 'all so far'.

    A group is a person, or a person and an item. A row that arrives late counts as arriving at the front:
    the running `latest` never steps back.
    """

    def __init__(self, group: Ints, happened: Ints, known: Ints, groups: int) -> None:
        self.order = _in_order(group, known, happened)
        self.group = group[self.order]
        self._known = Search(self.group, known[self.order], groups)
        self.latest = running_max(self.group, happened[self.order])
        """The latest instant among the rows of the group so far, in known order."""
        self._latest = Search(self.group, self.latest, groups)

    def until(self, group: Ints, at: Ints) -> Ints:
        """The row number (in known order) after the last row of each group known at `at`."""
        return self._known.end_until(group, at)

    def start(self, group: Ints) -> Ints:
        """The row number (in known order) of each group's first row."""
        return self._known.starts(group)

    def since(self, group: Ints, at: Ints) -> Ints:
        """The row number of each group's first row that happened after `at`."""
        return self._latest.end_until(group, at)

    def latest_at(self, group: Ints, at: Ints, otherwise: Ints) -> Ints:
        """The latest instant known at `at`; `otherwise` where nothing was known."""
        end = self.until(group, at)
        some = end > self.start(group)
        return np.where(some, take(self.latest, end - 1), otherwise)


def _in_order(group: Ints, known: Ints, happened: Ints) -> Ints:
    """As np.lexsort((happened, known, group)), quicker where rows come nearly in that order, as they mostly do."""
    key = _joined(group, known)
    if key is None:
        return np.lexsort((happened, known, group))
    order = np.argsort(key, kind="stable") if (key[1:] < key[:-1]).any() else np.arange(len(key))
    key, happened_then = key[order], happened[order]
    if ((key[1:] == key[:-1]) & (happened_then[1:] < happened_then[:-1])).any():
        return np.lexsort((happened, known, group))
    return order


def _joined(group: Ints, at: Ints) -> Ints | None:
    """One number for each pair of group and instant, in the order of the pairs; None where 64 bits do not hold it."""
    if not len(at):
        return at
    low, high = int(at.min()), int(at.max())
    if (int(group.max()) + 1) * (high - low + 1) >= 2**62:
        return None
    return np.asarray(group * (high - low + 1) + (at - low))


def running_max(group: Ints, value: Ints) -> Ints:
    """The running maximum of `value` within each group of equal neighbours."""
    if not len(value):
        return value
    low = int(value.min())
    width = int(value.max()) - low + 1
    if (int(group[-1]) + 1) * width < 2**62:
        base = group * width - low
        return np.asarray(np.maximum.accumulate(base + value) - base)
    ranks = np.unique(value, return_inverse=True)
    keyed = group * len(ranks[0]) + ranks[1]
    return ranks[0][np.maximum.accumulate(keyed) - group * len(ranks[0])]


def totals(weight: Ints) -> Ints:
    """Running totals with a leading zero: the sum of rows lo..hi-1 is totals[hi] - totals[lo]."""
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(weight)])


def take(column: Ints, row: Ints) -> Ints:
    """Rows of a column that may be empty; row numbers out of range give the nearest row, or 0."""
    if not len(column):
        return np.zeros(len(row), dtype=np.int64)
    return column[np.clip(row, 0, len(column) - 1)]


def firsts(*keys: Ints) -> Bools:
    """Which rows of sorted keys differ from the row before (the first of each run)."""
    changed = np.ones(len(keys[0]), dtype=bool)
    if len(changed):
        changed[1:] = np.zeros(len(changed) - 1, dtype=bool)
        for key in keys:
            changed[1:] |= key[1:] != key[:-1]
    return changed
