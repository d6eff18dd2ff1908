"""Features of tests that were dodged or made late: the concealment signature, late answers, slow answers."""

from __future__ import annotations

import numpy as np

from relapse_model.frame import DAY, HOUR, NEVER, Floats, History
from relapse_model.labels import Decisions, Search, counted, local_hours
from relapse_model.signals.breath_tests import POSITIVE_MG_PER_L
from relapse_model.signals.contact import Contact
from relapse_model.signals.drinking import Columns
from relapse_model.windows import Grid, InKnownOrder, take, totals

EVENING_HOURS_AFTER_4 = 13
CLEAN_WITHIN = 16 * HOUR
"""A clean test so soon after a missed evening test completes the signature (domain reference 8.1: an evening peak
of 1.7 permille is gone ten hours later)."""
_USUAL_LATE, _PROMPTS = 0.05, 10.0
_FIXED_POINT = 1_000_000


def concealment_signals(history: History, grid: Grid, contact: Contact) -> tuple[Columns, Columns]:
    """Missed evening tests followed by a clean one in 7 days, late answers in 28, and answering slower than usual.

    NaN without breath test prompts, or where nothing has been answered. Late answers are those at the last contact,
    and signatures the more of then and now: neither fades away in silence.
    """
    before = Grid(Decisions(grid.person, contact.last), grid.people)
    signatures = np.fmax(_signatures(history, grid), _signatures(history, before))
    prompts = history.prompts
    # Late is what the client did; a message that was slow to arrive says something about the connection only.
    late_rows = prompts.where((prompts.answered_at > prompts.closes_at) & (prompts.answered_at != NEVER))
    month = late_rows.closes_at + 28 * DAY
    late = before.sums(late_rows.person, np.minimum(late_rows.answered_known(), month), month)
    due = before.sums(prompts.person, prompts.closes_at, prompts.closes_at + 28 * DAY)
    slow = _slower_than_usual(history, grid)
    columns = {
        "concealment_7d": np.log1p(signatures),
        "late_share_28d": np.where(
            due > 0, (late + _PROMPTS * _USUAL_LATE) / (np.maximum(due, late) + _PROMPTS), np.nan
        ),
        "slower_than_usual": slow,
    }
    return columns, {"concealed": np.nan_to_num(signatures), "late": late.astype(np.float64)}


def _signatures(history: History, grid: Grid) -> Floats:
    """How many evening tests of the last 7 days were missed with a clean test within 16 h after; NaN without any."""
    prompts, tests = history.prompts, history.breath_tests
    if "breath_test" not in prompts.kinds:
        return np.full(len(grid), np.nan)
    evening = local_hours(history, prompts.person, prompts.opens_at) >= EVENING_HOURS_AFTER_4
    asked = prompts.where(evening & (prompts.kind == prompts.kinds.index("breath_test")))
    clean = tests.where(tests.brac_mg_per_l < POSITIVE_MG_PER_L).sorted()
    search = Search(clean.person, clean.measured_at, grid.people)
    first = search.end_until(asked.person, asked.closes_at)
    last = search.end_until(asked.person, asked.closes_at + CLEAN_WITHIN)
    count = np.maximum(last - first, 0)
    row = np.repeat(np.arange(len(asked)), count)
    test = np.repeat(first, count) + counted(count)
    shown = np.full(len(asked), NEVER)
    np.minimum.at(shown, row, clean.known()[test])
    until = np.minimum(asked.closes_at + 7 * DAY, asked.answered_known())
    since = np.minimum(np.maximum(shown, asked.closes_at), until)
    found = grid.sums(asked.person, since, until).astype(np.float64)
    ever = grid.sums(asked.person, asked.closes_at, np.full(len(asked), NEVER))
    return np.where(ever > 0, found, np.nan)


def _slower_than_usual(history: History, grid: Grid) -> Floats:
    """Mean share of the window used before answering, 3 days up to the last answer, minus all earlier answers."""
    prompts = history.prompts
    given = prompts.where((prompts.answered_at != NEVER) & (prompts.closes_at > prompts.opens_at))
    used = (given.answered_at - given.opens_at) / (given.closes_at - given.opens_at)
    order = InKnownOrder(given.person, given.answered_at, given.answered_known(), grid.people)
    total = totals(np.rint(np.clip(used, 0.0, 2.0) * _FIXED_POINT).astype(np.int64)[order.order])
    start, end = order.start(grid.person), order.until(grid.person, grid.at)
    latest = take(order.latest, end - 1)
    recent = np.clip(order.since(grid.person, latest - 3 * DAY), start, end)
    now = (take(total, end) - take(total, recent)) / np.maximum(end - recent, 1)
    before = (take(total, recent) - take(total, start)) / np.maximum(recent - start, 1)
    n = (recent - start).astype(np.float64)
    slower = np.where(n > 0, (now - before) / _FIXED_POINT * n / (n + _PROMPTS), 0.0)
    return np.where(end > start, slower, np.nan)
