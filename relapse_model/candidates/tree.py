"""One decision tree in arrays."""

from __future__ import annotations

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
