"""Training: out-of-fold predictions for an honest report, then the artifact fitted on everyone."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from relapse_model.artifact import MODEL_NAME, MODEL_VERSION, Artifact
from relapse_model.dataset import Dataset, build_dataset, rows_of
from relapse_model.errors import TooLittleData
from relapse_model.evaluate import evaluate_scores
from relapse_model.features import feature_hash
from relapse_model.fitting import INNER_FOLDS, fit_horizon
from relapse_model.frame import Bools, Floats, History
from relapse_model.horizon import HorizonModel
from relapse_model.split import person_folds

OUTER_FOLDS = 5
SEED = 20


def train(history: History, trained_on: str, items: tuple[str, ...] | None = None) -> Artifact:
    """Train on a history and report on people the model had not seen.

    `trained_on` says in words on whom ("simulated people, seed 7"). Raises TooLittleData when there are
    fewer people than folds or no labelled decisions with both outcomes.
    """
    data = build_dataset(history, items)
    report = evaluate(data)
    return Artifact(
        name=MODEL_NAME,
        version=MODEL_VERSION,
        trained_on=trained_on,
        items=data.items,
        feature_hash=feature_hash(),
        data_hash=history_hash(history),
        people=len(history.people),
        horizons=tuple(
            _fit(data, k, np.ones(len(data.decisions), dtype=bool), SEED) for k in range(len(data.labels))
        ),
        report=report,
    )


def evaluate(data: Dataset) -> dict[str, Any]:
    """The report: per horizon on person-grouped out-of-fold predictions, and forward in time."""
    return report_of(data, [out_of_fold(data, k) for k in range(len(data.labels))])


def report_of(data: Dataset, predicted: list[Floats]) -> dict[str, Any]:
    """The report of `evaluate` for out-of-fold predictions that have been made already, one per horizon."""
    return {
        "people": len(data.history.people),
        "decisions": len(data.decisions),
        "items": list(data.items),
        "horizons": {
            str(labels.horizon_hours): {
                "person_grouped": _evaluated(data, k, predicted[k], labels.known),
                "forward_in_time": _forward(data, k),
            }
            for k, labels in enumerate(data.labels)
        },
    }


def out_of_fold(data: Dataset, horizon: int) -> Floats:
    """Probabilities of the `horizon`-th horizon by models that never saw the person; NaN without a label."""
    fold = _folds(data, OUTER_FOLDS, SEED)
    known = data.labels[horizon].known
    predicted = np.full(len(data.decisions), np.nan)
    for k in range(OUTER_FOLDS):
        held_out = rows_of(fold, data.decisions.person, k)
        model = _fit(data, horizon, ~held_out, SEED + 1 + k)
        rows = held_out & known
        predicted[rows] = model.probability(data.table.values[rows])
    return predicted


def history_hash(history: History) -> str:
    """SHA-256 over every column, so that an artifact says exactly what it was trained on."""
    digest = hashlib.sha256()
    people = history.people
    digest.update(repr((people.person_id, people.timezone)).encode())
    tables = (history.drinking, history.prompts, history.answers, history.breath_tests)
    for column in (people.observed_from, people.observed_to, *(c for t in tables for c in vars(t).values())):
        data = column.tobytes() if isinstance(column, np.ndarray) else repr(column).encode()
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()


def _fit(data: Dataset, horizon: int, rows: Bools, seed: int) -> HorizonModel:
    labels = data.labels[horizon]
    chosen = rows & labels.known
    return fit_horizon(
        labels.horizon_hours,
        data.table.values[chosen],
        labels.drank[chosen],
        data.decisions.person[chosen],
        _folds(data, INNER_FOLDS, seed),
        data.features,
    )


def _forward(data: Dataset, horizon: int) -> dict[str, Any] | None:
    """Trained on what had been labelled by the middle decision, evaluated after it; None where impossible."""
    labels = data.labels[horizon]
    cut = np.median(data.decisions.at)
    past = data.decisions.at + labels.horizon_hours * 3_600_000_000 <= cut
    later = (data.decisions.at > cut) & labels.known
    y = labels.drank[past & labels.known]
    if not len(y) or y.min() == y.max():
        return None
    predicted = np.full(len(data.decisions), np.nan)
    predicted[later] = _fit(data, horizon, past, SEED).probability(data.table.values[later])
    return _evaluated(data, horizon, predicted, later)


def _evaluated(data: Dataset, horizon: int, predicted: Floats, rows: Bools) -> dict[str, Any]:
    return evaluate_scores(
        predicted[rows],
        data.own_rate[rows],
        data.labels[horizon].drank[rows],
        data.decisions.person[rows],
        data.dry[rows],
        SEED,
    )


def _folds(data: Dataset, folds: int, seed: int) -> Any:
    try:
        return person_folds(data.history.people.person_id, folds, seed)
    except ValueError as error:
        raise TooLittleData(str(error)) from None
