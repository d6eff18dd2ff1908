"""What every fitted candidate can do, and its way to JSON and back."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from relapse_model.frame import Floats, Ints


class Fitted(Protocol):
    """A fitted model on standardised columns `z` (rows, columns), where 0 is the average training day."""

    @property
    def kind(self) -> str:
        """Which class reads the JSON back: `linear`, `pooled` or `trees`."""

    def logits(self, z: Floats) -> Floats:
        """Uncalibrated log-odds of each row; a row's value does not depend on the other rows, bit for bit."""

    def shares(self, z: Floats, group: Ints, groups: int) -> Floats:
        """Each group's share of the log-odds against the average training day, shape (rows, groups).

        The shares of a row add up to its log-odds minus those of the average day. `group[column]` is the number
        of the column's group.
        """

    def to_json(self) -> dict[str, Any]:
        """Plain numbers and texts."""


def grouped(parts: Floats, group: Ints, groups: int) -> Floats:
    """Column-wise shares (rows, columns) summed by group, in an order that does not depend on the rows."""
    order = np.argsort(group, kind="stable")
    starts = np.flatnonzero(np.r_[True, group[order][1:] != group[order][:-1]])
    whole = np.zeros((len(parts), groups))
    whole[:, group[order][starts]] = np.add.reduceat(parts[:, order], starts, axis=1)
    return whole


def finite(values: Any) -> Floats:
    """Numbers out of JSON. Raises ValueError for one that is not finite."""
    numbers = np.array([float(value) for value in values], dtype=np.float64)
    if not np.isfinite(numbers).all():
        raise ValueError("a number is not finite")
    return numbers
