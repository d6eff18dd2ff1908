"""Features of check-in answers: the level of late and its distance from the client's own habit."""

from __future__ import annotations

import numpy as np

from relapse_model.frame import DAY, Floats, History, Ints
from relapse_model.signals.drinking import Columns
from relapse_model.windows import Grid, InKnownOrder, take, totals

RECENT_DAYS = 3
VOLATILITY_DAYS = 7
_FIXED_POINT = 1_000_000
_HABIT_ANSWERS = 3.0


def answer_signals(history: History, grid: Grid, items: tuple[str, ...]) -> tuple[Columns, Columns]:
    """Per item the level, the deviation and the volatility (0..1 of the scale), and the same as display numbers.

    Level: mean of the last 3 days up to the client's latest answer to the item (not up to now: silence
    changes nothing). Deviation: level minus the mean of all earlier answers, shrunk by n / (n + 3).
    NaN when the item has never been answered; deviation 0 when there is nothing earlier. Volatility: mean
    absolute step between neighbouring answers of the 7 days up to the latest, NaN below three answers.
    """
    columns: Columns = {}
    display: Columns = {}
    answers = history.answers
    for item in items:
        code = answers.items.index(item) if item in answers.items else -1
        rows = answers.where(answers.item == code)
        order = InKnownOrder(rows.person, rows.answered_at, rows.known(), grid.people)
        width = np.where(rows.high > rows.low, rows.high - rows.low, 1.0)
        scaled = np.clip((rows.value - rows.low) / width, 0.0, 1.0)
        total = totals(np.rint(scaled * _FIXED_POINT).astype(np.int64)[order.order])
        end = order.until(grid.person, grid.at)
        start = order.start(grid.person)
        latest = take(order.latest, end - 1)
        recent = np.clip(order.since(grid.person, latest - RECENT_DAYS * DAY), start, end)
        level = _mean(total, recent, end)
        habit = _mean(total, start, recent)
        n = (recent - start).astype(np.float64)
        deviation = np.where(n > 0, (level - habit) * n / (n + _HABIT_ANSWERS), 0.0)
        columns[f"{item}.level"] = level
        columns[f"{item}.volatility"] = _volatility(scaled[order.order], order, grid, start, end, latest)
        columns[f"{item}.deviation"] = np.where(end > start, deviation, np.nan)
        low, high = _scale(rows.low[order.order], end), _scale(rows.high[order.order], end)
        display[f"{item}.recent"] = low + level * (high - low)
        display[f"{item}.usual"] = low + habit * (high - low)
        display[f"{item}.high"] = high
    return columns, display


def _mean(total: Ints, begin: Ints, end: Ints) -> Floats:
    count = end - begin
    sums = take(total, end) - take(total, begin)
    return np.where(count > 0, sums / (np.maximum(count, 1) * float(_FIXED_POINT)), np.nan)


def _volatility(
    scaled: Floats, order: InKnownOrder, grid: Grid, start: Ints, end: Ints, latest: Ints
) -> Floats:
    step = np.zeros(len(scaled), dtype=np.int64)
    step[1:] = np.rint(np.abs(np.diff(scaled)) * _FIXED_POINT).astype(np.int64)
    total = totals(step)
    first = np.clip(order.since(grid.person, latest - VOLATILITY_DAYS * DAY), start, end)
    steps = end - first - 1
    sums = take(total, end) - take(total, first + 1)
    return np.where(steps >= 2, sums / (np.maximum(steps, 1) * float(_FIXED_POINT)), np.nan)


def _scale(column: Floats, end: Ints) -> Floats:
    """One end of the scale for display: that of the latest known answer."""
    if not len(column):
        return np.zeros(len(end))
    return column[np.clip(end - 1, 0, len(column) - 1)]
