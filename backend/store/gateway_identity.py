"""Enrolment codes, a gateway's keys and its end, and which breathalyzers are a client's own."""

from datetime import datetime
from typing import Any
from uuid import UUID

from backend.access.types import VisibleClientId
from backend.store.gateways import Gateway
from backend.store.pool import Connection, Row
from backend.store.queries import load

_QUERIES = load("gateway_identity")


def add_code(conn: Connection, client: VisibleClientId, **values: Any) -> None:
    """Keep a code's digest."""
    conn.execute(_QUERIES["add_code"], {"client_id": client, **values})


def codes(conn: Connection, client: VisibleClientId) -> list[Row]:
    """A client's newest codes: when, until when, and what became of each."""
    return conn.execute(_QUERIES["codes"], {"client_id": client}).fetchall()


def waiting_codes(conn: Connection, client: VisibleClientId, *, now: datetime) -> int:
    """How many codes of a client could be used now."""
    row = conn.execute(_QUERIES["waiting_codes"], {"client_id": client, "now": now}).fetchone()
    return 0 if row is None else row["waiting"]


def client_of_code(conn: Connection, code_id: UUID) -> UUID | None:
    """Whose code it is."""
    row = conn.execute(_QUERIES["client_of_code"], {"code_id": code_id}).fetchone()
    return None if row is None else row["client_id"]


def revoke_code(conn: Connection, code_id: UUID, account_id: UUID | None, *, now: datetime) -> bool:
    """Withdraw an unused code; False when there was nothing to withdraw."""
    params = {"code_id": code_id, "account_id": account_id, "now": now}
    return conn.execute(_QUERIES["revoke_code"], params).fetchone() is not None


def tenant_of_code(conn: Connection, digest: bytes, *, now: datetime) -> str | None:
    """The tenant of a code that could be used now; None for any other, whatever is wrong with it."""
    row = conn.execute(_QUERIES["tenant_of_code"], {"digest": digest, "now": now}).fetchone()
    return None if row is None else row["tenant_id"]


def use_code(conn: Connection, digest: bytes, *, now: datetime) -> Row | None:
    """Use a code up; None when somebody was quicker. Gives code_id, client_id and issued_by."""
    return conn.execute(_QUERIES["use_code"], {"digest": digest, "now": now}).fetchone()


def name_user(conn: Connection, code_id: UUID, device_id: str) -> None:
    """Note which gateway has used a code."""
    conn.execute(_QUERIES["name_user"], {"code_id": code_id, "device_id": device_id})


def tenant_of_gateway(conn: Connection, device_id: str) -> str | None:
    """The tenant of a gateway that is not revoked."""
    row = conn.execute(_QUERIES["tenant_of_gateway"], {"device_id": device_id}).fetchone()
    return None if row is None else row["tenant_id"]


def lock_gateway(conn: Connection, device_id: str) -> Gateway | None:
    """A gateway, held until the transaction ends."""
    row = conn.execute(_QUERIES["lock_gateway"], {"device_id": device_id}).fetchone()
    return None if row is None else Gateway(**row)


def change_key(
    conn: Connection, device_id: str, public_key: bytes, key_id: str, *, old_until: datetime
) -> None:
    """Let a new key follow the one in force, which is believed until `old_until`."""
    params = {"device_id": device_id, "public_key": public_key, "key_id": key_id, "until": old_until}
    conn.execute(_QUERIES["change_key"], params)


def revoke_gateway(
    conn: Connection, device_id: str, account_id: UUID | None, reason: str, *, now: datetime
) -> bool:
    """Believe nothing it signs any more; False when it was revoked before."""
    params = {"device_id": device_id, "account_id": account_id, "reason": reason, "now": now}
    return conn.execute(_QUERIES["revoke_gateway"], params).fetchone() is not None


def gateways_of(conn: Connection, client: VisibleClientId) -> list[Row]:
    """A client's gateways, newest first, with how often messages in their names were refused for their key."""
    return conn.execute(_QUERIES["gateways_of"], {"client_id": client}).fetchall()


def breathalyzers(conn: Connection, client: VisibleClientId) -> list[Row]:
    """Every breathalyzer a client's readings came from, or that was paired, by serial number."""
    return conn.execute(_QUERIES["breathalyzers"], {"client_id": client}).fetchall()


def pair(
    conn: Connection, client: VisibleClientId, tenant_id: str, serial: str, by: UUID | None, *, now: datetime
) -> None:
    """Note that a breathalyzer is the client's own."""
    params = {"tenant_id": tenant_id, "client_id": client, "serial": serial, "account_id": by, "now": now}
    conn.execute(_QUERIES["pair"], params)


def end_pairing(
    conn: Connection, client: VisibleClientId, serial: str, by: UUID | None, *, now: datetime
) -> bool:
    """Note that it is no longer; False when it was not."""
    params = {"client_id": client, "serial": serial, "account_id": by, "now": now}
    return conn.execute(_QUERIES["end_pairing"], params).fetchone() is not None
