"""Measures of a score against what happened, each vectorised over decisions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from relapse_model.frame import Floats, Ints


class Ranking:
    """A score's order, sorted once; its AUROC can then be taken again and again under person weights."""

    def __init__(self, score: Floats, y: Floats) -> None:
        self._order = np.argsort(score, kind="stable")
        self._y = y[self._order]
        sorted_score = score[self._order]
        self._ties = np.flatnonzero(np.r_[True, sorted_score[1:] != sorted_score[:-1]])

    def auroc(self, weight: Floats | None = None) -> float:
        """AUROC, ties counted half (Mann-Whitney); NaN when only one outcome is there."""
        w = np.ones(len(self._y)) if weight is None else weight[self._order]
        positive = np.add.reduceat(w * self._y, self._ties) if len(w) else np.zeros(0)
        negative = np.add.reduceat(w * (1 - self._y), self._ties) if len(w) else np.zeros(0)
        below = np.cumsum(negative) - negative
        pairs = positive.sum() * negative.sum()
        return float((positive * (below + 0.5 * negative)).sum() / pairs) if pairs > 0 else float("nan")


class TopRanking:
    """A score's order, highest first, for the PPV of its top share again and again under person weights."""

    def __init__(self, score: Floats, y: Floats, share: float = 0.10) -> None:
        self._order = np.argsort(-score, kind="stable")
        self._y = y[self._order]
        self._share = share

    def ppv(self, weight: Floats) -> float:
        """Weighted share of events among the top; NaN when the top is empty."""
        w = weight[self._order]
        total = np.cumsum(w)
        last = int(np.searchsorted(total, self._share * total[-1], side="right"))
        top = float(total[last - 1]) if last else 0.0
        return float((w[:last] * self._y[:last]).sum() / top) if top > 0 else float("nan")


def auroc(score: Floats, y: Floats) -> float:
    """AUROC, ties counted half; NaN when only one outcome is there."""
    return Ranking(score, y).auroc()


def within_person_aurocs(score: Floats, y: Floats, person: Ints) -> tuple[Floats, Floats]:
    """The AUROC of each person with both outcomes, in order of person number, and how many decisions each has."""
    if not len(score):
        return np.zeros(0), np.zeros(0)
    order = np.lexsort((score, person))
    s, y, p = score[order], y[order], person[order]
    new_person = np.r_[True, p[1:] != p[:-1]]
    tie = np.cumsum(np.r_[True, new_person[1:] | (s[1:] != s[:-1])]) - 1
    first = np.flatnonzero(np.r_[True, tie[1:] != tie[:-1]])
    size = np.diff(np.r_[first, len(s)])
    start = np.flatnonzero(new_person)
    of = np.cumsum(new_person) - 1
    rank = (first + (size - 1) / 2)[tie] - start[of] + 1
    count = np.bincount(of).astype(np.float64)
    positives = np.bincount(of, weights=y)
    negatives = count - positives
    above = np.bincount(of, weights=rank * y) - positives * (positives + 1) / 2
    both = (positives > 0) & (negatives > 0)
    return above[both] / (positives[both] * negatives[both]), count[both]


def brier_skill(probability: Floats, y: Floats) -> float:
    """1 - Brier / Brier of the base rate: 0 is as good as always saying the base rate."""
    base = float(y.mean())
    reference = base * (1 - base)
    return float(1 - ((probability - y) ** 2).mean() / reference) if reference > 0 else float("nan")


@dataclass(frozen=True)
class TopShare:
    """How the highest-scored tenth of decisions did."""

    ppv: float
    sensitivity: float
    per_person_week: float


def top_share(score: Floats, y: Floats, share: float = 0.10) -> TopShare:
    """PPV and sensitivity when the top `share` of decisions alert, and alerts per person-week."""
    n = int(len(y) * share)
    if n == 0 or y.sum() == 0:
        return TopShare(float("nan"), float("nan"), float("nan"))
    top = np.argsort(-score, kind="stable")[:n]
    return TopShare(float(y[top].mean()), float(y[top].sum() / y.sum()), 7.0 * n / len(y))


def calibration_bins(probability: Floats, y: Floats, bins: int = 10) -> list[dict[str, float]]:
    """Mean probability and share of events in equally large groups of rising probability."""
    order = np.argsort(probability, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    return [
        {
            "n": float(len(part)),
            "predicted": float(probability[part].mean()),
            "observed": float(y[part].mean()),
        }
        for part in parts
    ]
