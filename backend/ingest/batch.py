"""Batches out of a bounded queue: large under load, prompt when little comes."""

import time
from collections.abc import Callable
from queue import Empty, Queue

from backend.ingest.arrival import Arrival

MAX_ROWS = 1000
LINGER_S = 0.020
"""How long the first message of a batch waits for company: 20 ms cost little latency and most of the load."""
IDLE_S = 0.004
"""A pause in the stream this long ends a batch: a broker that sends one message at a time waits for its
acknowledgement, and nothing more would come."""


def next_batch(
    queue: Queue[Arrival],
    *,
    wait_s: float,
    max_rows: int = MAX_ROWS,
    linger_s: float = LINGER_S,
    idle_s: float = IDLE_S,
    monotonic: Callable[[], float] = time.monotonic,
) -> list[Arrival]:
    """The next batch: at most `max_rows`, closed `linger_s` after its first. Empty when nothing came in `wait_s`."""
    try:
        batch = [queue.get(timeout=wait_s) if wait_s > 0 else queue.get_nowait()]
    except Empty:
        return []
    close_at = monotonic() + linger_s
    while len(batch) < max_rows:
        left = min(close_at - monotonic(), idle_s)
        try:
            batch.append(queue.get(timeout=left) if left > 0 else queue.get_nowait())
        except Empty:
            break
    return batch
