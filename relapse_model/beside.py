"""Another's predictions beside a model's, on the same decisions: an older model, a rival, or a simulator's truth."""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from relapse_model.dataset import Dataset
from relapse_model.errors import StudyError
from relapse_model.evaluate import stratum
from relapse_model.frame import Floats, micros
from relapse_model.out_of_fold import SEED, Predicted

COLUMNS = ("person_id", "decided_at", "horizon_hours", "probability")


def read_predictions(file: Path, data: Dataset) -> list[Floats]:
    """The probabilities in a predictions.csv, one array per horizon in the order of the decisions; NaN where none.

    Rows for other people, instants or horizons are passed over. Raises StudyError for a file that is no such table.
    """
    number = {name: row for row, name in enumerate(data.history.people.person_id)}
    pairs = zip(data.decisions.person.tolist(), data.decisions.at.tolist(), strict=True)
    place = {pair: row for row, pair in enumerate(pairs)}
    found = {labels.horizon_hours: np.full(len(data.decisions), np.nan) for labels in data.labels}
    try:
        with file.open(encoding="utf-8-sig", newline="") as source:
            reader = csv.DictReader(source)
            if missing := [column for column in COLUMNS if column not in (reader.fieldnames or ())]:
                raise StudyError([f"{file.name}:1: columns missing: {', '.join(missing)}"])
            for row in reader:
                at = micros(datetime.fromisoformat(row["decided_at"]))
                probability, hours = float(row["probability"]), int(row["horizon_hours"])
                if not 0 <= probability <= 1:
                    raise ValueError(f"probability {row['probability']} is none")
                decision = place.get((number.get(row["person_id"], -1), at))
                if decision is not None and hours in found:
                    found[hours][decision] = probability
    except (ValueError, TypeError) as error:
        raise StudyError([f"{file.name}:{reader.line_num}: {error}"]) from error
    return list(found.values())


def beside(data: Dataset, predicted: list[Predicted], others: list[Floats]) -> dict[str, Any]:
    """Per horizon and stratum both scores' measures on the decisions that both have, and their paired difference."""
    report: dict[str, Any] = {}
    for labels, ours, theirs in zip(data.labels, predicted, others, strict=True):
        both = labels.known & ~np.isnan(theirs) & ~np.isnan(ours.probability)
        report[str(labels.horizon_hours)] = {
            name: _compared(data, ours.probability, theirs, labels.drank, rows)
            for name, rows in (("all", both), ("after_14_dry_days", both & data.dry))
        }
    return report


def _compared(data: Dataset, ours: Floats, theirs: Floats, drank: Floats, rows: Any) -> dict[str, Any]:
    clipped = np.clip(theirs[rows], 1e-6, 1 - 1e-6)
    found = stratum(ours[rows], clipped, drank[rows], data.decisions.person[rows], SEED)
    renamed = {"own_rate": "other", "model_minus_own_rate": "model_minus_other"}
    return {renamed.get(name, name): value for name, value in found.items()}
