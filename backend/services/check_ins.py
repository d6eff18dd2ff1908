"""A client's check-in on their own page, assessed like any other, and their words about one test or miss.

A phone without network keeps the answers and sends them later: exactly once (`once_key`), with their own time.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4, uuid5

from backend.access.principal import Principal
from backend.access.visibility import own_client
from backend.errors import Invalid, NotFound
from backend.store import access_log, agreements, assessment_queue, live_events, web_check_ins
from backend.store.pool import Database
from contracts.check_in import Answer, DrinkingReport

MOST_ANSWERS = 40
MOST_REPORTS = 20
LONGEST_COMMENT = 2000
LONGEST_BACK = timedelta(days=31)
LONGEST_KEPT = timedelta(days=14)
"""How long answers may have waited on a phone without network (assumption: as long as a gateway's random tests are
drawn ahead)."""
LONGEST_ONCE_KEY = 80


def submit(
    db: Database,
    principal: Principal,
    answers: Sequence[Answer],
    drank: bool | None,
    comment: str | None,
    drinking: Sequence[DrinkingReport],
    *,
    once_key: str | None = None,
    waited: timedelta = timedelta(0),
    now: datetime,
) -> UUID:
    """Store a client's own check-in and have it assessed.

    `waited`: how long the answers lay on a phone without network. The same `once_key` from the same person is stored
    once. Raises NotFound when the principal is not a client; Invalid when an item is answered twice, nothing is said at
    all, drinking is reported for the future or for more than 31 days ago, or the answers waited longer than 14 days.
    """
    client = own_client(principal)
    words = (comment or "").strip() or None
    _check(answers, drank, words, drinking, now)
    if not timedelta(0) <= waited <= LONGEST_KEPT:
        raise Invalid("answers can be sent for the last 14 days")
    check_in_id, answered_at = _once(principal, once_key), now - waited
    with db.transaction(principal) as conn:
        if not web_check_ins.add(
            conn, client, check_in_id, answers, drank, words, drinking, answered_at=answered_at, now=now
        ):
            return check_in_id
        access_log.write(conn, principal, [client], "check_in", now=now)
        touched = min([answered_at, *(one.started_at for one in drinking)]) - timedelta(hours=24)
        assessment_queue.enqueue(conn, {client: touched}, now=now)
        live_events.announce(conn, principal.tenant_id, [client], "check-in", now=now)
        woken = assessment_queue.wake_worker(conn)
    if not woken:
        with db.transaction(principal) as conn:
            assessment_queue.wake_worker(conn)
    return check_in_id


def comment_on_test(
    db: Database,
    principal: Principal,
    reading: tuple[str, str, int],
    comment: str,
    *,
    once_key: str | None = None,
    now: datetime,
) -> UUID:
    """Keep the client's words about one of their tests, named by device, boot and sequence.

    Raises NotFound when the principal is not a client or has no such test, Invalid.
    """
    client = own_client(principal)
    with db.transaction(principal) as conn:
        run_id = web_check_ins.run_of(conn, client, *reading)
    if run_id is None:
        raise NotFound
    return _comment(db, principal, comment, {"run_id": run_id}, once_key, now)


def comment_on_window(
    db: Database,
    principal: Principal,
    window_id: UUID,
    comment: str,
    *,
    once_key: str | None = None,
    now: datetime,
) -> UUID:
    """Keep the client's words about a planned test that has opened. Raises NotFound, Invalid."""
    client = own_client(principal)
    with db.transaction(principal) as conn:
        row = agreements.window(conn, client, window_id)
    if row is None or row["opens_at"] > now:
        raise NotFound
    opens_at = row["opens_at"].isoformat().replace("+00:00", "Z")
    return _comment(
        db, principal, comment, {"window_kind": row["kind"], "window_opens_at": opens_at}, once_key, now
    )


def _comment(
    db: Database,
    principal: Principal,
    comment: str,
    about: Mapping[str, str],
    once_key: str | None,
    now: datetime,
) -> UUID:
    """It answers no question and is no check-in: nothing is assessed anew (backend/store/queries/care_facts.sql)."""
    client, words, check_in_id = own_client(principal), comment.strip(), _once(principal, once_key)
    if not 0 < len(words) <= LONGEST_COMMENT:
        raise Invalid(f"a comment has 1 to {LONGEST_COMMENT} characters")
    with db.transaction(principal) as conn:
        if web_check_ins.add_comment(conn, client, check_in_id, words, about, now=now):
            access_log.write(conn, principal, [client], "commented", now=now)
            live_events.announce(conn, principal.tenant_id, [client], "check-in", now=now)
    return check_in_id


def _once(principal: Principal, once_key: str | None) -> UUID:
    """The identity of what is sent: the same for the same person and key, so that a second sending finds the first."""
    if once_key is not None and not 0 < len(once_key) <= LONGEST_ONCE_KEY:
        raise Invalid("the form's key is too long")
    return uuid4() if once_key is None else uuid5(principal.account_id, once_key)


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
