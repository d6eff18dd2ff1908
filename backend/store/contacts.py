"""Contact notes, and what they said before somebody corrected them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from backend.access.types import VisibleClientId
from backend.store.pool import Connection, Row
from backend.store.queries import load
from backend.store.sealed_text import open_columns, open_rows, seal

_QUERIES = load("contacts")


def add(conn: Connection, client: VisibleClientId, **values: Any) -> None:
    """Store a contact note, sealed."""
    sealed = seal(conn, client, "contact.note", values["note"])
    conn.execute(_QUERIES["add"], {"client_id": client, **values, "note": sealed})


def client_of(conn: Connection, contact_id: UUID) -> UUID | None:
    """Whom a note is about; the caller still has to check that they may be seen."""
    row = conn.execute(_QUERIES["client_of"], {"contact_id": contact_id}).fetchone()
    return None if row is None else row["client_id"]


def correct(
    conn: Connection,
    client: VisibleClientId,
    contact_id: UUID,
    tenant_id: str,
    account_id: UUID,
    reason: str,
    told: Mapping[str, Any],
    *,
    now: datetime,
) -> None:
    """Change a note after keeping what it said before."""
    key = {"contact_id": contact_id, "client_id": client}
    why = seal(conn, client, "contact_correction.reason", reason)
    who = {"tenant_id": tenant_id, "account_id": account_id, "reason": why, "now": now}
    conn.execute(_QUERIES["keep_before"], {**key, **who})
    sealed = seal(conn, client, "contact.note", told["note"])
    conn.execute(_QUERIES["correct"], {**key, **told, "note": sealed})


def of_client(conn: Connection, client: VisibleClientId) -> list[Row]:
    """A client's contact notes, newest first."""
    rows = conn.execute(_QUERIES["of_client"], {"client_id": client}).fetchall()
    return open_rows(conn, rows, "contact.note", "note", client)


def corrections(conn: Connection, client: VisibleClientId, contact_id: UUID) -> list[Row]:
    """What a note said before each correction, newest first."""
    rows = conn.execute(_QUERIES["corrections"], {"client_id": client, "contact_id": contact_id}).fetchall()
    rows = open_columns(conn, rows, "contact_correction", "reason", client=client)
    before = open_rows(conn, [row["before"] for row in rows], "contact.note", "note", client)
    return [{**row, "before": was} for row, was in zip(rows, before, strict=True)]
