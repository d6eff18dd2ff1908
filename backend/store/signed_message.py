"""A verified message on its way into the store: what it says, whose it is, and the signed bytes that prove it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, NamedTuple, TypeVar
from uuid import UUID

from contracts.background import Background
from contracts.check_in import CheckIn
from contracts.device_status import DeviceStatus
from contracts.photo import Photo
from contracts.reading import Reading

M_co = TypeVar("M_co", bound=Reading | CheckIn | DeviceStatus | Background | Photo, covariant=True)


class MessageKey(NamedTuple):
    """What makes a message the same message, whatever its kind. Sorts, so that all writers lock in one order."""

    device_id: str
    boot_id: str
    sequence: int


@dataclass(frozen=True, slots=True)
class SignedMessage(Generic[M_co]):
    """A message whose signature was verified. `body` is exactly what was signed."""

    message: M_co
    tenant_id: str
    client_id: UUID
    kind: str
    body: bytes
    body_sha256: bytes
    key_id: str
    signature: bytes
    clock_correction_ms: int | None = None
    """What a person had added to the gateway's times in `message`, because its clock was far off."""

    @property
    def key(self) -> MessageKey:
        """The idempotency key."""
        return MessageKey(self.message.device_id, self.message.boot_id, self.message.sequence)

    @property
    def happened_at(self) -> datetime:
        """When it happened, by the gateway's clock."""
        return happened_at(self.message)


def happened_at(message: Reading | CheckIn | DeviceStatus | Background | Photo) -> datetime:
    """When it happened, by what the message says."""
    match message:
        case Reading():
            return message.measured_at
        case CheckIn():
            return message.answered_at
        case DeviceStatus():
            return message.sent_at
        case Background():
            return message.collected_at
        case Photo():
            return message.taken_at
