"""Pictures of a blow as they came, sealed, and what a person saw on each."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from backend.access.types import VisibleClientId
from backend.store.bulk import Target, stage_rows
from backend.store.pool import Connection, Row
from backend.store.queries import load
from backend.store.sealed_text import open_bytes, open_rows, seal_bytes, seal_given
from backend.store.signed_message import MessageKey, SignedMessage
from contracts.photo import Photo

PLACE: Final = "identity_photo.body"
NOTE: Final = "photo_verdict.note"
_QUERIES = load("identity_photos")
_PHOTO = Target(
    "identity_photo",
    {
        "tenant_id": "text",
        "client_id": "uuid",
        "device_id": "text",
        "boot_id": "text",
        "sequence": "int8",
        "run_id": "text",
        "taken_at": "timestamptz",
        "received_at": "timestamptz",
        "source": "text",
        "key_id": "text",
        "signature": "bytea",
        "body": "bytea",
        "clock_correction_ms": "int8",
    },
)


def add_photos(conn: Connection, messages: Iterable[SignedMessage[Photo]], *, now: datetime) -> None:
    """Store new pictures, once more sealed with the client's own key (their keys were claimed in this transaction)."""
    stage_rows(conn, _PHOTO, [_row(conn, one, now) for one in messages])


def photos_of(conn: Connection, client: VisibleClientId, *, since: datetime) -> list[Row]:
    """A client's pictures since then, newest first: when, of which reading, the newest verdict. Not the pictures."""
    rows = conn.execute(_QUERIES["photos_of"], {"client_id": client, "since": since}).fetchall()
    return open_rows(conn, rows, NOTE, "note", client)


def waiting(conn: Connection, clients: Sequence[VisibleClientId]) -> dict[UUID, int]:
    """How many pictures nobody has judged yet and are still there, for each of these clients that has any."""
    found = conn.execute(_QUERIES["waiting"], {"client_ids": list(clients)})
    return {row["client_id"]: int(row["waiting"]) for row in found}


def signed_photo(conn: Connection, client: VisibleClientId, key: MessageKey) -> bytes | None:
    """One picture's message as it was signed; None for none, and once it was removed or the client's key destroyed."""
    row = conn.execute(_QUERIES["photo"], {"client_id": client, **key._asdict()}).fetchone()
    if row is None or row["body"] is None:
        return None
    return open_bytes(conn, client, PLACE, bytes(row["body"]))


def add_verdict(
    conn: Connection, client: VisibleClientId, key: MessageKey, verdict_id: UUID, **values: Any
) -> bool:
    """Write down what a person saw; False when there is no such picture of the client."""
    note = seal_given(conn, client, NOTE, values["note"])
    params = {"client_id": client, "verdict_id": verdict_id, **key._asdict(), **values, "note": note}
    return conn.execute(_QUERIES["add_verdict"], params).fetchone() is not None


def _row(conn: Connection, one: SignedMessage[Photo], now: datetime) -> tuple[object, ...]:
    said, body = one.message, seal_bytes(conn, one.client_id, PLACE, one.body)
    return (
        one.tenant_id, one.client_id, said.device_id, said.boot_id, said.sequence, said.run_id, said.taken_at, now,
        said.source, one.key_id, one.signature, body, one.clock_correction_ms,
    )  # fmt: skip
