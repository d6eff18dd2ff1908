"""One horizon's model: standardised features, ridge logistic, calibrated on people it was not fitted on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from relapse_model.calibrate import Platt, fit_platt
from relapse_model.features import Feature
from relapse_model.frame import Bools, Floats, Ints
from relapse_model.logistic import Weights, covariance, fit_logistic, sigmoid

PENALTIES = (10.0, 100.0, 1000.0)
"""Ridge penalties tried, weakest first, on standardised columns (chosen on unseen people)."""

INNER_FOLDS = 3
AT_MOST_ROWS = 120_000
"""Decisions fitted on at most: neighbouring days of one person say nearly the same, so longer studies are
thinned to every k-th decision (scores are still given for every decision)."""

CLIP = 5.0


@dataclass(frozen=True)
class Scaler:
    """Per column the mean and the spread of known values; spread 0 switches a column off."""

    mean: Floats
    spread: Floats

    def apply(self, values: Floats) -> Floats:
        """Standardised values within +-5; what is not known becomes 0, the average training day."""
        z = (values - self.mean) / np.where(self.spread > 0, self.spread, 1.0)
        z = np.where(np.isnan(z) | (self.spread <= 0), 0.0, z)
        return np.asarray(np.clip(z, -CLIP, CLIP))


@dataclass(frozen=True)
class HorizonModel:
    """What gives the probability of one horizon."""

    horizon_hours: int
    scaler: Scaler
    weights: Weights
    covariance: Floats
    platt: Platt
    penalty: float

    def logits(self, values: Floats) -> Floats:
        """Calibrated log-odds of feature rows (rows, columns)."""
        return self.platt.apply(self.weights.logits(self.scaler.apply(values)))

    def probability(self, values: Floats) -> Floats:
        """The probability that drinking starts within the horizon."""
        return sigmoid(self.logits(values))


def fit_horizon(
    horizon_hours: int,
    values: Floats,
    y: Floats,
    person: Ints,
    fold_of_person: Ints,
    features: tuple[Feature, ...],
) -> HorizonModel:
    """Fit one horizon on labelled rows.

    `fold_of_person[person]` (0..INNER_FOLDS-1) gives the inner folds: they choose the penalty (the strongest
    within one standard error of the best) and calibrate. `values` (rows, features) may hold NaN.
    """
    keep = _thinned(len(y))
    values, y, person = values[keep], y[keep], person[keep]
    signs = np.array([f.sign for f in features], dtype=np.int64)
    unit = np.array([0.01 if f.name == "own_rate" else 1.0 for f in features])
    fold = fold_of_person[person]
    held_out = {penalty: np.zeros(len(y)) for penalty in PENALTIES}
    for k in range(INNER_FOLDS):
        train = fold != k
        scaler = fit_scaler(values[train])
        z, seen = scaler.apply(values[train]), scaler.apply(values[~train])
        start = None
        for penalty in PENALTIES:
            start = fit_logistic(z, y[train], penalty * unit, signs, start)
            held_out[penalty][~train] = start.logits(seen)
    chosen = _simplest(held_out, y, person)
    platt = fit_platt(held_out[chosen], y)
    scaler = fit_scaler(values)
    z = scaler.apply(values)
    weights = fit_logistic(z, y, chosen * unit, signs)
    spread = covariance(z, y, person, chosen * unit, weights)
    return HorizonModel(horizon_hours, scaler, weights, spread, platt, chosen)


def fit_scaler(values: Floats) -> Scaler:
    """Mean and spread per column; a column known in fewer than 1 % of rows, or constant, is switched off."""
    known = ~np.isnan(values)
    count = known.sum(axis=0)
    filled = np.where(known, values, 0.0)
    mean = filled.sum(axis=0) / np.maximum(count, 1)
    spread = np.sqrt((np.where(known, values - mean, 0.0) ** 2).sum(axis=0) / np.maximum(count, 1))
    off: Bools = (count < 0.01 * len(values)) | (spread < 1e-9)
    return Scaler(np.where(off, 0.0, mean), np.where(off, 0.0, spread))


def _thinned(rows: int) -> Ints:
    step = -(-rows // AT_MOST_ROWS)
    return np.arange(0, rows, max(step, 1))


def _simplest(held_out: dict[float, Floats], y: Floats, person: Ints) -> float:
    """The strongest penalty whose loss lies within one standard error (over people) of the best."""
    _, of = np.unique(person, return_inverse=True)
    losses = {p: np.bincount(of, weights=np.logaddexp(0.0, x) - y * x) for p, x in held_out.items()}
    best = min(losses, key=lambda p: float(losses[p].sum()))
    for penalty in sorted(losses, reverse=True):
        worse = losses[penalty] - losses[best]
        if worse.mean() <= worse.std() / np.sqrt(len(worse)):
            return penalty
    return best
