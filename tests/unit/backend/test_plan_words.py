"""A plan in words, what changed between two, and two weeks of one ahead."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from backend.domain.plan_preview import preview
from backend.domain.plan_words import changes, describe
from backend.domain.plans import Plan, Rules, read_random, read_windows

WEEK = [{"kind": "breath_test", "weekdays": [1, 2, 3, 4, 5], "opens": "07:00", "closes": "09:00"}]
REST = [
    {"kind": "breath_test", "weekdays": [6, 7], "opens": "09:00", "closes": "11:00", "holidays": "never"},
    {"kind": "breath_test", "weekdays": [1, 2, 3, 4, 5, 6, 7], "opens": "10:00", "closes": "12:00",
     "holidays": "only"},
]  # fmt: skip
RANDOM = [{"per_week": 2, "weekdays": [1, 2, 3, 4, 5, 6, 7], "earliest": "10:00", "latest": "20:00"}]


def _plan(windows: Sequence[Mapping[str, object]], random: Sequence[Mapping[str, object]] = ()) -> Plan:
    return Plan(
        UUID(int=1),
        "Europe/Stockholm",
        datetime(2026, 3, 23, tzinfo=UTC),
        None,
        read_windows(windows),
        Rules(),
        read_random(random),
        4711,
    )


def test_a_plan_is_told_in_both_languages() -> None:
    said = describe(_plan(WEEK + REST, RANDOM))
    assert [one.sv for one in said] == [
        "Utandningstest mån–fre 07:00–09:00",
        "Utandningstest lör, sön 09:00–11:00, inte på helgdagar",
        "Utandningstest alla dagar 10:00–12:00, bara på helgdagar",
        "Utandningstest vid slumpvis tid: 2 i veckan, någon gång mellan 10:00 och 20:00, alla dagar, öppet 90 min",
    ]
    assert said[3].en.startswith("Breath test at a random time: 2 a week, some time between 10:00 and 20:00")
    assert describe(_plan([]))[0].sv == "Inga planerade test"


def test_the_difference_of_two_plans_is_what_went_what_came_and_which_rules() -> None:
    old = _plan(WEEK)
    new = replace(_plan(WEEK[:0] + REST[:1]), timezone="Asia/Tokyo", rules=Rules(positive_mg_per_l=0.15))
    assert [one.sv for one in changes(old, new)] == [
        "Tidszon: Europe/Stockholm → Asia/Tokyo",
        "Tas bort: Utandningstest mån–fre 07:00–09:00",
        "Läggs till: Utandningstest lör, sön 09:00–11:00, inte på helgdagar",
        "Positivt test från: 0,1 → 0,15 mg/L",
    ]
    assert changes(old, replace(old, plan_id=UUID(int=2))) == ()


def test_two_weeks_ahead_show_holidays_the_day_the_clock_changes_and_no_random_time() -> None:
    seen = preview(_plan(WEEK + REST, RANDOM), datetime(2026, 3, 26, 12, tzinfo=UTC))
    assert [one.day for one in seen.days] == [date(2026, 3, 26) + timedelta(days=n) for n in range(14)]
    by_day = {one.day: one for one in seen.days}
    assert (by_day[date(2026, 3, 29)].hours, by_day[date(2026, 3, 30)].hours) == (23, 24)
    friday = by_day[date(2026, 4, 3)]
    assert friday.holiday == "Långfredagen"
    assert [one.opens_at.hour for one in friday.windows] == [5, 8]
    assert [one.opens_at.hour for one in by_day[date(2026, 3, 28)].windows] == [8]
    assert by_day[date(2026, 4, 5)].holiday == "Påskdagen"
    assert [one.closes_at.hour for one in by_day[date(2026, 4, 5)].windows] == [10]
    assert len(seen.random) == 1 and "någon gång mellan" in seen.random[0].sv
    assert sum(len(one.windows) for one in seen.days) == 10 + 2 + 4


def test_the_preview_of_an_october_plan_has_the_long_day() -> None:
    plan = replace(_plan(WEEK), valid_from=datetime(2026, 10, 20, tzinfo=UTC))
    seen = preview(plan, datetime(2026, 10, 1, tzinfo=UTC))
    assert seen.days[0].day == date(2026, 10, 20)
    assert {one.hours for one in seen.days} == {24, 25}
