"""A colleague on leave: somebody of the same unit looks after their clients for a time, with a care relation that ends.

The absent clinician arranges it for themselves, or the unit's manager does; nobody else, and never for another unit.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from backend.access.principal import Principal
from backend.access.visibility import caseload_handed_over
from backend.errors import Forbidden, Invalid, NotFound
from backend.store import access_log, live_events
from backend.store import leave_cover as store
from backend.store.pool import Connection, Database

LONGEST: Final = timedelta(days=120)
"""A longer absence is a change of clinician, which is arranged as one (assumption)."""


@dataclass(frozen=True, slots=True)
class Colleague:
    """A clinician of the unit."""

    account_id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class Cover:
    """Who looks after whose clients, and until when."""

    cover_id: UUID
    absent_id: UUID
    absent: str
    covering_id: UUID
    covering: str
    from_at: datetime
    to_at: datetime
    clients: int


@dataclass(frozen=True, slots=True)
class LeaveDesk:
    """The unit's clinicians, and the covers that have not ended."""

    colleagues: tuple[Colleague, ...]
    covers: tuple[Cover, ...]


def desk(db: Database, principal: Principal, *, now: datetime) -> LeaveDesk:
    """What the page about leave shows. Raises Forbidden for who is neither clinician nor manager of a unit."""
    unit_id = _unit_of(principal)
    with db.transaction(principal) as conn:
        people = store.colleagues(conn, principal.tenant_id, unit_id)
        covers = store.of_unit(conn, unit_id, now=now)
    return LeaveDesk(
        tuple(Colleague(row["account_id"], row["display_name"]) for row in people),
        tuple(Cover(**row) for row in covers),
    )


def arrange(
    db: Database,
    principal: Principal,
    absent_id: UUID,
    covering_id: UUID,
    from_at: datetime,
    to_at: datetime,
    *,
    now: datetime,
) -> UUID:
    """Let a colleague look after somebody's clients. The clients as they are now; who joins later is assigned as usual.

    Raises Forbidden for who may not, NotFound for somebody outside the unit, Invalid for a wrong stretch or no clients.
    """
    unit_id = _unit_of(principal)
    if absent_id == covering_id:
        raise Invalid("nobody covers for themselves")
    if not from_at < to_at or to_at <= now or to_at - from_at > LONGEST:
        raise Invalid("leave ends after it begins, and within four months")
    if principal.reach("leave") != "unit" and absent_id != principal.account_id:
        raise Forbidden
    cover_id = uuid4()
    with db.transaction(principal) as conn:
        people = {row["account_id"] for row in store.colleagues(conn, principal.tenant_id, unit_id)}
        if not {absent_id, covering_id} <= people:
            raise NotFound
        begins = max(from_at, now)
        clients = caseload_handed_over(conn, principal, absent_id, begins, to_at)
        if not clients:
            raise Invalid("there is nobody to look after")
        store.add(
            conn,
            cover_id,
            principal.tenant_id,
            absent_id,
            covering_id,
            clients,
            begins,
            to_at,
            principal.account_id,
            now=now,
        )
        access_log.write(conn, principal, clients, "cover_arranged", now=now)
        live_events.announce(conn, principal.tenant_id, clients, "assignment", now=now)
    return cover_id


def end(db: Database, principal: Principal, cover_id: UUID, *, now: datetime) -> None:
    """End a cover before its time. Raises NotFound outside the unit, Forbidden for a third colleague."""
    unit_id = _unit_of(principal)
    with db.transaction(principal) as conn:
        cover = _cover(conn, unit_id, cover_id, now)
        if principal.reach("leave") != "unit" and principal.account_id not in {
            cover.absent_id,
            cover.covering_id,
        }:
            raise Forbidden
        clients = caseload_handed_over(conn, principal, cover.absent_id, now, cover.to_at)
        store.withdraw(conn, cover_id, principal.account_id, now=now)
        access_log.write(conn, principal, clients, "cover_ended", now=now)


def _cover(conn: Connection, unit_id: UUID, cover_id: UUID, now: datetime) -> Cover:
    for row in store.of_unit(conn, unit_id, now=now):
        if row["cover_id"] == cover_id:
            return Cover(**row)
    raise NotFound


def _unit_of(principal: Principal) -> UUID:
    if not principal.may("leave") or principal.unit_id is None:
        raise Forbidden
    return principal.unit_id
