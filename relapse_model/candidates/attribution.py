"""Which group of columns moved a sum of trees how far from the average training day.

Shapley values with one reference row, over groups instead of columns, exact: a leaf is reached by a mixture of
the row and the reference exactly when every group on its path is taken from a side that passes. With A groups that
only the row passes and B that only the reference passes, each of the former gets value * (A-1)! B! / (A+B)!, each
of the latter -value * A! (B-1)! / (A+B)!.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import factorial

import numpy as np

from relapse_model.candidates.tree import Tree
from relapse_model.frame import Bools, Floats, Ints

_CELLS_AT_ONCE = 4_000_000


@dataclass(frozen=True)
class LeafPaths:
    """All leaves of all trees that are not constant; second axis: conditions on the path, or groups on it.

    `column`, `threshold`, `right` (z > threshold wanted) have shape (leaves, conditions); `group` (leaves, slots)
    holds the group number of each slot, -1 when unused; `in_slot` (leaves, conditions, slots) says which condition
    belongs to which slot.
    """

    value: Floats
    column: Ints
    threshold: Floats
    right: Bools
    group: Ints
    in_slot: Bools


def leaf_paths(trees: Sequence[Tree], group: Ints) -> LeafPaths:
    """Every leaf as the conditions that lead to it."""
    leaves: list[tuple[float, list[tuple[int, float, bool]]]] = []
    for tree in trees:
        _walk(tree, 0, [], leaves)
    leaves = [leaf for leaf in leaves if leaf[1]]
    depth = max((len(path) for _, path in leaves), default=1)
    shape = (len(leaves), depth)
    column, right = np.zeros(shape, np.int64), np.zeros(shape, bool)
    threshold = np.full(shape, np.inf)  # an unused condition always passes
    slots = np.full(shape, -1, np.int64)
    in_slot = np.zeros((*shape, depth), bool)
    for number, (_, path) in enumerate(leaves):
        order: list[int] = []
        for place, (at, limit, larger) in enumerate(path):
            column[number, place], threshold[number, place], right[number, place] = at, limit, larger
            own = int(group[at])
            if own not in order:
                slots[number, len(order)] = own
                order.append(own)
            in_slot[number, place, order.index(own)] = True
    return LeafPaths(np.array([value for value, _ in leaves]), column, threshold, right, slots, in_slot)


def shapley_shares(paths: LeafPaths, z: Floats, groups: int) -> Floats:
    """Each group's share against the row of zeros, shape (rows, groups)."""
    shares = np.zeros((len(z), groups))
    leaves = len(paths.value)
    if not leaves:
        return shares
    reference = _passed(paths, np.zeros((1, z.shape[1])))
    used = paths.group.ravel()
    order = np.argsort(used, kind="stable")
    order = order[used[order] >= 0]
    starts = np.flatnonzero(np.r_[True, used[order][1:] != used[order][:-1]])
    step = max(_CELLS_AT_ONCE // (leaves * paths.column.shape[1]), 1)
    for first in range(0, len(z), step):
        parts = _slot_shares(paths, _passed(paths, z[first : first + step]), reference)
        flat = parts.reshape(len(parts), -1)[:, order]
        shares[first : first + step, used[order][starts]] = np.add.reduceat(flat, starts, axis=1)
    return shares


def _walk(
    tree: Tree,
    node: int,
    path: list[tuple[int, float, bool]],
    leaves: list[tuple[float, list[tuple[int, float, bool]]]],
) -> None:
    column = int(tree.column[node])
    if column < 0:
        leaves.append((float(tree.value[node]), path))
        return
    limit = float(tree.threshold[node])
    _walk(tree, int(tree.left[node]), [*path, (column, limit, False)], leaves)
    _walk(tree, int(tree.right[node]), [*path, (column, limit, True)], leaves)


def _passed(paths: LeafPaths, z: Floats) -> Bools:
    """Which slots of which leaves each row passes, shape (rows, leaves, slots); unused slots pass."""
    meets = (z[:, paths.column] > paths.threshold) == paths.right
    slots = paths.group.shape[1]
    passed = np.ones((len(z), *paths.group.shape), bool)
    for condition in range(slots):
        for slot in range(slots):
            members = paths.in_slot[:, condition, slot]
            if members.any():
                passed[:, :, slot] &= meets[:, :, condition] | ~members
    return passed


def _slot_shares(paths: LeafPaths, row: Bools, reference: Bools) -> Floats:
    """The share of each slot of each leaf, shape (rows, leaves, slots)."""
    only_row, only_reference = row & ~reference, ~row & reference
    reached = (row | reference).all(axis=2)
    a, b = only_row.sum(axis=2), only_reference.sum(axis=2)
    most = paths.group.shape[1] + 1
    gain, loss = np.zeros((most, most)), np.zeros((most, most))
    for i in range(most):
        for j in range(most):
            if i:
                gain[i, j] = factorial(i - 1) * factorial(j) / factorial(i + j)
            if j:
                loss[i, j] = factorial(i) * factorial(j - 1) / factorial(i + j)
    value = np.where(reached, paths.value, 0.0)
    raised = only_row * (value * gain[a, b])[:, :, None]
    return np.asarray(raised - only_reference * (value * loss[a, b])[:, :, None])
