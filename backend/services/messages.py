"""Messages between a client and the staff about them. Nothing is deleted; a correction is a new message.

Whether anybody reads now is said honestly from the unit's working hours; nobody is ever led to think that somebody is
watching. Reading is an act: replying, or saying "I have read it".
"""

from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from backend.access.principal import Principal
from backend.access.types import VisibleClientId
from backend.access.visibility import require_visible, visible_clients
from backend.domain.holidays import is_holiday
from backend.domain.office_hours import due_after, is_open, next_opening
from backend.errors import Conflict, Forbidden, Invalid, NotFound
from backend.services import unit_settings
from backend.services.access_log import log_look
from backend.services.casework_views import Desk, MessageView, Reader, Thread, WaitingThread
from backend.services.notices import cancel_notices, plan_notice
from backend.services.work_log import log_work
from backend.store import access_log, enrolment, live_events
from backend.store import messages as store
from backend.store.pool import Connection, Database, Row

LONGEST_BODY: Final = 4000
SHOWN: Final = 200
"""Messages of a thread that are read at once, the newest."""
_TIER: Final = 3
"""A message is for the day's round, never an alarm: who is in danger is told to call (domain reference 11.3, 11.4)."""


class AlreadyCorrected(Conflict):
    """This message has been corrected already; correct the correction instead."""


def send(
    db: Database,
    principal: Principal,
    client_id: UUID,
    body: str,
    *,
    corrects: UUID | None = None,
    once_key: str | None = None,
    now: datetime,
) -> UUID:
    """Send a message in a client's thread, as the client or as staff with a care relation.

    `corrects` names an own message this one puts right; both stay. The same `once_key` from the same person sends
    once. Raises NotFound for strangers, Forbidden for those who give no care, Invalid for an empty or too long body,
    AlreadyCorrected.
    """
    words = body.strip()
    if not words or len(words) > LONGEST_BODY:
        raise Invalid(f"a message has 1 to {LONGEST_BODY} characters")
    message_id = uuid4()
    with db.transaction(principal) as conn:
        client = require_visible(conn, principal, client_id, now)
        _require_part(principal)
        if corrects is not None:
            _require_correctable(conn, client, principal, corrects)
        hours, promise = unit_settings.hours_of(conn, client, now=now)
        due = due_after(hours, now, timedelta(hours=promise), _is_worked)
        stored = store.add(
            conn,
            client,
            message_id=message_id,
            tenant_id=principal.tenant_id,
            account_id=principal.account_id,
            from_client=principal.is_client,
            body=words,
            corrects=corrects,
            reply_due_at=due if principal.is_client else None,
            once_key=once_key,
            now=now,
        )
        if not stored:
            return _sent_before(conn, principal, client, once_key)
        if not principal.is_client:
            _mark(conn, principal, client, now, now)
            log_work(conn, principal, "message_sent", client, source=str(message_id), now=now)
        # Outside working hours staff are told when the unit opens, not in the night.
        tell_at = next_opening(hours, now, _is_worked) if principal.is_client else now
        _tell(conn, principal, client, message_id, tell_at, now)
        access_log.write(conn, principal, [client], "message_sent", now=now)
        live_events.announce(conn, principal.tenant_id, [client], "message", now=now)
    return message_id


def thread(
    db: Database, principal: Principal, client_id: UUID, *, now: datetime, is_refresh: bool = False
) -> Thread:
    """A client's messages, and whether anybody reads now. Marks nothing as read. Raises NotFound, Forbidden."""
    with db.transaction(principal) as conn:
        client = require_visible(conn, principal, client_id, now)
        _require_part(principal)
        log_look(conn, principal, [client], "messages_opened", is_refresh=is_refresh, now=now)
        return _thread(conn, principal, client, now)


def mark_read(
    db: Database, principal: Principal, client_id: UUID, *, up_to: datetime | None = None, now: datetime
) -> int:
    """Say that one has read what the other side wrote up to an instant (what was shown); how many that were new.

    Raises NotFound, Forbidden for those who give no care.
    """
    with db.transaction(principal) as conn:
        client = require_visible(conn, principal, client_id, now)
        _require_part(principal)
        marked = _mark(conn, principal, client, min(up_to or now, now), now)
        if marked:
            access_log.write(conn, principal, [client], "messages_read", now=now)
            live_events.announce(conn, principal.tenant_id, [client], "message", now=now)
    return marked


