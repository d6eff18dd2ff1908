"""Labelled decisions with their features: what training and evaluation work on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from relapse_model.errors import TooLittleData
from relapse_model.features import Feature, FeatureTable, compute, feature_list, items_of
from relapse_model.frame import DAY, Bools, Floats, History, Ints
from relapse_model.labels import HORIZONS_HOURS, Decisions, Labels, daily_decisions, label
from relapse_model.signals.drinking import own_running_rate
from relapse_model.windows import Grid

DRY_DAYS = 14


@dataclass(frozen=True)
class Dataset:
    """Every daily decision of a history, with features, labels and the yardstick."""

    history: History
    decisions: Decisions
    items: tuple[str, ...]
    table: FeatureTable
    labels: tuple[Labels, ...]
    own_rate: Floats
    dry: Bools
    """No known drinking in the 14 days before the decision."""

    @property
    def features(self) -> tuple[Feature, ...]:
        """The columns of `table.values`."""
        return feature_list(self.items)


def build_dataset(history: History, items: tuple[str, ...] | None = None) -> Dataset:
    """Decisions, features and labels of a history; `items` defaults to those its people answered."""
    decisions = daily_decisions(history)
    chosen = items_of(history) if items is None else items
    labels = tuple(label(history, decisions, hours) for hours in HORIZONS_HOURS)
    return Dataset(
        history,
        decisions,
        chosen,
        compute(history, decisions, chosen),
        labels,
        own_running_rate(history, decisions),
        known_dry(history, decisions),
    )


def require_both_outcomes(data: Dataset) -> None:
    """Raises TooLittleData when a horizon has no labelled decisions, or only one outcome."""
    for one in data.labels:
        seen = one.drank[one.known]
        if not len(seen) or seen.min() == seen.max():
            raise TooLittleData(f"no labelled decisions with both outcomes at {one.horizon_hours} h")


def known_dry(history: History, decisions: Decisions, days: int = DRY_DAYS) -> Bools:
    """Decisions with no drinking known to have started in the last 14 (or so many) days."""
    d = history.drinking
    grid = Grid(decisions, len(history.people))
    recent = grid.sums(d.person, d.known(), d.started_at + days * DAY)
    return np.asarray(recent == 0)


def rows_of(fold_of_person: Ints, person: Ints, fold: int) -> Bools:
    """The decisions of the people in one fold."""
    return np.asarray(fold_of_person[person] == fold)
