"""A unit's working hours as wall-clock rules in its zone: is somebody there, when next, and a wait in working hours.

Days off and half days are Swedish (`holidays`). A day's hours are wall-clock times, so they stay the same to people
when the clocks change; lengths are counted on the real clock.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from backend.domain.holidays import HALF_DAY_ENDS, is_half_day, is_holiday

Hours = tuple[time, time]
_OFFICE: Mapping[int, Hours] = MappingProxyType({day: (time(8, 0), time(16, 30)) for day in range(1, 6)})
_FARTHEST_DAYS = 60


class WorkingHoursError(ValueError):
    """Working hours cannot be used as written."""


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """When staff are at work. `days` by ISO weekday; office hours by default (assumption, a setting of the unit).

    `half_day_closes`: when the unit closes on a half day, if it would not have closed earlier.
    """

    timezone: str = "Europe/Stockholm"
    days: Mapping[int, Hours] = field(default_factory=lambda: _OFFICE)
    half_day_closes: time = HALF_DAY_ENDS
    closed: frozenset[date] = frozenset()
    """Days off of the unit's own, beside the holidays."""

    def hours_of(self, day: date) -> tuple[datetime, datetime] | None:
        """Opening and closing of a local day in UTC; None when closed. A red day is closed whatever the weekday."""
        hours = self.days.get(day.isoweekday())
        if hours is None or is_holiday(day) or day in self.closed:
            return None
        opens, closes = hours
        if is_half_day(day):
            closes = min(closes, self.half_day_closes)
        zone = ZoneInfo(self.timezone)
        opens_at = datetime.combine(day, opens, zone).astimezone(UTC)
        closes_at = datetime.combine(day, closes, zone).astimezone(UTC)
        return (opens_at, closes_at) if closes_at > opens_at else None

    def is_open(self, at: datetime) -> bool:
        """Whether the unit works at an instant; at closing time it does no longer."""
        hours = self.hours_of(self._day(at))
        return hours is not None and hours[0] <= at < hours[1]

    def open_from(self, at: datetime) -> datetime:
        """The instant itself while the unit works, else when it opens next. Raises WorkingHoursError if never."""
        return at if self.is_open(at) else self.next_opening(at)

    def next_opening(self, at: datetime) -> datetime:
        """When the unit opens next, later than `at`. Raises WorkingHoursError when it does not within two months."""
        first = self._day(at)
        for ahead in range(_FARTHEST_DAYS):
            hours = self.hours_of(first + timedelta(days=ahead))
            if hours is not None and hours[0] > at:
                return hours[0]
        raise WorkingHoursError("the unit never opens")

    def closing(self, at: datetime) -> datetime | None:
        """When the unit, which works at this instant, closes; None when it does not work."""
        hours = self.hours_of(self._day(at))
        return hours[1] if hours is not None and hours[0] <= at < hours[1] else None

    def after(self, at: datetime, length: timedelta) -> datetime:
        """When so much working time has gone by since `at`; time outside working hours does not count."""
        left, here = length, self.open_from(at)
        while True:
            hours = self.hours_of(self._day(here))
            assert hours is not None, "an instant of an open day"
            if here + left <= hours[1]:
                return here + left
            left -= hours[1] - here
            here = self.next_opening(here)

    def _day(self, at: datetime) -> date:
        return at.astimezone(ZoneInfo(self.timezone)).date()


def read_hours(
    timezone: str,
    written: Mapping[str, object],
    half_day_closes: str = "14:00",
    closed: Iterable[date] = (),
) -> WorkingHours:
    """Working hours from their stored form, {"1": ["08:00", "16:30"], …}. Raises WorkingHoursError.

    Fixed offsets are refused: a zone name carries the daylight-saving rules (requirement R7, compliance reference 9).
    """
    try:
        ZoneInfo(timezone)
    except (KeyError, ValueError, OSError) as error:
        raise WorkingHoursError("unknown time zone") from error
    if "/" not in timezone:
        raise WorkingHoursError("the time zone is the name of a place, such as Europe/Stockholm")
    days: dict[int, Hours] = {}
    for name, hours in written.items():
        try:
            opens, closes = (time.fromisoformat(str(one)) for one in hours)  # type: ignore[attr-defined]
            day = int(name)
        except (TypeError, ValueError) as error:
            raise WorkingHoursError(f"working hours of day {name}: two times of day, HH:MM") from error
        if not 1 <= day <= 7 or opens >= closes or opens.tzinfo or closes.tzinfo:
            raise WorkingHoursError(f"working hours of day {name}: 1 (Monday) to 7, opening before closing")
        days[day] = (opens, closes)
    if not days:
        raise WorkingHoursError("a unit works on some day of the week")
    return WorkingHours(timezone, days, time.fromisoformat(half_day_closes), frozenset(closed))
