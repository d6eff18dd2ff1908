"""Does a model in use still fit? The scores of the last weeks beside what followed, and beside the weeks before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from relapse_model.frame import DAY, Floats, History
from relapse_model.labels import Decisions, label
from relapse_model.metrics import auroc

RECENT_DAYS: Final = 28
REFERENCE_DAYS: Final = 56
"""The weeks before the recent ones, whose scores are the yardstick (assumption)."""
AT_LEAST_LABELLED: Final = 200
AT_LEAST_EVENTS: Final = 10
WATCH_INDEX, SHIFTED_INDEX = 0.10, 0.25
"""Population stability index: from 0.10 it is watched, from 0.25 it has shifted (rule of thumb, assumption)."""
CALIBRATION_RATIO: Final = 1.5
"""How far observed over expected may leave 1 before the model counts as shifted (as in the check before activation)."""
_CELLS = 10

Verdict = Literal["too_few", "steady", "watch", "shifted"]


@dataclass(frozen=True)
class Monitored:
    """How one horizon did lately. `ratio` is observed over expected drinking, `low` and `high` its 95 % interval.

    The interval treats decisions as independent (square-root scale of a Poisson count), which is too narrow where
    few clients account for many events. `auroc` is None below 10 events; `stability_index` None without a reference.
    """

    horizon_hours: int
    labelled: int
    events: int
    expected: float
    ratio: float | None
    low: float | None
    high: float | None
    stability_index: float | None
    auroc: float | None
    verdict: Verdict


def monitor(
    history: History, decisions: Decisions, probability: Floats, horizon_hours: int, until: int
) -> Monitored:
    """Compare scores as they were given with what became known since.

    `probability` belongs to `decisions` (sorted by person and time); NaN where nothing was said. `until` is now, in
    microseconds: only decisions whose whole horizon has passed are judged.
    """
    said = ~np.isnan(probability)
    recent = said & (decisions.at > until - RECENT_DAYS * DAY)
    before = said & ~recent & (decisions.at > until - (RECENT_DAYS + REFERENCE_DAYS) * DAY)
    drank = label(history, decisions, horizon_hours).drank
    judged = recent & ~np.isnan(drank)
    y, p = drank[judged], probability[judged]
    labelled, events, expected = len(y), int(y.sum()), float(p.sum())
    index = _stability_index(probability[before], probability[recent])
    if labelled < AT_LEAST_LABELLED or events < AT_LEAST_EVENTS or expected <= 0:
        return Monitored(horizon_hours, labelled, events, expected, None, None, None, index, None, "too_few")
    root = float(np.sqrt(events))
    low, high = max(root - 0.98, 0.0) ** 2 / expected, (root + 0.98) ** 2 / expected
    ratio = events / expected
    area = auroc(p, y) if events < labelled else None
    return Monitored(
        horizon_hours, labelled, events, expected, ratio, low, high, index, area, _verdict(ratio, low, high, index)
    )  # fmt: skip


def _verdict(ratio: float, low: float, high: float, index: float | None) -> Verdict:
    off = low > 1 or high < 1
    moved = 0.0 if index is None else index
    if moved >= SHIFTED_INDEX or (off and not 1 / CALIBRATION_RATIO <= ratio <= CALIBRATION_RATIO):
        return "shifted"
    return "watch" if off or moved >= WATCH_INDEX else "steady"


def _stability_index(reference: Floats, recent: Floats) -> float | None:
    """Population stability index of the recent scores over tenths of the reference; None with too few of either."""
    if min(len(reference), len(recent)) < AT_LEAST_LABELLED:
        return None
    edges = np.unique(np.quantile(reference, np.linspace(0, 1, _CELLS + 1)[1:-1]))
    share = [
        np.bincount(np.searchsorted(edges, part), minlength=len(edges) + 1) / len(part) + 1e-4
        for part in (reference, recent)
    ]
    return float(((share[1] - share[0]) * np.log(share[1] / share[0])).sum())
