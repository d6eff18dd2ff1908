"""Batches of background samples, kept as signed. Nothing that judges a client reads them."""

from collections.abc import Iterable
from datetime import datetime

from backend.store.bulk import Target, stage_rows
from backend.store.pool import Connection
from backend.store.signed_message import SignedMessage
from contracts.background import Background

_BATCH = Target(
    "background_batch",
    {
        "tenant_id": "text",
        "client_id": "uuid",
        "device_id": "text",
        "boot_id": "text",
        "sequence": "int8",
        "collected_at": "timestamptz",
        "received_at": "timestamptz",
        "driver": "text",
        "driver_grade": "text",
        "serial": "text",
        "records": "int4",
        "key_id": "text",
        "signature": "bytea",
        "body": "bytea",
        "clock_correction_ms": "int8",
    },
)


def add_background(conn: Connection, messages: Iterable[SignedMessage[Background]], *, now: datetime) -> None:
    """Store new batches (their keys were claimed in this transaction)."""
    stage_rows(conn, _BATCH, [_row(one, now) for one in messages])


def _row(one: SignedMessage[Background], now: datetime) -> tuple[object, ...]:
    said = one.message
    return (
        one.tenant_id, one.client_id, said.device_id, said.boot_id, said.sequence, said.collected_at, now,
        said.sensor.driver, said.sensor.driver_grade.value, said.sensor.serial, len(said.records), one.key_id,
        one.signature, one.body, one.clock_correction_ms,
    )  # fmt: skip
