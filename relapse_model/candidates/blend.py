"""The mean of two candidates in log-odds: a smooth one and one that finds interplay steady each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from relapse_model.candidates.pooled import Pooled
from relapse_model.candidates.trees import Trees
from relapse_model.frame import Floats, Ints


@dataclass(frozen=True)
class Blend:
    """Half the pooled model, half the trees."""

    pooled: Pooled
    trees: Trees

    @property
    def kind(self) -> str:
        """`blend`."""
        return "blend"

    def logits(self, z: Floats) -> Floats:
        """Log-odds of each row."""
        return np.asarray(0.5 * (self.pooled.logits(z) + self.trees.logits(z)))

    def shares(self, z: Floats, group: Ints, groups: int) -> Floats:
        """The mean of the shares of both."""
        return np.asarray(0.5 * (self.pooled.shares(z, group, groups) + self.trees.shares(z, group, groups)))

    def to_json(self) -> dict[str, Any]:
        """Both parts."""
        return {"pooled": self.pooled.to_json(), "trees": self.trees.to_json()}

    @classmethod
    def from_json(cls, document: Any) -> Blend:
        """The inverse of `to_json`. Raises ValueError, KeyError or TypeError for anything else."""
        return cls(Pooled.from_json(document["pooled"]), Trees.from_json(document["trees"]))
