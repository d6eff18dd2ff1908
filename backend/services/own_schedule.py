"""What a client's own pages show ahead and around: planned tests to come, whom to call, whether anybody reads now."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from backend.access.principal import Principal
from backend.access.types import VisibleClientId
from backend.access.visibility import own_client
from backend.domain.help_numbers import HelpNumber
from backend.domain.plans import windows_between
from backend.services import unit_settings
from backend.services.casework_views import Desk
from backend.services.messages import desk_of
from backend.store import agreements, clients, plans
from backend.store.pool import Connection, Database

DAYS_AHEAD: Final = 7


@dataclass(frozen=True, slots=True)
class ComingTest:
    """A planned test, check-in or visit that has not closed."""

    kind: Literal["breath_test", "check_in", "visit"]
    opens_at: datetime
    closes_at: datetime
    state: Literal["planned", "excused", "paused", "done"]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What stands around every page of a client: the unit's numbers, and whether anybody reads now."""

    numbers: tuple[HelpNumber, ...]
    desk: Desk
    tz: str


def surroundings(db: Database, principal: Principal, *, now: datetime) -> Surroundings:
    """The client's own. Nothing about anybody's data: it is no look. Raises NotFound when it is no client."""
    client = own_client(principal)
    with db.transaction(principal) as conn:
        return Surroundings(
            unit_settings.help_numbers_of(conn, client, now=now),
            desk_of(conn, client, now),
            plans.timezone_of(conn, client),
        )


def coming(
    db: Database, principal: Principal, *, now: datetime, days: int = DAYS_AHEAD
) -> tuple[ComingTest, ...]:
    """The client's planned tests from now on, in order; pauses and excuses are told, random tests are not.

    Raises NotFound when the principal is not a client.
    """
    client, until = own_client(principal), now + timedelta(days=days)
    with db.transaction(principal) as conn:
        return _coming(conn, client, now, until)


def _coming(
    conn: Connection, client: VisibleClientId, now: datetime, until: datetime
) -> tuple[ComingTest, ...]:
    stored = {
        (kind, opens_at): (closes_at, attendance)
        for _, kind, opens_at, closes_at, attendance, _ in clients.between(
            conn, "windows", client, now, until
        )
    }
    planned = {
        (one.kind, one.opens_at): (one.closes_at, "pending")
        for row in plans.plans_between(conn, client, now, until)
        for one in windows_between(plans.plan_of(row), now, until)
    }
    pauses, excuses = agreements.coming(conn, client, now, until)
    excused = {(row["kind"], row["opens_at"]) for row in excuses}
    found = []
    for (kind, opens_at), (closes_at, attendance) in sorted({**planned, **stored}.items(), key=_by_opening):
        state: Literal["planned", "excused", "paused", "done"] = "planned"
        if attendance in {"on_time", "late"}:
            state = "done"
        elif (kind, opens_at) in excused or attendance == "excused":
            state = "excused"
        elif attendance == "paused" or any(
            p["from_at"] <= opens_at and closes_at <= p["to_at"] for p in pauses
        ):
            state = "paused"
        if closes_at > now:
            found.append(ComingTest(kind, opens_at, closes_at, state))
    return tuple(found)


def _by_opening(item: tuple[tuple[str, datetime], tuple[datetime, str]]) -> tuple[datetime, str]:
    (kind, opens_at), _ = item
    return opens_at, kind
