"""Fit one horizon: every candidate on inner person-grouped folds, calibration there too, then on everyone."""

from __future__ import annotations

import numpy as np

from relapse_model.calibrate import Platt, fit_platt
from relapse_model.features import Feature
from relapse_model.frame import Floats, Ints
from relapse_model.horizon import HorizonModel, fit_scaler
from relapse_model.ladder import Fitter, Variant, choose, variants
from relapse_model.logistic import covariance

INNER_FOLDS, INNER_FOLDS_OF_FEW = 3, 6
FEW_PEOPLE = 250
"""Small studies get more inner folds: the choice of a candidate is noisy there, and fitting is quick."""
AT_MOST_ROWS = 120_000
AT_MOST_ROWS_TO_CHOOSE = 60_000
"""Decisions fitted on at most: neighbouring days of one person say nearly the same, so longer studies are
thinned to every k-th decision (scores are still given for every decision)."""
_BAND_PENALTY = 100.0


def fit_horizon(
    horizon_hours: int,
    values: Floats,
    y: Floats,
    person: Ints,
    fold_of_person: Ints,
    features: tuple[Feature, ...],
    only: str | None = None,
    seed: int = 0,
) -> HorizonModel:
    """Fit one horizon on labelled rows sorted by person and time; `values` (rows, features) may hold NaN.

    `fold_of_person[person]` gives the inner folds: they choose the candidate (the simplest
    within one standard error of the best; `only` names one) and calibrate it.
    """
    keep = _thinned(len(y), AT_MOST_ROWS_TO_CHOOSE)
    rungs = variants("base_rate" if y.min() == y.max() else only, len(keep))
    held_out = _held_out(
        rungs, values[keep], y[keep], person[keep], fold_of_person[person[keep]], features, seed
    )
    chosen, tried = choose(held_out, y[keep], person[keep])
    platt = Platt() if chosen.candidate == "base_rate" else fit_platt(held_out[chosen], y[keep])
    keep = _thinned(len(y), AT_MOST_ROWS)
    values, y, person = values[keep], y[keep], person[keep]
    scaler = fit_scaler(values)
    z = scaler.apply(values)
    fitter = Fitter(z, y, person, scaler, features, seed)
    every = np.ones(z.shape[1], dtype=bool)
    ridge = fitter.linear(every, _BAND_PENALTY).weights
    penalty = np.full(z.shape[1], _BAND_PENALTY)
    return HorizonModel(
        horizon_hours=horizon_hours,
        candidate=chosen.candidate,
        scaler=scaler,
        fitted=fitter.fit(chosen),
        platt=platt,
        ridge_weights=ridge.weights,
        covariance=covariance(z, y, person, penalty, ridge),
        tried=tried,
    )


def _held_out(
    rungs: tuple[Variant, ...],
    values: Floats,
    y: Floats,
    person: Ints,
    fold: Ints,
    features: tuple[Feature, ...],
    seed: int,
) -> dict[Variant, Floats]:
    """Log-odds of every variant for people it was not fitted on."""
    held_out = {variant: np.zeros(len(y)) for variant in rungs}
    most_trees = max((int(v.setting) for v in rungs if v.candidate in {"boosting", "blend"}), default=0)
    for k in range(int(fold.max()) + 1):
        train = fold != k
        if not train.any() or train.all():
            continue
        scaler = fit_scaler(values[train])
        fitter = Fitter(scaler.apply(values[train]), y[train], person[train], scaler, features, seed)
        seen = scaler.apply(values[~train])
        for variant in rungs:
            held_out[variant][~train] = fitter.fit(variant, most_trees).logits(seen)
    return held_out


def _thinned(rows: int, most: int) -> Ints:
    step = -(-rows // most)
    return np.arange(0, rows, max(step, 1))
