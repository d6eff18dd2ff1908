"""Whether a person or the future leaks into what a score was made from: measured, not assumed."""

from __future__ import annotations

import hashlib
from typing import Any, Final

import numpy as np

from relapse_model.dataset import Dataset
from relapse_model.features import compute
from relapse_model.frame import History
from relapse_model.labels import Decisions
from relapse_model.out_of_fold import OUTER_FOLDS, divisions, folds_of

SAMPLED_INSTANTS: Final = 8
_AT_LEAST_ROWS: Final = 15
_AT_LEAST_EPISODES: Final = 3
"""Two people with the same visits and no drinking are alike by chance; with the same episodes, too, hardly."""


def leakage(data: Dataset) -> dict[str, Any]:
    """People on both sides of a split, people entered twice, and features that change when the future is cut off."""
    return {
        "people_in_two_folds": _in_two_folds(data),
        "people_with_equal_histories": _entered_twice(data.history),
        "instants_checked": min(SAMPLED_INSTANTS, len(data.decisions)),
        "decisions_changed_by_the_future": _changed_by_the_future(data),
    }


def _in_two_folds(data: Dataset) -> int:
    if len(data.history.people) < 2:
        return 0
    found = 0
    for seed in divisions(data):
        fold = folds_of(data, OUTER_FOLDS, seed)[data.decisions.person]
        pairs = np.unique(np.column_stack([data.decisions.person, fold]), axis=0)
        found += int((np.bincount(pairs[:, 0]) > 1).sum()) if len(pairs) else 0
    return found


def _entered_twice(history: History) -> int:
    """People whose rows (15 or more, 3 of them episodes) are somebody else's, too, in every column."""
    seen: dict[bytes, int] = {}
    tables = (history.drinking, history.prompts, history.answers, history.breath_tests)
    ends = [np.searchsorted(table.person, np.arange(len(history.people) + 1)) for table in tables]
    for person in range(len(history.people)):
        digest, rows = hashlib.sha256(), 0
        for table, end in zip(tables, ends, strict=True):
            first, last = int(end[person]), int(end[person + 1])
            rows += last - first
            for name, column in vars(table).items():
                if name != "person" and isinstance(column, np.ndarray):
                    digest.update(np.ascontiguousarray(column[first:last]).tobytes())
        if rows >= _AT_LEAST_ROWS and ends[0][person + 1] - ends[0][person] >= _AT_LEAST_EPISODES:
            seen[digest.digest()] = seen.get(digest.digest(), 0) + 1
    return sum(n for n in seen.values() if n > 1)


def _changed_by_the_future(data: Dataset) -> int:
    """Of sampled decisions, those whose features differ, bit for bit, when every row known later is taken away."""
    if not len(data.decisions):
        return 0
    rows = np.linspace(0, len(data.decisions) - 1, SAMPLED_INSTANTS).astype(np.int64)
    changed = 0
    for row in np.unique(rows).tolist():
        person, at = int(data.decisions.person[row]), int(data.decisions.at[row])
        alone = data.history.block(person, person + 1).as_of(at)
        decision = Decisions(np.zeros(1, np.int64), np.array([at]))
        values = compute(alone, decision, data.items).values[0]
        changed += int(values.tobytes() != data.table.values[row].tobytes())
    return changed
