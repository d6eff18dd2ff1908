"""A message as it came from the broker, before anything is believed."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Arrival:
    """One PUBLISH. `connection` and `packet_id` are what its acknowledgement needs."""

    topic: str
    payload: bytes
    connection: int = 0
    packet_id: int = 0
    arrived_s: float = 0.0
    """When, on the monotonic clock: for lag, not for domain time."""
