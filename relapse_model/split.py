"""Splits that keep a person on one side."""

from __future__ import annotations

import hashlib

import numpy as np

from relapse_model.frame import Ints


def person_folds(person_ids: tuple[str, ...], folds: int, seed: int) -> Ints:
    """A fold number 0..folds-1 per person, even in size.

    It depends on the set of ids and the seed only, not on the order of people. Raises ValueError for fewer
    people than folds.
    """
    if len(person_ids) < folds:
        raise ValueError(f"{len(person_ids)} people cannot be split into {folds} folds")
    digests = [hashlib.sha256(f"{seed}:{person_id}".encode()).digest() for person_id in person_ids]
    fold = np.empty(len(person_ids), dtype=np.int64)
    fold[sorted(range(len(person_ids)), key=digests.__getitem__)] = np.arange(len(person_ids)) % folds
    return fold
