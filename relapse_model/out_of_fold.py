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
from relapse_model.logistic import logit, sigmoid
from relapse_model.split import person_folds

OUTER_FOLDS = 5
SEED = 20
DIVISIONS_OF_FEW = 5
VERY_FEW_PEOPLE = 100
"""Divisions into outer folds in a study of few people (repeated cross-validation; Wyant 2024 took 6 times 5), and
up to how many people once must do: whose intervals are so wide that a steadier middle shows nothing more."""


@dataclass(frozen=True)
class Predicted:
    """Out-of-fold probabilities of one horizon, NaN without a label, and the models behind them.

    `as_asked` is what a clinician would have been shown (see `features.as_if_asked`). `model` holds the candidate
    chosen in each fold, `tried` the losses behind the choices, `rounds` the probabilities of each division of the
    people where there are several.
    """

    probability: Floats
    as_asked: Floats
    models: tuple[str, ...]
    tried: tuple[tuple[dict[str, Any], ...], ...] = ()
    rounds: tuple[Floats, ...] = ()


def out_of_fold(data: Dataset, horizon: int, only: str | None = None) -> Predicted:
    """Probabilities of the `horizon`-th horizon by models that never saw the person.

    With fewer than 5 people each is a fold of its own; a single one is scored by the cold start, which saw nobody.
    A small study is divided several times over and the log-odds are averaged: how well a model seems to do there
    hangs on who happens to share a fold with whom.
    """
    if len(data.history.people) < 2:
        return _by_cold_start(data, horizon)
    rounds = [_one_division(data, horizon, only, seed) for seed in divisions(data)]
    return Predicted(
        _mean_of([one.probability for one in rounds]),
        _mean_of([one.as_asked for one in rounds]),
        tuple(model for one in rounds for model in one.models),
        tuple(tried for one in rounds for tried in one.tried),
        tuple(one.probability for one in rounds) if len(rounds) > 1 else (),
    )


def divisions(data: Dataset) -> tuple[int, ...]:
    """The seeds under which people are divided into outer folds: several for a study of few people, else one."""
    few = VERY_FEW_PEOPLE < len(data.history.people) <= FEW_PEOPLE
    return tuple(SEED + 100 * k for k in range(DIVISIONS_OF_FEW if few else 1))


def _one_division(data: Dataset, horizon: int, only: str | None, seed: int) -> Predicted:
    labels = data.labels[horizon]
    fold = folds_of(data, OUTER_FOLDS, seed)
    probability, asked = (np.full(len(data.decisions), np.nan) for _ in range(2))
    models, tried = [], []
    shown = as_if_asked(data.table).values
    for k in range(int(fold.max()) + 1):
        held_out = rows_of(fold, data.decisions.person, k)
        rows = held_out & labels.known
        if not rows.any():
            continue
        model = fit(data, horizon, ~held_out, seed + 1 + k, only)
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


def _mean_of(rounds: list[Floats]) -> Floats:
    """The mean in log-odds; one round stays as it is, bit for bit."""
    return rounds[0] if len(rounds) == 1 else sigmoid(np.mean([logit(one) for one in rounds], axis=0))


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
