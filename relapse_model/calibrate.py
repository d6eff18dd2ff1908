"""Calibration of scores on people the score has not seen (Platt scaling)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from relapse_model.frame import Floats
from relapse_model.logistic import fit_logistic, logit


@dataclass(frozen=True)
class Platt:
    """Calibrated log-odds = intercept + slope * raw log-odds; the slope is never negative (Platt 1999)."""

    intercept: float = 0.0
    slope: float = 1.0

    def apply(self, logits: Floats) -> Floats:
        """Calibrated log-odds."""
        return np.asarray(self.intercept + self.slope * logits)


def fit_platt(logits: Floats, y: Floats) -> Platt:
    """Fit on out-of-fold log-odds and what then happened (0.0 / 1.0)."""
    fitted = fit_logistic(logits[:, None], y, np.zeros(1), np.ones(1, dtype=np.int64))
    return Platt(fitted.intercept, max(float(fitted.weights[0]), 0.0))


def calibration_line(probability: Floats, y: Floats) -> tuple[float, float]:
    """Intercept and slope of what happened on the log-odds of the probability; (0, 1) is perfect."""
    fitted = fit_logistic(logit(probability)[:, None], y, np.zeros(1), np.zeros(1, dtype=np.int64))
    return fitted.intercept, float(fitted.weights[0])
