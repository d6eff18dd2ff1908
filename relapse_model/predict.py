"""Scoring: probabilities, bands, coverage and reasons for many people and instants in one call. numpy only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import numpy as np

from relapse_model.artifact import Artifact
from relapse_model.coverage import coverage_of
from relapse_model.features import FeatureTable, as_if_asked, compute
from relapse_model.frame import Floats, History, instant, micros
from relapse_model.horizon import HorizonModel
from relapse_model.labels import Decisions
from relapse_model.logistic import sigmoid
from relapse_model.reasons import reason
from relapse_model.scores import Coverage, HorizonScore, Reason, Score

REASONS_SHOWN: Final = 3
SMALLEST_WEIGHT: Final = 0.05
"""Log-odds below which a reason is not worth a sentence (assumption)."""
BAND_Z: Final = 1.645
"""Normal quantile of a 90 % band."""
_BLOCK: Final = 32


def score(artifact: Artifact, history: History, decided_at: datetime | Mapping[str, datetime]) -> list[Score]:
    """Score people at an instant each: one for all, or by person id (people left out are not scored).

    Nothing known after the instant is used. In order of `history.people`. Raises ValueError for a naive
    instant and KeyError for an unknown person.
    """
    ids = history.people.person_id
    if isinstance(decided_at, datetime):
        rows = np.arange(len(ids), dtype=np.int64)
        at = np.full(len(ids), micros(decided_at), dtype=np.int64)
    else:
        number = {person_id: row for row, person_id in enumerate(ids)}
        pairs = sorted((number[person_id], micros(when)) for person_id, when in decided_at.items())
        rows = np.array([row for row, _ in pairs], dtype=np.int64)
        at = np.array([when for _, when in pairs], dtype=np.int64)
    return score_decisions(artifact, history, Decisions(rows, at))


def score_decisions(artifact: Artifact, history: History, decisions: Decisions) -> list[Score]:
    """Score any decisions (sorted by person and time), several instants per person allowed."""
    table = as_if_asked(compute(history, decisions, artifact.items))
    own = table.display["own_running_rate"]
    bands = [_band(model, table) for model in artifact.horizons]
    groups, shares = _contributions(artifact, table)
    names = list(table.display)
    numbers = np.column_stack([table.display[name] for name in names]) if len(decisions) else np.zeros((0, 0))
    scores = []
    for row in range(len(decisions)):
        shown = dict(zip(names, numbers[row].tolist(), strict=True))
        coverage = coverage_of(artifact.coverage, shown)
        raising, lowering = _reasons(coverage, groups, shares[row], shown)
        scores.append(
            Score(
                person_id=history.people.person_id[decisions.person[row]],
                decided_at=instant(int(decisions.at[row])),
                horizons=tuple(
                    _horizon(model, coverage, band[row], float(own[row]))
                    for model, band in zip(artifact.horizons, bands, strict=True)
                ),
                coverage=coverage,
                reasons=raising,
                counter_evidence=lowering,
                model_name=artifact.name,
                model_version=artifact.version,
            )
        )
    return scores


def probabilities(artifact: Artifact, history: History, decisions: Decisions) -> dict[int, Floats]:
    """Only the probabilities, by horizon in hours, whatever the coverage: for evaluation and monitoring."""
    table = as_if_asked(compute(history, decisions, artifact.items))
    return {model.horizon_hours: model.probability(table.values) for model in artifact.horizons}


def _band(model: HorizonModel, table: FeatureTable) -> Floats:
    """Probability, low and high end per decision, shape (decisions, 3).

    The band joins two variances of the log-odds: of the weights (person-clustered covariance), and of the
    client's own rate, known from few days (delta method on the beta posterior of the shrunk rate). It leaves
    out what the model does not know; an approximation of ours (assumption).
    """
    z = model.scaler.apply(table.values)
    logits = model.platt.apply(model.fitted.logits(z))
    design = np.column_stack([np.ones(len(z)), z])
    variance = (_product(design, model.covariance) * design).sum(axis=1)
    own = table.names.index("own_rate")
    spread = model.scaler.spread[own]
    weight = model.ridge_weights[own] / spread if spread > 0 else 0.0
    k, days = table.display["drinking_days"], table.display["informed_days"]
    dry = np.maximum(days - k, 0.0)
    variance = variance + weight**2 * (1 / (k + 1.0) + 1 / (dry + 1.0))
    half = BAND_Z * model.platt.slope * np.sqrt(np.maximum(variance, 0.0))
    return np.column_stack([sigmoid(logits), sigmoid(logits - half), sigmoid(logits + half)])


def _product(rows: Floats, square: Floats) -> Floats:
    """rows @ square in blocks of one size, so that a row's bits do not depend on how many rows come along."""
    product = np.empty_like(rows)
    block = np.zeros((_BLOCK, rows.shape[1]))
    for first in range(0, len(rows), _BLOCK):
        part = rows[first : first + _BLOCK]
        block[: len(part)] = part
        product[first : first + _BLOCK] = (block @ square)[: len(part)]
    return product


def _horizon(model: HorizonModel, coverage: Coverage, band: Floats, own: float) -> HorizonScore:
    if coverage.level == "too_little":
        return HorizonScore(model.horizon_hours, None, None, None, own)
    return HorizonScore(model.horizon_hours, float(band[0]), float(band[1]), float(band[2]), own)


def _contributions(artifact: Artifact, table: FeatureTable) -> tuple[list[str], Floats]:
    """Reason groups, and each one's share of the first horizon's log-odds (decisions, groups).

    Additive: the shares and the log-odds of the average training day add up to the score. For linear models
    setting a group's features to those of the average day takes exactly its share away.
    """
    model = artifact.horizons[0]
    names = [f.group for f in artifact.features]
    groups = list(dict.fromkeys(names))
    number = np.array([groups.index(name) for name in names], dtype=np.int64)
    shares = model.fitted.shares(model.scaler.apply(table.values), number, len(groups))
    return groups, model.platt.slope * shares


def _reasons(
    coverage: Coverage, groups: list[str], shares: Floats, shown: dict[str, float]
) -> tuple[tuple[Reason, ...], tuple[Reason, ...]]:
    if coverage.level == "too_little":
        return (), ()
    raising: list[Reason] = []
    lowering: list[Reason] = []
    for k in np.argsort(-np.abs(shares), kind="stable").tolist():
        weight = float(shares[k])
        wanted = raising if weight > 0 else lowering
        if abs(weight) < SMALLEST_WEIGHT:
            break
        if len(wanted) < REASONS_SHOWN and (said := reason(groups[k], weight, shown)) is not None:
            wanted.append(said)
    return tuple(raising), tuple(lowering)
