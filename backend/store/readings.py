"""Readings on their way in."""

from collections.abc import Iterable
from datetime import datetime

from backend.store.copy_rows import RowFormat, copy_rows
from backend.store.pool import Connection
from backend.store.queries import load
from backend.store.signed_message import SignedMessage
from contracts.reading import Reading

_QUERIES = load("ingest")
_FORMAT = RowFormat(
    "text uuid text text int8 timestamptz timestamptz timestamptz timestamptz int8 text text int2 text text text "
    "numeric text numeric text text text bool text text text text text int2 text bytea bytea"
)


def add_readings(conn: Connection, rows: Iterable[bytes]) -> None:
    """Store new readings, as `reading_row` made them (their keys were claimed in this transaction)."""
    copy_rows(conn, _QUERIES["copy_readings"], rows)


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
        one.key_id, one.signature, one.body,
    ))  # fmt: skip
