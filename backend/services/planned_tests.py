"""Random tests, drawn two weeks ahead and announced when they open, and tests staff order for the next hour."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from backend.access.principal import Principal
from backend.access.visibility import require_visible
from backend.domain.random_tests import DRAWN_AHEAD, draw
from backend.errors import Conflict, Forbidden, Invalid
from backend.services.plan_drafts import check_reason
from backend.store import access_log, agreements, assessment_queue, plans
from backend.store import planned_tests as store
from backend.store.pool import Connection, Database, Row
from backend.store.scope import SYSTEM_SCOPE

SHORTEST_MIN, LONGEST_MIN = 15, 240
"""How long an ordered test may stay open, in minutes (assumption; 60 unless staff say otherwise)."""
_DRAW_AGAIN = timedelta(days=1)
_BATCH = 100


def order(
    db: Database, principal: Principal, client_id: UUID, *, within_min: int = 60, reason: str, now: datetime
) -> UUID:
    """Ask the client for a test within the next `within_min` minutes; it is announced as soon as a worker is awake.

    Raises NotFound for strangers, Forbidden for those who give no care, Invalid, Conflict while another ordered test
    is open or the client has an agreed pause.
    """
    if not SHORTEST_MIN <= within_min <= LONGEST_MIN:
        raise Invalid(f"a test is ordered for {SHORTEST_MIN} to {LONGEST_MIN} minutes")
    said, test_id = check_reason(reason), uuid4()
    with db.transaction(principal) as conn:
        client = require_visible(conn, principal, client_id, now)
        if not principal.gives_care:
            raise Forbidden
        assessment_queue.hold(conn, client)
        closes_at = now + timedelta(minutes=within_min)
        if store.has_open_on_demand(conn, client, now=now):
            raise Conflict("an ordered test is open already")
        if agreements.coming(conn, client, now, closes_at)[0]:
            raise Conflict("the client has an agreed pause")
        row = plans.next_version(conn, client)
        current = plans.plan_at(conn, client, now)
        zone = ZoneInfo(row["timezone"] if current is None else current["timezone"])
        store.add(
            conn,
            planned_test_id=test_id,
            tenant_id=row["tenant_id"],
            client_id=client,
            plan_id=None if current is None else current["plan_id"],
            kind="on_demand",
            window_kind="breath_test",
            opens_at=now,
            closes_at=closes_at,
            local_day=now.astimezone(zone).date(),
            ordered_by=None if principal.is_system else principal.account_id,
            reason=said,
            now=now,
        )
        access_log.write(conn, principal, [client], "test_ordered", now=now)
        assessment_queue.enqueue(conn, {client: now}, now=now)
        assessment_queue.wake_worker(conn)
    return test_id


def draw_ahead(db: Database, *, now: datetime) -> int:
    """Draw the random tests of every plan that is not drawn a fortnight ahead; returns of how many plans.

    Safe to repeat and to run on several workers: a plan's seed decides its tests, and drawn ones stay.
    """
    done = 0
    while True:
        with db.transaction(SYSTEM_SCOPE) as conn:
            drawn = _draw(conn, now=now)
        done += drawn
        if drawn < _BATCH:
            return done


def draw_plan(conn: Connection, plan_id: UUID, *, now: datetime) -> None:
    """Draw one plan's random tests in the caller's transaction."""
    _draw(conn, plan_id=plan_id, now=now)


def _draw(conn: Connection, *, now: datetime, **which: Any) -> int:
    until = now + DRAWN_AHEAD
    rows = store.to_draw(conn, until=until, behind=until - _DRAW_AGAIN, now=now, limit=_BATCH, **which)
    for row in rows:
        if _draw_one(conn, row, until, now=now):
            plans.next_version(conn, row["client_id"])
        store.drawn(conn, row["plan_id"], until)
    return len(rows)


def _draw_one(conn: Connection, row: Row, until: datetime, *, now: datetime) -> int:
    """What has opened already is not drawn any more: nobody can be told of it in time."""
    since = max(now, row["drawn_to"] or row["valid_from"])
    tests = draw(plans.plan_of(row), since, until)
    for test in tests:
        store.add(
            conn,
            planned_test_id=uuid4(),
            tenant_id=row["tenant_id"],
            client_id=row["client_id"],
            plan_id=row["plan_id"],
            kind="random",
            window_kind=test.kind,
            opens_at=test.opens_at,
            closes_at=test.closes_at,
            local_day=test.local_day,
            now=now,
        )
    return len(tests)
