"""Texts for the record: the facts a draft is computed from, the draft, and the text as signed."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from backend.access.types import VisibleClientId
from backend.store.pool import Connection, Row
from backend.store.queries import load
from backend.store.sealed_text import open_rows, seal

_QUERIES = load("journal_texts")


def attendance(
    conn: Connection, client: VisibleClientId, kind: str, since: date, until: date, *, now: datetime
) -> dict[str, int]:
    """Windows of one kind that have opened, by attendance, on local days from `since` to `until` (both included)."""
    params = {"client_id": client, "kind": kind, "since": since, "until": until, "now": now}
    return {row["attendance"]: row["count"] for row in conn.execute(_QUERIES["attendance"], params)}


def rows(conn: Connection, name: str, client: VisibleClientId, **params: Any) -> list[Row]:
    """Facts of one kind between two instants: results, check_ins, means, contacts, devices, outage."""
    return conn.execute(_QUERIES[name], {"client_id": client, **params}).fetchall()


def add(conn: Connection, client: VisibleClientId, facts: dict[str, Any], **values: Any) -> None:
    """Store a draft, sealed; its text to sign begins as the same words."""
    sealed = {name: seal(conn, client, f"journal_text.{name}", values["draft"]) for name in ("draft", "body")}
    conn.execute(_QUERIES["add"], {"client_id": client, "facts": Jsonb(facts), **values, **sealed})


def client_of(conn: Connection, journal_id: UUID) -> UUID | None:
    """Whom a text is about; the caller still has to check that they may be seen."""
    row = conn.execute(_QUERIES["client_of"], {"journal_id": journal_id}).fetchone()
    return None if row is None else row["client_id"]


def by_digest(conn: Connection, sha256: bytes) -> Row | None:
    """Which text was signed with this digest; the caller still has to check that its client may be seen."""
    return conn.execute(_QUERIES["by_digest"], {"sha256": sha256}).fetchone()


def save(conn: Connection, client: VisibleClientId, journal_id: UUID, body: str) -> bool:
    """Keep an edited text that nobody has signed; False when it is signed already."""
    sealed = seal(conn, client, "journal_text.body", body)
    params = {"client_id": client, "journal_id": journal_id, "body": sealed}
    return conn.execute(_QUERIES["save"], params).fetchone() is not None


def sign(
    conn: Connection,
    client: VisibleClientId,
    journal_id: UUID,
    body: str,
    signed_by: UUID,
    sha256: bytes,
    *,
    now: datetime,
) -> bool:
    """Freeze a text under a person's name; False when it is signed already."""
    sealed = seal(conn, client, "journal_text.body", body)
    params = {"client_id": client, "journal_id": journal_id, "body": sealed, "signed_by": signed_by}
    return conn.execute(_QUERIES["sign"], {**params, "sha256": sha256, "now": now}).fetchone() is not None


def of_client(conn: Connection, client: VisibleClientId, journal_id: UUID | None = None) -> list[Row]:
    """A client's texts, newest first, with draft and text beside each other; only this one when one is named."""
    rows = conn.execute(_QUERIES["of_client"], {"client_id": client, "journal_id": journal_id}).fetchall()
    for column in ("draft", "body"):
        rows = open_rows(conn, rows, f"journal_text.{column}", column, client)
    return rows
