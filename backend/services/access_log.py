"""Who has looked: the client's right to an extract (compliance reference L6), and the record of prints and exports."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from backend.access.principal import Principal
from backend.access.types import VisibleClientId
from backend.access.visibility import require_visible
from backend.errors import Invalid
from backend.services.views import AccessEntry
from backend.store import access_log as store
from backend.store.pool import Connection, Database

NOTED_ACTIONS: Final = frozenset({"printed", "exported", "opened_free_text"})
"""What a face may note by itself; everything else is written by the service that does it."""


REFRESH_LOGGED_EVERY: Final = timedelta(minutes=5)
"""An open page refreshes itself; that is one entry per person, client and action in this time, not one per refresh."""


def log_look(
    conn: Connection,
    principal: Principal,
    clients: Sequence[VisibleClientId],
    action: str,
    *,
    is_refresh: bool,
    now: datetime,
) -> None:
    """Write that these clients' data were looked at. Each look a person makes is an entry; refreshes are thinned."""
    if is_refresh:
        since = now - REFRESH_LOGGED_EVERY
        store.write_unless_lately(conn, principal, clients, action, since=since, now=now)
    else:
        store.write(conn, principal, clients, action, now=now)


def looked(
    db: Database, principal: Principal, client_id: UUID, *, now: datetime, is_refresh: bool = False
) -> tuple[AccessEntry, ...]:
    """Who did what with a client's data: when, from which unit, in which role; names where the tenant shows them."""
    with db.transaction(principal) as conn:
        client = require_visible(conn, principal, client_id, now)
        rows = store.of_client(conn, client)
        named = store.names_are_shown(conn, client)
        log_look(conn, principal, [client], "access_log", is_refresh=is_refresh, now=now)
    return tuple(
        AccessEntry(
            row["at"],
            row["unit"],
            row["role"],
            row["action"],
            row["in_emergency"],
            row["name"] if named and row["role"] not in {"client", "system"} else None,
        )
        for row in rows
    )


def note(db: Database, principal: Principal, client_id: UUID, action: str, *, now: datetime) -> None:
    """Note that a face printed, exported or opened something. Raises NotFound, Invalid for an unknown action."""
    if action not in NOTED_ACTIONS:
        raise Invalid("unknown action")
    with db.transaction(principal) as conn:
        store.write(conn, principal, [require_visible(conn, principal, client_id, now)], action, now=now)
