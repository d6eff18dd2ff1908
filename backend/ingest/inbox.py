"""What has arrived and is not yet taken: bounded in rows and in bytes, handed over many at a time."""

import threading
from collections import deque
from collections.abc import Sequence
from itertools import islice

from backend.ingest.arrival import Arrival

QUEUE_ROWS = 5_000
QUEUE_BYTES = 64 * 1024 * 1024
"""Messages held in memory at most. The broker keeps what does not fit."""


class Inbox:
    """One thread puts, another takes. Who puts asks for `room` first: nothing is ever thrown away here."""

    def __init__(self, rows: int = QUEUE_ROWS, size: int = QUEUE_BYTES) -> None:
        self.max_rows = rows
        self.max_bytes = size
        self._held: deque[Arrival] = deque()
        self._bytes = 0
        self._filled = threading.Condition()

    def __len__(self) -> int:
        return len(self._held)

    @property
    def held_bytes(self) -> int:
        """Payload bytes held."""
        return self._bytes

    def room(self) -> int:
        """How many more may be put."""
        return max(self.max_rows - len(self._held), 0) if self._bytes < self.max_bytes else 0

    def put(self, arrivals: Sequence[Arrival]) -> None:
        """Add at the end."""
        with self._filled:
            self._held.extend(arrivals)
            self._bytes += sum(len(one.payload) for one in arrivals)
            self._filled.notify()

    def take(self, most: int, wait_s: float = 0.0) -> list[Arrival]:
        """The oldest, at most `most`; empty when none came in `wait_s` seconds."""
        with self._filled:
            if not self._held and wait_s > 0:
                self._filled.wait(wait_s)
            found = list(islice(self._held, most))
            for _ in found:
                self._held.popleft()
            self._bytes -= sum(len(one.payload) for one in found)
            return found

    def clear(self) -> None:
        """Forget everything: the broker still has it."""
        with self._filled:
            self._held.clear()
            self._bytes = 0
