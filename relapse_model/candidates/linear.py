"""Linear candidates: base rate (no column), own rate (one), drinking history (some), ridge (all)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from relapse_model.candidates.fitted import finite, grouped
from relapse_model.frame import Bools, Floats, Ints
from relapse_model.logistic import Weights, fit_logistic


@dataclass(frozen=True)
class Linear:
    """A logistic regression; a column that is not used has weight 0."""

    weights: Weights

    @property
    def kind(self) -> str:
        """`linear`."""
        return "linear"

    def logits(self, z: Floats) -> Floats:
        """Log-odds of each row."""
        return self.weights.logits(z)

    def shares(self, z: Floats, group: Ints, groups: int) -> Floats:
        """Weight times standardised value, summed by group."""
        return grouped(z * self.weights.weights, group, groups)

    def to_json(self) -> dict[str, Any]:
        """Intercept and weights."""
        return {"intercept": self.weights.intercept, "weights": self.weights.weights.tolist()}

    @classmethod
    def from_json(cls, document: Any) -> Linear:
        """The inverse of `to_json`. Raises ValueError, KeyError or TypeError for anything else."""
        intercept = finite([document["intercept"]])[0]
        return cls(Weights(float(intercept), finite(document["weights"])))


def fit_linear(
    z: Floats, y: Floats, columns: Bools, penalty: Floats, signs: Ints, start: Linear | None = None
) -> Linear:
    """Fit on the chosen columns; `penalty` and `signs` have one entry per column of `z`."""
    chosen = np.flatnonzero(columns)
    first = None if start is None else Weights(start.weights.intercept, start.weights.weights[chosen])
    fitted = fit_logistic(z[:, chosen], y, penalty[chosen], signs[chosen], first)
    weights = np.zeros(z.shape[1])
    weights[chosen] = fitted.weights
    return Linear(Weights(fitted.intercept, weights))
