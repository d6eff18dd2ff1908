"""Announcements of changes to clients, for pages that are open. They carry identifiers, never data about a person."""

import json
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from backend.store.notifications import LIVE, notify
from backend.store.pool import Connection


def announce(
    conn: Connection, tenant_id: str, client_ids: Iterable[UUID], kind: str, *, now: datetime
) -> None:
    """Tell open pages, when this transaction commits, that something of this kind changed for these clients."""
    said = {"tenant": tenant_id, "kind": kind, "at": now.isoformat()}
    notify(conn, LIVE, [json.dumps({**said, "client_id": str(client_id)}) for client_id in client_ids])


def announce_to(
    conn: Connection,
    tenant_id: str,
    account_id: UUID,
    client_ids: Iterable[UUID | None],
    kind: str,
    *,
    now: datetime,
) -> None:
    """Tell the open pages of one account, when this transaction commits, about these clients (None: about none)."""
    said = {"tenant": tenant_id, "kind": kind, "at": now.isoformat(), "account_id": str(account_id)}
    whom = [None if client_id is None else str(client_id) for client_id in client_ids]
    notify(conn, LIVE, [json.dumps({**said, "client_id": client_id}) for client_id in whom])
