"""Histories of many people in columns, with two clocks: when it happened and when it was known.

All instants are int64 microseconds since 1970-01-01 UTC; `NEVER` (the largest int64) stands for "has not
happened": a prompt not answered, an episode without a known end. Each table is sorted by person and then by
when it happened; `person` is the row number in `History.people`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Final, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

NEVER: Final = int(np.iinfo(np.int64).max)
SECOND: Final = 1_000_000
HOUR: Final = 3600 * SECOND
DAY: Final = 24 * HOUR
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
T = TypeVar("T", bound="Table")


def micros(instant: datetime) -> int:
    """Microseconds since 1970 UTC of an aware instant, exactly. Raises ValueError for a naive one."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return (instant - _EPOCH) // _MICROSECOND


def instant(at: int) -> datetime:
    """The aware UTC instant of a number of microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=int(at))


@dataclass(frozen=True)
class Table:
    """Columns of equal length, sorted by person; the base of the tables below."""

    person: Ints

    def __len__(self) -> int:
        return len(self.person)

    def where(self, rows: Bools | Ints | slice) -> Self:
        """The same table with only these rows (mask, indices or slice), vocabularies kept."""
        if isinstance(rows, np.ndarray) and rows.dtype == bool and rows.all():
            return self
        columns = {f.name: getattr(self, f.name) for f in fields(self)}
        cut = {name: c[rows] for name, c in columns.items() if isinstance(c, np.ndarray)}
        return replace(self, **cut)

    def happened(self) -> Ints:
        """When each row happened: the column the table is sorted by within a person."""
        raise NotImplementedError

    def known(self) -> Ints:
        """When each row could first be used: never before it happened."""
        raise NotImplementedError

    def sorted(self) -> Self:
        """The same rows ordered by person and then by when they happened; equal rows keep their order."""
        return self.where(np.lexsort((self.happened(), self.person)))


@dataclass(frozen=True)
class Drinking(Table):
    """Drinking episodes. `source` indexes `sources`; `amount_g` is grams of alcohol, NaN when not given."""

    started_at: Ints
    ended_at: Ints
    known_at: Ints
    source: Ints
    amount_g: Floats
    sources: tuple[str, ...] = ()

    def happened(self) -> Ints:
        """An episode happened when it started."""
        return self.started_at

    def known(self) -> Ints:
        """Known at `known_at`, never before it started."""
        return np.maximum(self.known_at, self.started_at)


@dataclass(frozen=True)
class Prompts(Table):
    """Planned tests, check-ins and visits. `answer_known_at` is when the answer reached the platform."""

    kind: Ints
    opens_at: Ints
    closes_at: Ints
    answered_at: Ints
    answer_known_at: Ints
    kinds: tuple[str, ...] = ()

    def happened(self) -> Ints:
        """A prompt happens when it opens."""
        return self.opens_at

    def known(self) -> Ints:
        """A prompt says something when it closes, or earlier when its answer arrives."""
        return np.minimum(self.closes_at, self.answered_known())

    def answered_known(self) -> Ints:
        """When the answer was known: never before it was given; NEVER when there is none."""
        return np.maximum(self.answer_known_at, self.answered_at)


@dataclass(frozen=True)
class Answers(Table):
    """Answers to check-in items. `low` and `high` are the ends of the item's scale; `item` indexes `items`."""

    answered_at: Ints
    known_at: Ints
    item: Ints
    value: Floats
    low: Floats
    high: Floats
    items: tuple[str, ...] = ()

    def happened(self) -> Ints:
        """When the answer was given."""
        return self.answered_at

    def known(self) -> Ints:
        """When the answer reached the platform."""
        return np.maximum(self.known_at, self.answered_at)


@dataclass(frozen=True)
class BreathTests(Table):
    """Breath tests. `brac_mg_per_l` is NaN when the blow gave no value; `outcome` indexes `outcomes`."""

    measured_at: Ints
    known_at: Ints
    brac_mg_per_l: Floats
    outcome: Ints
    outcomes: tuple[str, ...] = ()

    def happened(self) -> Ints:
        """When the breath was measured."""
        return self.measured_at

    def known(self) -> Ints:
        """When the test reached the platform."""
        return np.maximum(self.known_at, self.measured_at)


@dataclass(frozen=True)
class People:
    """Who is followed, in which IANA zone and from when to when. `groups` holds free columns such as `sex`."""

    person_id: tuple[str, ...]
    timezone: tuple[str, ...]
    observed_from: Ints
    observed_to: Ints
    groups: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.person_id)


@dataclass(frozen=True)
class History:
    """Everything known about some people, each row with both clocks."""

    people: People
    drinking: Drinking
    prompts: Prompts
    answers: Answers
    breath_tests: BreathTests

    def as_of(self, t: int | datetime) -> History:
        """The history as it stood at `t`: no row known later, no answer that had not arrived, no later end."""
        at = micros(t) if isinstance(t, datetime) else t
        prompts = self.prompts.where(self.prompts.opens_at <= at)
        pending = prompts.answered_known() > at
        prompts = replace(
            prompts,
            answered_at=np.where(pending, NEVER, prompts.answered_at),
            answer_known_at=np.where(pending, NEVER, prompts.answer_known_at),
        )
        drinking = self.drinking.where(self.drinking.known() <= at)
        return History(
            people=replace(self.people, observed_to=np.minimum(self.people.observed_to, at)),
            drinking=replace(drinking, ended_at=np.where(drinking.ended_at > at, NEVER, drinking.ended_at)),
            prompts=prompts,
            answers=self.answers.where(self.answers.known() <= at),
            breath_tests=self.breath_tests.where(self.breath_tests.known() <= at),
        )

    def block(self, first: int, last: int) -> History:
        """The people first <= row < last, renumbered from 0."""
        p = self.people
        return History(
            people=People(
                p.person_id[first:last],
                p.timezone[first:last],
                p.observed_from[first:last],
                p.observed_to[first:last],
                {name: values[first:last] for name, values in p.groups.items()},
            ),
            drinking=_renumbered(self.drinking, first, last),
            prompts=_renumbered(self.prompts, first, last),
            answers=_renumbered(self.answers, first, last),
            breath_tests=_renumbered(self.breath_tests, first, last),
        )

    def row_of(self, person_id: str) -> int:
        """The row of a person in `people`. Raises KeyError for somebody who is not there."""
        try:
            return self.people.person_id.index(person_id)
        except ValueError:
            raise KeyError(person_id) from None


def _renumbered(table: T, first: int, last: int) -> T:
    lo, hi = np.searchsorted(table.person, [first, last])
    cut = table.where(slice(int(lo), int(hi)))
    return replace(cut, person=cut.person - first)
