"""Decision trees in arrays: one at a time for many rows, all at once for a few."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from relapse_model.frame import Floats, Ints


@dataclass(frozen=True)
class Tree:
    """Nodes of one tree in arrays; `column` is -1 at a leaf, rows with z <= `threshold` go left."""

    column: Ints
    threshold: Floats
    left: Ints
    right: Ints
    value: Floats

    def values(self, columns: Floats, node: int = 0) -> Floats | float:
        """The tree's value for each row of `columns` (columns, rows)."""
        column = int(self.column[node])
        if column < 0:
            return float(self.value[node])
        left = self.values(columns, int(self.left[node]))
        right = self.values(columns, int(self.right[node]))
        return np.where(columns[column] <= self.threshold[node], left, right)


@dataclass(frozen=True)
class Forest:
    """The nodes of several trees in one set of arrays; a leaf leads to itself, so that depth is all that counts."""

    roots: Ints
    column: Ints
    threshold: Floats
    left: Ints
    right: Ints
    value: Floats
    depth: int

    @classmethod
    def of(cls, trees: Sequence[Tree]) -> Forest:
        """The same trees, their nodes numbered on."""
        sizes = np.array([len(tree.column) for tree in trees], dtype=np.int64)
        roots = np.cumsum(sizes) - sizes
        column = np.concatenate([tree.column for tree in trees])
        own = np.arange(len(column))
        left, right = (
            np.where(
                column < 0,
                own,
                np.concatenate([getattr(tree, side) + root for tree, root in zip(trees, roots, strict=True)]),
            )
            for side in ("left", "right")
        )
        return cls(
            roots,
            np.maximum(column, 0),
            np.concatenate([tree.threshold for tree in trees]),
            left,
            right,
            np.concatenate([tree.value for tree in trees]),
            max(_depth(tree) for tree in trees),
        )

    def values(self, columns: Floats) -> Floats:
        """Every tree's value for each row of `columns` (columns, rows), shape (trees, rows)."""
        rows = np.arange(columns.shape[1])
        node = np.repeat(self.roots[:, None], len(rows), axis=1)
        for _ in range(self.depth):
            goes_left = columns[self.column[node], rows] <= self.threshold[node]
            node = np.where(goes_left, self.left[node], self.right[node])
        return self.value[node]


def _depth(tree: Tree) -> int:
    depth = np.zeros(len(tree.column), dtype=np.int64)
    for node in range(len(tree.column)):  # children stand after their parents
        if tree.column[node] >= 0:
            depth[[tree.left[node], tree.right[node]]] = depth[node] + 1
    return int(depth.max())
