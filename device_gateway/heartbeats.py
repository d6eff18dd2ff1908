"""When a heartbeat is due, and writing it. While nobody answers they thin out, so that weeks offline stay small."""

from collections.abc import Callable
from datetime import datetime, timedelta

from contracts.base import Message
from contracts.topics import Kind
from device_gateway.messages import Condition, Origin, status_of
from device_gateway.outbox import Outbox

MAX_WAITING_HEARTBEATS = 10
OFFLINE_HEARTBEAT_S = 900


class Heartbeats:
    """Of one gateway."""

    def __init__(self, outbox: Outbox, origin: Origin, every_s: int) -> None:
        self._outbox, self._origin, self._every_s = outbox, origin, every_s
        self._next: datetime | None = None

    def due(self, now: datetime) -> bool:
        """Whether one is due; a clock set back must not silence them."""
        far = timedelta(seconds=OFFLINE_HEARTBEAT_S + self._every_s)
        return self._next is None or not now < self._next < now + far

    def send(self, now: datetime, condition: Callable[[], Condition]) -> None:
        """Write one. Raises OutboxError when it cannot be written; the next is due later in any case.

        Only the first few may use the room set aside for readings: enough to tell that the disk is full.
        """
        self._next = now + timedelta(seconds=OFFLINE_HEARTBEAT_S)
        waiting = self._outbox.waiting_of(Kind.STATUS)
        told = condition()

        def build(boot_id: str, sequence: int) -> Message:
            return status_of(told, self._origin, boot_id, sequence, sent_at=now)

        few = waiting < MAX_WAITING_HEARTBEATS
        self._outbox.write(Kind.STATUS, build, essential=few)
        if few:
            self._next = now + timedelta(seconds=self._every_s)
