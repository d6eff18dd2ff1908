"""The gateway's heartbeat: lets the backend tell a missed test from one that is not received yet. Version 1."""

from typing import Annotated, Literal

from pydantic import Field

from contracts.base import BootId, DeviceId, Instant, Message, Sequence, ZoneName, added_later
from contracts.plan import PlanVersion
from contracts.reading import Battery, DriverGrade


class LastError(Message):
    """The newest error, by code, so that no personal data can slip in."""

    code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")]
    at: Instant


Alarm = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")]
"""Something a person has to see to, as a code (`disk_full`, `outbox_nearly_full`, `outbox_damaged` ...)."""


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
    # Added later, all of them optional: a backend of before ignores and counts them (docs/decisions/0009).
    driver_grade: DriverGrade | None = added_later()
    alarms: Annotated[tuple[Alarm, ...], Field(max_length=10)] = added_later(())
    """What stands wrong at this moment; empty when nothing does (or the gateway is of before)."""
    unwritten: Annotated[int, Field(ge=0)] | None = added_later()
    """Finished runs and check-ins held in memory because they could not be written."""
    refused: Annotated[int, Field(ge=0)] | None = added_later()
    """Messages the backend answered but did not accept; the gateway keeps them."""
    outbox_fill_percent: Annotated[int, Field(ge=0, le=100)] | None = added_later()
    """How much of the room set aside for the outbox is taken."""
    outbox_damaged_at: Instant | None = added_later()
    """When a damaged outbox was put aside last and a new one begun."""
    background_seen_at: Instant | None = added_later()
    """When the background sensor (transdermal) last answered; empty when there is none."""
    plan_version: PlanVersion | None = added_later()
    """Version of the plan it works with; 0: it has none yet. Empty: a gateway of before, which takes no plans."""
    plan_made_at: Instant | None = added_later()
    """When the backend made that plan."""
    plans_refused: Annotated[int, Field(ge=0)] | None = added_later()
    """Plans that were forged, unreadable or older than the one held, since the gateway was started."""
