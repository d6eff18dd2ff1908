"""Calendar of a simulated person: wall clock to instants, and occasions that raise the risk of drinking.

A person's day runs from 04:00 local to 04:00 the next day, so that an evening of drinking is one day; 04:00 is
also the decision time of the study format. Multipliers (assumption, domain reference 9): x1.5 Friday, x1.7
Saturday, x2 Midsummer, Christmas, New Year's Eve and payday (the 25th, or the weekday before it).
"""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

DAY_STARTS_AT_MINUTE = 4 * 60
"""Minutes after local midnight at which a simulated person's day begins."""

_WEEKDAY = (1.0, 1.0, 1.0, 1.0, 1.5, 1.7, 1.0)
_FEAST_NAMES = ("midsummer", "christmas", "new year's eve")
_COUNTRY = {"Europe/Stockholm": ("SE", ("public", "de_facto")), "Europe/Helsinki": ("FI", ("public",))}


def instant(zone: ZoneInfo, day: date, minute: int) -> datetime:
    """The UTC instant `minute` minutes of wall clock after midnight that begins `day` (may exceed 1440).

    A wall time that a spring change skips counts with the offset before the change; one that an autumn change
    repeats means the first.
    """
    whole_days, rest = divmod(minute, 1440)
    target = day + timedelta(days=whole_days)
    local = datetime(target.year, target.month, target.day, rest // 60, rest % 60, tzinfo=zone)
    return local.astimezone(UTC)


class LocalDay:
    """One day of a person in a zone: 04:00 to 04:00, with quick and change-of-clock-safe wall times."""

    __slots__ = ("_even", "date", "ends_at", "starts_at", "zone")

    def __init__(self, zone: ZoneInfo, day: date) -> None:
        self.zone = zone
        self.date = day
        self.starts_at = instant(zone, day, DAY_STARTS_AT_MINUTE)
        self.ends_at = instant(zone, day, DAY_STARTS_AT_MINUTE + 1440)
        self._even = self.ends_at - self.starts_at == timedelta(days=1)

    def at(self, minute: float) -> datetime:
        """UTC instant of a wall time, in minutes after midnight of `date` (240 to 1680)."""
        if self._even:
            return self.starts_at + timedelta(minutes=minute - DAY_STARTS_AT_MINUTE)
        whole = int(minute)
        return instant(self.zone, self.date, whole) + timedelta(minutes=minute - whole)


@lru_cache(maxsize=8192)
def onset_multiplier(zone_key: str, day: date) -> float:
    """How much likelier drinking begins on `day` than on a plain Tuesday; the largest reason counts alone."""
    return max(_WEEKDAY[day.weekday()], _feast(zone_key, day), 2.0 if is_payday(day) else 1.0)


def is_payday(day: date) -> bool:
    """Whether wages are paid on `day`: the 25th, or the Friday before when that is a weekend."""
    if day.weekday() >= 5:
        return False
    return day.day == 25 or (day.weekday() == 4 and day.day in (23, 24))


def _feast(zone_key: str, day: date) -> float:
    name = _holidays(zone_key, day.year).get(day)
    if name is None:
        return 1.0
    return 2.0 if any(feast in name.lower() for feast in _FEAST_NAMES) else 1.3


@lru_cache(maxsize=64)
def _holidays(zone_key: str, year: int) -> dict[date, str]:
    country, categories = _COUNTRY.get(zone_key, _COUNTRY["Europe/Stockholm"])
    found = holidays.country_holidays(country, years=year, categories=categories, language="en_US")
    return dict(found.items())
