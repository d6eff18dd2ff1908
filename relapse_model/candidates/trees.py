"""Gradient-boosted trees with monotone constraints: fitted by scikit-learn, scored in numpy from plain numbers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from relapse_model.candidates.attribution import LeafPaths, leaf_paths, shapley_shares
from relapse_model.candidates.fitted import finite
from relapse_model.candidates.tree import Forest, Tree
from relapse_model.frame import Floats, Ints

LEARNING_RATE = 0.06
AT_MOST_DEPTH = 4
_FEW_ROWS = 64
"""Up to here all trees at once are quicker (one row: 3.4 ms against 0.1)."""


@dataclass(frozen=True, eq=False)
class Trees:
    """A sum of trees on top of a constant."""

    baseline: float
    trees: tuple[Tree, ...]

    @property
    def kind(self) -> str:
        """`trees`."""
        return "trees"

    def logits(self, z: Floats) -> Floats:
        """Log-odds of each row."""
        columns = np.ascontiguousarray(z.T)
        total = np.full(len(z), self.baseline)
        # Added one after the other either way: a row's bits do not depend on how many rows come along.
        if self.trees and len(z) <= _FEW_ROWS:
            for values in self._forest.values(columns):
                total += values
        else:
            for tree in self.trees:
                total += tree.values(columns)
        return total

    @cached_property
    def _forest(self) -> Forest:
        return Forest.of(self.trees)

    def first(self, number: int) -> Trees:
        """Only the first so many trees: the same model stopped earlier."""
        return Trees(self.baseline, self.trees[:number])

    def shares(self, z: Floats, group: Ints, groups: int) -> Floats:
        """Shapley values of the groups against the average training day (Lundberg 2020, one reference row)."""
        return shapley_shares(_paths(self, tuple(group.tolist())), z, groups)

    def to_json(self) -> dict[str, Any]:
        """Baseline and the nodes of each tree."""
        return {
            "baseline": self.baseline,
            "trees": [{name: array.tolist() for name, array in vars(tree).items()} for tree in self.trees],
        }

    @classmethod
    def from_json(cls, document: Any) -> Trees:
        """The inverse of `to_json`. Raises ValueError, KeyError or TypeError for anything else."""
        return cls(
            float(finite([document["baseline"]])[0]),
            tuple(_tree_from_json(tree) for tree in document["trees"]),
        )


@lru_cache(maxsize=8)
def _paths(trees: Trees, group: tuple[int, ...]) -> LeafPaths:
    """The leaves as lists of conditions, kept: one client on arrival should not wait for them."""
    return leaf_paths(trees.trees, np.array(group, dtype=np.int64))


def fit_trees(
    z: Floats, y: Floats, signs: Ints, trees: int, leaves: int, seed: int, share_of_columns: float = 1.0
) -> Trees:
    """Boost `trees` trees of at most `leaves` leaves; where the sign is +1 a larger value never lowers the score.

    `share_of_columns` are drawn anew for every split (Breiman 2001): with few rows one strong column would
    otherwise stand in every tree, and its noise with it.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier  # only training needs it

    varied = np.flatnonzero(z.max(axis=0) > z.min(axis=0))
    if not len(varied) or y.min() == y.max():
        mean = float(np.clip(y.mean(), 1e-6, 1 - 1e-6))
        return Trees(float(np.log(mean / (1 - mean))), ())
    booster = HistGradientBoostingClassifier(
        learning_rate=LEARNING_RATE,
        max_iter=trees,
        max_leaf_nodes=leaves,
        max_depth=AT_MOST_DEPTH,
        min_samples_leaf=int(np.clip(len(y) // 400, 20, 200)),
        l2_regularization=10.0,
        max_bins=64,
        monotonic_cst=signs[varied],
        max_features=share_of_columns,
        early_stopping=False,
        random_state=seed,
    ).fit(z[:, varied], y)
    baseline = float(np.ravel(booster._baseline_prediction)[0])  # noqa: SLF001
    found = tuple(_tree(stage[0].nodes, varied) for stage in booster._predictors)  # noqa: SLF001
    return Trees(baseline, found)


def _tree(nodes: Any, varied: Ints) -> Tree:
    leaf = nodes["is_leaf"].astype(bool)
    return Tree(
        column=np.where(leaf, -1, varied[nodes["feature_idx"]]).astype(np.int64),
        threshold=np.where(leaf, 0.0, nodes["num_threshold"]).astype(np.float64),
        left=nodes["left"].astype(np.int64),
        right=nodes["right"].astype(np.int64),
        value=nodes["value"].astype(np.float64),
    )


def _tree_from_json(document: Any) -> Tree:
    whole = {name: np.array(document[name], dtype=np.int64) for name in ("column", "left", "right")}
    tree = Tree(**whole, threshold=finite(document["threshold"]), value=finite(document["value"]))
    size = len(tree.column)
    inner = tree.column >= 0
    forward = (tree.left > np.arange(size)) & (tree.right > np.arange(size))
    inside = (tree.left < size) & (tree.right < size)
    same = {len(tree.left), len(tree.right), len(tree.threshold), len(tree.value)} == {size}
    if not (same and size and (inside & forward)[inner].all()):
        raise ValueError("a tree does not hang together")
    return tree
