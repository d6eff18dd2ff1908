"""Exactly once: a message's key is taken in the transaction that stores the message, and only one can take it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import starmap

from psycopg.rows import tuple_row

from backend.store.copy_rows import RowFormat, copy_rows
from backend.store.pool import Connection
from backend.store.queries import load
from backend.store.signed_message import MessageKey, SignedMessage
from backend.store.storable import Storable
from contracts.background import Background
from contracts.check_in import CheckIn
from contracts.device_status import DeviceStatus
from contracts.photo import Photo
from contracts.reading import Reading

AnyMessage = SignedMessage[Reading | CheckIn | DeviceStatus | Background | Photo]

_QUERIES = load("ingest")
_FORMAT = RowFormat("text text int8 text bytea timestamptz")


@dataclass(frozen=True, slots=True)
class Claim:
    """Which keys this transaction took, and the body digests of those that were taken before."""

    new: frozenset[MessageKey]
    digests: dict[MessageKey, bytes]


def claim_keys(conn: Connection, messages: Sequence[Storable], *, now: datetime) -> Claim:
    """Take the keys of `messages` (no key twice among them). Waits for another transaction holding one of them."""
    conn.execute(_QUERIES["make_key_stage"])
    rows = [_FORMAT.row((*one.key, one.kind, one.body_sha256, now)) for one in messages]
    copy_rows(conn, _QUERIES["copy_key_stage"], rows)
    with conn.cursor(row_factory=tuple_row) as cursor:
        taken = cursor.execute(_QUERIES["claim_keys"]).fetchall()
    new = frozenset(starmap(MessageKey, taken))
    return Claim(new, _digests(conn, [one.key for one in messages if one.key not in new]))


def _digests(conn: Connection, keys: Sequence[MessageKey]) -> dict[MessageKey, bytes]:
    if not keys:
        return {}
    device_ids, boot_ids, sequences = zip(*keys, strict=True)
    params = {"device_ids": list(device_ids), "boot_ids": list(boot_ids), "sequences": list(sequences)}
    rows = conn.execute(_QUERIES["digests"], params).fetchall()
    return {MessageKey(r["device_id"], r["boot_id"], r["sequence"]): bytes(r["body_sha256"]) for r in rows}
