"""Readings on their way in."""

from collections.abc import Iterable
from datetime import datetime

from backend.store.bulk import Target, stage_encoded
from backend.store.copy_rows import RowFormat
from backend.store.pool import Connection
from backend.store.signed_message import SignedMessage
from contracts.reading import Reading

_READING = Target(
    "reading",
    {
        "tenant_id": "text",
        "client_id": "uuid",
        "device_id": "text",
        "boot_id": "text",
        "sequence": "int8",
        "measured_at": "timestamptz",
        "gateway_time": "timestamptz",
        "device_time": "timestamptz",
        "received_at": "timestamptz",
        "clock_offset_ms": "int8",
        "timezone": "text",
        "run_id": "text",
        "attempt": "int2",
        "purpose": "text",
        "outcome": "text",
        "failure": "text",
        "native_value": "numeric",
        "native_unit": "text",
        "brac_mg_per_l": "numeric",
        "conversion": "text",
        "blow_quality": "text",
        "identity": "text",
        "waited_15_min": "bool",
        "driver": "text",
        "driver_grade": "text",
        "breathalyzer_model": "text",
        "breathalyzer_serial": "text",
        "calibration_state": "text",
        "battery_level": "int2",
        "key_id": "text",
        "signature": "bytea",
        "body": "bytea",
        "clock_correction_ms": "int8",
    },
)
_FORMAT = RowFormat(" ".join(_READING.columns.values()))


def add_readings(conn: Connection, rows: Iterable[bytes]) -> None:
    """Store new readings, as `reading_row` made them (their keys were claimed in this transaction)."""
    stage_encoded(conn, _READING, rows)


def reading_row(one: SignedMessage[Reading], *, now: datetime) -> bytes:
    """A reading's row as COPY takes it. `now`: when it was received."""
    reading, device = one.message, one.message.breathalyzer
    return _FORMAT.row((
        one.tenant_id, one.client_id, reading.device_id, reading.boot_id, reading.sequence, reading.measured_at,
        reading.gateway_time, reading.device_time, now, reading.clock_offset_ms, reading.timezone, reading.run_id,
        reading.attempt, reading.purpose.value, reading.outcome.value, reading.failure and reading.failure.value,
        reading.native_value, reading.native_unit and reading.native_unit.value, reading.brac_mg_per_l,
        reading.conversion, reading.blow.quality.value, reading.identity.value, reading.waited_15_min, device.driver,
        device.driver_grade.value, device.model, device.serial, device.calibration.state.value, device.battery.level,
        one.key_id, one.signature, one.body, one.clock_correction_ms,
    ))  # fmt: skip
