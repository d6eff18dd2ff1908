"""Features: from what was known at the time, bit for bit, and the same for one as for many."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from relapse_model.features import compute, feature_hash, feature_list, items_of
from relapse_model.frame import NEVER, Bools, Floats, History, micros
from relapse_model.gather import HistoryBuilder
from relapse_model.labels import Decisions, daily_decisions
from relapse_model.signals.drinking import own_running_rate
from tests.support.histories import ITEMS, START, add_rows_known_after, builder_with, make_history

CUT = START + timedelta(days=25, hours=7, minutes=3)


def up_to(decisions: Decisions, at: datetime) -> Bools:
    return np.asarray(decisions.at <= micros(at))


def values_at(history: History, decisions: Decisions) -> Floats:
    return compute(history, decisions, ITEMS).values


def one(history: History, name: str, person: int, at: datetime, items: tuple[str, ...] = ITEMS) -> float:
    decisions = Decisions(np.array([person]), np.array([micros(at)]))
    table = compute(history, decisions, items)
    return float(table.values[0, table.names.index(name)])


def test_rows_known_later_change_no_feature_bit_for_bit() -> None:
    before = make_history(people=12, days=40)
    builder = builder_with(people=12, days=40, seed=1)
    add_rows_known_after(builder, 12, CUT, seed=5)
    after = builder.build()
    decisions = daily_decisions(before)
    decisions = decisions.where(up_to(decisions, CUT))
    assert len(decisions) > 200
    first, second = compute(before, decisions, ITEMS), compute(after, decisions, ITEMS)
    assert first.values.tobytes() == second.values.tobytes()
    for name, column in first.display.items():
        assert column.tobytes() == second.display[name].tobytes(), name
    assert own_running_rate(before, decisions).tobytes() == own_running_rate(after, decisions).tobytes()


def test_the_history_as_of_an_instant_gives_the_same_features_there() -> None:
    history = make_history(people=12, days=40)
    decisions = Decisions(np.arange(12), np.full(12, micros(CUT)))
    then = history.as_of(CUT)
    assert values_at(history, decisions).tobytes() == values_at(then, decisions).tobytes()
    assert len(then.drinking) < len(history.drinking)


def test_as_of_hides_what_was_not_known() -> None:
    builder = HistoryBuilder()
    t = datetime(2025, 5, 1, tzinfo=UTC)
    hour = timedelta(hours=1)
    builder.person("ann", "UTC", t - 50 * hour, t + 50 * hour)
    builder.drinking("ann", t - 9 * hour, t - 8 * hour, ended_at=t + hour)
    builder.drinking("ann", t - 9 * hour, t + hour)
    builder.prompt("ann", "visit", t - 5 * hour, t - 4 * hour, t - 4 * hour, t + hour)
    builder.prompt("ann", "visit", t + hour, t + 2 * hour)
    builder.answer("ann", t - hour, "craving", 1, 0, 10, known_at=t + hour)
    then = builder.build().as_of(t)
    assert then.drinking.ended_at.tolist() == [NEVER]
    assert then.prompts.answered_at.tolist() == [NEVER]
    assert len(then.answers) == 0
    assert then.people.observed_to.tolist() == [micros(t)]


def test_a_person_alone_has_the_same_features_as_among_others() -> None:
    history = make_history(people=12, days=30)
    decisions = daily_decisions(history)
    together = values_at(history, decisions)
    for person in (0, 5, 11):
        rows = decisions.person == person
        alone = Decisions(np.zeros(int(rows.sum()), np.int64), decisions.at[rows])
        assert values_at(history.block(person, person + 1), alone).tobytes() == together[rows].tobytes()
        last = Decisions(np.zeros(1, np.int64), alone.at[-1:])
        assert values_at(history.block(person, person + 1), last).tobytes() == together[rows][-1:].tobytes()


def test_the_same_input_gives_the_same_output() -> None:
    first, second = (make_history(seed=4) for _ in range(2))
    decisions = daily_decisions(first)
    assert values_at(first, decisions).tobytes() == values_at(second, decisions).tobytes()


def test_features_work_with_nothing_but_people() -> None:
    builder = HistoryBuilder()
    builder.person("ann", "Europe/Stockholm", START, START + timedelta(days=3))
    builder.person("bo", "UTC", START, START)
    history = builder.build()
    decisions = daily_decisions(history)
    table = compute(history, decisions, ITEMS)
    assert table.values.shape == (3, len(feature_list(ITEMS)))
    assert np.isfinite(table.values[:, table.names.index("own_rate")]).all()
    assert np.isnan(table.values[:, table.names.index("craving.level")]).all()


def test_an_empty_history_gives_an_empty_table() -> None:
    history = HistoryBuilder().build()
    table = compute(history, daily_decisions(history), ITEMS)
    assert table.values.shape == (0, len(feature_list(ITEMS)))


def test_one_day_is_enough_to_compute_with() -> None:
    history = make_history(people=3, days=1)
    assert np.isfinite(values_at(history, daily_decisions(history))[:, 0]).all()


def test_the_own_rate_is_the_published_formula() -> None:
    builder = HistoryBuilder()
    start = datetime(2025, 5, 1, 4, tzinfo=UTC)
    builder.person("ann", "UTC", start, start + timedelta(days=20))
    for day in (1, 1, 4):  # two episodes on one local day are one drinking day
        builder.drinking("ann", start + timedelta(days=day, hours=14), start + timedelta(days=day + 1))
    history = builder.build()
    ten_days_on = Decisions(np.array([0]), np.array([micros(start + timedelta(days=10))]))
    assert own_running_rate(history, ten_days_on)[0] == pytest.approx((2 + 0.2) / (10 + 3))


def test_item_deviation_is_from_the_own_earlier_mean() -> None:
    builder = HistoryBuilder()
    builder.person("ann", "UTC", START, START + timedelta(days=40))
    for day in range(10):
        builder.answer("ann", START + timedelta(days=day), "craving", 2, 0, 10)
    builder.answer("ann", START + timedelta(days=13), "craving", 8, 0, 10)
    history = builder.build()
    at = START + timedelta(days=14)
    assert one(history, "craving.level", 0, at) == pytest.approx(0.8)
    assert one(history, "craving.deviation", 0, at) == pytest.approx(0.6 * 10 / 13)


def test_a_missed_prompt_counts_until_its_late_answer_arrives() -> None:
    builder = HistoryBuilder()
    builder.person("ann", "UTC", START, START + timedelta(days=40))
    opens = START + timedelta(days=5)
    hour = timedelta(hours=1)
    builder.prompt("ann", "breath_test", opens, opens + hour, opens + hour / 2, opens + 10 * hour)
    history = builder.build()
    assert np.isnan(one(history, "missed_share_3d", 0, opens + hour / 2))
    assert one(history, "missed_share_3d", 0, opens + hour) == 1.0
    assert one(history, "missed_share_3d", 0, opens + 10 * hour) == 0.0


def test_mtbt_is_one_at_a_gap_of_a_day() -> None:
    builder = HistoryBuilder()
    builder.person("ann", "UTC", START, START + timedelta(days=40))
    for hours in (0, 24, 30):
        at = START + timedelta(hours=hours)
        builder.breath_test("ann", at, at, 0.0, "ok")
    history = builder.build()
    at = START + timedelta(hours=31)
    assert one(history, "mtbt_any_7d", 0, at) == pytest.approx(1.0)
    assert one(history, "mtbt_any_7d", 0, START + timedelta(hours=30 + 48)) == pytest.approx(
        np.log(48) / np.log(24)
    )


def test_a_positive_test_does_not_count_as_a_test_below_the_limit() -> None:
    builder = HistoryBuilder()
    builder.person("ann", "UTC", START, START + timedelta(days=40))
    for hours, brac in ((0, 0.0), (12, 0.4), (24, 0.0)):
        at = START + timedelta(hours=hours)
        builder.breath_test("ann", at, at, brac)
    history = builder.build()
    at = START + timedelta(hours=25)
    assert one(history, "mtbt_ok_7d", 0, at) == pytest.approx(1.0)
    assert one(history, "mtbt_any_7d", 0, at) < 1.0
    assert one(history, "positive_tests_7d", 0, at) == pytest.approx(np.log(2))


def test_weekdays_speak_only_where_dates_are_real() -> None:
    history = make_history(people=3, days=10)
    decisions = daily_decisions(history)
    table = compute(history, decisions, ITEMS)
    days = [table.names.index(day) for day in ("monday", "friday", "sunday")]
    in_utc = decisions.person == 2
    assert table.values[in_utc][:, days].max() == 0
    friday = table.values[:, table.names.index("friday")] == 1
    assert friday.any()
    local = decisions.at[friday & (decisions.person == 0)]
    weekdays = {datetime.fromtimestamp(at / 1e6, UTC).weekday() for at in local.tolist()}
    assert weekdays == {4}


def test_every_feature_has_a_definition_and_a_source() -> None:
    features = feature_list(ITEMS)
    assert len({f.name for f in features}) == len(features)
    assert all(f.definition and f.source for f in features)
    assert "missed_share_3d" in {f.name for f in features if f.sign == 1}
    assert len(feature_hash()) == 64


def test_items_are_those_that_many_answer() -> None:
    assert set(items_of(make_history(people=6))) == set(ITEMS)
    builder = builder_with(6, 10, 1)
    builder.answer("person-000", START + timedelta(days=1), "rare", 1, 0, 10)
    assert "rare" not in items_of(builder.build())
