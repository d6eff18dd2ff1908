"""Who has looked: the client's right to an extract (compliance reference L6), and the record of prints and exports."""

from datetime import datetime
from typing import Final
from uuid import UUID

from backend.access.principal import Principal
from backend.access.visibility import require_visible
from backend.errors import Invalid
from backend.services.views import AccessEntry
from backend.store import access_log as store
from backend.store.pool import Database

NOTED_ACTIONS: Final = frozenset({"printed", "exported", "opened_free_text"})
"""What a face may note by itself; everything else is written by the service that does it."""


def looked(db: Database, principal: Principal, client_id: UUID, *, now: datetime) -> tuple[AccessEntry, ...]:
    """Who did what with a client's data: when, from which unit, in which role; no names. Raises NotFound."""
    with db.transaction() as conn:
        client = require_visible(conn, principal, client_id, now)
        rows = store.of_client(conn, client)
        store.write(conn, principal, [client], "access_log", now=now)
    return tuple(AccessEntry(row["at"], row["unit"], row["role"], row["action"]) for row in rows)


def note(db: Database, principal: Principal, client_id: UUID, action: str, *, now: datetime) -> None:
    """Note that a face printed, exported or opened something. Raises NotFound, Invalid for an unknown action."""
    if action not in NOTED_ACTIONS:
        raise Invalid("unknown action")
    with db.transaction() as conn:
        store.write(conn, principal, [require_visible(conn, principal, client_id, now)], action, now=now)
