"""Partial pooling: each person's own rate is pulled towards the others', as strongly as the data say.

The own rate is a beta-binomial posterior mean (k + a) / (n + a + b) with a and b by maximum likelihood over the
training people, instead of the fixed 0.2 and 2.8 of the yardstick; the rest is a ridge regression. A new person's
rate starts at a / (a + b) and is trusted more with every day known about.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import lgamma
from typing import Any

import numpy as np

from relapse_model.candidates.fitted import finite, grouped
from relapse_model.candidates.linear import Linear
from relapse_model.frame import Floats, Ints
from relapse_model.logistic import logit, sigmoid

PRIOR_DAYS, PRIOR_DRINKING_DAYS = 3.0, 0.2
"""The fixed shrinkage of the column `own_rate`, taken back here."""
_RATES = (0.002, 0.005, 0.01, 0.02, 0.04, 0.07, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5)
_STRENGTHS = (0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 8.0, 13.0, 21.0, 34.0)


@dataclass(frozen=True)
class OwnRate:
    """Where the own rate and the days known about stand among the columns, and how they were standardised."""

    rate_column: int
    days_column: int
    mean: tuple[float, float]
    spread: tuple[float, float]

    def counts(self, z: Floats) -> tuple[Floats, Floats]:
        """Drinking days and days known about of each row, from its standardised columns."""
        rate = sigmoid(z[:, self.rate_column] * self.spread[0] + self.mean[0])
        days = np.maximum(np.expm1(z[:, self.days_column] * self.spread[1] + self.mean[1]), 0.0)
        return np.maximum(rate * (days + PRIOR_DAYS) - PRIOR_DRINKING_DAYS, 0.0), days


@dataclass(frozen=True)
class Pooled:
    """A linear model in which the column of the own rate is the pooled rate, standardised as the old one."""

    own: OwnRate
    prior_rate: float
    prior_days: float
    linear: Linear

    @property
    def kind(self) -> str:
        """`pooled`."""
        return "pooled"

    def pooled(self, z: Floats) -> Floats:
        """`z` with the pooled rate in the column of the own rate."""
        k, n = self.own.counts(z)
        rate = (k + self.prior_rate * self.prior_days) / (n + self.prior_days)
        spread = self.own.spread[0] if self.own.spread[0] > 0 else 1.0
        changed = z.copy()
        value = (logit(np.clip(rate, 1e-4, 1 - 1e-4)) - self.own.mean[0]) / spread
        changed[:, self.own.rate_column] = np.clip(value, -5.0, 5.0)
        return changed

    def logits(self, z: Floats) -> Floats:
        """Log-odds of each row."""
        return self.linear.logits(self.pooled(z))

    def shares(self, z: Floats, group: Ints, groups: int) -> Floats:
        """Weight times value on the pooled scale, minus that of the average day."""
        average = self.pooled(np.zeros((1, z.shape[1])))
        return grouped((self.pooled(z) - average) * self.linear.weights.weights, group, groups)

    def to_json(self) -> dict[str, Any]:
        """Prior, columns and weights."""
        own = {**vars(self.own), "mean": list(self.own.mean), "spread": list(self.own.spread)}
        return {
            "own": own,
            "prior_rate": self.prior_rate,
            "prior_days": self.prior_days,
            "linear": self.linear.to_json(),
        }

    @classmethod
    def from_json(cls, document: Any) -> Pooled:
        """The inverse of `to_json`. Raises ValueError, KeyError or TypeError for anything else."""
        own = document["own"]
        mean, spread = finite(own["mean"]), finite(own["spread"])
        return cls(
            OwnRate(
                int(own["rate_column"]),
                int(own["days_column"]),
                (float(mean[0]), float(mean[1])),
                (float(spread[0]), float(spread[1])),
            ),
            float(finite([document["prior_rate"]])[0]),
            float(finite([document["prior_days"]])[0]),
            Linear.from_json(document["linear"]),
        )

    def with_linear(self, linear: Linear) -> Pooled:
        """The same pooling under other weights."""
        return replace(self, linear=linear)


def fit_prior(drinking_days: Floats, days: Floats) -> tuple[float, float]:
    """The beta prior (mean, days' worth) under which people's counts are most likely, on a grid.

    One (drinking days, days) pair per person; the beta-binomial likelihood of Skellam 1948.
    """
    k = np.round(np.minimum(drinking_days, days)).astype(np.int64)
    n = np.maximum(np.round(days).astype(np.int64), k)
    pairs, counts = np.unique(np.column_stack([k, n]), axis=0, return_counts=True)
    best, chosen = -np.inf, (_RATES[0], _STRENGTHS[0])
    for rate in _RATES:
        for strength in _STRENGTHS:
            a, b = rate * strength, (1 - rate) * strength
            found = sum(
                int(times) * (_log_beta(a + int(hit), b + int(tries - hit)) - _log_beta(a, b))
                for (hit, tries), times in zip(pairs, counts, strict=True)
            )
            if found > best:
                best, chosen = found, (rate, strength)
    return chosen


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)
