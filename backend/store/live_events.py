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
