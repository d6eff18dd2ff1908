"""Medication and life events of a client as staff noted them, and when they mean to be in touch next."""

from datetime import date, datetime
from uuid import UUID

from backend.access.types import VisibleClientId
from backend.store.pool import Connection
from backend.store.queries import load
from backend.store.sealed_text import seal

_QUERIES = load("life_events")


def add(
    conn: Connection,
    client: VisibleClientId,
    event_id: UUID,
    tenant_id: str,
    account_id: UUID,
    kind: str,
    began_on: date,
    ended_on: date | None,
    text: str,
    *,
    now: datetime,
) -> None:
    """Store one event, its words sealed."""
    text = seal(conn, client, "life_event.text", text)
    what = {"event_id": event_id, "kind": kind, "began_on": began_on, "ended_on": ended_on, "text": text}
    who = {"client_id": client, "tenant_id": tenant_id, "account_id": account_id, "now": now}
    conn.execute(_QUERIES["add"], {**what, **who})


def client_of(conn: Connection, event_id: UUID) -> UUID | None:
    """Whom an event in force is about; the caller still has to check that they may be seen."""
    row = conn.execute(_QUERIES["client_of"], {"event_id": event_id}).fetchone()
    return None if row is None else row["client_id"]


def withdraw(
    conn: Connection, client: VisibleClientId, event_id: UUID, account_id: UUID, *, now: datetime
) -> None:
    """Take an event back; it stays in the table and is shown nowhere."""
    conn.execute(
        _QUERIES["withdraw"],
        {"event_id": event_id, "client_id": client, "account_id": account_id, "now": now},
    )


def plan_contact(
    conn: Connection,
    client: VisibleClientId,
    tenant_id: str,
    account_id: UUID,
    at: datetime | None,
    *,
    now: datetime,
) -> None:
    """Say when the client is to be contacted next; None: nothing is planned any more."""
    who = {"client_id": client, "tenant_id": tenant_id, "account_id": account_id}
    conn.execute(_QUERIES["plan_contact"], {**who, "at": at, "now": now})
