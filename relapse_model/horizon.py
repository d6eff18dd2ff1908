"""One horizon's model: standardised features, a fitted candidate, calibration, and how it was chosen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from relapse_model.calibrate import Platt
from relapse_model.candidates.fitted import Fitted
from relapse_model.frame import Bools, Floats
from relapse_model.logistic import sigmoid

CLIP = 5.0


@dataclass(frozen=True)
class Scaler:
    """Per column the mean and the spread of known values, and their range; spread 0 switches a column off."""

    mean: Floats
    spread: Floats
    low: Floats
    high: Floats

    def apply(self, values: Floats) -> Floats:
        """Standardised values within +-5, never beyond the training range: a model does not extrapolate.

        What is not known becomes 0, the average training day.
        """
        known = np.clip(values, self.low, self.high)
        z = (known - self.mean) / np.where(self.spread > 0, self.spread, 1.0)
        z = np.where(np.isnan(z) | (self.spread <= 0), 0.0, z)
        return np.asarray(np.clip(z, -CLIP, CLIP))


@dataclass(frozen=True)
class HorizonModel:
    """What gives the probability of one horizon.

    `covariance` is the person-clustered one of (intercept, weights) of a ridge model on the same columns: the
    band of a score rests on it, whichever candidate gives the score (an approximation of ours). `tried` lists
    every candidate with its loss on held-out people.
    """

    horizon_hours: int
    candidate: str
    scaler: Scaler
    fitted: Fitted
    platt: Platt
    ridge_weights: Floats
    covariance: Floats
    tried: tuple[dict[str, Any], ...] = field(default=())

    def logits(self, values: Floats) -> Floats:
        """Calibrated log-odds of feature rows (rows, columns)."""
        return self.platt.apply(self.fitted.logits(self.scaler.apply(values)))

    def probability(self, values: Floats) -> Floats:
        """The probability that drinking starts within the horizon."""
        return sigmoid(self.logits(values))


def fit_scaler(values: Floats) -> Scaler:
    """Mean, spread and range per column; one known in fewer than 1 % of rows, or constant, is switched off."""
    known = ~np.isnan(values)
    count = known.sum(axis=0)
    filled = np.where(known, values, 0.0)
    mean = filled.sum(axis=0) / np.maximum(count, 1)
    spread = np.sqrt((np.where(known, values - mean, 0.0) ** 2).sum(axis=0) / np.maximum(count, 1))
    low = np.where(known, values, np.inf).min(axis=0, initial=np.inf)
    high = np.where(known, values, -np.inf).max(axis=0, initial=-np.inf)
    off: Bools = (count < 0.01 * len(values)) | (spread < 1e-9)
    zero = np.zeros(values.shape[1])
    return Scaler(*(np.where(off, zero, column) for column in (mean, spread, low, high)))
