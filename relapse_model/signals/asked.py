"""Features of when a client is asked at all: what nobody asks about is seldom known.

A label is drinking that somebody came to know of. Where a plan pauses, or asks on some days of the week only, the
probability of *known* drinking moves with the plan. These columns carry that, so that the columns of silence and
missed prompts need not. When a client is scored for a clinician they are set to "asked" (see `predict`): a day
without questions never looks like a sober one.
"""

from __future__ import annotations

import numpy as np

from relapse_model.frame import DAY, Floats, History, Ints
from relapse_model.labels import local_days
from relapse_model.signals.drinking import Columns
from relapse_model.windows import Grid, firsts

WEEKS = 4
"""Weeks of the own plan that are looked at (assumption)."""


def asked_signals(history: History, grid: Grid) -> tuple[Columns, Columns]:
    """Whether prompts closed in the last 24 h, and on these days of the last 4 weeks the share with a prompt.

    NaN in a client's first week, and for somebody who has never been asked.
    """
    prompts = history.prompts
    closed = grid.sums(prompts.person, prompts.closes_at, prompts.closes_at + DAY)
    ever = grid.sums(prompts.person, prompts.closes_at, np.full(len(prompts), np.iinfo(np.int64).max))
    unknown = ever == 0
    person, day, known = _asked_days(history)
    row, decision = grid.pairs(person, known, known + (7 * WEEKS + 4) * DAY)
    today = local_days(history, grid.person, grid.at)
    observed = np.maximum(grid.at - history.people.observed_from[grid.person], 0) / DAY
    weeks = np.minimum(np.floor(observed / 7), WEEKS)
    lag = today[decision] - day[row]
    share = [_share(lag + ahead, decision, weeks, len(grid)) for ahead in range(3)]
    columns = {
        "asked_last_day": np.where(unknown, np.nan, (closed > 0).astype(np.float64)),
        "asked_coming_day": np.where(unknown, np.nan, share[0]),
        "asked_coming_3_days": np.where(unknown, np.nan, (share[0] + share[1] + share[2]) / 3),
    }
    return columns, {"asked_last_day": np.where(unknown, 1.0, columns["asked_last_day"])}


def _asked_days(history: History) -> tuple[Ints, Ints, Ints]:
    """Distinct (person, local day) with a prompt that closed, and when the first of them did."""
    prompts = history.prompts
    day = local_days(history, prompts.person, prompts.closes_at)
    order = np.lexsort((prompts.closes_at, day, prompts.person))
    first = firsts(prompts.person[order], day[order])
    return prompts.person[order][first], day[order][first], prompts.closes_at[order][first]


def _share(lag: Ints, decision: Ints, weeks: Floats, n: int) -> Floats:
    """Share of the last weeks in which this day of the week had a prompt; NaN in the first week."""
    same = (lag % 7 == 0) & (lag > 0) & (lag <= 7 * WEEKS)
    count = np.bincount(decision[same], minlength=n).astype(np.float64)
    return np.where(weeks >= 1, np.minimum(count / np.maximum(weeks, 1), 1.0), np.nan)
