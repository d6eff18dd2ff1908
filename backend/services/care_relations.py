"""Who follows whom: clients are assigned, handed over (one or many, when a colleague leaves) and let go, with a reason.

A unit's manager decides about the unit's clients without seeing anything about them; a clinician about their own.
Nobody is left without a clinician, the new one is told, and signals the leaving one had taken are told anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID, uuid4

from backend.access.principal import Principal
from backend.access.types import VisibleClientId
from backend.access.visibility import handed_over, require_visible
from backend.domain.escalation import first_due
from backend.errors import Conflict, Forbidden, Invalid, NotFound
from backend.services.leave_cover import Colleague
from backend.services.notices import plan_notice
from backend.store import access_log, alert_policy, care_writes, leave_cover, live_events
from backend.store import care_relations as store
from backend.store.pool import Connection, Database, Row

ChangeKind = Literal["assigned", "handed_over", "ended"]
LONGEST_AHEAD: Final = timedelta(days=180)
"""Further ahead nobody knows who works here (assumption)."""
LEAST_WORDS: Final = 3
LONGEST_WORDS: Final = 500
MOST_AT_ONCE: Final = 500
_TIER: Final = 3
_AT_ONCE: Final = 100


class LeftAlone(Conflict):
    """A client would be left without a clinician of their own."""


class CareMoved(Conflict):
    """Somebody else changed who follows one of the clients just before."""


@dataclass(frozen=True, slots=True)
class Change:
    """A decision to be made. `at` None: now. `until`: for an assignment that ends by itself."""

    kind: ChangeKind
    clients: tuple[UUID, ...]
    words: str
    from_id: UUID | None = None
    to_id: UUID | None = None
    at: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Follower:
    """A clinician who follows a client as their own, now or from a time to come."""

    account_id: UUID
    name: str
    from_at: datetime
    to_at: datetime | None
    is_closed: bool
    """Whether the account is closed: nobody reads there any more."""


@dataclass(frozen=True, slots=True)
class Followed:
    """A client of the unit, and who follows them."""

    client_id: UUID
    alias: str
    followers: tuple[Follower, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision as it was made, about one client or many."""

    kind: ChangeKind
    from_name: str | None
    to_name: str | None
    at: datetime
    until: datetime | None
    decided_by: str
    decided_at: datetime
    clients: int = 1
    words: str = ""


@dataclass(frozen=True, slots=True)
class CareDesk:
    """What one may decide about: clients, the unit's clinicians, and what was decided lately."""

    followed: tuple[Followed, ...]
    colleagues: tuple[Colleague, ...]
    decisions: tuple[Decision, ...]


@dataclass(frozen=True, slots=True)
class Relation:
    """One of the staff who may see a client, might, or could. `name` is None where the tenant shows no names."""

    name: str | None
    role: str
    unit: str | None
    from_at: datetime
    to_at: datetime | None
    because: str


@dataclass(frozen=True, slots=True)
class CareOfClient:
    """Who may see one client, and what was decided about it, newest first."""

    relations: tuple[Relation, ...]
    history: tuple[Decision, ...]


def desk(db: Database, principal: Principal, *, now: datetime) -> CareDesk:
    """A manager's unit, or a clinician's own clients. Raises Forbidden for others."""
    unit_id = _unit_of(principal)
    only = None if principal.reach("hand_over") == "unit" else principal.account_id
    with db.transaction(principal) as conn:
        rows = store.caseloads(conn, unit_id, only, now=now)
        people = leave_cover.colleagues(conn, principal.tenant_id, unit_id)
        made = store.decisions(conn, unit_id, only)
    return CareDesk(
        _followed(rows),
        tuple(Colleague(row["account_id"], row["display_name"]) for row in people),
        tuple(Decision(**{name: row[name] for name in row if name != "batch_id"}) for row in made),
    )


def decide(db: Database, principal: Principal, wish: Change, *, now: datetime) -> int:
    """Change who follows these clients; returns how many. Old access ends, and new begins, at the stated instant.

    Raises Forbidden for roles that may not and for a clinician who hands over what a colleague follows, NotFound for a
    client or colleague who is not the unit's (for a clinician: not their own), Invalid for times or words that cannot
    be meant, CareMoved when the leaving one follows one of them no longer, LeftAlone.
    """
    unit_id = _unit_of(principal)
    at = _checked(principal, wish, now)
    with db.transaction(principal) as conn:
        clients = handed_over(conn, principal, wish.clients, now)
        if wish.to_id is not None:
            _require_colleague(conn, principal, unit_id, wish.to_id)
        if wish.from_id is not None:
            if len(store.followed_by(conn, wish.from_id, clients, at=at)) < len(clients):
                raise CareMoved
            if wish.kind == "ended" and store.still_followed(conn, clients, wish.from_id, at=at) < set(
                clients
            ):
                raise LeftAlone
            store.let_out(conn, clients, wish.from_id, at=at)
        if wish.to_id is not None:
            store.let_in(conn, principal.tenant_id, clients, wish.to_id, at=at, until=wish.until)
        _write(conn, principal, unit_id, clients, wish, at, now)
    return len(clients)


