"""The ladder of candidates, simplest first, and which rung is good enough.

A variant is one rung: a candidate with its setting. Nested person-grouped folds give each variant's loss on people
it was not fitted on; the simplest one within one standard error of the best wins (Breiman 1984).

Among trees, simple means little weight on them: a blend gives its trees half the weight, so a blend of 80 trees stands
beside 40 boosted ones, just before them, since its other half is a rung that stands lower already. (Until November 2026
every blend stood above all boosting; the order was changed after both public studies had been looked at.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from relapse_model.candidates.blend import Blend
from relapse_model.candidates.fitted import Fitted
from relapse_model.candidates.linear import Linear, fit_linear
from relapse_model.candidates.pooled import OwnRate, Pooled, fit_prior
from relapse_model.candidates.trees import Trees, fit_trees
from relapse_model.features import Feature
from relapse_model.frame import Bools, Floats, Ints
from relapse_model.horizon import Scaler

CANDIDATES: Final = ("base_rate", "own_rate", "logistic_history", "ridge", "pooled", "boosting", "blend")
"""Simplest first."""
PENALTIES: Final = (1000.0, 100.0, 10.0)
STAGES: Final = (40, 80, 160, 240)
_HISTORY_GROUPS = frozenset({"own_rate", "recent_drinking", "own_weekday", "programme"})
_BLEND_PENALTY = 30.0
_FEW_ROWS = 6000


@dataclass(frozen=True, order=True)
class Variant:
    """A rung: how complex it is (simplest first), the candidate's name and its setting."""

    complexity: tuple[int, float, int]
    candidate: str
    setting: float


def variants(only: str | None = None, rows: int = 1_000_000) -> tuple[Variant, ...]:
    """Every variant, simplest first; `only` keeps those of one candidate. Raises ValueError for no such name.

    At most one tree per ten decisions: more cannot be told from noise.
    """
    if only is not None and only not in CANDIDATES:
        raise ValueError(f"no candidate is called {only!r}; there are {', '.join(CANDIDATES)}")
    stages = tuple(stage for stage in STAGES if stage <= max(rows // 10, STAGES[0]))
    settings = {
        "ridge": PENALTIES,
        "pooled": PENALTIES[1:],
        "boosting": stages,
        "blend": stages,
        "logistic_history": (10.0,),
    }
    found = (
        Variant(_complexity(name, place, setting), name, float(setting))
        for name in CANDIDATES
        if only in {None, name}
        for place, setting in enumerate(settings.get(name, (1.0,)))
    )
    return tuple(sorted(found))


def _complexity(name: str, place: int, setting: float) -> tuple[int, float, int]:
    """Place on the ladder, weight on trees, place among the candidate's own settings."""
    trees = {"boosting": setting, "blend": setting / 2}.get(name)
    if trees is None:
        return CANDIDATES.index(name), 0.0, place
    return CANDIDATES.index("boosting"), trees, int(name == "boosting")


class Fitter:
    """Fits variants on the same rows, each started from what the ones before it found."""

    def __init__(
        self, z: Floats, y: Floats, person: Ints, scaler: Scaler, features: tuple[Feature, ...], seed: int
    ) -> None:
        """`z` holds the standardised columns of `features` for rows sorted by person and time."""
        self._z, self._y, self._person = z, y, person
        self._scaler, self._features, self._seed = scaler, features, seed
        self._signs = np.array([f.sign for f in features], dtype=np.int64)
        self._unit = np.array([0.01 if f.group == "own_rate" else 1.0 for f in features])
        self._pooled: Pooled | None = None
        self._pools: dict[float, Pooled] = {}
        self._boosted: tuple[int, Any] | None = None

    def fit(self, variant: Variant, most_trees: int | None = None) -> Fitted:
        """Fit one variant; `most_trees` lets several stages of boosting share one run."""
        name = variant.candidate
        if name == "blend":
            return Blend(self._pool(_BLEND_PENALTY), self._boost(int(variant.setting), most_trees or 0))
        if name == "boosting":
            return self._boost(int(variant.setting), most_trees or 0)
        if name == "pooled":
            return self._pool(variant.setting)
        return self.linear(self._columns(name), variant.setting)

    def linear(self, columns: Bools, penalty: float) -> Linear:
        """A linear model on some columns."""
        return fit_linear(self._z, self._y, columns, penalty * self._unit, self._signs)

    def _columns(self, name: str) -> Bools:
        if name == "own_rate":
            chosen = [f.name == "running_rate" for f in self._features]
        elif name == "logistic_history":
            chosen = [f.group in _HISTORY_GROUPS for f in self._features]
        else:
            chosen = [name == "ridge"] * len(self._features)
        return np.array(chosen, dtype=bool)

    def _pool(self, penalty: float) -> Pooled:
        if penalty not in self._pools:
            self._pools[penalty] = self._fit_pool(penalty)
        return self._pools[penalty]

    def _fit_pool(self, penalty: float) -> Pooled:
        if self._pooled is None:
            names = [f.name for f in self._features]
            rate, days = names.index("own_rate"), names.index("days_in_programme")
            mean, spread = self._scaler.mean, self._scaler.spread
            own = OwnRate(
                rate,
                days,
                (float(mean[rate]), float(mean[days])),
                (float(spread[rate]), float(spread[days])),
            )
            last = np.flatnonzero(np.r_[self._person[1:] != self._person[:-1], True])
            prior = fit_prior(*own.counts(self._z[last]))
            self._pooled = Pooled(own, *prior, Linear(self.linear(self._columns("base_rate"), 1.0).weights))
        z = self._pooled.pooled(self._z)
        every = np.ones(z.shape[1], dtype=bool)
        return self._pooled.with_linear(fit_linear(z, self._y, every, penalty * self._unit, self._signs))

    def _boost(self, trees: int, most: int) -> Trees:
        if self._boosted is None or self._boosted[0] < trees:
            most = max(most, trees)
            few = len(self._y) < _FEW_ROWS
            leaves, share = (4, 1 / np.sqrt(self._z.shape[1])) if few else (8, 1.0)
            self._boosted = (most, fit_trees(self._z, self._y, self._signs, most, leaves, self._seed, share))
        found: Trees = self._boosted[1].first(trees)
        return found


def choose(
    held_out: dict[Variant, Floats], y: Floats, person: Ints
) -> tuple[Variant, tuple[dict[str, Any], ...]]:
    """The simplest variant within one standard error (over people) of the best, and the losses of all."""
    _, of = np.unique(person, return_inverse=True)
    losses = {v: np.bincount(of, weights=np.logaddexp(0.0, x) - y * x) for v, x in held_out.items()}
    best = min(sorted(losses), key=lambda v: float(losses[v].sum()))
    chosen, tried = best, []
    for variant in sorted(losses, reverse=True):
        worse = losses[variant] - losses[best]
        error = float(worse.std() / np.sqrt(len(worse)))
        if worse.mean() <= error:
            chosen = variant
        tried.append(
            {
                "candidate": variant.candidate,
                "setting": variant.setting,
                "log_loss": round(float(losses[variant].sum() / len(y)), 6),
                "worse_than_best_per_person": round(float(worse.mean()), 6),
                "standard_error": round(error, 6),
            }
        )
    return chosen, tuple(reversed(tried))
