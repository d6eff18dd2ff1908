"""What ingest counts. Told with every beat; none of it is about a person."""

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field
from typing import Any


class Buckets:
    """How often a value was at most each bound, and their sum: a histogram as Prometheus has it."""

    def __init__(self, *bounds: float) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def add(self, value: float) -> None:
        """Count one value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value


@dataclass
class Counters:
    """Since the process started. One writer; readers may see a batch half counted."""

    received: int = 0
    stored: int = 0
    duplicates: int = 0
    conflicts: int = 0
    dead_letters: Counter[str] = field(default_factory=Counter)
    """By reason, repetitions included."""
    quarantined: int = 0
    """Of the dead letters, those whose clock alone is far off: kept to be released."""
    unknown_fields: int = 0
    batches: int = 0
    batch_size: int = 0
    """Of the newest batch."""
    largest_batch: int = 0
    lag_ms: float = 0.0
    """Of the newest batch: from the arrival of its first message to COMMIT."""
    batch_sizes: Buckets = field(default_factory=lambda: Buckets(1, 5, 20, 50, 100, 200, 500, 1000, 2000))
    receipt_s: Buckets = field(
        default_factory=lambda: Buckets(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
    )
    """From the arrival of a batch's first message until its receipts are handed over to be sent."""
    receipts: int = 0
    database_failures: int = 0
    splits: int = 0
    """Batches cut up because the database refused a row."""
    plans_sent: int = 0
    plans_failed: int = 0
    """Plans that could not be made, or were too large to send."""

    def detail(self) -> dict[str, Any]:
        """As JSON holds it."""
        told = {name: value for name, value in vars(self).items() if not isinstance(value, Buckets)}
        return {**told, "dead_letters": dict(self.dead_letters), "lag_ms": round(self.lag_ms, 1)}
