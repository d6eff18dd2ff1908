"""Readings on their way in."""

from collections.abc import Sequence
from datetime import datetime
from itertools import starmap

from psycopg.rows import tuple_row

from backend.store.bulk import Target
from backend.store.copy_rows import RowFormat, copy_rows
from backend.store.message_keys import Claim, taken_before
from backend.store.pool import Connection
from backend.store.signed_message import MessageKey, SignedMessage
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
_STAGED = Target("reading", {**_READING.columns, "body_sha256": "bytea"})
_FORMAT = RowFormat(" ".join(_STAGED.columns.values()))
_NAMES = ", ".join(_READING.columns)
_CLAIM_AND_STORE = f"""
    WITH claimed AS (
        INSERT INTO message_key (device_id, boot_id, sequence, kind, body_sha256, received_at)
        SELECT device_id, boot_id, sequence, 'reading', body_sha256, received_at
          FROM pg_temp.{_STAGED.stage} ORDER BY device_id, boot_id, sequence
        ON CONFLICT DO NOTHING
        RETURNING device_id, boot_id, sequence),
    stored AS (
        INSERT INTO reading ({_NAMES})
        SELECT {_NAMES} FROM pg_temp.{_STAGED.stage} JOIN claimed USING (device_id, boot_id, sequence))
    SELECT device_id, boot_id, sequence FROM pg_temp.{_STAGED.stage}
    EXCEPT ALL SELECT device_id, boot_id, sequence FROM claimed""".encode()
"""One statement that takes the keys, in their order as `claim_keys` does, and stores those readings whose key was free.
It tells the keys that were not."""


def add_readings(conn: Connection, rows: Sequence[bytes]) -> Claim:
    """Take the keys of readings (no key twice among them) and store those whose key was free; once in a transaction.

    `rows` are as `reading_row` made them. Waits for another transaction holding one of the keys.
    """
    if not rows:
        return Claim()
    conn.execute(_STAGED.make_stage)
    copy_rows(conn, _STAGED.copy_stage, rows)
    with conn.cursor(row_factory=tuple_row) as cursor:
        taken = cursor.execute(_CLAIM_AND_STORE).fetchall()
    return taken_before(conn, list(starmap(MessageKey, taken)))


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
        one.key_id, one.signature, one.body, one.clock_correction_ms, one.body_sha256,
    ))  # fmt: skip
