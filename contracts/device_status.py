"""The gateway's heartbeat: lets the backend tell a missed test from one that is not received yet. Version 1."""

from typing import Annotated, Literal

from pydantic import Field

from contracts.base import BootId, DeviceId, Instant, Message, Sequence, ZoneName
from contracts.reading import Battery


class LastError(Message):
    """The newest error, by code, so that no personal data can slip in."""

    code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")]
    at: Instant


class DeviceStatus(Message):
    """How the gateway is. Idempotency key: (device_id, boot_id, sequence)."""

    schema_version: Literal[1] = 1
    device_id: DeviceId
    boot_id: BootId
    sequence: Sequence
    sent_at: Instant
    timezone: ZoneName
    uptime_s: Annotated[int, Field(ge=0)]
    outbox_depth: Annotated[int, Field(ge=0)]
    """Messages written but without a receipt, this one not counted."""
    oldest_unsent_at: Instant | None = None
    clock_offset_ms: Annotated[int, Field(ge=-(2**53), le=2**53)] | None = None
    bluetooth: Literal["on", "off", "absent", "unknown"]
    driver: Annotated[str, Field(pattern=r"^[a-z0-9_]{2,40}$")] | None = None
    breathalyzer_serial: Annotated[str, Field(max_length=60)] | None = None
    breathalyzer_seen_at: Instant | None = None
    battery: Battery = Battery()
    last_error: LastError | None = None
    gateway_version: Annotated[str, Field(max_length=40)]
