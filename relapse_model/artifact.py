"""A trained model as plain JSON: numbers of the candidate, scaling, calibration, its training and its report."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np

from relapse_model.calibrate import Platt
from relapse_model.candidates.blend import Blend
from relapse_model.candidates.fitted import Fitted, finite
from relapse_model.candidates.linear import Linear
from relapse_model.candidates.pooled import Pooled
from relapse_model.candidates.trees import Trees
from relapse_model.errors import ArtifactError
from relapse_model.features import Feature, feature_hash, feature_list
from relapse_model.horizon import HorizonModel, Scaler

MODEL_NAME: Final = "nykter-relapse"
MODEL_VERSION: Final = "2.1.0"
FORMAT: Final = 2
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
    part.write_text(artifact_text(artifact), encoding="utf-8")
    part.replace(path)


def artifact_text(artifact: Artifact) -> str:
    """The artifact as JSON, the same text for the same artifact."""
    return json.dumps(_to_json(artifact), indent=1, ensure_ascii=False) + "\n"


def load_artifact(path: Path) -> Artifact:
    """Read an artifact.

    Raises ArtifactError for a file that is missing or broken, or made by code with other features: its
    weights would then be put on the wrong columns.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ArtifactError(f"{path.name}: cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise ArtifactError(f"{path.name}: not a model artifact ({error})") from error
    return read_artifact(text, path.name)


def read_artifact(text: str, name: str = "artifact") -> Artifact:
    """The artifact in a JSON text; `name` is how errors call it. Raises ArtifactError as `load_artifact` does."""
    try:
        artifact = _from_json(json.loads(text))
    except (ValueError, KeyError, TypeError) as error:
        raise ArtifactError(f"{name}: not a model artifact ({error})") from error
    if artifact.feature_hash != feature_hash():
        raise ArtifactError(f"{name}: made for other features than this version's; train it again")
    columns = len(artifact.features)
    if not all(_fits(horizon, columns) for horizon in artifact.horizons):
        raise ArtifactError(f"{name}: the number of weights does not match the features")
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
        "candidate": model.candidate,
        "kind": model.fitted.kind,
        "fitted": model.fitted.to_json(),
        **{name: column.tolist() for name, column in vars(model.scaler).items()},
        "platt": {"intercept": model.platt.intercept, "slope": model.platt.slope},
        "ridge_weights": model.ridge_weights.tolist(),
        # Six digits are plenty for a band, and keep the file small.
        "covariance_lower_triangle": ",".join(f"{value:.6g}" for value in lower),
        "tried": list(model.tried),
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
    ridge = finite(document["ridge_weights"])
    size = len(ridge) + 1
    covariance = np.zeros((size, size))
    covariance[np.tril_indices(size)] = finite(document["covariance_lower_triangle"].split(","))
    covariance = covariance + np.tril(covariance, -1).T
    platt = finite([document["platt"]["intercept"], document["platt"]["slope"]])
    return HorizonModel(
        horizon_hours=int(document["horizon_hours"]),
        candidate=str(document["candidate"]),
        scaler=Scaler(*(finite(document[name]) for name in ("mean", "spread", "low", "high"))),
        fitted=_fitted_from_json(document["kind"], document["fitted"]),
        platt=Platt(float(platt[0]), float(platt[1])),
        ridge_weights=ridge,
        covariance=covariance,
        tried=tuple(document["tried"]),
    )


def _fitted_from_json(kind: Any, document: Any) -> Fitted:
    if kind == "linear":
        return Linear.from_json(document)
    if kind == "pooled":
        return Pooled.from_json(document)
    if kind == "trees":
        return Trees.from_json(document)
    if kind == "blend":
        return Blend.from_json(document)
    raise ValueError(f"no kind of model is called {kind!r}")


def _fits(model: HorizonModel, columns: int) -> bool:
    """Whether a model reads exactly so many columns."""
    return _reads(model.fitted, columns) and len(model.scaler.mean) == columns == len(model.ridge_weights)


def _reads(fitted: Fitted, columns: int) -> bool:
    if isinstance(fitted, Blend):
        return _reads(fitted.pooled, columns) and _reads(fitted.trees, columns)
    if isinstance(fitted, Pooled):
        own = (fitted.own.rate_column, fitted.own.days_column)
        return all(0 <= column < columns for column in own) and _reads(fitted.linear, columns)
    if isinstance(fitted, Linear):
        return len(fitted.weights.weights) == columns
    if isinstance(fitted, Trees):
        return all(int(tree.column.max(initial=-1)) < columns for tree in fitted.trees)
    return False
