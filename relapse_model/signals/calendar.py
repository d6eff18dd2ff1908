"""Features of the calendar, for people whose dates are real."""

from __future__ import annotations

import numpy as np

from relapse_model.frame import Bools, History, Ints
from relapse_model.labels import local_days
from relapse_model.signals.drinking import Columns
from relapse_model.windows import Grid

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
PLACELESS_ZONES = frozenset({"UTC", "Etc/UTC", "GMT", "Etc/GMT", "Etc/UCT", "UCT", "Zulu", "Etc/Zulu"})
"""Zones that are no place: a study that gives one has no local calendar, so its weekdays say nothing
(assumption; both public studies used in development are of this kind)."""


def calendar_signals(history: History, grid: Grid) -> tuple[Columns, Columns]:
    """Weekday of the coming local day (0/1 each), days around payday (24th to 26th) and holidays; else all 0."""
    placed = np.array([zone not in PLACELESS_ZONES for zone in history.people.timezone], dtype=bool)
    real = placed[grid.person] if len(grid) else np.zeros(0, dtype=bool)
    day = local_days(history, grid.person, grid.at)
    weekday = (day + 3) % 7  # 1970-01-01 was a Thursday
    columns = {name: (real & (weekday == number)).astype(np.float64) for number, name in enumerate(WEEKDAYS)}
    date = day.astype("datetime64[D]")
    of_month = (date - date.astype("datetime64[M]")).astype(np.int64) + 1
    columns["payday"] = (real & (of_month >= 24) & (of_month <= 26)).astype(np.float64)
    columns["holiday"] = (real & drinking_holidays(day)).astype(np.float64)
    return columns, {"weekday": np.where(real, weekday, -1).astype(np.float64)}


def drinking_holidays(day: Ints) -> Bools:
    """Which local days (since 1970-01-01) are Midsummer's Eve or Day, 23 to 26 or 31 December, or 30 April.

    The Swedish calendar (Midsummer's Eve is the Friday of 19 to 25 June); that drinking starts more often then is
    an assumption (domain reference 9).
    """
    date = day.astype("datetime64[D]")
    month = date.astype("datetime64[M]").astype(np.int64) % 12 + 1
    of_month = (date - date.astype("datetime64[M]")).astype(np.int64) + 1
    weekday = (day + 3) % 7
    midsummer = (month == 6) & (
        ((weekday == 4) & (of_month >= 19) & (of_month <= 25))
        | ((weekday == 5) & (of_month >= 20) & (of_month <= 26))
    )
    december = (month == 12) & (((of_month >= 23) & (of_month <= 26)) | (of_month == 31))
    return np.asarray(midsummer | december | ((month == 4) & (of_month == 30)))
