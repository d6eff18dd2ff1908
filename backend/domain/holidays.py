"""Swedish holidays: red days, eves on which nobody works, and days that end early. Civil days, no clock, no zone."""

from collections.abc import Mapping
from datetime import date, time
from functools import cache
from types import MappingProxyType
from typing import Any

import holidays as calendars

HALF_DAY_ENDS = time(14)
"""When work ends on a half day: agreed, not law (the holidays package says 14:00; an assumption for a given unit)."""
_HALF_DAYS = ("Trettondagsafton", "Skärtorsdagen", "Valborgsmässoafton", "Allahelgonsafton")
_SATURDAY_EVES = ("Påskafton", "Pingstafton")


@cache
def swedish_holidays(year: int) -> Mapping[date, str]:
    """Public holidays of a year with their Swedish names. Ordinary Sundays are not among them.

    Source: lag (1989:253) om allmänna helgdagar, as computed by the holidays package.
    """
    return _named(year, "public")


@cache
def swedish_eves(year: int) -> Mapping[date, str]:
    """Eves with their Swedish names: the three that count as Sundays, Easter and Pentecost Eve, and the half days.

    Midsummer, Christmas and New Year's Eve count as Sundays in annual-leave law (semesterlag 1977:480).
    """
    others = _named(year, "optional")
    wanted = {
        day: short
        for day, name in others.items()
        if (short := name.split(" (")[0]) in (*_HALF_DAYS, *_SATURDAY_EVES)
    }
    return MappingProxyType(dict(sorted({**wanted, **_named(year, "de_facto")}.items())))


def holiday_name(day: date) -> str | None:
    """The Swedish name of a red day or of an eve that counts as one; None on every other day, half days included."""
    name = swedish_holidays(day.year).get(day) or swedish_eves(day.year).get(day)
    return None if name in _HALF_DAYS else name


def is_holiday(day: date) -> bool:
    """Whether a day is a red day, or an eve that counts as one, whatever weekday it is."""
    return holiday_name(day) is not None


def is_half_day(day: date) -> bool:
    """Whether a day is a working day whose work ends at `HALF_DAY_ENDS`."""
    return is_working_day(day) and swedish_eves(day.year).get(day) in _HALF_DAYS


def is_working_day(day: date) -> bool:
    """Whether offices are staffed: Monday to Friday, no red day, none of the three eves. Half days are working days."""
    if day.isoweekday() > 5 or day in swedish_holidays(day.year):
        return False
    name = swedish_eves(day.year).get(day)
    return name is None or name in _HALF_DAYS


def _named(year: int, category: str) -> Mapping[date, str]:
    found: Any = calendars.country_holidays("SE", years=year, categories=(category,), language="sv")
    return MappingProxyType(dict(sorted(found.items())))
