"""Secrets of accounts that must be read again (an authenticator app's), sealed with the deployment's own key.

An account belongs to no client, so there is no key between: the deployment's key seals the secret itself, with the
account and the place authenticated, and `nykter keys rotate` seals it anew. Stored as `sealed-key:1:NAME:BASE64`.
"""

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from backend.errors import KeysMissing, SealBroken
from backend.store.deployment_keys import DeploymentKeys
from backend.store.pool import Connection, data_keys
from backend.store.queries import load

_QUERIES = load("client_keys")
_MARK: Final = "sealed-key:1:"
_NONCE: Final = 12
_TOTP: Final = "totp_factor.secret"
BATCH: Final = 500


def seal_totp(conn: Connection, account: UUID, secret: str) -> str:
    """The secret as it is to be stored. Without keys it stays as it is, until there is a first. Raises KeysMissing."""
    keys = data_keys(conn)
    if keys is None:
        if conn.execute(_QUERIES["any"]).fetchone() is not None:
            raise KeysMissing
        return secret
    conn.execute(_QUERIES["lock_for_making"])
    return _sealed(keys, account, secret)


def open_totp(conn: Connection, account: UUID, stored: str) -> str:
    """The secret that was stored. Raises KeysMissing without its key, SealBroken for what was changed or moved."""
    if not stored.startswith(_MARK):
        return stored
    keys = data_keys(conn)
    if keys is None:
        raise KeysMissing
    return _opened(keys, account, stored)


def seal_plain(conn: Connection) -> int:
    """Seal at most `BATCH` secrets that are not; how many there were. As the system. Raises KeysMissing."""
    rows = conn.execute(_QUERIES["plain_totp"], {"batch": BATCH}).fetchall()
    for row in rows:
        sealed = seal_totp(conn, row["account_id"], row["secret"])
        conn.execute(_QUERIES["put_totp"], {"account_id": row["account_id"], "secret": sealed})
    return len(rows)


def reseal(conn: Connection, keys: DeploymentKeys) -> int:
    """Seal every secret with the newest key; how many were not. As the system, within the rotation's own lock."""
    name, _ = keys.newest()
    rows = conn.execute(_QUERIES["totp_of_others"], {"mark": f"{_MARK}{name}:"}).fetchall()
    for row in rows:
        secret = _opened(keys, row["account_id"], row["secret"])
        sealed = _sealed(keys, row["account_id"], secret)
        conn.execute(_QUERIES["put_totp"], {"account_id": row["account_id"], "secret": sealed})
    return len(rows)


def _sealed(keys: DeploymentKeys, account: UUID, secret: str) -> str:
    (name, key), nonce = keys.newest(), os.urandom(_NONCE)
    sealed = nonce + AESGCM(key).encrypt(nonce, secret.encode(), account.bytes + _TOTP.encode())
    return f"{_MARK}{name}:{urlsafe_b64encode(sealed).decode()}"


def _opened(keys: DeploymentKeys, account: UUID, stored: str) -> str:
    name, _, encoded = stored.removeprefix(_MARK).partition(":")
    key = keys.named(name)
    try:
        sealed = urlsafe_b64decode(encoded)
        opened = AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], account.bytes + _TOTP.encode())
    except (InvalidTag, ValueError) as error:
        raise SealBroken from error
    return opened.decode()
