"""Checks of the access log: every month a sample for the unit's manager, part chance and part what is worth a question.

What was drawn, by whom, when and what was found is kept. Staff are told that checks are made and note that they have
read the routine. Source: compliance reference L1, L3 and L10.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random, SystemRandom
from typing import Final, Literal, get_args
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5
from zoneinfo import ZoneInfo

from backend.access.principal import Principal
from backend.errors import Conflict, Forbidden, Invalid, NotFound
from backend.store import log_checks as store
from backend.store import notices as notice_store
from backend.store.pool import Database, Row
from backend.store.scope import SYSTEM_SCOPE

Why = Literal["emergency", "at_night", "many_clients", "random"]
CheckOutcome = Literal["nothing_found", "followed_up"]
ROUTINE_VERSION: Final = 1
"""Raised when the text of the routine changes: everybody reads it again."""
BY_CHANCE: Final = 10
OF_EACH_KIND: Final = 10
"""How many entries are drawn by chance, and at most of each kind worth a question (assumptions); all emergencies."""
MANY_CLIENTS: Final = 15
"""Opening so many clients on one day is worth a question (assumption)."""
ZONE: Final = ZoneInfo("Europe/Stockholm")
_TIER: Final = 4
_SHORTEST: Final = 3


@dataclass(frozen=True, slots=True)
class DrawnEntry:
    """One entry of a sample: who did what with whom, and why it was drawn."""

    at: datetime
    by: str
    unit: str | None
    role: str
    alias: str
    action: str
    why: Why


@dataclass(frozen=True, slots=True)
class LogCheck:
    """One check. Empty `done_at`: it waits for the manager's words."""

    check_id: UUID
    month: date
    drawn_at: datetime
    drawn_by: str
    entries: int
    done_at: datetime | None
    done_by: str | None
    outcome: CheckOutcome | None
    words: str | None
    drawn: int


def draw(
    db: Database, principal: Principal, month: date, *, now: datetime, rng: Random | None = None
) -> UUID:
    """Draw a sample of a month that has begun. Raises Forbidden, Invalid, Conflict when one of it waits already."""
    unit_id = _require_manager(principal)
    since, until = _span(month.replace(day=1))
    if since >= now:
        raise Invalid("that month has not begun")
    check_id = uuid4()
    with db.transaction(principal) as conn:
        found = store.entries(
            conn, principal.tenant_id, unit_id, since=since, until=until, timezone=ZONE.key, many=MANY_CLIENTS
        )
        if not store.add(
            conn,
            sample(found, rng or SystemRandom()),
            check_id=check_id,
            tenant_id=principal.tenant_id,
            unit_id=unit_id,
            month=month.replace(day=1),
            drawn_by=principal.account_id,
            entries=len(found),
            now=now,
        ):
            raise Conflict
    return check_id


def sample(found: Sequence[Row | Mapping[str, object]], rng: Random) -> dict[int, Why]:
    """What to look at: every emergency, some of each other kind worth a question, and some of the rest by chance."""
    drawn: dict[int, Why] = {}
    for why in ("emergency", "at_night", "many_clients"):
        those = [row["entry_id"] for row in found if row["why"] == why]
        some = those if why == "emergency" else rng.sample(those, min(OF_EACH_KIND, len(those)))
        drawn.update(dict.fromkeys(some, why))  # type: ignore[arg-type]
    rest = [row["entry_id"] for row in found if row["entry_id"] not in drawn]
    drawn.update(dict.fromkeys(rng.sample(rest, min(BY_CHANCE, len(rest))), "random"))  # type: ignore[arg-type]
    return drawn


def of_unit(db: Database, principal: Principal) -> tuple[LogCheck, ...]:
    """The checks of the manager's unit, newest first. Raises Forbidden."""
    unit_id = _require_manager(principal)
    with db.transaction(principal) as conn:
        return tuple(LogCheck(**row) for row in store.of_unit(conn, unit_id))


def one(db: Database, principal: Principal, check_id: UUID) -> tuple[LogCheck, tuple[DrawnEntry, ...]]:
    """A check of the manager's unit with its sample. Raises Forbidden, NotFound."""
    unit_id = _require_manager(principal)
    with db.transaction(principal) as conn:
        found = next((row for row in store.of_unit(conn, unit_id) if row["check_id"] == check_id), None)
        if found is None:
            raise NotFound
        return LogCheck(**found), tuple(DrawnEntry(**row) for row in store.drawn(conn, unit_id, check_id))


def finish(
    db: Database, principal: Principal, check_id: UUID, outcome: CheckOutcome, words: str, *, now: datetime
) -> None:
    """Write down what was found, once. Raises Forbidden, Invalid, NotFound."""
    unit_id = _require_manager(principal)
    said = " ".join(words.split())
    if outcome not in get_args(CheckOutcome) or len(said) < _SHORTEST:
        raise Invalid("say in words what was found")
    with db.transaction(principal) as conn:
        if not store.finish(conn, unit_id, check_id, principal.account_id, outcome, said, now=now):
            raise NotFound


def remind(db: Database, principal: Principal, *, now: datetime) -> int:
    """Tell managers whose unit has not been checked for last month; how many. The system only. Raises Forbidden."""
    if not principal.is_system:
        raise Forbidden
    month = (now.astimezone(ZONE).date().replace(day=1) - timedelta(days=1)).replace(day=1)
    told = 0
    with db.transaction(SYSTEM_SCOPE) as conn:
        for row in store.managers_to_remind(conn, month, until=_span(month)[1]):
            told += (
                notice_store.plan(
                    conn,
                    tenant_id=row["tenant_id"],
                    account_id=row["account_id"],
                    client_id=None,
                    subject_kind="reminder",
                    subject_id=uuid5(NAMESPACE_URL, f"nykter:log-check:{row['unit_id']}:{month}"),
                    step=0,
                    tier=_TIER,
                    due_at=now,
                    now=now,
                )
                is not None
            )
        if told:
            notice_store.wake_worker(conn)
    return told


def must_read(db: Database, principal: Principal) -> bool:
    """Whether a member of staff has not read this version of the routine yet."""
    if not principal.may("staff"):
        return False
    with db.transaction(principal) as conn:
        return not store.has_read(conn, principal.account_id, ROUTINE_VERSION)


def note_read(db: Database, principal: Principal, *, now: datetime) -> None:
    """Note that they have. Raises Forbidden for who is no member of staff."""
    if not principal.may("staff"):
        raise Forbidden
    with db.transaction(principal) as conn:
        store.read(conn, principal.account_id, principal.tenant_id, ROUTINE_VERSION, now=now)


def _require_manager(principal: Principal) -> UUID:
    if not principal.may("unit.manage") or principal.unit_id is None:
        raise Forbidden
    return principal.unit_id


def _span(month: date) -> tuple[datetime, datetime]:
    following = (month + timedelta(days=32)).replace(day=1)
    since, until = (datetime.combine(day, time(), ZONE).astimezone(UTC) for day in (month, following))
    return since, until
