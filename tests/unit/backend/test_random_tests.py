"""Random tests: the same for everybody who draws them, apart from each other, within the agreed hours."""

import itertools
from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.domain.plans import Plan, PlanError, Rules, read_random, read_windows
from backend.domain.random_tests import draw

START = datetime(2026, 3, 15, 23, tzinfo=UTC)
ALL = [1, 2, 3, 4, 5, 6, 7]
ZONE = ZoneInfo("Europe/Stockholm")
MORNING = [{"kind": "breath_test", "weekdays": ALL, "opens": "09:30", "closes": "10:30"}]


def _plan(seed: int, **rule: object) -> Plan:
    written = {"per_week": 2, "weekdays": ALL, "earliest": "10:00", "latest": "20:00", **rule}
    return Plan(
        UUID(int=1),
        "Europe/Stockholm",
        START,
        None,
        read_windows(MORNING),
        Rules(),
        read_random([written]),
        seed,
    )


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**62), cut=st.integers(1, 27), gap=st.sampled_from([0, 240, 1440, 2500]))
def test_drawn_in_pieces_or_at_once_they_are_the_same_and_apart(seed: int, cut: int, gap: int) -> None:
    plan = _plan(seed, min_gap_min=gap)
    middle, end = START + timedelta(days=cut), START + timedelta(days=28)
    whole = draw(plan, START, end)
    assert (*draw(plan, START, middle), *draw(plan, middle, end)) == whole
    opened = [test.opens_at for test in whole]
    assert all(
        later - earlier >= timedelta(minutes=max(gap, 90)) for earlier, later in itertools.pairwise(opened)
    )
    for test in whole:
        local = test.opens_at.astimezone(ZONE)
        assert time(10, 30) < local.time() <= time(20, 0)
        assert local.date() == test.local_day
    assert len(whole) >= 4


def test_two_clients_with_the_same_rule_are_tested_at_different_times() -> None:
    end = START + timedelta(days=14)
    assert draw(_plan(1), START, end) != draw(_plan(2), START, end)


def test_they_fall_on_every_hour_sooner_or_later() -> None:
    drawn = draw(_plan(7, per_week=3), START, START + timedelta(days=364))
    hours = {test.opens_at.astimezone(ZONE).hour for test in drawn}
    assert len(drawn) == 52 * 3
    assert hours >= set(range(11, 20))


@pytest.mark.parametrize(
    "wrong",
    [
        {"per_week": 0},
        {"per_week": 40},
        {"per_week": "many"},
        {"weekdays": []},
        {"earliest": "20:00", "latest": "10:00"},
        {"open_min": 1},
        {"per_week": 10, "min_gap_min": 2880},
        {"kind": "horoscope"},
    ],
)
def test_rules_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(PlanError, match="random tests 1"):
        _plan(1, **wrong)
