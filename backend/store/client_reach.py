"""How staff reach a client: number, wish and note, sealed; every version is kept."""

from datetime import datetime
from uuid import UUID, uuid4

from backend.access.types import VisibleClientId
from backend.store.pool import Connection, Row
from backend.store.queries import load
from backend.store.sealed_text import open_rows, seal

_QUERIES = load("client_reach")
_PHONE, _NOTE = "client_reach.phone", "client_reach.note"


def add(
    conn: Connection,
    client: VisibleClientId,
    tenant_id: str,
    account_id: UUID,
    *,
    phone: str,
    preferred: str,
    note: str,
    now: datetime,
) -> None:
    """Store a version; number and note are sealed, empty ones stay empty."""
    params = {
        "reach_id": uuid4(),
        "tenant_id": tenant_id,
        "client_id": client,
        "phone": seal(conn, client, _PHONE, phone) if phone else "",
        "preferred": preferred,
        "note": seal(conn, client, _NOTE, note) if note else "",
        "account_id": account_id,
        "now": now,
    }
    conn.execute(_QUERIES["add"], params)


def of_client(conn: Connection, client: VisibleClientId, limit: int) -> list[Row]:
    """The newest versions, newest first, opened."""
    rows = conn.execute(_QUERIES["of_client"], {"client_id": client, "limit": limit}).fetchall()
    return open_rows(conn, open_rows(conn, rows, _PHONE, "phone"), _NOTE, "note")
