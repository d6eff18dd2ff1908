"""Calls of clients who ask to be contacted."""

from datetime import datetime
from uuid import UUID

from backend.access.types import VisibleClientId
from backend.store.pool import Connection, Row
from backend.store.queries import load

_QUERIES = load("help_calls")


def hold(conn: Connection, client: VisibleClientId) -> None:
    """Let nobody else add a call for this client until this transaction ends."""
    conn.execute(_QUERIES["hold"], {"client_id": client})


def add(conn: Connection, client: VisibleClientId, call_id: UUID, tenant_id: str, *, now: datetime) -> None:
    """Store a call."""
    params = {"client_id": client, "call_id": call_id, "tenant_id": tenant_id, "now": now}
    conn.execute(_QUERIES["add"], params)


def newest(conn: Connection, client: VisibleClientId, since: datetime) -> Row | None:
    """The newest call since an instant (`call_id`, `asked_at`) with `state` and `seen_at` of its alert, if any yet."""
    return conn.execute(_QUERIES["newest"], {"client_id": client, "since": since}).fetchone()
