"""Emergency access ("break-glass"): an hour's look at a client one has no care relation with, or who keeps one out.

It takes a reason from a list and own words, tells the managers of the client's unit at once, stands marked in the
client's log, and waits for a manager's review. Source: compliance reference L5 and 7.7.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, get_args
from uuid import UUID, uuid4

from backend.access.principal import Principal
from backend.access.visibility import require_emergency, require_reviewed, require_visible
from backend.errors import Conflict, Forbidden, Invalid, NotFound
from backend.services.two_persons import require_two
from backend.store import access_log
from backend.store import care_access as store
from backend.store import notices as notice_store
from backend.store.pool import Connection, Database
from backend.store.scope import SYSTEM_SCOPE

EmergencyReason = Literal["acute_risk", "colleague_away", "client_asked", "other"]
Outcome = Literal["justified", "not_justified"]
LASTS: Final = timedelta(minutes=60)
"""Source: compliance reference 7.7 (an assumption there)."""
SHORTEST_WORDS: Final = 10
REVIEWED_WITHIN: Final = timedelta(days=3)
"""How long an emergency may wait for its review before managers are reminded, and again after as long (assumption)."""
MOST_REMINDERS: Final = 20
_SHOWN_AFTER_REVIEW: Final = timedelta(days=90)
_TIER: Final = 2
"""On the page at once, outside it within quiet hours."""


class SeenAlready(Conflict):
    """You see this client already."""


@dataclass(frozen=True, slots=True)
class Emergency:
    """An emergency access that is in force."""

    emergency_id: UUID
    client_id: UUID
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class EmergencyView:
    """One for the manager's review: nothing of the client's record. `actions`: what was done meanwhile, how often."""

    emergency_id: UUID
    alias: str
    by: str
    by_unit: str | None
    reason: EmergencyReason
    words: str
    past_block: bool
    from_at: datetime
    ends_at: datetime
    reviewed_at: datetime | None
    reviewed_by: str | None
    outcome: Outcome | None
    review_words: str | None
    actions: tuple[tuple[str, int], ...]


def open_emergency(
    db: Database, principal: Principal, alias: str, reason: EmergencyReason, words: str, *, now: datetime
) -> Emergency:
    """Open a client by their whole alias for an hour.

    Raises Forbidden for anybody but a clinician, Invalid for too few words, NotFound for no such client of the tenant,
    SeenAlready when there is nothing to break.
    """
    if not principal.may("emergency"):
        raise Forbidden
    said = " ".join(words.split())
    if reason not in get_args(EmergencyReason) or len(said) < SHORTEST_WORDS:
        raise Invalid("an emergency has a reason and a sentence of one's own")
    with db.transaction(principal) as conn:
        candidate = require_emergency(conn, principal, alias.strip(), now)
        if candidate.is_seen:
            raise SeenAlready
        made = Emergency(uuid4(), candidate.client, now + LASTS)
        store.open_emergency(
            conn,
            candidate.client,
            emergency_id=made.emergency_id,
            tenant_id=principal.tenant_id,
            unit_id=candidate.unit_id,
            account_id=principal.account_id,
            reason=reason,
            words=said,
            past_block=candidate.past_block,
            ends_at=made.ends_at,
            now=now,
        )
        access_log.write(conn, principal, [candidate.client], "emergency_opened", now=now)
        _tell_managers(conn, principal, candidate.unit_id, made.emergency_id, now)
    return made


def in_force(db: Database, principal: Principal, client_id: UUID, *, now: datetime) -> Emergency | None:
    """The emergency by which the principal sees a client now; None otherwise, whether they see the client or not."""
    if not principal.may("emergency"):
        return None
    with db.transaction(principal) as conn:
        row = store.emergency_in_force(conn, principal.account_id, client_id, now=now)
    return None if row is None else Emergency(row["emergency_id"], row["client_id"], row["ends_at"])


def end(db: Database, principal: Principal, client_id: UUID, *, now: datetime) -> None:
    """Close it before the hour is over; none in force is no error. Raises NotFound for strangers, Forbidden."""
    if not principal.may("emergency"):
        raise Forbidden
    with db.transaction(principal) as conn:
        client = require_visible(conn, principal, client_id, now)
        access_log.write(conn, principal, [client], "emergency_ended", now=now)
        store.end_emergency(conn, principal.account_id, client, now=now)


def of_unit(db: Database, principal: Principal, *, now: datetime) -> tuple[EmergencyView, ...]:
    """Emergencies about clients of the manager's unit: those to review first, then those of the last 90 days.

    Raises Forbidden for anybody but a unit's manager.
    """
    unit_id = _require_manager(principal)
    with db.transaction(principal) as conn:
        rows = store.emergencies_of_unit(conn, unit_id, since=now - _SHOWN_AFTER_REVIEW)
    return tuple(
        EmergencyView(**{**row, "actions": tuple((name, int(times)) for name, times in row["actions"])})
        for row in rows
    )


def review(
    db: Database, principal: Principal, emergency_id: UUID, outcome: Outcome, words: str, *, now: datetime
) -> None:
    """Say whether it was justified, once.

    Raises Forbidden, Invalid, NotFound (one's own and a second time, too), and SameHand when whoever looked might be
    the one who reviews.
    """
    unit_id = _require_manager(principal)
    said = " ".join(words.split())
    if outcome not in get_args(Outcome) or len(said) < SHORTEST_WORDS:
        raise Invalid("a review says what was found in a sentence")
    with db.transaction(principal) as conn:
        opened = store.opened_emergency(conn, unit_id, emergency_id)
        if opened is not None and opened["account_id"] != principal.account_id:
            require_two(conn, opened["account_id"], principal.account_id, now=now)
        client_id = store.review(conn, unit_id, emergency_id, principal.account_id, outcome, said, now=now)
        if client_id is None:
            raise NotFound
        access_log.write(
            conn, principal, [require_reviewed(principal, client_id)], "emergency_reviewed", now=now
        )
        notice_store.cancel(conn, "report", emergency_id, now=now)


def remind(db: Database, principal: Principal, *, now: datetime) -> int:
    """Remind the managers of every emergency that waits too long for its review; how many notices. The system only.

    Asks what is overdue and not reviewed, so a day on which nothing ran is made up for; each manager is told once in
    `REVIEWED_WITHIN`, at most `MOST_REMINDERS` times. Raises Forbidden.
    """
    if not principal.may("platform"):
        raise Forbidden
    told = 0
    with db.transaction(SYSTEM_SCOPE) as conn:
        for row in store.emergencies_overdue(conn, before=now - REVIEWED_WITHIN):
            waited = min((now - row["from_at"]) // REVIEWED_WITHIN, MOST_REMINDERS)
            told += _tell(conn, row["tenant_id"], row["unit_id"], row["emergency_id"], waited, now)
        if told:
            notice_store.wake_worker(conn)
    return told


def _require_manager(principal: Principal) -> UUID:
    if not principal.may("unit.manage") or principal.unit_id is None:
        raise Forbidden
    return principal.unit_id


def _tell_managers(
    conn: Connection, principal: Principal, unit_id: UUID, emergency_id: UUID, now: datetime
) -> None:
    _tell(conn, principal.tenant_id, unit_id, emergency_id, 0, now)
    notice_store.wake_worker(conn)


def _tell(
    conn: Connection, tenant_id: str, unit_id: UUID, emergency_id: UUID, step: int, now: datetime
) -> int:
    """Plan a notice for each manager of the unit; how many are new. It names no client."""
    told = [
        notice_store.plan(
            conn,
            tenant_id=tenant_id,
            account_id=account_id,
            client_id=None,
            subject_kind="report",
            subject_id=emergency_id,
            step=step,
            tier=_TIER,
            due_at=now,
            now=now,
        )
        for account_id in store.managers(conn, unit_id)
    ]
    return sum(one is not None for one in told)
