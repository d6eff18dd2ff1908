"""The simulated calendar: wall clock, changes of the clock, and days that tempt."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from simulators.occasions import LocalDay, is_payday, onset_multiplier

STOCKHOLM = ZoneInfo("Europe/Stockholm")
SPRING = date(2025, 3, 30)
AUTUMN = date(2025, 10, 26)


def test_a_day_is_as_long_as_the_change_of_the_clock_makes_it() -> None:
    hours = [
        (day.ends_at - day.starts_at) / timedelta(hours=1)
        for day in (LocalDay(STOCKHOLM, d - timedelta(days=1)) for d in (SPRING, AUTUMN, date(2025, 6, 6)))
    ]
    assert hours == [23.0, 25.0, 24.0]


def test_days_follow_each_other_without_gap() -> None:
    for ordinal in range(date(2025, 1, 1).toordinal(), date(2026, 1, 1).toordinal()):
        day = date.fromordinal(ordinal)
        following = LocalDay(STOCKHOLM, day + timedelta(days=1))
        assert LocalDay(STOCKHOLM, day).ends_at == following.starts_at


def test_the_evening_window_keeps_its_wall_time_over_both_changes() -> None:
    for change in (SPRING, AUTUMN):
        for offset in (-1, 0, 1):
            day = change + timedelta(days=offset)
            local = LocalDay(STOCKHOLM, day).at(20 * 60).astimezone(STOCKHOLM)
            assert (local.date(), local.hour, local.minute) == (day, 20, 0)


def test_a_night_window_through_the_lost_hour_still_opens_before_it_closes() -> None:
    night = LocalDay(STOCKHOLM, SPRING - timedelta(days=1))
    opens_at, closes_at = night.at(25 * 60), night.at(26 * 60 + 30)
    assert opens_at == datetime(2025, 3, 30, 0, 0, tzinfo=UTC)
    assert closes_at == datetime(2025, 3, 30, 1, 30, tzinfo=UTC)


def test_a_repeated_wall_time_means_the_first() -> None:
    night = LocalDay(STOCKHOLM, AUTUMN - timedelta(days=1))
    assert night.at(26 * 60 + 30) == datetime(2025, 10, 26, 0, 30, tzinfo=UTC)


def test_weekends_feasts_and_payday_tempt_as_much_as_the_reference_says() -> None:
    zone = "Europe/Stockholm"
    assert onset_multiplier(zone, date(2025, 2, 11)) == 1.0
    assert onset_multiplier(zone, date(2025, 2, 14)) == 1.5
    assert onset_multiplier(zone, date(2025, 2, 15)) == 1.7
    assert onset_multiplier(zone, date(2025, 6, 20)) == 2.0
    assert onset_multiplier(zone, date(2025, 12, 24)) == 2.0
    assert onset_multiplier(zone, date(2025, 2, 25)) == 2.0
    assert onset_multiplier("Europe/Helsinki", date(2025, 6, 21)) == 2.0


def test_payday_on_a_weekend_is_the_friday_before() -> None:
    assert is_payday(date(2025, 2, 25))
    assert is_payday(date(2025, 5, 23))
    assert is_payday(date(2025, 1, 24))
    assert not is_payday(date(2025, 5, 25))
    assert not is_payday(date(2025, 2, 24))
