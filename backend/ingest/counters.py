"""What ingest counts. Told with every beat; none of it is about a person."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Counters:
    """Since the process started. One writer; readers may see a batch half counted."""

    received: int = 0
    stored: int = 0
    duplicates: int = 0
    conflicts: int = 0
    dead_letters: Counter[str] = field(default_factory=Counter)
    """By reason, repetitions included."""
    unknown_fields: int = 0
    batches: int = 0
    batch_size: int = 0
    """Of the newest batch."""
    largest_batch: int = 0
    lag_ms: float = 0.0
    """Of the newest batch: from the arrival of its first message to COMMIT."""
    receipts: int = 0
    database_failures: int = 0
    splits: int = 0
    """Batches cut up because the database refused a row."""

    def detail(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {**vars(self), "dead_letters": dict(self.dead_letters), "lag_ms": round(self.lag_ms, 1)}
