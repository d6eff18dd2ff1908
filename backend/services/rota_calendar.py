"""The duty rota as a calendar: who has each place on each day, and when nobody would hear a signal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from backend.access.principal import Principal
from backend.domain.holidays import holiday_name
from backend.domain.rota import DutyLine, DutyPlace, stretches
from backend.domain.working_time import WorkingHours
from backend.errors import Invalid
from backend.services.unit_settings import own_unit
from backend.store import alert_policy as store
from backend.store import overviews
from backend.store.pool import Database

MOST_DAYS: Final = 42


@dataclass(frozen=True, slots=True)
class Turn:
    """A stretch of one day. `account_id` None: nobody; `is_gap`: nobody while the unit is closed, too."""

    from_at: datetime
    to_at: datetime
    account_id: UUID | None
    name: str | None
    is_gap: bool


@dataclass(frozen=True, slots=True)
class RotaDay:
    """One local day of the unit: who has the first and the second place, and the name of a holiday."""

    day: date
    first: tuple[Turn, ...]
    second: tuple[Turn, ...]
    is_open: bool
    holiday: str | None

    @property
    def has_gap(self) -> bool:
        """Whether at some time nobody has the first place and the unit is closed."""
        return any(turn.is_gap for turn in self.first)


@dataclass(frozen=True, slots=True)
class RotaCalendar:
    """The days, and everybody who can be put on duty."""

    unit_id: UUID
    unit: str
    tz: str
    days: tuple[RotaDay, ...]
    staff: tuple[tuple[UUID, str], ...]


def calendar(
    db: Database, principal: Principal, first_day: date, days: int, *, now: datetime
) -> RotaCalendar:
    """So many days of the manager's own unit. Raises Forbidden for others, NotFound without a unit, Invalid.

    Exceptions that were over before the first day, or before a week ago, are not told any more.
    """
    if not 1 <= days <= MOST_DAYS or abs((first_day - now.date()).days) > 800:
        raise Invalid("a calendar shows up to six weeks, of this time")
    with db.transaction(principal) as conn:
        unit_id, unit = own_unit(conn, principal)
        hours = store.of_unit(conn, unit_id).hours
        zone = ZoneInfo(hours.timezone)
        begins = datetime.combine(first_day, time(0), zone).astimezone(UTC)
        lines = store.duty_lines(conn, unit_id, now=min(now, begins))
        staff = overviews.of_unit(conn, "staff", unit_id)
        named = {
            row["account_id"]: row["name"] for row in store.duty_rows(conn, unit_id, now=min(now, begins))
        }
    people = tuple((row["account_id"], row["display_name"]) for row in staff)
    names = {**named, **dict(people)}
    return RotaCalendar(
        unit_id,
        unit,
        hours.timezone,
        tuple(_day(lines, first_day + timedelta(days=ahead), hours, names) for ahead in range(days)),
        people,
    )


def _day(
    lines: Sequence[DutyLine], day: date, hours: WorkingHours, names: Mapping[UUID | None, str]
) -> RotaDay:
    zone = ZoneInfo(hours.timezone)
    from_at, to_at = (
        datetime.combine(one, time(0), zone).astimezone(UTC) for one in (day, day + timedelta(days=1))
    )
    opened = hours.hours_of(day)

    def turns(place: DutyPlace) -> tuple[Turn, ...]:
        cuts = [at for at in opened or () if from_at < at < to_at]
        found = stretches(lines, place, from_at, to_at, hours.timezone, cuts)
        told: list[Turn] = []
        for one in found:
            is_gap = one.account_id is None and not hours.is_open(one.from_at)
            if told and told[-1].account_id == one.account_id and told[-1].is_gap == is_gap:
                told[-1] = Turn(
                    told[-1].from_at, one.to_at, one.account_id, names.get(one.account_id), is_gap
                )
            else:
                told.append(Turn(one.from_at, one.to_at, one.account_id, names.get(one.account_id), is_gap))
        return tuple(told)

    return RotaDay(day, turns(1), turns(2), opened is not None, holiday_name(day))
