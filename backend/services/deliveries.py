"""Sends what is due: each message written before it is sent, held by one worker, and settled after.

At least once, with the same id at every try: a worker that dies while sending leaves the message in `sending`, its hold
on it ends with its connection, and the next worker sends it again under the same id. No lock that others could wait
for is held while a server takes its time.
"""

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID

from backend.domain import telling
from backend.errors import DatabaseUnavailable
from backend.notify import texts
from backend.notify.channel import Channels, Message, TransportError
from backend.services.codes import CODE_MINUTES, code_of
from backend.services.telling import tell_due
from backend.store import contact_points, deliveries
from backend.store.pool import Connection, Database, Row
from backend.store.scope import SYSTEM_SCOPE

log = logging.getLogger(__name__)

AT_ONCE = 4
"""Messages on their way at the same moment, so that one slow server does not hold up the others."""
CLAIM = timedelta(seconds=5)
"""How long after a crash a message may be sent again at the earliest."""
MOST_DEATHS = 10
"""A message more tries than this belongs to a fault that kills workers, not to a server that is away."""
_MOST_ROUNDS = 25


def deliver_due(db: Database, channels: Channels, *, now: datetime) -> int:
    """Tell everybody what is due by `now`; returns how many tries were made. Safe to call from several workers."""
    tries = 0
    for _ in range(_MOST_ROUNDS):
        looked_at = tell_due(db, channels.by_kind, now=now)
        with db.transaction(SYSTEM_SCOPE) as conn:
            claimed = deliveries.claim(conn, AT_ONCE, again_at=now + CLAIM, now=now)
        if claimed:
            with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="notify") as pool:
                list(pool.map(lambda one: _deliver(db, channels, *one, now=now), claimed))
        elif not looked_at:
            break
        tries += len(claimed)
    return tries


def _deliver(db: Database, channels: Channels, delivery_id: UUID, attempts: int, *, now: datetime) -> None:
    try:
        with db.transaction(SYSTEM_SCOPE) as conn:
            held = deliveries.hold(conn, delivery_id, attempts)
            if held is not None:
                _send(conn, channels, held, now=now)
    except DatabaseUnavailable:
        # The message stays in `sending` and is sent again under the same id.
        log.warning("the database went away while a message was being sent; it will be sent again")


def _send(conn: Connection, channels: Channels, held: Row, *, now: datetime) -> None:
    notices = [row for row in deliveries.notices_of(conn, held["delivery_id"]) if row["state"] == "planned"]
    is_wanted = bool(notices) or held["purpose"] == "code"
    if not is_wanted or held["address"] is None or held["is_disabled"]:
        deliveries.ended(conn, held["delivery_id"], "cancelled", None, now=now)
        return
    if held["purpose"] == "notices" and not held["is_usable"]:
        deliveries.ended(conn, held["delivery_id"], "given_up", "the contact point was switched off", now=now)
        return
    channel = channels.by_kind.get(held["channel"])
    try:
        if channel is None:
            raise TransportError("the channel is not set up", permanent=True)
        if held["attempts"] > MOST_DEATHS:
            raise TransportError("whoever tried to send it died too often", permanent=True)
        channel.send(_message(channels, held, notices), now=now)
    except TransportError as error:
        _failed(conn, held, error, now=now)
        return
    except Exception as error:  # noqa: BLE001 (one message's fault must not keep the others from being sent)
        _failed(conn, held, TransportError(f"fault in the channel ({type(error).__name__})"), now=now)
        return
    deliveries.sent(conn, held["delivery_id"], now=now)
    deliveries.settle_notices(conn, [row["notice_id"] for row in notices], "told", now=now)


def _message(channels: Channels, held: Row, notices: Sequence[Row]) -> Message:
    delivery_id: UUID = held["delivery_id"]
    if held["purpose"] == "code":
        link = None
        text = texts.code(held["language"], code_of(delivery_id), CODE_MINUTES)
    else:
        link = channels.link_to(delivery_id)
        text = texts.told(held["language"], [(row["subject_kind"], row["tier"]) for row in notices], link)
    return Message(
        message_id=delivery_id,
        contact_point_id=held["contact_point_id"],
        address=held["address"],
        purpose=held["purpose"],
        tier=held["tier"],
        count=len(notices),
        subject=text.subject,
        text=text.body,
        link=link,
    )


def _failed(conn: Connection, held: Row, error: TransportError, *, now: datetime) -> None:
    # Never the address: the id is enough to find it.
    log.warning("message %s by %s, try %d: %s", held["delivery_id"], held["channel"], held["attempts"], error)
    if error.disables:
        contact_points.disable(conn, held["contact_point_id"], str(error), now=now)
    after = None if error.retry_after_s is None else timedelta(seconds=error.retry_after_s)
    wait = None if error.permanent else telling.wait_before_next_try(held["attempts"], held["tier"], after)
    if wait is None:
        # The notices are looked at again, and go to the person's next place.
        deliveries.ended(conn, held["delivery_id"], "given_up", str(error), now=now)
    else:
        deliveries.failed(conn, held["delivery_id"], str(error), next_at=now + wait)
