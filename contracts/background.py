"""Samples of a background sensor (transdermal): never a breath test, never in mg/L, never a window met. Version 1.

Its numbers are the sensor's own counts. No source gives a unit for them, so none is claimed (docs/decisions/0012).
"""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from contracts.base import BootId, DeviceId, Instant, Message, Sequence, ZoneName
from contracts.reading import DriverGrade

MAX_RECORDS = 300
"""So many records fit a message with room to spare."""


class RecordKind(StrEnum):
    """What a record of the sensor's memory is."""

    CLOCK = "clock"
    """From here on the samples begin at `device_time`, `interval_s` apart."""
    SAMPLE = "sample"
    EVENT = "event"
    OTHER = "other"


class BackgroundRecord(Message):
    """One record, as it lay in the sensor's memory, with what is known of it."""

    kind: RecordKind
    raw: Annotated[str, Field(pattern=r"^([0-9a-f]{2}){1,8}$")]
    device_time: Instant | None = None
    """By the sensor's own clock; None while that is not known."""
    interval_s: Annotated[int, Field(ge=0, le=65535)] | None = None
    alcohol_counts: Annotated[int, Field(ge=0, le=65535)] | None = None
    """As the maker's code reads them; its comment names other bytes. `raw` decides when it is known better."""
    temperature_counts: Annotated[int, Field(ge=-32768, le=32767)] | None = None
    motion_counts: Annotated[int, Field(ge=0, le=65535)] | None = None


class BackgroundSensor(Message):
    """The sensor."""

    driver: Annotated[str, Field(pattern=r"^[a-z0-9_]{2,40}$")]
    driver_version: Annotated[str, Field(max_length=20)]
    driver_grade: DriverGrade
    serial: Annotated[str, Field(max_length=60)] | None = None
    firmware: Annotated[str, Field(max_length=60)] | None = None
    battery_millivolts: Annotated[int, Field(ge=0, le=20_000)] | None = None


class Background(Message):
    """Records fetched at one time. Idempotency key: (device_id, boot_id, sequence)."""

    schema_version: Literal[1] = 1
    device_id: DeviceId
    boot_id: BootId
    sequence: Sequence
    collected_at: Instant
    """The gateway's clock when the records were fetched."""
    clock_offset_ms: Annotated[int, Field(ge=-(2**53), le=2**53)] | None = None
    """Server clock minus gateway clock as last measured; never added to the times."""
    device_clock: Instant | None = None
    """The sensor's own clock at `collected_at`. It is never set by us."""
    timezone: ZoneName
    sensor: BackgroundSensor
    records: Annotated[tuple[BackgroundRecord, ...], Field(min_length=1, max_length=MAX_RECORDS)]
    gateway_version: Annotated[str, Field(max_length=40)]
