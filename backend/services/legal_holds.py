"""Legal hold: nothing about a client is removed while one is in force (compliance reference L7)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backend.access.principal import Principal
from backend.access.visibility import require_visible
from backend.errors import Conflict, Forbidden, Invalid
from backend.store import access_log, retention
from backend.store.pool import Database

_SHORTEST_REASON = 3


@dataclass(frozen=True, slots=True)
class Hold:
    """One hold. Empty `lifted_at`: it is in force."""

    placed_at: datetime
    placed_by: str | None
    reason: str
    lifted_at: datetime | None
    lift_reason: str | None


def of_client(db: Database, principal: Principal, client_id: UUID, *, now: datetime) -> tuple[Hold, ...]:
    """Every hold there was, newest first: for the client and those who care for them. Raises NotFound."""
    with db.transaction(principal) as conn:
        client = require_visible(conn, principal, client_id, now)
        rows = retention.holds_of(conn, client)
        access_log.write(conn, principal, (client,), "holds_opened", now=now)
    return tuple(Hold(**row) for row in rows)


def place(db: Database, principal: Principal, client_id: UUID, reason: str, *, now: datetime) -> None:
    """Exempt a client from retention. Unit managers who see the client, and the system.

    Raises Forbidden, NotFound, Invalid without a reason, Conflict when there is a hold already.
    """
    _set(db, principal, client_id, reason, "hold_placed", now)


def lift(db: Database, principal: Principal, client_id: UUID, reason: str, *, now: datetime) -> None:
    """End it. Raises as `place` does; Conflict when there is none."""
    _set(db, principal, client_id, reason, "hold_lifted", now)


def _set(
    db: Database, principal: Principal, client_id: UUID, reason: str, action: str, now: datetime
) -> None:
    if not principal.may("hold"):
        raise Forbidden
    said = reason.strip()
    if len(said) < _SHORTEST_REASON:
        raise Invalid("a hold is placed and lifted with a reason")
    account = None if principal.is_system else principal.account_id
    with db.transaction(principal) as conn:
        client = require_visible(conn, principal, client_id, now)
        change = retention.place_hold if action == "hold_placed" else retention.lift_hold
        if not change(conn, client, account, said, now=now):
            raise Conflict
        access_log.write(conn, principal, (client,), action, now=now)
