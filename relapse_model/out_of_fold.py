"""Out-of-fold predictions: every person scored by a model that never saw them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from relapse_model.artifact import Artifact, cold_start
from relapse_model.dataset import Dataset, rows_of
from relapse_model.features import as_if_asked, compute
from relapse_model.fitting import FEW_PEOPLE, INNER_FOLDS, INNER_FOLDS_OF_FEW, fit_horizon
from relapse_model.frame import Bools, Floats, Ints
from relapse_model.horizon import HorizonModel
from relapse_model.logistic import sigmoid
from relapse_model.split import person_folds

OUTER_FOLDS = 5
SEED = 20


@dataclass(frozen=True)
class Predicted:
    """Out-of-fold probabilities of one horizon, NaN without a label, and the models behind them.

    `as_asked` is what a clinician would have been shown (see `features.as_if_asked`). `model` holds the candidate
    chosen in each fold, `tried` the losses behind the choices.
    """

    probability: Floats
    as_asked: Floats
    models: tuple[str, ...]
    tried: tuple[tuple[dict[str, Any], ...], ...] = ()


def out_of_fold(data: Dataset, horizon: int, only: str | None = None) -> Predicted:
    """Probabilities of the `horizon`-th horizon by models that never saw the person.

    With fewer than 5 people each is a fold of its own; a single one is scored by the cold start, which saw nobody.
    """
    labels = data.labels[horizon]
    if len(data.history.people) < 2:
        return _by_cold_start(data, horizon)
    fold = folds_of(data, OUTER_FOLDS, SEED)
    probability, asked = (np.full(len(data.decisions), np.nan) for _ in range(2))
    models, tried = [], []
    shown = as_if_asked(data.table).values
    for k in range(int(fold.max()) + 1):
        held_out = rows_of(fold, data.decisions.person, k)
        rows = held_out & labels.known
        if not rows.any():
            continue
        model = fit(data, horizon, ~held_out, SEED + 1 + k, only)
        if model is None:
            rest = _by_cold_start(data, horizon)
            probability[rows], asked[rows] = rest.probability[rows], rest.as_asked[rows]
            models.append("cold start")
            continue
        probability[rows] = model.probability(data.table.values[rows])
        asked[rows] = model.probability(shown[rows])
        models.append(model.candidate)
        tried.append(model.tried)
    return Predicted(probability, asked, tuple(models), tuple(tried))


def by_artifact(data: Dataset, artifact: Artifact, horizon: int) -> Predicted:
    """Probabilities of a finished artifact, as clinicians are shown them; NaN without a label."""
    labels = data.labels[horizon]
    model = next(m for m in artifact.horizons if m.horizon_hours == labels.horizon_hours)
    rows = labels.known
    table = as_if_asked(compute(data.history, data.decisions.where(rows), artifact.items))
    probability = np.full(len(data.decisions), np.nan)
    probability[rows] = sigmoid(model.logits(table.values))
    return Predicted(probability, probability, (f"{artifact.name} {artifact.version}",))


def fit(data: Dataset, horizon: int, rows: Bools, seed: int, only: str | None = None) -> HorizonModel | None:
    """Fit one horizon on the labelled decisions among `rows`; None when there are none."""
    labels = data.labels[horizon]
    return fit_labelled(data, labels.drank, labels.horizon_hours, rows & labels.known, seed, only)


def fit_labelled(
    data: Dataset, drank: Floats, horizon_hours: int, rows: Bools, seed: int, only: str | None = None
) -> HorizonModel | None:
    """Fit on the decisions `rows` with the labels `drank`; None when there are none."""
    if not rows.any():
        return None
    people = len(data.history.people)
    return fit_horizon(
        horizon_hours,
        data.table.values[rows],
        drank[rows],
        data.decisions.person[rows],
        folds_of(data, INNER_FOLDS if people > FEW_PEOPLE else INNER_FOLDS_OF_FEW, seed),
        data.features,
        only,
        seed,
    )


def folds_of(data: Dataset, folds: int, seed: int) -> Ints:
    """A fold per person; no more folds than people."""
    ids = data.history.people.person_id
    return person_folds(ids, max(min(folds, len(ids)), 1), seed)


def _by_cold_start(data: Dataset, horizon: int) -> Predicted:
    return by_artifact(data, cold_start(), horizon)
