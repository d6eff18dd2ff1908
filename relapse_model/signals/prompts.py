"""Features of prompts that were not answered, beside the client's own habit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from relapse_model.frame import DAY, Bools, Floats, History, Ints
from relapse_model.labels import Decisions, local_hours
from relapse_model.signals.contact import Contact
from relapse_model.signals.drinking import Columns
from relapse_model.windows import Grid

EVENING_HOURS_AFTER_4 = 13
"""An evening prompt opens at 17:00 local or later (assumption)."""
_HABIT_PROMPTS = 5.0
"""Prompts' worth of a usual 20 % missed mixed into a client's own habit (assumption: 78 % are answered,
domain reference section 9)."""
_USUAL_SHARE = 0.2


@dataclass(frozen=True)
class _Counts:
    due: Ints
    missed: Ints


def prompt_signals(history: History, grid: Grid, contact: Contact) -> tuple[Columns, Columns]:
    """Feature columns and display numbers of prompts closed without an answer.

    Each share is the larger of the one now and the one at the last contact: when prompts stop because a
    client has gone silent, what was missed before does not fade away.
    """
    prompts = history.prompts
    # Columns of the grid at the last contact are as-of that instant, which lies before each decision.
    before = Grid(Decisions(grid.person, contact.last), grid.people)
    evening = local_hours(history, prompts.person, prompts.opens_at) >= EVENING_HOURS_AFTER_4
    everything = np.ones(len(prompts), dtype=bool)
    habit_counts = _count(history, before, everything, None)
    habit = (habit_counts.missed + _HABIT_PROMPTS * _USUAL_SHARE) / (habit_counts.due + _HABIT_PROMPTS)
    week, week_before = (_count(history, g, everything, 7) for g in (grid, before))
    three, three_before = (_count(history, g, everything, 3) for g in (grid, before))
    dusk, dusk_before = (_count(history, g, evening, 7) for g in (grid, before))
    share_7 = _larger(week, week_before)
    columns = {
        "missed_share_3d": _larger(three, three_before),
        "missed_over_usual_7d": np.maximum(share_7 - habit, -1.0),
        "missed_evening_share_7d": _larger(dusk, dusk_before),
        "usual_missed_share": np.where(habit_counts.due > 0, habit, np.nan),
    }
    tests = _kind(history, "breath_test")
    display = {
        "missed": week.missed.astype(np.float64),
        "due": week.due.astype(np.float64),
        "missed_evening": dusk.missed.astype(np.float64),
        "missed_tests": _count(history, grid, tests, 7).missed.astype(np.float64),
        "missed_days": _oldest_missed_days(history, grid),
        "usual_missed_share": habit,
    }
    return columns, display


def _kind(history: History, kind: str) -> Bools:
    prompts = history.prompts
    if kind not in prompts.kinds:
        return np.zeros(len(prompts), dtype=bool)
    return np.asarray(prompts.kind == prompts.kinds.index(kind))


def _count(history: History, grid: Grid, rows: Bools, days: int | None) -> _Counts:
    """Prompts closed in the last `days` (None: ever), and those of them without a known answer."""
    p = history.prompts.where(rows)
    gone = p.closes_at + (days * DAY if days is not None else 200 * 365 * DAY)
    due = grid.sums(p.person, p.closes_at, gone)
    missed = grid.sums(p.person, p.closes_at, np.minimum(gone, p.answered_known()))
    return _Counts(due, missed)


def _larger(now: _Counts, before: _Counts) -> Floats:
    shares = [np.where(c.due > 0, c.missed / np.maximum(c.due, 1), np.nan) for c in (now, before)]
    return np.fmax(shares[0], shares[1])


def _oldest_missed_days(history: History, grid: Grid) -> Floats:
    """Days, begun ones counted, since the oldest prompt missed in the last 7 days opened; 0 when none."""
    p = history.prompts
    until = np.minimum(p.closes_at + 7 * DAY, p.answered_known())
    row, decision = grid.pairs(p.person, p.closes_at, until)
    days = np.zeros(len(grid))
    age = np.ceil((grid.at[decision] - p.opens_at[row]) / DAY)
    np.maximum.at(days, decision, np.minimum(age, 7))
    return days
