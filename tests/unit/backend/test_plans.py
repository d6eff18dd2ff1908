"""Plans: wall-clock windows, clock changes included, and rules that contradict each other are refused."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.plans import (
    DEFAULT_RULES,
    Plan,
    PlanError,
    Rules,
    read_rules,
    read_windows,
    rules_at,
    windows_between,
)

ALL = [1, 2, 3, 4, 5, 6, 7]


def _plan(*windows: dict[str, object], zone: str = "Europe/Stockholm", **more: object) -> Plan:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    return Plan(UUID(int=1), zone, start, None, read_windows(windows), read_rules(more))


def _window(opens: str, closes: str, weekdays: list[int] | None = None) -> dict[str, object]:
    return {"kind": "breath_test", "weekdays": weekdays or ALL, "opens": opens, "closes": closes}


def _between(plan: Plan, since: str, until: str) -> list[tuple[str, str]]:
    found = windows_between(plan, datetime.fromisoformat(since), datetime.fromisoformat(until))
    return [(w.opens_at.strftime("%d %H:%M"), w.closes_at.strftime("%d %H:%M")) for w in found]


@pytest.mark.requirement("H8")
def test_a_window_keeps_its_wall_clock_time_over_both_clock_changes() -> None:
    plan = _plan(_window("07:00", "09:00"))
    assert _between(plan, "2026-03-28T00:00+01:00", "2026-03-30T00:00+02:00") == [
        ("28 06:00", "28 08:00"),
        ("29 05:00", "29 07:00"),
    ]
    assert _between(plan, "2026-10-24T00:00+02:00", "2026-10-26T00:00+01:00") == [
        ("24 05:00", "24 07:00"),
        ("25 06:00", "25 08:00"),
    ]


def test_an_hour_that_does_not_exist_moves_the_window_and_never_turns_it_round() -> None:
    plan = _plan(_window("02:10", "02:50"), _window("02:30", "03:15"))
    assert _between(plan, "2026-03-29T00:00+01:00", "2026-03-30T00:00+02:00") == [
        ("29 01:10", "29 01:50"),
        ("29 01:30", "29 02:15"),
    ]


def test_an_hour_that_comes_twice_makes_the_window_longer_not_shorter() -> None:
    plan = _plan(_window("01:30", "02:30"))
    assert _between(plan, "2026-10-25T00:00+02:00", "2026-10-26T00:00+01:00") == [("24 23:30", "25 01:30")]


def test_a_night_shift_window_belongs_to_the_day_it_opens_on() -> None:
    plan = _plan(_window("22:00", "02:00", [5]))
    [found] = windows_between(plan, datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 5, 8, tzinfo=UTC))
    assert found.local_day.isoformat() == "2026-05-01"
    assert found.closes_at - found.opens_at == timedelta(hours=4)


def test_a_plan_makes_windows_only_while_it_is_in_force() -> None:
    plan = _plan(_window("07:00", "09:00"))
    ended = Plan(
        plan.plan_id,
        plan.timezone,
        plan.valid_from,
        datetime(2026, 1, 3, tzinfo=UTC),
        plan.windows,
        plan.rules,
    )
    assert (
        len(windows_between(ended, datetime(2025, 12, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC))) == 2
    )


@given(
    since=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 1)).map(lambda at: at.replace(tzinfo=UTC)),  # noqa: DTZ001
    cut=st.integers(0, 24 * 14),
    zone=st.sampled_from(["Europe/Stockholm", "UTC", "America/New_York", "Australia/Lord_Howe"]),
)
def test_laying_out_in_pieces_gives_the_same_windows_as_in_one_go(
    since: datetime, cut: int, zone: str
) -> None:
    plan = _plan(_window("02:00", "03:00"), _window("23:30", "01:30"), _window("12:00", "14:00"), zone=zone)
    middle, until = since + timedelta(hours=cut), since + timedelta(days=14)
    whole = windows_between(plan, since, until)
    assert (*windows_between(plan, since, middle), *windows_between(plan, middle, until)) == whole
    assert all(window.opens_at < window.closes_at for window in whole)


@pytest.mark.parametrize(
    "broken",
    [
        {"kind": "horoscope", "weekdays": ALL, "opens": "07:00", "closes": "09:00"},
        {"kind": "breath_test", "weekdays": [], "opens": "07:00", "closes": "09:00"},
        {"kind": "breath_test", "weekdays": [0], "opens": "07:00", "closes": "09:00"},
        {"kind": "breath_test", "weekdays": ALL, "opens": "07:00", "closes": "07:00"},
        {"kind": "breath_test", "weekdays": ALL, "opens": "seven", "closes": "09:00"},
        {"kind": "breath_test", "weekdays": ALL, "opens": "07:00"},
    ],
)
def test_a_window_that_makes_no_sense_is_refused(broken: dict[str, object]) -> None:
    with pytest.raises(PlanError, match="window 1"):
        read_windows([broken])


@pytest.mark.parametrize(
    "broken",
    [
        {"trace_mg_per_l": "0.2", "positive_mg_per_l": "0.1"},
        {"retest_after_min": 120, "retest_within_min": 60},
        {"late_grace_min": 10000},
        {"lost_contact_hours": 0},
        {"tolerance_mg_per_l": "much"},
    ],
)
def test_rules_that_contradict_each_other_are_refused(broken: dict[str, object]) -> None:
    with pytest.raises(PlanError):
        read_rules(broken)


def test_rules_come_as_text_or_numbers_and_have_defaults() -> None:
    assert read_rules({}) == DEFAULT_RULES == Rules()
    assert read_rules({"positive_mg_per_l": "0.25", "unknown": 1}).positive_mg_per_l == pytest.approx(0.25)


def test_the_rules_in_force_are_those_of_the_latest_plan_begun() -> None:
    first, second = _plan(), _plan(late_grace_min=30)
    later = Plan(
        second.plan_id, second.timezone, datetime(2026, 6, 1, tzinfo=UTC), None, second.windows, second.rules
    )
    assert rules_at((first, later), datetime(2026, 5, 1, tzinfo=UTC)).late_grace_min == 120
    assert rules_at((first, later), datetime(2026, 7, 1, tzinfo=UTC)).late_grace_min == 30
    assert rules_at((), datetime(2026, 7, 1, tzinfo=UTC)) == DEFAULT_RULES