def of_client(db: Database, principal: Principal, client_id: UUID, *, now: datetime) -> CareOfClient:
    """Who of the staff may see a client, and every decision about it: for the client too.

    A client reads names where the tenant shows the names of who looked. Raises NotFound for strangers.
    """
    with db.transaction(principal) as conn:
        client = require_visible(conn, principal, client_id, now)
        relations, made = store.relations(conn, client), store.history(conn, client)
        named = not principal.is_client or access_log.names_are_shown(conn, client)
        if not principal.is_client:
            access_log.write(conn, principal, [client], "care_relations", now=now)
    hide = {} if named else {"name": None}
    return CareOfClient(
        tuple(Relation(**{**row, **hide}) for row in relations),
        tuple(_shown(row, named=named) for row in made),
    )


def settle_due(db: Database, principal: Principal, *, now: datetime) -> int:
    """See to the signals of those whose time with a client has ended; how many decisions. As the system."""
    if not principal.is_system:
        raise Forbidden
    done = 0
    while True:
        with db.transaction(principal) as conn:
            due = store.take_to_settle(conn, _AT_ONCE, now=now)
            for row in due:
                _settle(conn, row, now)
        done += len(due)
        if len(due) < _AT_ONCE:
            return done


def _settle(conn: Connection, change: Row, now: datetime) -> None:
    hours = alert_policy.of_unit(conn, change["unit_id"]).hours
    signals = store.signals_of(conn, change["client_id"], change["from_id"])
    for signal in signals:
        if signal["is_put_off"]:
            store.pass_snooze(conn, signal["alert_id"], change["heir_id"], now=now)
        else:
            store.give_back(conn, signal["alert_id"], first_due(signal["tier"], now, hours), now=now)
        care_writes.alert_changed(conn, signal["alert_id"], signal["state"], "handed_over", now=now)
    store.settled(conn, change["change_id"])
    live_events.announce(conn, change["tenant_id"], [change["client_id"]], "assignment", now=now)


def _write(
    conn: Connection,
    principal: Principal,
    unit_id: UUID,
    clients: Sequence[VisibleClientId],
    wish: Change,
    at: datetime,
    now: datetime,
) -> None:
    batch_id, words = uuid4(), " ".join(wish.words.split())
    for client in clients:
        store.add(
            conn,
            client,
            words,
            tenant_id=principal.tenant_id,
            unit_id=unit_id,
            batch_id=batch_id,
            kind=wish.kind,
            from_id=wish.from_id,
            to_id=wish.to_id,
            at=at,
            until=wish.until,
            decided_by=principal.account_id,
            settle_at=None if wish.from_id is None else at,
            now=now,
        )
    for step, account_id in enumerate((wish.to_id, wish.from_id)):
        if account_id is not None and account_id != principal.account_id:
            plan_notice(
                conn,
                tenant_id=principal.tenant_id,
                account_id=account_id,
                client_id=None,
                subject_kind="handover",
                subject_id=batch_id,
                step=step,
                tier=_TIER,
                due_at=now,
                now=now,
            )
    access_log.write(conn, principal, clients, f"care_{wish.kind}", now=now)
    live_events.announce(conn, principal.tenant_id, clients, "assignment", now=now)


def _checked(principal: Principal, wish: Change, now: datetime) -> datetime:
    """When it takes effect. Raises Invalid for what cannot be meant, Forbidden for what is a colleague's."""
    at = wish.at or now
    if not 1 <= len(wish.clients) <= MOST_AT_ONCE:
        raise Invalid("choose at least one client")
    if not now <= at <= now + LONGEST_AHEAD:
        raise Invalid("it takes effect now, or within half a year")
    if (wish.from_id is None) != (wish.kind == "assigned") or (wish.to_id is None) != (wish.kind == "ended"):
        raise Invalid("say who it is from and who it is to")
    if wish.from_id is not None and wish.from_id == wish.to_id:
        raise Invalid("nobody hands over to themselves")
    if wish.until is not None and (wish.kind != "assigned" or wish.until <= at):
        raise Invalid("only an assignment ends by itself, and after it begins")
    if not LEAST_WORDS <= len(wish.words.strip()) <= LONGEST_WORDS:
        raise Invalid("it needs a reason in a few words")
    if principal.reach("hand_over") == "care" and wish.from_id not in {None, principal.account_id}:
        raise Forbidden
    return at


def _require_colleague(conn: Connection, principal: Principal, unit_id: UUID, account_id: UUID) -> None:
    people = {row["account_id"] for row in leave_cover.colleagues(conn, principal.tenant_id, unit_id)}
    if account_id not in people:
        raise NotFound


def _unit_of(principal: Principal) -> UUID:
    if not principal.may("hand_over") or principal.unit_id is None:
        raise Forbidden
    return principal.unit_id


def _followed(rows: Sequence[Row]) -> tuple[Followed, ...]:
    found: dict[UUID, tuple[str, list[Follower]]] = {}
    for row in rows:
        _, followers = found.setdefault(row["client_id"], (row["alias"], []))
        if row["account_id"] is not None:
            followers.append(
                Follower(row["account_id"], row["name"], row["from_at"], row["to_at"], row["is_closed"])
            )
    return tuple(Followed(client, alias, tuple(who)) for client, (alias, who) in found.items())


def _shown(row: Row, *, named: bool) -> Decision:
    if named:
        return Decision(**row)
    return Decision(**{**row, "from_name": None, "to_name": None, "decided_by": ""})
