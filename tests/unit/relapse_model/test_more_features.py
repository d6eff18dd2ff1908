"""Features of being asked, concealment, lateness, holidays, mornings and volatility, each on a small made-up life."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from relapse_model.features import as_if_asked, compute, feature_list
from relapse_model.frame import History, micros
from relapse_model.gather import HistoryBuilder
from relapse_model.labels import Decisions
from relapse_model.signals.calendar import drinking_holidays

STOCKHOLM = ZoneInfo("Europe/Stockholm")
MONDAY = datetime(2025, 3, 10, 4, tzinfo=STOCKHOLM)


def builder(days: int = 60) -> HistoryBuilder:
    made = HistoryBuilder()
    made.person("ann", "Europe/Stockholm", MONDAY, MONDAY + timedelta(days=days))
    return made


def feature(history: History, name: str, day: float, items: tuple[str, ...] = ()) -> float:
    at = np.array([micros(MONDAY + timedelta(days=day))], dtype=np.int64)
    table = compute(history, Decisions(np.zeros(1, np.int64), at), items)
    return float(table.values[0, table.names.index(name)])


def test_a_plan_that_asks_on_some_days_of_the_week_is_seen() -> None:
    made = builder()
    for day in range(28):
        if day % 7 < 3:
            opens = MONDAY + timedelta(days=day, hours=10)
            made.prompt("ann", "check_in", opens, opens + timedelta(hours=2), opens)
    history = made.build()
    # Day 28 is a Monday: asked; day 31 a Thursday: not.
    assert feature(history, "asked_coming_day", 28) == 1.0
    assert feature(history, "asked_coming_day", 31) == 0.0
    assert feature(history, "asked_coming_3_days", 30) == pytest.approx(1 / 3)
    assert feature(history, "asked_last_day", 3) == 1.0
    assert feature(history, "asked_last_day", 4) == 0.0
    assert np.isnan(feature(history, "asked_coming_day", 3))
    assert np.isnan(feature(builder().build(), "asked_last_day", 20))


def test_a_missed_evening_and_a_clean_morning_are_the_signature() -> None:
    def life(morning_after: float | None, hour: int = 18, late_hours: float = 0) -> History:
        made = builder()
        opens = MONDAY + timedelta(days=20, hours=hour - 4)
        made.prompt("ann", "breath_test", opens, opens + timedelta(hours=1))
        if morning_after is not None:
            at = MONDAY + timedelta(days=21, hours=3)
            made.breath_test("ann", at, at + timedelta(hours=late_hours), morning_after)
        return made.build()

    one = float(np.log1p(1))
    assert feature(life(0.0), "concealment_7d", 22) == one
    assert feature(life(0.0), "concealment_7d", 21) == 0.0  # the morning has not come yet
    assert feature(life(0.0), "concealment_7d", 29) == one  # silence since: it does not fade away
    assert feature(life(0.0, late_hours=30), "concealment_7d", 22) == 0.0
    assert feature(life(0.0, late_hours=30), "concealment_7d", 23) == one
    assert feature(life(0.5), "concealment_7d", 22) == 0.0
    assert feature(life(None), "concealment_7d", 22) == 0.0
    assert feature(life(0.0, hour=8), "concealment_7d", 22) != one


@pytest.mark.parametrize(("given_late", "late"), [(True, 1), (False, 0)])
def test_late_is_what_was_answered_late_and_not_what_arrived_late(given_late: bool, late: int) -> None:
    made = builder()
    for day in range(20):
        opens = MONDAY + timedelta(days=day, hours=6)
        afterwards = opens + timedelta(hours=9)
        at = afterwards if day == 12 and given_late else opens + timedelta(minutes=5)
        made.prompt(
            "ann", "breath_test", opens, opens + timedelta(hours=1), at, afterwards if day == 12 else at
        )
    history = made.build()
    # The last contact came before its prompt closed.
    assert feature(history, "late_share_28d", 20) == pytest.approx((late + 0.5) / 29)
    assert feature(history, "late_share_28d", 12) == pytest.approx(0.5 / 21)


def test_slow_is_seen() -> None:
    made = builder()
    for day in range(20):
        opens = MONDAY + timedelta(days=day, hours=6)
        delay = 50 if day >= 17 else 5
        at = opens + timedelta(minutes=delay)
        made.prompt("ann", "breath_test", opens, opens + timedelta(hours=1), at)
    history = made.build()
    assert feature(history, "slower_than_usual", 16) == pytest.approx(0.0, abs=1e-6)
    assert feature(history, "slower_than_usual", 20) > 0.3


def test_midsummer_christmas_and_walpurgis_are_holidays() -> None:
    def is_holiday(*ymd: int) -> bool:
        return bool(drinking_holidays(np.array([(date(*ymd) - date(1970, 1, 1)).days]))[0])

    assert is_holiday(2025, 6, 20)  # Midsummer's Eve, a Friday
    assert is_holiday(2026, 6, 20)  # Midsummer's Day, a Saturday
    assert not is_holiday(2025, 6, 13)
    assert all(is_holiday(2025, 12, day) for day in (23, 24, 25, 26, 31))
    assert is_holiday(2025, 4, 30)
    assert not is_holiday(2025, 12, 30)


def test_drinking_in_the_morning_is_seen_among_the_known_episodes() -> None:
    made = builder()
    for day, hour in ((1, 18), (2, 7), (3, 8)):
        at = MONDAY + timedelta(days=day, hours=hour - 4)
        made.drinking("ann", at, at + timedelta(hours=1))
    history = made.build()
    assert feature(history, "morning_share", 5) == pytest.approx(2.2 / 5)
    assert np.isnan(feature(history, "morning_share", 1))


def test_answers_that_swing_are_volatile() -> None:
    def life(values: list[float]) -> History:
        made = builder()
        for day, value in enumerate(values):
            made.answer("ann", MONDAY + timedelta(days=day, hours=8), "craving", value, 0, 10)
        return made.build()

    items = ("craving",)
    assert feature(life([0, 10, 0, 10, 0]), "craving.volatility", 6, items) == pytest.approx(1.0)
    assert feature(life([4, 4, 4, 4]), "craving.volatility", 6, items) == 0.0
    assert np.isnan(feature(life([4, 5]), "craving.volatility", 6, items))


def test_the_plain_yardstick_is_among_the_features_and_stops_at_the_last_contact_when_shown() -> None:
    made = builder()
    for day in range(20):
        at = MONDAY + timedelta(days=day, hours=8)
        made.answer("ann", at, "craving", 3, 0, 10)
    made.drinking("ann", MONDAY + timedelta(days=2, hours=14), MONDAY + timedelta(days=3))
    history = made.build()
    then = np.array([micros(MONDAY + timedelta(days=40))], dtype=np.int64)
    table = compute(history, Decisions(np.zeros(1, np.int64), then), ())
    column = table.names.index("running_rate")
    rate = 1 / (1 + np.exp(-table.values[0, column]))
    assert rate == pytest.approx((1 + 0.2) / (40 + 3), rel=1e-2)  # an hour's clock change within
    shown = as_if_asked(table).values[0]
    assert shown[column] == table.values[0, table.names.index("own_rate")]
    assert shown[column] > table.values[0, column]
    assert shown[table.names.index("asked_last_day")] == 1.0
    assert table.values[0, column] != shown[column]


def test_every_feature_has_a_definition_and_a_source_of_one_line() -> None:
    features = feature_list(("craving",))
    assert len({f.name for f in features}) == len(features)
    for one in features:
        assert 8 < len(one.definition) < 130
        assert "\n" not in one.definition
        assert one.source
