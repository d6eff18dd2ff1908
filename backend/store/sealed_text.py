"""Free text and photos, sealed field by field: who steals the database or a backup of it reads none of them.

Envelope: each client has a data key of their own (`client_key`), wrapped with the deployment's key
(backend/store/deployment_keys.py, from NYKTER_DATA_KEY_FILE). AES-256-GCM with a random nonce; tenant, client and place
are authenticated, so sealed words cannot be moved to another person or another column.

For whoever stores free text or a photo:

    sealed = seal(conn, client, "contact.note", words)        # before the INSERT or UPDATE; into the same text column
    rows = open_rows(conn, rows, "contact.note", "note")      # after the SELECT; rows hold client_id and the column
    words = open_text(conn, client, "contact.note", stored)   # a single value
    blob = seal_bytes(conn, client, "identity.photo", jpeg)   # the same for bytea columns; open_bytes to read
    destroy(conn, client, now=now)                            # nothing sealed for this client opens ever again

`place` is a fixed name for the column ("table.column"); it must be the same when opening. What was stored before
sealing opens as it is. Without deployment keys text is stored as it came, until the first data key exists: from then on
a process without keys refuses to write or to read sealed words (KeysMissing) rather than fall back. What was destroyed
opens as `ERASED`, bytes as None.
"""

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from backend.errors import Invalid, KeysMissing, SealBroken
from backend.store.deployment_keys import KEY_BYTES, DeploymentKeys
from backend.store.pool import Connection, Row, data_keys
from backend.store.queries import load
from backend.store.sealed_secret import reseal

_QUERIES = load("client_keys")
ERASED: Final = "(raderat / erased)"
"""Stands where text was whose key is destroyed."""
_TEXT: Final = "sealed:1:"
_BYTES: Final = b"\x00nykter-sealed-1\x00"
_NONCE: Final = 12


def seal(conn: Connection, client: UUID, place: str, text: str) -> str:
    """The text as it is to be stored in `place` ("table.column") of a client. Raises KeysMissing, Invalid."""
    keyed = _for_sealing(conn, client)
    if keyed is None:
        if text.startswith(_TEXT):
            raise Invalid("a text may not begin with the mark of sealed ones")
        return text
    number, key = keyed
    return f"{_TEXT}{number}:{urlsafe_b64encode(_encrypted(key, client, place, text.encode())).decode()}"


def seal_given(conn: Connection, client: UUID, place: str, text: str | None) -> str | None:
    """As `seal`; what was not said stays unsaid."""
    return seal(conn, client, place, text) if text else text


def seal_bytes(conn: Connection, client: UUID, place: str, data: bytes) -> bytes:
    """The bytes (a photo) as they are to be stored. Raises KeysMissing, Invalid."""
    keyed = _for_sealing(conn, client)
    if keyed is None:
        if data.startswith(_BYTES):
            raise Invalid("bytes may not begin with the mark of sealed ones")
        return data
    number, key = keyed
    return _BYTES + number.to_bytes(2, "big") + _encrypted(key, client, place, data)


def open_text(conn: Connection, client: UUID, place: str, stored: str) -> str:
    """The text that was stored. Raises KeysMissing without its key, SealBroken for what was changed or moved."""
    return _opened(conn, {client}, client, place, stored, {})


def open_bytes(conn: Connection, client: UUID, place: str, stored: bytes) -> bytes | None:
    """The bytes that were stored; None when their key is destroyed. Raises as `open_text` does."""
    if not stored.startswith(_BYTES):
        return stored
    at = len(_BYTES)
    key = _keys(conn, {client}).get((client, int.from_bytes(stored[at : at + 2], "big")))
    return None if key is None else _decrypted(key, client, place, stored[at + 2 :])


def open_rows(
    conn: Connection, rows: Sequence[Row], place: str, column: str, client: UUID | None = None
) -> list[Row]:
    """Rows with a column opened; whose they are stands in `client_id`, or is `client`. Empty values stay empty."""
    whose = {row.get("client_id", client) for row in rows if is_sealed(row[column])}
    found: dict[tuple[UUID, int], bytes | None] = {}
    return [
        row
        if not is_sealed(row[column])
        else {**row, column: _opened(conn, whose, row.get("client_id", client), place, row[column], found)}
        for row in rows
    ]


def open_columns(
    conn: Connection, rows: Sequence[Row], table: str, *columns: str, client: UUID | None = None
) -> list[Row]:
    """As `open_rows`, for several columns of one table, each sealed for the place named after it."""
    opened = list(rows)
    for column in columns:
        opened = open_rows(conn, opened, f"{table}.{column}", column, client)
    return opened


def is_sealed(stored: object) -> bool:
    """Whether a stored value is a sealed text or sealed bytes."""
    return (isinstance(stored, str) and stored.startswith(_TEXT)) or (
        isinstance(stored, bytes) and stored.startswith(_BYTES)
    )


def destroy(conn: Connection, client: UUID, *, now: datetime) -> int:
    """Destroy a client's data keys; how many there were. Also in backups, once the deployment's key is rotated."""
    return conn.execute(_QUERIES["destroy"], {"client_id": client, "now": now}).rowcount


