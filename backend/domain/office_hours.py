"""When a unit reads its messages: working hours in its own zone, and whether anybody sees them right now."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

WorkingDay = Callable[[date], bool]
"""Whether a civil day is worked where its weekday has hours (public holidays: no). Weekends are the hours' affair."""
LONGEST_SEARCH = timedelta(days=30)
REPLY_WITHIN_HOURS = 8
"""Working hours within which an answer is promised: about one working day (assumption; a setting of the unit)."""


class HoursError(ValueError):
    """Working hours that cannot be used as written."""


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """Opening times per ISO weekday (1 = Monday) on the unit's wall clock; a weekday without an entry is closed."""

    timezone: str
    by_weekday: Mapping[int, tuple[tuple[time, time], ...]]
    closed: frozenset[date] = frozenset()
    """Days off of the unit's own, beside the holidays."""

    def stored(self) -> dict[str, Any]:
        """As JSON."""
        days = {
            str(day): [[opens.strftime("%H:%M"), closes.strftime("%H:%M")] for opens, closes in spans]
            for day, spans in sorted(self.by_weekday.items())
        }
        stored: dict[str, Any] = {"timezone": self.timezone, "days": days}
        return (
            {**stored, "closed": [day.isoformat() for day in sorted(self.closed)]} if self.closed else stored
        )


DEFAULT_HOURS = OfficeHours("Europe/Stockholm", {day: ((time(8), time(16, 30)),) for day in (1, 2, 3, 4, 5)})
"""Monday to Friday 08:00–16:30 (assumption; a setting of the unit)."""


def read_hours(written: Mapping[str, Any]) -> OfficeHours:
    """Hours from their stored form. Raises HoursError for times turned round, overlapping or unreadable."""
    try:
        zone = ZoneInfo(written["timezone"]).key
        days = {
            int(day): tuple(
                (time.fromisoformat(opens), time.fromisoformat(closes)) for opens, closes in spans
            )
            for day, spans in written["days"].items()
        }
        closed = frozenset(date.fromisoformat(day) for day in written.get("closed", ()))
    except (KeyError, TypeError, ValueError, AttributeError, OSError) as error:
        raise HoursError("working hours need a time zone, and for each weekday pairs of HH:MM") from error
    for day, spans in days.items():
        edges = [edge for span in spans for edge in span]
        if not 1 <= day <= 7 or edges != sorted(set(edges)):
            raise HoursError("each day's hours must follow one another without overlap")
    if not any(days.values()):
        raise HoursError("a unit that never reads its messages cannot offer any")
    return OfficeHours(zone, {day: spans for day, spans in days.items() if spans}, closed)


def is_open(hours: OfficeHours, at: datetime, is_working_day: WorkingDay) -> bool:
    """Whether somebody may be expected to read at this instant."""
    return any(opens <= at < closes for opens, closes in _spans(hours, at, is_working_day))


def next_opening(hours: OfficeHours, at: datetime, is_working_day: WorkingDay) -> datetime:
    """`at` itself while open, else the next opening, in UTC. Raises HoursError when there is none within 30 days."""
    for opens, closes in _spans(hours, at, is_working_day):
        if closes > at:
            return max(opens, at)
    raise HoursError("the unit does not open within 30 days")


def due_after(hours: OfficeHours, at: datetime, working: timedelta, is_working_day: WorkingDay) -> datetime:
    """The instant at which this much working time has passed since `at`, in UTC. Raises HoursError as above."""
    left = working
    for opens, closes in _spans(hours, at, is_working_day):
        begins = max(opens, at)
        if closes <= begins:
            continue
        if closes - begins >= left:
            return begins + left
        left -= closes - begins
    raise HoursError("the unit does not work that much within 30 days")


def _spans(hours: OfficeHours, at: datetime, is_working_day: WorkingDay) -> list[tuple[datetime, datetime]]:
    """Opening times as instants, from the day of `at` on. On the wall clock, so clock changes keep the hours."""
    zone = ZoneInfo(hours.timezone)
    first = at.astimezone(zone).date()
    found = []
    for ahead in range(LONGEST_SEARCH.days + 1):
        day = first + timedelta(days=ahead)
        if is_working_day(day) and day not in hours.closed:
            for opens, closes in hours.by_weekday.get(day.isoweekday(), ()):
                found.append(
                    (
                        datetime.combine(day, opens, zone).astimezone(UTC),
                        datetime.combine(day, closes, zone).astimezone(UTC),
                    )
                )
    return found
