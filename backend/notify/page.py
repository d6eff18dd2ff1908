"""The pages themselves: an open page of this person hears at once that something waits. Never fails: it is a row."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from backend.store import live_events
from backend.store.pool import Connection

KIND = "notice"
"""The kind of the live event."""


def announce(
    conn: Connection, tenant_id: str, account_id: UUID, client_ids: Iterable[UUID | None], *, now: datetime
) -> None:
    """Tell the open pages of this account, and of nobody else, when this transaction commits."""
    live_events.announce_to(conn, tenant_id, account_id, client_ids, KIND, now=now)
