"""What a plan would mean for the coming days, before anybody agrees to it. Random tests keep their secret."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from backend.domain.holidays import holiday_name
from backend.domain.plan_words import describe_random
from backend.domain.plans import Plan, PlannedWindow, windows_between
from backend.domain.wording import Sentence

PREVIEW_DAYS = 14
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class PreviewDay:
    """One civil day in the client's zone. `hours` is 23 or 25 on the days on which the clock changes."""

    day: date
    holiday: str | None
    hours: int
    windows: tuple[PlannedWindow, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """Day by day, and the random tests as the client is told of them: some time between, never when."""

    timezone: str
    days: tuple[PreviewDay, ...]
    random: tuple[Sentence, ...]


def preview(plan: Plan, since: datetime, days: int = PREVIEW_DAYS) -> Preview:
    """The plan's days from the civil day of `since` on; windows only from the plan's start on."""
    zone = ZoneInfo(plan.timezone)
    first = max(since, plan.valid_from).astimezone(zone).date()
    whole = [first + number * _DAY for number in range(days)]
    windows = windows_between(plan, _midnight(first, zone) - _DAY, _midnight(first + days * _DAY, zone))
    return Preview(
        plan.timezone,
        tuple(
            PreviewDay(
                day,
                holiday_name(day),
                round((_midnight(day + _DAY, zone) - _midnight(day, zone)) / timedelta(hours=1)),
                tuple(window for window in windows if window.local_day == day),
            )
            for day in whole
        ),
        tuple(map(describe_random, plan.random)),
    )


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(0), zone).astimezone(UTC)
