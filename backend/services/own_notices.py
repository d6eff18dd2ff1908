"""What a person has been told, for their own pages."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backend.access.principal import Principal
from backend.access.visibility import visible_clients
from backend.errors import NotFound
from backend.services.notices import SubjectKind
from backend.store import deliveries
from backend.store.pool import Database

MOST = 100


@dataclass(frozen=True, slots=True)
class OwnNotice:
    """One thing the person has been told of."""

    notice_id: UUID
    subject_kind: SubjectKind
    subject_id: UUID
    client_id: UUID | None
    tier: int
    due_at: datetime
    opened_at: datetime | None


@dataclass(frozen=True, slots=True)
class Target:
    """Where a message's link leads: to one client's page, or (no client, or several notices) to the start page."""

    client_id: UUID | None
    subject_kind: SubjectKind


def own(db: Database, principal: Principal, *, now: datetime) -> tuple[OwnNotice, ...]:
    """The principal's own notices, newest first, at most a hundred. A client no longer visible is not named."""
    with db.transaction(principal) as conn:
        seen = frozenset[UUID](visible_clients(conn, principal, now))
        rows = deliveries.own_notices(conn, principal.account_id, MOST, now=now)
    return tuple(
        OwnNotice(
            row["notice_id"],
            row["subject_kind"],
            row["subject_id"],
            row["client_id"] if row["client_id"] in seen else None,
            row["tier"],
            row["due_at"],
            row["opened_at"],
        )
        for row in rows
    )


def open_one(db: Database, principal: Principal, notice_id: UUID, *, now: datetime) -> None:
    """Note that the principal has opened a notice of their own. Raises NotFound for strangers."""
    with db.transaction(principal) as conn:
        if not deliveries.open_one(conn, principal.account_id, notice_id, now=now):
            raise NotFound


def follow(db: Database, principal: Principal, delivery_id: UUID, *, now: datetime) -> Target:
    """Where the link of one of the principal's own messages leads; notes that it was followed.

    Raises NotFound for strangers.
    """
    with db.transaction(principal) as conn:
        row = deliveries.to_page_of(conn, principal.account_id, delivery_id)
        if row is None:
            raise NotFound
        deliveries.opened(conn, principal.account_id, delivery_id, now=now)
        seen = frozenset[UUID](visible_clients(conn, principal, now))
    client_id = row["client_id"] if row["n"] == 1 and row["client_id"] in seen else None
    return Target(client_id, row["subject_kind"])
