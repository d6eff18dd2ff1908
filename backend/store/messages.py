"""Messages between a client and staff. Rows are only ever added; reading one is a row of its own."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from backend.access.types import VisibleClientId
from backend.store.pool import Connection, Row
from backend.store.queries import load
from backend.store.sealed_text import open_rows, seal

_QUERIES = load("messages")


def add(conn: Connection, client: VisibleClientId, **values: Any) -> bool:
    """Store a message; False when its author has sent one with the same `once_key` already."""
    sealed = seal(conn, client, "message.body", values["body"])
    return (
        conn.execute(_QUERIES["add"], {"client_id": client, **values, "body": sealed}).fetchone() is not None
    )


def by_once_key(conn: Connection, account_id: UUID, once_key: str | None) -> Row | None:
    """What an author sent with this key."""
    return conn.execute(_QUERIES["by_once_key"], {"account_id": account_id, "once_key": once_key}).fetchone()


def one(conn: Connection, client: VisibleClientId, message_id: UUID) -> Row | None:
    """A message of this client's thread: its author, and whether it has been corrected."""
    return conn.execute(_QUERIES["one"], {"client_id": client, "message_id": message_id}).fetchone()


def thread(conn: Connection, client: VisibleClientId, account_id: UUID, limit: int) -> list[Row]:
    """The newest messages of a client's thread, oldest first, each with who has read it."""
    params = {"client_id": client, "account_id": account_id, "limit": limit}
    return open_rows(
        conn, conn.execute(_QUERIES["thread"], params).fetchall(), "message.body", "body", client
    )


def mark_read(
    conn: Connection,
    client: VisibleClientId,
    account_id: UUID,
    *,
    is_client: bool,
    up_to: datetime,
    now: datetime,
) -> list[UUID]:
    """Mark what the other side wrote up to an instant as read by this account; the messages that were not before."""
    params = {"client_id": client, "account_id": account_id, "is_client": is_client, "up_to": up_to}
    return [row["message_id"] for row in conn.execute(_QUERIES["mark_read"], {**params, "now": now})]


def unread(conn: Connection, clients: Sequence[VisibleClientId], *, is_client: bool) -> dict[UUID, Row]:
    """Per client: how many messages of the other side nobody on this side has read, and since when."""
    params = {"client_ids": list(clients), "is_client": is_client}
    return {row["client_id"]: row for row in conn.execute(_QUERIES["unread"], params)}


def waiting(conn: Connection, clients: Sequence[VisibleClientId]) -> list[Row]:
    """Threads of these clients that wait for an answer of staff, the most urgent first."""
    return conn.execute(_QUERIES["waiting"], {"client_ids": list(clients)}).fetchall()


def staff_of(conn: Connection, client: VisibleClientId, *, now: datetime) -> list[UUID]:
    """Clinicians with a care relation to the client."""
    rows = conn.execute(_QUERIES["staff_of"], {"client_id": client, "now": now})
    return [row["account_id"] for row in rows]


def logins_of(conn: Connection, client: VisibleClientId) -> list[UUID]:
    """The client's own logins."""
    return [row["account_id"] for row in conn.execute(_QUERIES["logins_of_client"], {"client_id": client})]
