"""The backend's signed receipt: only this lets a message leave a gateway's outbox. Version 1."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from contracts.base import BootId, DeviceId, Instant, Message, Sequence


class Verdict(StrEnum):
    """What the backend did with a message. Each of them is final: the gateway need not send it again."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    """The same message was stored before."""
    CONFLICT = "conflict"
    """Another message with the same key was stored before; this one is kept for staff to see."""
    REFUSED = "refused"
    """Kept as a dead letter for staff to see; the reason says why."""


class ReceiptEntry(Message):
    """The receipt for one message."""

    boot_id: BootId
    sequence: Sequence
    body_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    """SHA-256 of the body bytes received: the gateway compares it with what it holds."""
    verdict: Verdict
    reason: Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")] | None = None


class Receipt(Message):
    """Receipts of one batch for one gateway, signed by the backend's receipt key."""

    schema_version: Literal[1] = 1
    device_id: DeviceId
    received_at: Instant
    """The backend's clock; the gateway measures its clock offset with it."""
    entries: Annotated[tuple[ReceiptEntry, ...], Field(min_length=1, max_length=400)]
