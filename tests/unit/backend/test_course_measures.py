"""MTBT and OK-rate."""

from datetime import UTC, datetime, timedelta

import pytest

from backend.domain.course_measures import longest_gap, measures, mtbt

NOW = datetime(2026, 3, 29, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
BEGUN = NOW - timedelta(days=100)


def test_a_gap_reaches_from_before_the_span_into_it_and_until_now() -> None:
    since = NOW - timedelta(days=7)
    week = timedelta(days=7)
    assert longest_gap([since - 30 * HOUR, since + 2 * HOUR, NOW - 5 * HOUR], since, NOW) == week - 7 * HOUR
    assert longest_gap([since - 3 * HOUR], since, NOW) == week + 3 * HOUR
    assert longest_gap([], since, NOW) == week


def test_mtbt_is_one_at_a_day() -> None:
    assert mtbt(timedelta(days=1)) == pytest.approx(1.0)
    assert mtbt(timedelta(minutes=5)) == 0.0


def test_a_positive_ends_a_gap_between_tests_and_not_one_without_verified_sobriety() -> None:
    tests = [(NOW - 60 * HOUR, "ok"), (NOW - 30 * HOUR, "positive_confirmed"), (NOW - HOUR, "ok")]
    found = measures(tests, [], NOW - 61 * HOUR, NOW, 7)
    assert found.longest_gap == 30 * HOUR
    assert found.longest_ok_gap == 59 * HOUR


def test_the_rate_counts_planned_tests_that_came_to_something_and_forgives_what_was_agreed() -> None:
    at = [NOW - n * 10 * HOUR for n in range(1, 7)]
    windows = [
        (at[0], "on_time", at[0]), (at[1], "missed", None), (at[2], "excused", None), (at[3], "outage", None),
        (at[4], "on_time", at[4]), (at[5], "not_received", None),
    ]  # fmt: skip
    found = measures([(at[0], "ok"), (at[4], "positive_confirmed")], windows, BEGUN, NOW, 7)
    assert (found.ok, found.planned, found.tests) == (1, 4, 2)


def test_a_failed_blow_is_no_test() -> None:
    assert measures([(NOW - HOUR, "incomplete")], [], NOW - 10 * HOUR, NOW, 7).longest_gap == 10 * HOUR
