"""Exactly once: a message's key is taken in the transaction that stores the message, and only one can take it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import starmap

from psycopg.rows import tuple_row

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


@dataclass(frozen=True, slots=True)
class Claim:
    """Whose keys were taken before this transaction asked for them, with the body digests they were taken with."""

    taken: Mapping[MessageKey, bytes] = field(default_factory=dict)


def claim_keys(conn: Connection, messages: Sequence[Storable], *, now: datetime) -> Claim:
    """Take the keys of `messages` (no key twice among them). Waits for another transaction holding one of them."""
    if not messages:
        return Claim()
    device_ids, boot_ids, sequences = zip(*(one.key for one in messages), strict=True)
    params = {
        "device_ids": list(device_ids),
        "boot_ids": list(boot_ids),
        "sequences": list(sequences),
        "kinds": [one.kind for one in messages],
        "digests": [one.body_sha256 for one in messages],
        "now": now,
    }
    with conn.cursor(row_factory=tuple_row) as cursor:
        taken = cursor.execute(_QUERIES["claim_keys"], params).fetchall()
    return taken_before(conn, list(starmap(MessageKey, taken)))


def taken_before(conn: Connection, keys: Sequence[MessageKey]) -> Claim:
    """What is known of keys that could not be claimed."""
    if not keys:
        return Claim()
    device_ids, boot_ids, sequences = zip(*keys, strict=True)
    params = {"device_ids": list(device_ids), "boot_ids": list(boot_ids), "sequences": list(sequences)}
    rows = conn.execute(_QUERIES["digests"], params).fetchall()
    return Claim(
        {MessageKey(r["device_id"], r["boot_id"], r["sequence"]): bytes(r["body_sha256"]) for r in rows}
    )
