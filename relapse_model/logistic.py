"""Ridge logistic regression with signs that may not turn, in numpy.

scikit-learn's LogisticRegression takes no sign constraints, and a warning such as a missed test may never
lower a risk; without constraints both give the same weights (tested).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from relapse_model.frame import Bools, Floats, Ints

_STEPS = 50
_TOLERANCE = 1e-5


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

    `z` has shape (rows, columns), `y` holds 0.0 and 1.0, `penalty` one value >= 0 per column. Projected
    Newton steps (Bertsekas 1982).
    """
    first = np.zeros(z.shape[1]) if start is None else start.weights
    beta = np.r_[_logit_mean(y) if start is None else start.intercept, first]
    design = np.column_stack([np.ones(len(y)), z])
    # A trace of penalty keeps the step defined when a column repeats another.
    ridge = np.r_[1e-6, np.maximum(penalty, 1e-6)]
    bounded = np.r_[False, signs > 0]
    loss = _loss(design, y, ridge, beta)
    for _ in range(_STEPS):
        step = _step(design, y, ridge, beta, bounded)
        size = 1.0
        while (new := _loss(design, y, ridge, _moved(beta, size * step, bounded))) > loss and size > 1e-4:
            size /= 2
        moved = _moved(beta, size * step, bounded)
        change = float(np.abs(moved - beta).max())
        beta, loss = moved, new
        if change < _TOLERANCE:
            break
    return Weights(float(beta[0]), beta[1:])


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


def _step(design: Floats, y: Floats, ridge: Floats, beta: Floats, bounded: Bools) -> Floats:
    """The Newton step in the weights that are free: not at their bound with the loss pushing outwards."""
    p = sigmoid(design @ beta)
    gradient = design.T @ (y - p) - ridge * beta
    free = np.flatnonzero(~(bounded & (beta <= 0) & (gradient <= 0)))
    part = design[:, free]
    curvature = (part * np.maximum(p * (1 - p), 1e-9)[:, None]).T @ part + np.diag(ridge[free])
    step = np.zeros(len(beta))
    step[free] = np.linalg.solve(curvature, gradient[free])
    return step


def _moved(beta: Floats, step: Floats, bounded: Bools) -> Floats:
    return np.where(bounded, np.maximum(beta + step, 0.0), beta + step)


def _loss(design: Floats, y: Floats, ridge: Floats, beta: Floats) -> float:
    x = design @ beta
    return float((np.logaddexp(0.0, x) - y * x).sum() + 0.5 * (ridge * beta * beta).sum())


def _logit_mean(y: Floats) -> float:
    mean = min(max(float(y.mean()), 1e-6), 1 - 1e-6)
    return float(np.log(mean / (1 - mean)))
