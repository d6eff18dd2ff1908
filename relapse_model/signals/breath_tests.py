"""Features of breath tests: positive results and the time between tests (MTBT)."""

from __future__ import annotations

import numpy as np

from relapse_model.frame import DAY, HOUR, Bools, Floats, History
from relapse_model.signals.drinking import Columns
from relapse_model.windows import Grid, InKnownOrder, take

POSITIVE_MG_PER_L = 0.10
"""Swedish statutory limit for breath alcohol, mg/L (0.20 permille in blood)."""


def breath_test_signals(history: History, grid: Grid) -> tuple[Columns, Columns]:
    """Positive tests of the 7 days up to the last test, and MTBT of any test and of tests below the limit.

    MTBT (maximum time between tests): log base 24 of the longest gap in hours, 1.0 at 24 h; the log base is
    our reading of the published "24-log" (assumption, domain reference 5.1; Zetterström 2019 names the
    marker). Gaps: those closed in the 7 days up to the last test, and the one open since. NaN without tests.
    """
    tests = history.breath_tests
    measured = ~np.isnan(tests.brac_mg_per_l)
    positive = measured & (tests.brac_mg_per_l >= POSITIVE_MG_PER_L)
    any_hours, usual_hours = _longest_gap(history, grid, np.ones(len(tests), dtype=bool))
    ok_hours, _ = _longest_gap(history, grid, measured & ~positive)
    positives, highest = _positives(history, grid, positive)
    columns = {
        "mtbt_any_7d": _log24(any_hours),
        "mtbt_any_over_usual": _log24(any_hours) - _log24(usual_hours),
        "mtbt_ok_7d": _log24(ok_hours),
        "positive_tests_7d": np.where(np.isnan(any_hours), np.nan, np.log1p(positives)),
    }
    display = {
        "longest_gap_hours": any_hours,
        "usual_gap_hours": usual_hours,
        "ok_gap_hours": ok_hours,
        "positive_tests": positives,
        "highest_brac": highest,
    }
    return columns, display


def _longest_gap(history: History, grid: Grid, rows: Bools) -> tuple[Floats, Floats]:
    """Hours of the longest gap, and of the mean gap, at each decision; NaN before the first test.

    A test that arrives late does not split a gap that was already known.
    """
    tests = history.breath_tests.where(rows)
    order = InKnownOrder(tests.person, tests.measured_at, tests.known(), grid.people)
    gap = np.zeros(len(tests) + 1, dtype=np.int64)
    if len(tests) > 1:
        same = order.group[1:] == order.group[:-1]
        gap[1:-1] = np.where(same, order.latest[1:] - order.latest[:-1], 0)
    start, end = order.start(grid.person), order.until(grid.person, grid.at)
    latest = take(order.latest, end - 1)
    since = np.clip(order.since(grid.person, latest - 7 * DAY), start, end)
    some = end > start
    bounds = np.stack([np.minimum(since, len(tests)), np.minimum(end, len(tests))], axis=1).ravel()
    closed = np.maximum.reduceat(gap, bounds)[::2] if len(bounds) else np.zeros(0, np.int64)
    longest = np.maximum(closed, grid.at - latest) / HOUR
    span = (latest - take(order.latest, start)) / HOUR
    mean = span / np.maximum(end - start - 1, 1)
    nothing = np.full(len(grid), np.nan)
    return np.where(some, longest, nothing), np.where(some, np.maximum(mean, 1.0), nothing)


def _positives(history: History, grid: Grid, rows: Bools) -> tuple[Floats, Floats]:
    """How many positive tests in the 7 days up to the last test of any result, and the highest BrAC."""
    tests = history.breath_tests
    every = InKnownOrder(tests.person, tests.measured_at, tests.known(), grid.people)
    latest = every.latest_at(grid.person, grid.at, grid.at)
    hit = tests.where(rows)
    row, decision = grid.pairs(hit.person, hit.known())
    recent = hit.measured_at[row] > latest[decision] - 7 * DAY
    row, decision = row[recent], decision[recent]
    count = np.bincount(decision, minlength=len(grid)).astype(np.float64)
    highest = np.zeros(len(grid))
    np.maximum.at(highest, decision, hit.brac_mg_per_l[row])
    return count, highest


def _log24(hours: Floats) -> Floats:
    return np.asarray(np.log(np.maximum(hours, 1.0)) / np.log(24.0))
