"""The record of who did what with whose data. Rows are only ever added."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from backend.access.principal import Principal
from backend.access.types import VisibleClientId
from backend.store.pool import Connection, Row
from backend.store.queries import load

_QUERIES = load("access_log")


def write(
    conn: Connection, principal: Principal, clients: Sequence[VisibleClientId], action: str, *, now: datetime
) -> None:
    """One row per client. Source: HSLF-FS 2016:40 4:9, through the compliance reference L1 and L2."""
    conn.execute(
        _QUERIES["write"],
        {
            "tenant_id": principal.tenant_id,
            "at": now,
            "account_id": principal.account_id,
            "unit_id": principal.unit_id,
            "client_ids": list(clients),
            "action": action,
        },
    )


def logged_lately(conn: Connection, account_id: UUID, action: str, *, since: datetime, now: datetime) -> bool:
    """Whether the account has a row for this action between the two instants."""
    params = {"account_id": account_id, "action": action, "since": since, "now": now}
    row = conn.execute(_QUERIES["logged_lately"], params).fetchone()
    return row is not None and row["lately"]


def of_client(conn: Connection, client: VisibleClientId, limit: int = 500) -> list[Row]:
    """Who has looked at a client's data, newest first: when, from which unit, in which role, doing what."""
    return conn.execute(_QUERIES["of_client"], {"client_id": client, "limit": limit}).fetchall()
