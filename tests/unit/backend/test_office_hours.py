"""When a unit reads: weekends, clock changes, and the promised time of an answer."""

from datetime import UTC, date, datetime, timedelta

import pytest

from backend.domain.office_hours import (
    DEFAULT_HOURS,
    HoursError,
    due_after,
    is_open,
    next_opening,
    read_hours,
)

MONDAY_NOON = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)
FRIDAY_EVENING = datetime(2026, 3, 6, 17, 0, tzinfo=UTC)


def every_day(_: date) -> bool:
    return True


def test_open_means_within_the_units_own_wall_clock() -> None:
    assert is_open(DEFAULT_HOURS, MONDAY_NOON, every_day)
    assert not is_open(DEFAULT_HOURS, FRIDAY_EVENING, every_day)
    assert not is_open(DEFAULT_HOURS, datetime(2026, 3, 2, 15, 30, tzinfo=UTC), every_day)


def test_a_friday_evening_is_read_on_monday_and_a_holiday_later_still() -> None:
    assert next_opening(DEFAULT_HOURS, FRIDAY_EVENING, every_day) == datetime(2026, 3, 9, 7, 0, tzinfo=UTC)
    closed = {date(2026, 3, 9), date(2026, 3, 10)}
    opens = next_opening(DEFAULT_HOURS, FRIDAY_EVENING, lambda day: day not in closed)
    assert opens == datetime(2026, 3, 11, 7, 0, tzinfo=UTC)
    assert next_opening(DEFAULT_HOURS, MONDAY_NOON, every_day) == MONDAY_NOON


def test_working_hours_run_over_nights_and_weekends() -> None:
    due = due_after(DEFAULT_HOURS, FRIDAY_EVENING, timedelta(hours=8), every_day)
    assert due == datetime(2026, 3, 9, 15, 0, tzinfo=UTC)
    assert due_after(DEFAULT_HOURS, MONDAY_NOON, timedelta(hours=8), every_day) == datetime(
        2026, 3, 3, 10, 30, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("day", "opens"),
    [
        (datetime(2026, 3, 27, 18, tzinfo=UTC), datetime(2026, 3, 30, 6, 0, tzinfo=UTC)),
        (datetime(2026, 10, 23, 18, tzinfo=UTC), datetime(2026, 10, 26, 7, 0, tzinfo=UTC)),
    ],
)
def test_a_clock_change_keeps_the_opening_on_the_wall_clock(day: datetime, opens: datetime) -> None:
    assert next_opening(DEFAULT_HOURS, day, every_day) == opens


def test_hours_come_back_as_they_were_stored() -> None:
    assert read_hours(DEFAULT_HOURS.stored()) == DEFAULT_HOURS


@pytest.mark.parametrize(
    "wrong",
    [
        {"timezone": "Europe/Nowhere", "days": {"1": [["08:00", "16:00"]]}},
        {"timezone": "Europe/Stockholm", "days": {"1": [["16:00", "08:00"]]}},
        {"timezone": "Europe/Stockholm", "days": {"1": [["08:00", "12:00"], ["11:00", "16:00"]]}},
        {"timezone": "Europe/Stockholm", "days": {"8": [["08:00", "12:00"]]}},
        {"timezone": "Europe/Stockholm", "days": {}},
        {"days": {"1": [["08:00", "12:00"]]}},
    ],
)
def test_hours_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(HoursError):
        read_hours(wrong)


def test_a_unit_that_is_closed_for_a_month_says_so() -> None:
    with pytest.raises(HoursError):
        next_opening(DEFAULT_HOURS, MONDAY_NOON, lambda _: False)
