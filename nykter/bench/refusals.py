"""Whether the time of a refusal tells a client that exists from one that does not: pairs, taken in turns."""

import random
import time
from collections.abc import Iterator, Sequence
from uuid import UUID, uuid4

from backend.store.pool import Database
from nykter.bench.figure import Figure, percentile
from nykter.bench.visitor import USERNAME, Visitor, serving

_PAIRS = 400
_WARM = 20
_NOT_FOUND = 404


def run(db: Database, forbidden: Sequence[UUID]) -> Iterator[Figure]:
    """Yield the medians, and how often the forbidden one of a pair took longer: 50 % means that time tells nothing.

    Each forbidden client is asked for beside an id that nobody has; which of the two comes first is
    drawn. Half of the pairs with the larger time each way is what chance gives, whatever else the machine does.
    """
    with serving(db) as port, Visitor(port, USERNAME) as visitor:
        for _ in range(_WARM):
            _asked(visitor, uuid4())
        pairs = [_pair(visitor, forbidden[number % len(forbidden)]) for number in range(_PAIRS)]
    there, nowhere = [one[0] for one in pairs], [one[1] for one in pairs]
    longer = sum((a > b) + 0.5 * (a == b) for a, b in pairs) / len(pairs)
    missing = Figure("refusal of an id that nobody has, median", percentile(nowhere, 0.5), "ms")
    yield missing
    yield Figure("refusal of a client one may not see, median", percentile(there, 0.5), "ms").against(missing)
    yield Figure("  the latter took longer (50 is chance)", 100 * longer, "% of pairs")


def _pair(visitor: Visitor, client_id: UUID) -> tuple[float, float]:
    if random.random() < 0.5:
        there = _asked(visitor, client_id)
        return there, _asked(visitor, uuid4())
    nowhere = _asked(visitor, uuid4())
    return _asked(visitor, client_id), nowhere


def _asked(visitor: Visitor, client_id: UUID) -> float:
    began = time.perf_counter()
    status, _ = visitor.get(f"/clients/{client_id}")
    taken = (time.perf_counter() - began) * 1000
    if status != _NOT_FOUND:
        raise RuntimeError(f"the page of a client one may not see answered {status}")
    return taken