def unread(db: Database, principal: Principal, *, now: datetime) -> dict[UUID, int]:
    """Messages that nobody on the principal's side has read, per client they may see; clients without are left out."""
    with db.transaction(principal) as conn:
        seen = visible_clients(conn, principal, now) if _has_part(principal) else ()
        found = store.unread(conn, seen, is_client=principal.is_client)
    return {client_id: row["unread"] for client_id, row in found.items()}


def waiting(db: Database, principal: Principal, *, now: datetime) -> tuple[WaitingThread, ...]:
    """Threads that wait for an answer, the earliest promise first. Raises Forbidden for a client."""
    if principal.is_client or not _has_part(principal):
        raise Forbidden
    with db.transaction(principal) as conn:
        seen = visible_clients(conn, principal, now)
        rows = store.waiting(conn, seen)
        new = store.unread(conn, seen, is_client=False)
        shown = [one for one in seen if any(row["client_id"] == one for row in rows)]
        access_log.write(conn, principal, shown, "message_list", now=now)
    return tuple(
        WaitingThread(
            row["client_id"],
            row["alias"],
            row["display_name"],
            row["timezone"],
            row["messages"],
            row["since"],
            row["reply_due_at"],
            new[row["client_id"]]["unread"] if row["client_id"] in new else 0,
        )
        for row in rows
    )


def _is_worked(day: date) -> bool:
    """The unit's own hours say which weekdays; here only red days and their like are taken out."""
    return not is_holiday(day)


def _has_part(principal: Principal) -> bool:
    return principal.may("talk")


def _require_part(principal: Principal) -> None:
    if not _has_part(principal):
        raise Forbidden


def _require_correctable(
    conn: Connection, client: VisibleClientId, principal: Principal, message_id: UUID
) -> None:
    found = store.one(conn, client, message_id)
    if found is None or found["account_id"] != principal.account_id:
        raise NotFound
    if found["corrected"]:
        raise AlreadyCorrected


def _sent_before(
    conn: Connection, principal: Principal, client: VisibleClientId, once_key: str | None
) -> UUID:
    found = store.by_once_key(conn, principal.account_id, once_key)
    if found is None or found["client_id"] != client:
        raise Conflict("this form was used for another message")
    message_id: UUID = found["message_id"]
    return message_id


def _mark(
    conn: Connection, principal: Principal, client: VisibleClientId, up_to: datetime, now: datetime
) -> int:
    read = store.mark_read(
        conn, client, principal.account_id, is_client=principal.is_client, up_to=up_to, now=now
    )
    for message_id in read:
        cancel_notices(conn, "message", message_id, now)
    return len(read)


def _tell(
    conn: Connection,
    principal: Principal,
    client: VisibleClientId,
    message_id: UUID,
    due_at: datetime,
    now: datetime,
) -> None:
    """Plan a neutral notice to the other side: that there is a message, nothing of it."""
    if principal.is_client:
        others = store.staff_of(conn, client, now=now)
    else:
        others = store.logins_of(conn, client)
    for account_id in others:
        plan_notice(
            conn,
            tenant_id=principal.tenant_id,
            account_id=account_id,
            client_id=client,
            subject_kind="message",
            subject_id=message_id,
            step=0,
            tier=_TIER,
            due_at=due_at,
            now=now,
        )


def _thread(conn: Connection, principal: Principal, client: VisibleClientId, now: datetime) -> Thread:
    rows = store.thread(conn, client, principal.account_id, SHOWN)
    new = store.unread(conn, [client], is_client=principal.is_client).get(client)
    row = enrolment.client(conn, client)
    assert row is not None, "a visible client exists"
    due = next((one["reply_due_at"] for one in store.waiting(conn, [client])), None)
    return Thread(
        client_id=client,
        tz=row["timezone"],
        messages=tuple(_message(one, principal) for one in rows),
        unread=0 if new is None else new["unread"],
        unread_since=None if new is None else new["since"],
        reply_due_at=due,
        desk=desk_of(conn, client, now),
    )


def desk_of(conn: Connection, client: VisibleClientId, now: datetime) -> Desk:
    """When the unit that cares for a client reads, within the caller's transaction."""
    hours, promise = unit_settings.hours_of(conn, client, now=now)
    return Desk(
        is_open(hours, now, _is_worked),
        next_opening(hours, now, _is_worked),
        promise,
        due_after(hours, now, timedelta(hours=promise), _is_worked),
    )


def _message(row: Row, principal: Principal) -> MessageView:
    return MessageView(
        row["message_id"],
        row["from_client"],
        row["account_id"] == principal.account_id,
        row["by"],
        row["body"],
        row["sent_at"],
        row["corrects"],
        row["corrected"],
        tuple(Reader(one["by"], datetime.fromisoformat(one["at"])) for one in row["readers"]),
    )
