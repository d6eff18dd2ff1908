"""A message as it came from the broker, before anything is believed."""

from typing import NamedTuple


class Arrival(NamedTuple):
    """One PUBLISH. `connection` and `packet_id` are what its acknowledgement needs; packet id 0 needs none."""

    topic: str
    payload: bytes
    connection: int = 0
    packet_id: int = 0
    arrived_s: float = 0.0
    """When, on the monotonic clock: for lag, not for domain time."""
