"""The record of who did what with whose data. Rows are only ever added."""

from collections.abc import Sequence
from datetime import datetime

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


def write_unless_lately(
    conn: Connection,
    principal: Principal,
    clients: Sequence[VisibleClientId],
    action: str,
    *,
    since: datetime,
    now: datetime,
) -> None:
    """One row for each client about whom the account has none for this action in (since, now]."""
    conn.execute(
        _QUERIES["write_unless_lately"],
        {
            "tenant_id": principal.tenant_id,
            "account_id": principal.account_id,
            "unit_id": principal.unit_id,
            "client_ids": list(clients),
            "action": action,
            "since": since,
            "now": now,
        },
    )


def of_client(conn: Connection, client: VisibleClientId, limit: int = 500) -> list[Row]:
    """Who has looked at a client's data, newest first: when, from which unit, in which role, doing what."""
    return conn.execute(_QUERIES["of_client"], {"client_id": client, "limit": limit}).fetchall()


def whole(conn: Connection, client: VisibleClientId, *, until: datetime) -> list[Row]:
    """Every line about a client up to an instant, newest first, with what an emergency was opened for."""
    return conn.execute(_QUERIES["whole"], {"client_id": client, "until": until}).fetchall()


def names_are_shown(conn: Connection, client: VisibleClientId) -> bool:
    """Whether the client's tenant shows the names of who looked (the law asks for the unit, not the name)."""
    row = conn.execute(_QUERIES["names_are_shown"], {"client_id": client}).fetchone()
    return row is not None and bool(row["shown"])


def write_operation(
    conn: Connection, principal: Principal, device_id: str | None, action: str, *, now: datetime
) -> None:
    """Something an operator did with a gateway's message. It stands in the client's own record, too."""
    conn.execute(
        _QUERIES["write_operation"],
        {
            "tenant_id": principal.tenant_id,
            "at": now,
            "account_id": principal.account_id,
            "unit_id": principal.unit_id,
            "device_id": device_id,
            "action": action,
        },
    )
