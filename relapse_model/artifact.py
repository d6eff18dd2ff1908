"""A trained model as plain JSON: weights, scaling, calibration, what it was trained on and how it did."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np

from relapse_model.calibrate import Platt
from relapse_model.errors import ArtifactError
from relapse_model.features import Feature, feature_hash, feature_list
from relapse_model.fitting import HorizonModel, Scaler
from relapse_model.frame import Floats
from relapse_model.logistic import Weights

MODEL_NAME: Final = "nykter-logistic"
MODEL_VERSION: Final = "1.0.0"
FORMAT: Final = 1
COLD_START: Final = Path(__file__).parent / "artifacts" / "cold-start.json"


@dataclass(frozen=True)
class CoverageRules:
    """When there is too little data to say anything, and when there is little (assumptions, a setting).

    Days are days known about (up to the last contact); contact days are local days with an answer or a test.
    """

    too_little_below_days: float = 5.0
    too_little_below_contact_days: int = 2
    too_little_after_silent_days: float = 28.0
    little_below_days: float = 14.0
    little_below_contact_days: int = 5
    little_above_silent_days: float = 3.0
    little_above_silent_times_usual: float = 2.0


@dataclass(frozen=True)
class Artifact:
    """A model that can be stored and scored with. `report` is that of `evaluate` on its training people."""

    name: str
    version: str
    trained_on: str
    items: tuple[str, ...]
    feature_hash: str
    data_hash: str
    people: int
    horizons: tuple[HorizonModel, ...]
    report: dict[str, Any]
    coverage: CoverageRules = field(default_factory=CoverageRules)

    @property
    def features(self) -> tuple[Feature, ...]:
        """The columns of the model, in order."""
        return feature_list(self.items)


def save_artifact(artifact: Artifact, path: Path) -> None:
    """Write the artifact as JSON, the same bytes for the same artifact."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_text(json.dumps(_to_json(artifact), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    part.replace(path)


def load_artifact(path: Path) -> Artifact:
    """Read an artifact.

    Raises ArtifactError for a file that is missing or broken, or made by code with other features: its
    weights would then be put on the wrong columns.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        artifact = _from_json(document)
    except OSError as error:
        raise ArtifactError(f"{path.name}: cannot be read ({error.strerror})") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ArtifactError(f"{path.name}: not a model artifact ({error})") from error
    if artifact.feature_hash != feature_hash():
        raise ArtifactError(f"{path.name}: made for other features than this version's; train it again")
    columns = len(artifact.features)
    if any(len(h.weights.weights) != columns or len(h.scaler.mean) != columns for h in artifact.horizons):
        raise ArtifactError(f"{path.name}: the number of weights does not match the features")
    return artifact


@lru_cache(maxsize=1)
def cold_start() -> Artifact:
    """The artifact that ships with Nykter, trained on simulated people, for clinics without data of their own."""
    return load_artifact(COLD_START)


def _to_json(artifact: Artifact) -> dict[str, Any]:
    names = [f.name for f in artifact.features]
    return {
        "format": FORMAT,
        "name": artifact.name,
        "version": artifact.version,
        "trained_on": artifact.trained_on,
        "people": artifact.people,
        "items": list(artifact.items),
        "feature_hash": artifact.feature_hash,
        "data_hash": artifact.data_hash,
        "features": names,
        "coverage": vars(artifact.coverage),
        "horizons": [_horizon_to_json(h) for h in artifact.horizons],
        "report": artifact.report,
    }


def _horizon_to_json(model: HorizonModel) -> dict[str, Any]:
    lower = model.covariance[np.tril_indices(len(model.covariance))]
    return {
        "horizon_hours": model.horizon_hours,
        "penalty": model.penalty,
        "intercept": model.weights.intercept,
        "weights": model.weights.weights.tolist(),
        "mean": model.scaler.mean.tolist(),
        "spread": model.scaler.spread.tolist(),
        "platt": {"intercept": model.platt.intercept, "slope": model.platt.slope},
        # Six digits are plenty for a band, and keep the file small.
        "covariance_lower_triangle": ",".join(f"{value:.6g}" for value in lower),
    }


def _from_json(document: Any) -> Artifact:
    if document["format"] != FORMAT:
        raise ValueError(f"format {document['format']!r}, this version reads {FORMAT}")
    return Artifact(
        name=str(document["name"]),
        version=str(document["version"]),
        trained_on=str(document["trained_on"]),
        items=tuple(map(str, document["items"])),
        feature_hash=str(document["feature_hash"]),
        data_hash=str(document["data_hash"]),
        people=int(document["people"]),
        horizons=tuple(_horizon_from_json(h) for h in document["horizons"]),
        report=dict(document["report"]),
        coverage=CoverageRules(**document["coverage"]),
    )


def _horizon_from_json(document: Any) -> HorizonModel:
    weights = _floats(document["weights"])
    size = len(weights) + 1
    covariance = np.zeros((size, size))
    covariance[np.tril_indices(size)] = _floats(document["covariance_lower_triangle"].split(","))
    covariance = covariance + np.tril(covariance, -1).T
    return HorizonModel(
        horizon_hours=int(document["horizon_hours"]),
        scaler=Scaler(_floats(document["mean"]), _floats(document["spread"])),
        weights=Weights(float(document["intercept"]), weights),
        covariance=covariance,
        platt=Platt(float(document["platt"]["intercept"]), float(document["platt"]["slope"])),
        penalty=float(document["penalty"]),
    )


def _floats(values: Any) -> Floats:
    numbers = np.array([float(value) for value in values], dtype=np.float64)
    if not np.isfinite(numbers).all():
        raise ValueError("a number is not finite")
    return numbers
