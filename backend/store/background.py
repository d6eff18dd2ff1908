"""Batches of background samples, kept as signed. Nothing that judges a client reads them."""

from collections.abc import Iterable
from datetime import datetime

from backend.store.pool import Connection
from backend.store.queries import load
from backend.store.signed_message import SignedMessage
from contracts.background import Background

_QUERIES = load("ingest")
_TYPES = "text uuid text text int8 timestamptz timestamptz text text text int4 text bytea bytea"


def add_background(conn: Connection, messages: Iterable[SignedMessage[Background]], *, now: datetime) -> None:
    """Store new batches (their keys were claimed in this transaction)."""
    with conn.cursor() as cursor, cursor.copy(_QUERIES["copy_background"]) as copy:
        copy.set_types(_TYPES.split())
        for one in messages:
            said = one.message
            row = (
                one.tenant_id, one.client_id, said.device_id, said.boot_id, said.sequence, said.collected_at, now,
                said.sensor.driver, said.sensor.driver_grade.value, said.sensor.serial, len(said.records),
                one.key_id, one.signature, one.body,
            )  # fmt: skip
            copy.write_row(row)