def rewrap(conn: Connection, keys: DeploymentKeys) -> int:
    """Wrap every data key and seal every account's secret with the newest deployment key; how many were not yet.

    As the system. Nobody makes a data key meanwhile: whoever waits reads the deployment's keys anew afterwards.
    """
    conn.execute(_QUERIES["lock_for_rewrapping"])
    name, key = keys.newest()
    rows = conn.execute(_QUERIES["wrapped_by_others"], {"name": name}).fetchall()
    for row in rows:
        sealed = _wrapped(key, row["client_id"], row["number"], _unwrapped(keys, row))
        conn.execute(_QUERIES["rewrap"], {**row, "wrapped": sealed, "wrapped_by": name})
    reseal(conn, keys)
    return len(rows)


def book(conn: Connection) -> list[Row]:
    """Every data key as it is wrapped now (`client_id`, `number`, `wrapped`, `wrapped_by`). As the system."""
    return conn.execute(_QUERIES["book"]).fetchall()


def restore_book(
    conn: Connection, rows: Sequence[Row], keys: DeploymentKeys, *, now: datetime
) -> tuple[int, int]:
    """After a restore: put the keys of a book back, destroy those that are neither in it nor of a key that is here.

    Returns how many were put back and how many destroyed: what was erased since the backup stays erased. As the system.
    """
    columns: dict[str, Any] = {
        "client_ids": [row["client_id"] for row in rows],
        "numbers": [row["number"] for row in rows],
        "wrapped": [row["wrapped"] for row in rows],
        "wrapped_by": [row["wrapped_by"] for row in rows],
    }
    back = conn.execute(_QUERIES["put_back"], columns).rowcount
    others = {"names": list(keys.names()), "now": now, **columns}
    back += conn.execute(_QUERIES["put_back_totp"], others).rowcount
    return back, conn.execute(_QUERIES["destroy_others"], others).rowcount


def in_use(conn: Connection) -> dict[str, int]:
    """How many data keys and accounts' secrets each deployment key wraps, by its name. As the system."""
    return {row["wrapped_by"]: row["keys"] for row in conn.execute(_QUERIES["in_use"])}


def _opened(
    conn: Connection,
    whose: Iterable[Any],
    client: UUID | None,
    place: str,
    stored: str,
    found: dict[tuple[UUID, int], bytes | None],
) -> str:
    if not stored.startswith(_TEXT):
        return stored
    assert client is not None, "sealed words belong to a client"
    number, _, sealed = stored.removeprefix(_TEXT).partition(":")
    if not number.isdecimal():
        raise SealBroken
    if (client, int(number)) not in found:
        found |= {(client, int(number)): None, **_keys(conn, whose)}
    key = found[client, int(number)]
    if key is None:
        return ERASED
    try:
        raw = urlsafe_b64decode(sealed)
    except ValueError as error:
        raise SealBroken from error
    return _decrypted(key, client, place, raw).decode()


def _for_sealing(conn: Connection, client: UUID) -> tuple[int, bytes] | None:
    keys = data_keys(conn)
    if keys is None:
        if conn.execute(_QUERIES["any"]).fetchone() is not None:
            raise KeysMissing
        return None
    row = conn.execute(_QUERIES["newest"], {"client_id": client}).fetchone()
    if row is None:
        conn.execute(_QUERIES["lock_for_making"])
        name, wrapping = keys.newest()
        number = 1 + conn.execute(_QUERIES["highest"], {"client_id": client}).fetchone()["number"]  # type: ignore[index]
        wrapped = _wrapped(wrapping, client, number, os.urandom(KEY_BYTES))
        made = {"client_id": client, "number": number, "wrapped": wrapped, "wrapped_by": name}
        conn.execute(_QUERIES["add"], made)
        # Somebody else may have been quicker: theirs counts then.
        row = conn.execute(_QUERIES["newest"], {"client_id": client}).fetchone()
        assert row is not None, "a data key can be made for a client that exists"
    return row["number"], _unwrapped(keys, row)


def _keys(conn: Connection, clients: Iterable[Any]) -> dict[tuple[UUID, int], bytes]:
    keys = data_keys(conn)
    if keys is None:
        raise KeysMissing
    rows = conn.execute(_QUERIES["of_clients"], {"client_ids": list(clients)}).fetchall()
    return {(row["client_id"], row["number"]): _unwrapped(keys, row) for row in rows}


def _unwrapped(keys: DeploymentKeys, row: Row) -> bytes:
    wrapped = (row["wrapped_by"], bytes(row["wrapped"]))
    key = keys.remembered(wrapped)
    if key is None:
        place = f"client_key:{row['number']}"
        key = _decrypted(keys.named(wrapped[0]), row["client_id"], place, wrapped[1])
        keys.remember(wrapped, key)
    return key


def _wrapped(wrapping: bytes, client: UUID, number: int, key: bytes) -> bytes:
    return _encrypted(wrapping, client, f"client_key:{number}", key)


def _encrypted(key: bytes, client: UUID, place: str, data: bytes) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, data, client.bytes + place.encode())


def _decrypted(key: bytes, client: UUID, place: str, sealed: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], client.bytes + place.encode())
    except (InvalidTag, ValueError) as error:
        raise SealBroken from error
