"""The duty rota: who stands first and second when nobody else answers. Weekly patterns, and exceptions that win.

All times of a pattern are wall-clock times in the unit's zone, so a pattern means the same on the days when the clocks
change; the hour that happens twice belongs to whoever has it by the clock.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

DutyPlace = Literal[1, 2]
_WEEK_MIN = 7 * 24 * 60


class RotaError(ValueError):
    """A line of the rota cannot be used as written."""


@dataclass(frozen=True, slots=True)
class Weekly:
    """Every week from one weekday and time to another (ISO weekdays); over the end of the week where it must.

    In force on local days from `first_day` to `last_day` inclusive, judged by the day it is when asked; None: open.
    """

    from_weekday: int
    from_time: time
    to_weekday: int
    to_time: time
    first_day: date | None = None
    last_day: date | None = None

    def covers(self, local: datetime) -> bool:
        """Whether this wall-clock moment lies inside."""
        day = local.date()
        if (self.first_day and day < self.first_day) or (self.last_day and day > self.last_day):
            return False
        start, end = _minute(self.from_weekday, self.from_time), _minute(self.to_weekday, self.to_time)
        here = _minute(local.isoweekday(), local.time())
        return (here - start) % _WEEK_MIN < ((end - start) % _WEEK_MIN or _WEEK_MIN)


@dataclass(frozen=True, slots=True)
class Once:
    """One stretch of time that wins over every pattern."""

    from_at: datetime
    to_at: datetime


@dataclass(frozen=True, slots=True)
class DutyLine:
    """One line of the rota. `account_id` None: nobody has this place then. A later line wins over an earlier one."""

    number: int
    place: DutyPlace
    account_id: UUID | None
    when: Weekly | Once


def on_duty(lines: Sequence[DutyLine], place: DutyPlace, at: datetime, timezone: str) -> UUID | None:
    """Who has the place at an instant; None when nobody does. Exceptions before patterns, the latest line first."""
    local = at.astimezone(ZoneInfo(timezone))
    for line in sorted((one for one in lines if one.place == place), key=_order):
        if isinstance(line.when, Once):
            if line.when.from_at <= at < line.when.to_at:
                return line.account_id
        elif line.when.covers(local):
            return line.account_id
    return None


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of time in which one person (None: nobody) has a place."""

    from_at: datetime
    to_at: datetime
    account_id: UUID | None


def stretches(
    lines: Sequence[DutyLine],
    place: DutyPlace,
    from_at: datetime,
    to_at: datetime,
    timezone: str,
    cuts: Sequence[datetime] = (),
) -> tuple[Stretch, ...]:
    """Who has a place from one instant to another, without a hole between the stretches, in UTC.

    Stretches of the same person are one, except at `cuts`: instants at which a new one begins whatever the rota says.
    """
    edges = {from_at, to_at, *cuts, *_edges(lines, from_at, to_at, ZoneInfo(timezone))}
    within = sorted(edge.astimezone(UTC) for edge in edges if from_at <= edge <= to_at)
    found: list[Stretch] = []
    for begins, ends in pairwise(within):
        who = on_duty(lines, place, begins, timezone)
        if found and found[-1].account_id == who and begins not in cuts:
            found[-1] = Stretch(found[-1].from_at, ends, who)
        elif ends > begins:
            found.append(Stretch(begins, ends, who))
    return tuple(found)


def _edges(
    lines: Sequence[DutyLine], from_at: datetime, to_at: datetime, zone: ZoneInfo
) -> Iterator[datetime]:
    """Every instant at which somebody else may have a place: ends of exceptions, and times of patterns on each day."""
    times = {time(0)}
    for line in lines:
        if isinstance(line.when, Once):
            yield from (line.when.from_at, line.when.to_at)
        else:
            times |= {line.when.from_time, line.when.to_time}
    day, last = from_at.astimezone(zone).date(), to_at.astimezone(zone).date()
    while day <= last:
        for at in times:
            for fold in (0, 1):
                yield datetime.combine(day, at.replace(fold=fold), zone).astimezone(UTC)
        day += timedelta(days=1)


def check_line(line: DutyLine) -> None:
    """Raises RotaError when a line cannot be meant."""
    if line.place not in {1, 2}:
        raise RotaError("a rota has places 1 (first) and 2 (second)")
    if isinstance(line.when, Once):
        if line.when.from_at >= line.when.to_at:
            raise RotaError("an exception ends after it begins")
        return
    weekly = line.when
    if not (1 <= weekly.from_weekday <= 7 and 1 <= weekly.to_weekday <= 7):
        raise RotaError("weekdays are 1 (Monday) to 7 (Sunday)")
    if weekly.from_time.tzinfo or weekly.to_time.tzinfo:
        raise RotaError("times of a pattern are wall-clock times")
    if weekly.first_day and weekly.last_day and weekly.first_day > weekly.last_day:
        raise RotaError("a pattern's last day is not before its first")


def _order(line: DutyLine) -> tuple[int, int]:
    return (0 if isinstance(line.when, Once) else 1, -line.number)


def _minute(weekday: int, at: time) -> int:
    return (weekday - 1) * 24 * 60 + at.hour * 60 + at.minute
