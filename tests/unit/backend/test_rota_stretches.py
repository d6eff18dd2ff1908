"""Who has a place from one instant to another: without a hole, over exceptions and the nights the clocks change."""

from datetime import UTC, date, datetime, time
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from backend.domain.rota import DutyLine, Once, Weekly, on_duty, stretches

ANNA, BO = UUID(int=1), UUID(int=2)
ZONE = "Europe/Stockholm"


def at(text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONE), fold=fold).astimezone(UTC)


WEEK = DutyLine(1, 1, ANNA, Weekly(1, time(16, 30), 5, time(8)))
ONCE = DutyLine(2, 1, BO, Once(at("2026-03-10T19:00"), at("2026-03-12T07:00")))


def test_stretches_follow_one_another_and_an_exception_wins() -> None:
    found = stretches([WEEK, ONCE], 1, at("2026-03-09T00:00"), at("2026-03-16T00:00"), ZONE)
    assert [(one.from_at, one.account_id) for one in found] == [
        (at("2026-03-09T00:00"), None),
        (at("2026-03-09T16:30"), ANNA),
        (at("2026-03-10T19:00"), BO),
        (at("2026-03-12T07:00"), ANNA),
        (at("2026-03-13T08:00"), None),
    ]
    assert all(one.to_at == after.from_at for one, after in pairwise(found))
    assert found[-1].to_at == at("2026-03-16T00:00")


def test_cuts_begin_a_new_stretch_of_the_same_person() -> None:
    noon = at("2026-03-10T12:00")
    found = stretches([WEEK], 1, at("2026-03-10T00:00"), at("2026-03-11T00:00"), ZONE, [noon])
    assert [(one.from_at, one.to_at, one.account_id) for one in found] == [
        (at("2026-03-10T00:00"), noon, ANNA),
        (noon, at("2026-03-11T00:00"), ANNA),
    ]


def test_an_empty_rota_is_one_stretch_of_nobody() -> None:
    [found] = stretches([], 2, at("2026-03-09T00:00"), at("2026-03-10T00:00"), ZONE)
    assert found.account_id is None


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
def test_on_the_nights_the_clocks_change_every_minute_agrees_with_who_is_asked(day: str) -> None:
    nights = [
        DutyLine(1, 1, ANNA, Weekly(6, time(20), 7, time(2, 30))),
        DutyLine(2, 1, BO, Weekly(7, time(2, 30), 7, time(9))),
    ]
    first = datetime.combine(date.fromisoformat(day), time(0), ZoneInfo(ZONE)).astimezone(UTC)
    last = first.replace(hour=first.hour) + (at(f"{day}T12:00") - first)
    found = stretches(nights, 1, first, last, ZONE)
    for one in found:
        middle = one.from_at + (one.to_at - one.from_at) / 2
        for moment in (one.from_at, middle):
            assert on_duty(nights, 1, moment, ZONE) == one.account_id
    assert sum((one.to_at - one.from_at).total_seconds() for one in found) == (last - first).total_seconds()


def test_a_pattern_with_a_first_and_last_day_begins_and_ends_at_midnight() -> None:
    line = DutyLine(1, 1, ANNA, Weekly(1, time(8), 1, time(8), date(2026, 3, 10), date(2026, 3, 11)))
    found = stretches([line], 1, at("2026-03-09T00:00"), at("2026-03-13T00:00"), ZONE)
    assert [(one.from_at, one.account_id) for one in found] == [
        (at("2026-03-09T00:00"), None),
        (at("2026-03-10T00:00"), ANNA),
        (at("2026-03-12T00:00"), None),
    ]
