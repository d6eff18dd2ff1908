"""A client's check-in on their own page, assessed like any other."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from backend.access.principal import Principal
from backend.access.visibility import own_client
from backend.errors import Invalid
from backend.store import access_log, assessment_queue, live_events, web_check_ins
from backend.store.pool import Database
from contracts.check_in import Answer, DrinkingReport

MOST_ANSWERS = 40
MOST_REPORTS = 20
LONGEST_COMMENT = 2000
LONGEST_BACK = timedelta(days=31)


def submit(
    db: Database,
    principal: Principal,
    answers: Sequence[Answer],
    drank: bool | None,
    comment: str | None,
    drinking: Sequence[DrinkingReport],
    *,
    now: datetime,
) -> UUID:
    """Store a client's own check-in and have it assessed.

    Raises NotFound when the principal is not a client; Invalid when an item is answered twice, nothing is said at all,
    or drinking is reported for the future or for more than 31 days ago.
    """
    client = own_client(principal)
    words = (comment or "").strip() or None
    _check(answers, drank, words, drinking, now)
    check_in_id = uuid4()
    with db.transaction(principal) as conn:
        web_check_ins.add(conn, client, check_in_id, answers, drank, words, drinking, now=now)
        access_log.write(conn, principal, [client], "check_in", now=now)
        touched = min([now, *(one.started_at for one in drinking)]) - timedelta(hours=24)
        assessment_queue.enqueue(conn, {client: touched}, now=now)
        live_events.announce(conn, principal.tenant_id, [client], "check-in", now=now)
        woken = assessment_queue.wake_worker(conn)
    if not woken:
        with db.transaction(principal) as conn:
            assessment_queue.wake_worker(conn)
    return check_in_id


def _check(
    answers: Sequence[Answer],
    drank: bool | None,
    comment: str | None,
    drinking: Sequence[DrinkingReport],
    now: datetime,
) -> None:
    if not answers and drank is None and comment is None and not drinking:
        raise Invalid("nothing was answered")
    if len(answers) > MOST_ANSWERS or len(drinking) > MOST_REPORTS or len(comment or "") > LONGEST_COMMENT:
        raise Invalid("the check-in is too long")
    if len({one.item for one in answers}) < len(answers):
        raise Invalid("an item is answered twice")
    for told in drinking:
        if not now - LONGEST_BACK <= told.started_at <= now + timedelta(minutes=5):
            raise Invalid("drinking can be reported for the last 31 days")
        if told.ended_at is not None and told.ended_at < told.started_at:
            raise Invalid("drinking cannot end before it began")
