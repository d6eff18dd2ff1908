"""Reads the triage list: a fixed number of queries whatever the number of clients."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from backend.access.types import VisibleClientId
from backend.store.pool import Connection, Row
from backend.store.queries import load

_QUERIES = load("triage")


def rows(
    conn: Connection, clients: Sequence[VisibleClientId], account_id: UUID, *, now: datetime
) -> list[Row]:
    """One row per client, as the account sees them."""
    with conn.cursor(binary=True) as cursor:  # the strips are arrays, which are far quicker to read in binary
        return cursor.execute(
            _QUERIES["rows"], {"client_ids": list(clients), "account_id": account_id, "now": now}
        ).fetchall()


def newest_risk(conn: Connection, clients: Sequence[VisibleClientId], *, now: datetime) -> dict[UUID, Row]:
    """The newest 72 h score of each client that has one."""
    found = conn.execute(_QUERIES["newest_risk"], {"client_ids": list(clients), "now": now})
    return {row["client_id"]: row for row in found}
