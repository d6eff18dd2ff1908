"""Gather a `History` row by row, from the platform's store or from any other source."""

from __future__ import annotations

from collections.abc import Set
from datetime import datetime
from functools import lru_cache
from math import nan
from zoneinfo import ZoneInfo

import numpy as np

from relapse_model.frame import (
    NEVER,
    Answers,
    BreathTests,
    Drinking,
    Floats,
    History,
    Ints,
    People,
    Prompts,
    micros,
)


class HistoryBuilder:
    """Takes people and rows in any order and gives one sorted `History`.

    Every instant is an aware datetime. Adding a row of an unknown person, a person twice, a naive instant or
    an unknown IANA zone raises ValueError and adds nothing.
    """

    def __init__(self) -> None:
        self._row: dict[str, int] = {}
        self._zones: list[str] = []
        self._spans: list[tuple[int, int]] = []
        self._groups: list[dict[str, str]] = []
        self._drinking: list[tuple[int, int, int, int, int, float]] = []
        self._prompts: list[tuple[int, int, int, int, int, int]] = []
        self._answers: list[tuple[int, int, int, int, float, float, float]] = []
        self._breath_tests: list[tuple[int, int, int, float, int]] = []
        self._sources, self._kinds, self._items, self._outcomes = (_Words() for _ in range(4))

    @property
    def people(self) -> Set[str]:
        """The ids of those added so far."""
        return self._row.keys()

    def person(
        self,
        person_id: str,
        timezone: str,
        observed_from: datetime,
        observed_to: datetime,
        groups: dict[str, str] | None = None,
    ) -> None:
        """Add a person followed from `observed_from` to `observed_to` (not before it)."""
        if not person_id:
            raise ValueError("person_id is empty")
        if person_id in self._row:
            raise ValueError(f"person {person_id!r} is there already")
        checked_zone(timezone)
        span = (micros(observed_from), micros(observed_to))
        if span[1] < span[0]:
            raise ValueError("observed_to lies before observed_from")
        self._row[person_id] = len(self._row)
        self._zones.append(timezone)
        self._spans.append(span)
        self._groups.append(dict(groups or {}))

    def drinking(
        self,
        person_id: str,
        started_at: datetime,
        known_at: datetime,
        source: str = "self_report",
        ended_at: datetime | None = None,
        amount_g: float = nan,
    ) -> None:
        """Add a drinking episode; `source` says how it is known (`self_report`, `breath_test`)."""
        start, end = micros(started_at), _or_never(ended_at)
        if end < start:
            raise ValueError("ended_at lies before started_at")
        row = self._person(person_id)
        self._drinking.append((row, start, end, micros(known_at), self._sources.code(source), amount_g))

    def prompt(
        self,
        person_id: str,
        kind: str,
        opens_at: datetime,
        closes_at: datetime,
        answered_at: datetime | None = None,
        answer_known_at: datetime | None = None,
    ) -> None:
        """Add a planned `breath_test`, `check_in` or `visit`. Not answered is None, never a guess.

        `answer_known_at` is when the answer reached the platform (default: when it was given).
        """
        opens, closes = micros(opens_at), micros(closes_at)
        if closes < opens:
            raise ValueError("closes_at lies before opens_at")
        answered = _or_never(answered_at)
        known = answered if answer_known_at is None else micros(answer_known_at)
        row = self._person(person_id)
        self._prompts.append((row, self._kinds.code(kind), opens, closes, answered, max(known, answered)))

    def answer(
        self,
        person_id: str,
        answered_at: datetime,
        item: str,
        value: float,
        low: float,
        high: float,
        known_at: datetime | None = None,
    ) -> None:
        """Add an answer to one item with its scale; values beyond the scale are clipped by the features."""
        if not high > low:
            raise ValueError(f"the scale of {item!r} has no width: low {low}, high {high}")
        if value != value:
            raise ValueError("value is not a number")
        at = micros(answered_at)
        known = at if known_at is None else micros(known_at)
        row = self._person(person_id)
        self._answers.append((row, at, known, self._items.code(item), value, low, high))

    def breath_test(
        self,
        person_id: str,
        measured_at: datetime,
        known_at: datetime,
        brac_mg_per_l: float = nan,
        outcome: str = "",
    ) -> None:
        """Add a breath test; `brac_mg_per_l` in mg per litre of breath, NaN when the blow gave no value."""
        if brac_mg_per_l < 0:
            raise ValueError("brac_mg_per_l is below zero")
        row = self._person(person_id)
        at, known = micros(measured_at), micros(known_at)
        self._breath_tests.append((row, at, known, brac_mg_per_l, self._outcomes.code(outcome)))

    def build(self) -> History:
        """The history of everyone added, people in the order they were added."""
        names = sorted({name for groups in self._groups for name in groups})
        people = People(
            person_id=tuple(self._row),
            timezone=tuple(self._zones),
            observed_from=_ints(self._spans, 0),
            observed_to=_ints(self._spans, 1),
            groups={name: tuple(groups.get(name, "") for groups in self._groups) for name in names},
        )
        d, p, a, b = self._drinking, self._prompts, self._answers, self._breath_tests
        return History(
            people=people,
            drinking=Drinking(
                _ints(d, 0), _ints(d, 1), _ints(d, 2), _ints(d, 3), _ints(d, 4), _floats(d, 5),
                self._sources.known(),
            ).sorted(),
            prompts=Prompts(
                _ints(p, 0), _ints(p, 1), _ints(p, 2), _ints(p, 3), _ints(p, 4), _ints(p, 5),
                self._kinds.known(),
            ).sorted(),
            answers=Answers(
                _ints(a, 0), _ints(a, 1), _ints(a, 2), _ints(a, 3), _floats(a, 4), _floats(a, 5), _floats(a, 6),
                self._items.known(),
            ).sorted(),
            breath_tests=BreathTests(
                _ints(b, 0), _ints(b, 1), _ints(b, 2), _floats(b, 3), _ints(b, 4), self._outcomes.known()
            ).sorted(),
        )  # fmt: skip

    def _person(self, person_id: str) -> int:
        row = self._row.get(person_id)
        if row is None:
            raise ValueError(f"person {person_id!r} is not among the people")
        return row


@lru_cache(maxsize=1024)
def checked_zone(name: str) -> ZoneInfo:
    """The IANA zone of this name. Raises ValueError when there is no such zone."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{name!r} is not an IANA time zone") from None


class _Words:
    """Numbers words in the order they first come."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}

    def code(self, word: str) -> int:
        return self._codes.setdefault(word, len(self._codes))

    def known(self) -> tuple[str, ...]:
        return tuple(self._codes)


def _or_never(at: datetime | None) -> int:
    return NEVER if at is None else micros(at)


def _ints(rows: list[tuple[int, int]] | list, column: int) -> Ints:  # type: ignore[type-arg]
    return np.fromiter((row[column] for row in rows), dtype=np.int64, count=len(rows))


def _floats(rows: list, column: int) -> Floats:  # type: ignore[type-arg]
    return np.fromiter((row[column] for row in rows), dtype=np.float64, count=len(rows))
