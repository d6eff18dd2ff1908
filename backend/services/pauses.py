"""Pauses: an agreed time without tests. The client asks, staff decide; nothing is missed while it lasts."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from backend.access.principal import Principal
from backend.access.visibility import require_visible
from backend.errors import Conflict, Forbidden, Invalid, NotFound
from backend.services.plan_drafts import check_reason
from backend.services.plan_views import PauseView
from backend.store import access_log, assessment_queue, plans
from backend.store import agreements as store
from backend.store.pool import Connection, Database

LONGEST = timedelta(days=92)
LONGEST_BACK = timedelta(days=14)
"""How far back staff may enter a pause that was agreed on by word of mouth (assumption)."""


def request(
    db: Database,
    principal: Principal,
    client_id: UUID,
    from_at: datetime,
    to_at: datetime,
    *,
    reason: str,
    now: datetime,
) -> UUID:
    """Ask for a pause; what staff enter is granted at once. Returns its id.

    Raises NotFound for strangers, Forbidden for a researcher, Invalid, Conflict when another pause lies in the time.
    """
    said, pause_id = check_reason(reason), uuid4()
    earliest = now if principal.is_client else now - LONGEST_BACK
    if not from_at < to_at or to_at - from_at > LONGEST:
        raise Invalid(f"a pause begins before it ends and lasts at most {LONGEST.days} days")
    if from_at < earliest - timedelta(minutes=5) or to_at <= now:
        raise Invalid("a pause lies in the time to come")
    with db.transaction(principal) as conn:
        client = require_visible(conn, principal, client_id, now)
        if not principal.is_client and not principal.gives_care:
            raise Forbidden
        assessment_queue.hold(conn, client)
        if store.has_overlapping_pause(conn, client, from_at, to_at):
            raise Conflict("another pause lies in that time")
        row = plans.next_version(conn, client)
        account_id = None if principal.is_system else principal.account_id
        store.add_pause(
            conn,
            pause_id=pause_id,
            tenant_id=row["tenant_id"],
            client_id=client,
            from_at=from_at,
            to_at=to_at,
            reason=said,
            state="requested" if principal.is_client else "granted",
            requested_by=account_id,
            decided_by=None if principal.is_client else account_id,
            now=now,
        )
        access_log.write(conn, principal, [client], "pause_requested", now=now)
        if not principal.is_client:
            _take_effect(conn, client, from_at, now=now)
    return pause_id


def decide(
    db: Database, principal: Principal, pause_id: UUID, granted: bool, note: str = "", *, now: datetime
) -> None:
    """Grant or refuse a pause that waits; a refusal needs words.

    Raises NotFound for strangers, Forbidden for those who give no care, Invalid, Conflict when it waits no more.
    """
    said = note.strip() if granted else check_reason(note)
    with db.transaction(principal) as conn:
        client = require_visible(conn, principal, _owner(conn, pause_id), now)
        if not principal.gives_care:
            raise Forbidden
        assessment_queue.hold(conn, client)
        state = "granted" if granted else "refused"
        account_id = None if principal.is_system else principal.account_id
        row = store.decide_pause(conn, pause_id, state, said or None, account_id, now=now)
        if row is None:
            raise Conflict
        plans.next_version(conn, client)
        access_log.write(conn, principal, [client], "pause_decided", now=now)
        if granted:
            _take_effect(conn, client, row["from_at"], now=now)


def end(db: Database, principal: Principal, pause_id: UUID, *, now: datetime) -> None:
    """End a pause now: a granted one by the client or staff, one that waits by the client who asked.

    Raises NotFound for strangers, Forbidden for a researcher, Conflict when there is nothing to end.
    """
    with db.transaction(principal) as conn:
        client = require_visible(conn, principal, _owner(conn, pause_id), now)
        if not principal.is_client and not principal.gives_care:
            raise Forbidden
        assessment_queue.hold(conn, client)
        plans.next_version(conn, client)
        row = store.end_pause(conn, pause_id, now=now)
        if row is not None:
            _take_effect(conn, client, row["to_at"], now=now)
        elif not principal.is_client or not store.decide_pause(
            conn, pause_id, "withdrawn", None, principal.account_id, now=now
        ):
            raise Conflict
        access_log.write(conn, principal, [client], "pause_ended", now=now)


def of_client(db: Database, principal: Principal, client_id: UUID, *, now: datetime) -> tuple[PauseView, ...]:
    """Every pause of a client. Raises NotFound for strangers."""
    with db.transaction(principal) as conn:
        client = require_visible(conn, principal, client_id, now)
        access_log.write(conn, principal, [client], "pauses", now=now)
        return tuple(PauseView(**row) for row in store.pauses(conn, client))


def _owner(conn: Connection, pause_id: UUID) -> UUID:
    client_id = store.client_of_pause(conn, pause_id)
    if client_id is None:
        raise NotFound
    return client_id


def _take_effect(conn: Connection, client_id: UUID, from_at: datetime, *, now: datetime) -> None:
    """Windows from then on are judged anew, those laid out ahead too."""
    assessment_queue.enqueue(conn, {client_id: min(from_at, now)}, now=now)
    assessment_queue.wake_worker(conn)
