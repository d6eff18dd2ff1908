"""Histories as a table of people by local days: what the trend works on. No loops over people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from relapse_model.frame import DAY, NEVER, Bools, Floats, History, Ints
from relapse_model.labels import local_days

WORSE_WHEN_HIGH = (
    "risky_situation",
    "stressful_event",
    "expected_risky_situation",
    "expected_stressful_event",
    "expected_drinking",
)
WORSE_WHEN_LOW = ("mood_valence", "self_efficacy", "sleep_quality", "pleasant_event")
CHANNELS = ("craving", "well_being", "test_timing", "brac")
"""Channel names, in the order of the first axis of `Daily.values`; each grows when things get worse."""


@dataclass(frozen=True)
class Daily:
    """`values` has shape (channels, people, days), NaN where a day says nothing; `first` is each person's day 0.

    Days are local (04:00 to 04:00) since 1970-01-01. `observed` (people, days) says which days lie within a
    person's observed time. Craving and well-being lie within 0..1 of their scales; test timing is 0 for answered
    at once, 0.5 at the end of the window, 1 for missed; BrAC is the day's highest in units of 0.10 mg/L, at most 3.
    """

    values: Floats
    observed: Bools
    first: Ints


def daily(history: History, *, in_time: bool = False) -> Daily:
    """The table of a history; `in_time` leaves out rows that became known after their day had ended.

    With `in_time` a day's value is the one that could be seen the next morning: for measuring how early a trend
    would have warned.
    """
    people = len(history.people)
    everyone = np.arange(people, dtype=np.int64)
    first = local_days(history, everyone, history.people.observed_from)
    last = local_days(history, everyone, history.people.observed_to)
    days = int((last - first).max(initial=-1)) + 1
    observed = np.arange(max(days, 0))[None, :] <= (last - first)[:, None]
    shape = (people, max(days, 0))
    layers = [
        _answers(history, first, shape, ("craving",), (), in_time),
        _answers(history, first, shape, WORSE_WHEN_HIGH, WORSE_WHEN_LOW, in_time),
        _timing(history, first, shape, in_time),
        _brac(history, first, shape, in_time),
    ]
    return Daily(np.where(observed[None], np.stack(layers), np.nan), observed, first)


def _answers(
    history: History,
    first: Ints,
    shape: tuple[int, int],
    high: tuple[str, ...],
    low: tuple[str, ...],
    in_time: bool,
) -> Floats:
    answers = history.answers
    sign = np.array([(name in high) - (name in low) for name in answers.items] or [0], dtype=np.int64)
    rows = answers.where(sign[answers.item] != 0) if len(answers) else answers
    width = np.where(rows.high > rows.low, rows.high - rows.low, 1.0)
    scaled = np.clip((rows.value - rows.low) / width, 0.0, 1.0)
    worse = np.where(sign[rows.item] > 0, scaled, 1.0 - scaled) if len(rows) else scaled
    return _mean(history, first, shape, rows.person, rows.answered_at, rows.known(), worse, in_time)


def _timing(history: History, first: Ints, shape: tuple[int, int], in_time: bool) -> Floats:
    p = history.prompts
    given = p.answered_at != NEVER
    if in_time:
        given = given & (p.answered_known() <= p.closes_at + DAY // 2)
    width = np.maximum(p.closes_at - p.opens_at, 1)
    used = np.clip((np.where(given, p.answered_at, p.opens_at) - p.opens_at) / width, 0.0, 1.0)
    value = np.where(given, 0.5 * used, 1.0)
    return _mean(history, first, shape, p.person, p.closes_at, p.closes_at, value, False)


def _brac(history: History, first: Ints, shape: tuple[int, int], in_time: bool) -> Floats:
    tests = history.breath_tests
    tests = tests.where(~np.isnan(tests.brac_mg_per_l))
    day, inside = _place(history, first, shape, tests.person, tests.measured_at, tests.known(), in_time)
    highest = np.full(shape, -np.inf)
    value = np.minimum(tests.brac_mg_per_l / 0.10, 3.0)
    np.maximum.at(highest, (tests.person[inside], day[inside]), value[inside])
    return np.where(np.isinf(highest), np.nan, highest)


def _mean(
    history: History,
    first: Ints,
    shape: tuple[int, int],
    person: Ints,
    at: Ints,
    known: Ints,
    value: Floats,
    in_time: bool,
) -> Floats:
    day, inside = _place(history, first, shape, person, at, known, in_time)
    total, count = np.zeros(shape), np.zeros(shape)
    np.add.at(total, (person[inside], day[inside]), value[inside])
    np.add.at(count, (person[inside], day[inside]), 1.0)
    return np.where(count > 0, total / np.maximum(count, 1.0), np.nan)


def _place(
    history: History, first: Ints, shape: tuple[int, int], person: Ints, at: Ints, known: Ints, in_time: bool
) -> tuple[Ints, Bools]:
    day = local_days(history, person, at)
    inside = np.ones(len(at), dtype=bool)
    if in_time:
        inside = local_days(history, person, known) == day
    day = day - first[person]
    return day, np.asarray(inside & (day >= 0) & (day < shape[1]))
