"""Ridge logistic regression with signs that may not turn, in numpy.

scikit-learn's LogisticRegression takes no sign constraints, and a warning such as a missed test may never
lower a risk; without constraints both give the same weights (tested).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from relapse_model.frame import Floats, Ints

_STEPS = 50
_TOLERANCE = 1e-6


@dataclass(frozen=True)
class Weights:
    """Intercept and one weight per column."""

    intercept: float
    weights: Floats

    def logits(self, z: Floats) -> Floats:
        """Log-odds of each row of `z` (rows, columns); a row's value does not depend on the other rows."""
        # A plain row sum, not a matrix product: BLAS may round differently with the number of rows.
        return np.asarray(self.intercept + (z * self.weights).sum(axis=1))


def fit_logistic(z: Floats, y: Floats, penalty: Floats, signs: Ints, start: Weights | None = None) -> Weights:
    """Minimise the log loss + sum(penalty * weight^2) / 2, with weight >= 0 where the sign is +1.

    `z` has shape (rows, columns), `y` holds 0.0 and 1.0, `penalty` one value >= 0 per column. Constrained
    weights are found by an active set: those that would turn are held at 0 and the rest fitted again.
    """
    held = ~(np.abs(z).max(axis=0, initial=0.0) > 0)
    first = np.zeros(z.shape[1]) if start is None else start.weights
    intercept = _logit_mean(y) if start is None else start.intercept
    for _ in range(z.shape[1] + 1):
        free = np.flatnonzero(~held)
        intercept, part = _newton(z[:, free], y, penalty[free], intercept, first[free])
        weights = np.zeros(z.shape[1])
        weights[free] = part
        turned = (signs > 0) & (weights < 0)
        if not turned.any():
            break
        # One at a time, the worst first: holding one often turns the next one back.
        held[int(np.argmin(np.where(turned, weights, 0.0)))] = True
        first = np.where(held, 0.0, weights)
    return Weights(intercept, weights)


def covariance(z: Floats, y: Floats, person: Ints, penalty: Floats, fitted: Weights) -> Floats:
    """Person-clustered (sandwich) covariance of (intercept, weights); 0 for weights held at 0.

    Decisions of one person are not independent, so residuals are summed per person before they are squared
    (Liang and Zeger 1986).
    """
    free = np.flatnonzero(fitted.weights != 0)
    design = np.column_stack([np.ones(len(y)), z[:, free]])
    p = sigmoid(fitted.logits(z))
    bread = (design * (p * (1 - p))[:, None]).T @ design + np.diag(np.r_[0.0, penalty[free]])
    _, of = np.unique(person, return_inverse=True)
    sums = np.zeros((int(of.max()) + 1, design.shape[1]))
    np.add.at(sums, of, design * (y - p)[:, None])
    inverse = np.linalg.inv(bread)
    whole = np.zeros((z.shape[1] + 1, z.shape[1] + 1))
    rows = np.r_[0, free + 1]
    whole[np.ix_(rows, rows)] = inverse @ (sums.T @ sums) @ inverse
    return whole


def sigmoid(x: Floats) -> Floats:
    """1 / (1 + exp(-x)), safe for large |x|."""
    return np.asarray(0.5 * (1 + np.tanh(0.5 * x)))


def logit(p: Floats) -> Floats:
    """Log-odds of probabilities, kept off 0 and 1."""
    q = np.clip(p, 1e-9, 1 - 1e-9)
    return np.asarray(np.log(q) - np.log1p(-q))


def _newton(
    z: Floats, y: Floats, penalty: Floats, intercept: float, weights: Floats
) -> tuple[float, Floats]:
    design = np.column_stack([np.ones(len(y)), z])
    beta = np.r_[intercept, weights]
    # A trace of penalty on everything keeps the step defined when a column repeats another.
    ridge = np.r_[1e-6, np.maximum(penalty, 1e-6)]
    loss = _loss(design, y, ridge, beta)
    for _ in range(_STEPS):
        p = sigmoid(design @ beta)
        gradient = design.T @ (y - p) - ridge * beta
        curvature = (design * np.maximum(p * (1 - p), 1e-9)[:, None]).T @ design + np.diag(ridge)
        step = np.linalg.solve(curvature, gradient)
        size = 1.0
        while (new := _loss(design, y, ridge, beta + size * step)) > loss and size > 1e-4:
            size /= 2
        beta = beta + size * step
        loss = new
        if np.abs(size * step).max() < _TOLERANCE:
            break
    return float(beta[0]), beta[1:]


def _loss(design: Floats, y: Floats, ridge: Floats, beta: Floats) -> float:
    x = design @ beta
    return float((np.logaddexp(0.0, x) - y * x).sum() + 0.5 * (ridge * beta * beta).sum())


def _logit_mean(y: Floats) -> float:
    mean = min(max(float(y.mean()), 1e-6), 1 - 1e-6)
    return float(np.log(mean / (1 - mean)))
