"""Training: out-of-fold predictions for an honest report, then the artifact fitted on everyone."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from relapse_model.artifact import MODEL_NAME, MODEL_VERSION, Artifact
from relapse_model.assessment import assess
from relapse_model.dataset import build_dataset, require_both_outcomes
from relapse_model.errors import TooLittleData
from relapse_model.features import feature_hash
from relapse_model.frame import History
from relapse_model.out_of_fold import OUTER_FOLDS, SEED, fit, out_of_fold


def train(
    history: History, trained_on: str, items: tuple[str, ...] | None = None, only: str | None = None
) -> Artifact:
    """Train on a history and report on people the model had not seen.

    `trained_on` says in words on whom ("simulated people, seed 7"); `only` names one candidate. Raises
    TooLittleData when there are fewer people than folds or no labelled decisions with both outcomes, ValueError
    for an unknown candidate.
    """
    data = build_dataset(history, items)
    require_both_outcomes(data)
    if len(history.people) < OUTER_FOLDS:
        raise TooLittleData(f"{len(history.people)} people cannot be split into {OUTER_FOLDS} folds")
    report = assess(data, [out_of_fold(data, k, only) for k in range(len(data.labels))], only=only)
    everyone = np.ones(len(data.decisions), dtype=bool)
    fitted = [fit(data, k, everyone, SEED, only) for k in range(len(data.labels))]
    return Artifact(
        name=MODEL_NAME,
        version=MODEL_VERSION,
        trained_on=trained_on,
        items=data.items,
        feature_hash=feature_hash(),
        data_hash=history_hash(history),
        people=len(history.people),
        horizons=tuple(model for model in fitted if model is not None),
        report=report,
    )


def history_hash(history: History) -> str:
    """SHA-256 over every column, so that an artifact says exactly what it was trained on."""
    digest = hashlib.sha256()
    people = history.people
    digest.update(repr((people.person_id, people.timezone)).encode())
    tables = (history.drinking, history.prompts, history.answers, history.breath_tests)
    columns: Sequence[Any] = (
        people.observed_from,
        people.observed_to,
        *(column for table in tables for column in vars(table).values()),
    )
    for column in columns:
        data = column.tobytes() if isinstance(column, np.ndarray) else repr(column).encode()
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()
