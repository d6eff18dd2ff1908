"""Swedish holidays: movable feasts, eves nobody works on, and half days."""

from datetime import date, timedelta

import pytest

from backend.domain.holidays import (
    holiday_name,
    is_half_day,
    is_holiday,
    is_working_day,
    swedish_eves,
    swedish_holidays,
)


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2026, 4, 3), "Långfredagen"),
        (date(2026, 4, 6), "Annandag påsk"),
        (date(2026, 5, 14), "Kristi himmelsfärdsdag"),
        (date(2026, 6, 6), "Nationaldagen"),
        (date(2026, 6, 20), "Midsommardagen"),
        (date(2026, 10, 31), "Alla helgons dag"),
        (date(2027, 3, 26), "Långfredagen"),
    ],
)
def test_a_red_day_has_its_name_and_is_no_working_day(day: date, name: str) -> None:
    assert swedish_holidays(day.year)[day] == name == holiday_name(day)
    assert is_holiday(day)
    assert not is_working_day(day)


@pytest.mark.parametrize("day", [date(2026, 6, 19), date(2026, 12, 24), date(2026, 12, 31)])
def test_on_three_eves_nobody_works_though_they_are_no_red_days(day: date) -> None:
    assert day.isoweekday() < 6
    assert day not in swedish_holidays(day.year)
    assert is_holiday(day)
    assert not is_working_day(day)
    assert not is_half_day(day)


@pytest.mark.parametrize("day", [date(2026, 1, 5), date(2026, 4, 2), date(2026, 4, 30), date(2026, 10, 30)])
def test_a_half_day_is_a_working_day_and_no_holiday(day: date) -> None:
    assert is_half_day(day)
    assert is_working_day(day)
    assert not is_holiday(day)


def test_the_day_between_a_holiday_and_the_weekend_is_an_ordinary_one() -> None:
    squeezed = date(2026, 5, 15)
    assert squeezed not in swedish_eves(2026)
    assert is_working_day(squeezed)


def test_an_ordinary_weekend_is_no_holiday_and_no_working_day() -> None:
    assert not is_holiday(date(2026, 3, 7))
    assert not is_working_day(date(2026, 3, 7))
    assert not is_working_day(date(2026, 3, 8))


def test_a_year_has_about_250_working_days() -> None:
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(365)]
    assert sum(map(is_working_day, days)) == 365 - 104 - sum(
        day.isoweekday() < 6 for day in {*swedish_holidays(2026), date(2026, 6, 19), *_year_ends(2026)}
    )


def _year_ends(year: int) -> set[date]:
    return {date(year, 12, 24), date(year, 12, 31)}
