"""The trend: change against the own baseline, an onset date, an index, and a controlled rate of false alarms."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from relapse_model.daily import CHANNELS, daily
from relapse_model.frame import DAY, History
from relapse_model.gather import HistoryBuilder
from relapse_model.study import read_study
from relapse_model.trend import detect, trends
from relapse_model.trend_quality import trend_quality
from tests.support.histories import START, make_history

WORSE_FROM = 40


def client(worse: bool, days: int = 55, seed: int = 3, zone: str = "Europe/Stockholm") -> HistoryBuilder:
    builder = HistoryBuilder()
    builder.person("ann", zone, START, START + timedelta(days=days))
    random = np.random.default_rng(seed)
    for day in range(days):
        shift = 3.0 if worse and day >= WORSE_FROM else 0.0
        at = START + timedelta(days=day, hours=5)
        builder.answer("ann", at, "craving", float(np.clip(3 + shift + random.normal(0, 1), 0, 10)), 0, 10)
        builder.answer(
            "ann", at, "mood_valence", float(np.clip(6 - shift + random.normal(0, 1), 0, 10)), 0, 10
        )
        opens = START + timedelta(days=day, hours=3)
        missed = random.random() < (0.5 if shift else 0.1)
        builder.prompt("ann", "breath_test", opens, opens + timedelta(hours=1), None if missed else opens)
        if not missed:
            builder.breath_test("ann", opens, opens, 0.0)
    return builder


def test_a_client_who_gets_worse_is_found_with_the_day_it_began() -> None:
    (found,) = trends(client(worse=True).build())
    assert found.alarm
    assert found.index is not None
    assert found.index > 50
    assert found.onset is not None
    began = START.date() + timedelta(days=WORSE_FROM)
    assert abs((found.onset - began).days) <= 4
    assert found.drivers
    assert f"Försämring sedan {found.onset.isoformat()}" in found.sv
    assert f"Worsening since {found.onset.isoformat()}" in found.en
    assert len(found.days) == len(found.course)
    assert found.days[0] < date(2025, 5, 4)


def test_the_alarm_comes_within_a_few_days_and_not_before() -> None:
    history = client(worse=True).build()
    table = detect(daily(history, in_time=True))
    first = np.flatnonzero(table.alarm[0])
    assert WORSE_FROM <= first[-1] <= WORSE_FROM + 5


def test_a_steady_client_has_no_alarm_most_of_the_time() -> None:
    months = 20 * 55 / 30.4
    alarms = sum(int(detect(daily(client(False, seed=s).build())).alarm.sum()) for s in range(20))
    assert alarms / months <= 1.0


def test_a_new_client_has_too_little_to_see_a_change() -> None:
    (found,) = trends(client(worse=True, days=6).build())
    assert found.index is None
    assert not found.alarm
    assert found.sv == "För lite data för att se en förändring"
    assert found.days == ()


def test_silence_adds_no_evidence_of_its_own_and_takes_none_away() -> None:
    history = client(worse=True).build()
    table = detect(daily(history))
    longer = replace(
        history, people=replace(history.people, observed_to=history.people.observed_to + 5 * DAY)
    )
    silent = detect(daily(longer))
    last = table.index.shape[1] - 1
    known = int(np.flatnonzero((~np.isnan(table.evidence[:, 0])).all(axis=0)).max())
    assert silent.index[0, known:].tolist() == [silent.index[0, known]] * (silent.index.shape[1] - known)
    assert silent.index[0, last] == table.index[0, last]


def test_what_is_known_later_changes_nothing_that_could_be_seen_in_time() -> None:
    builder = client(worse=True)
    late = START + timedelta(days=30)
    builder.answer("ann", late, "craving", 10, 0, 10, known_at=late + timedelta(days=9))
    builder.breath_test("ann", late, late + timedelta(days=9), 2.0)
    with_late, without = (detect(daily(b.build(), in_time=True)) for b in (builder, client(worse=True)))
    assert np.array_equal(with_late.index, without.index, equal_nan=True)


def test_all_people_at_once_give_what_each_gives_alone() -> None:
    history = make_history(people=9, days=40)
    together = trends(history)
    for row, one in enumerate(together):
        (alone,) = trends(history.block(row, row + 1))
        assert alone == one


def test_channels_grow_when_things_get_worse() -> None:
    builder = HistoryBuilder()
    builder.person("ann", "UTC", START, START + timedelta(days=2))
    at = START + timedelta(hours=6)
    builder.answer("ann", at, "craving", 10, 0, 10)
    builder.answer("ann", at, "mood_valence", 0, 0, 10)
    builder.prompt("ann", "breath_test", START, at)
    builder.breath_test("ann", at, at, 0.2)
    first_day = daily(builder.build()).values[:, 0, 0]
    assert dict(zip(CHANNELS, first_day.tolist(), strict=True)) == pytest.approx(
        {"craving": 1.0, "well_being": 1.0, "test_timing": 1.0, "brac": 2.0}
    )


def test_nobody_and_nothing_give_no_trend() -> None:
    assert trends(HistoryBuilder().build()) == []
    builder = HistoryBuilder()
    builder.person("ann", "UTC", START, START + timedelta(days=30))
    (found,) = trends(builder.build())
    assert found.index is None


@pytest.mark.timeout(240)
@pytest.mark.slow
def test_on_simulated_people_alarms_lead_and_false_ones_are_few(tmp_path: Path) -> None:
    from simulators.study import write_population

    # A seed that set no constant, another length and another season than the one that did.
    write_population(tmp_path, 60, 100, 9091, date(2025, 9, 1))
    quality = trend_quality(read_study(tmp_path))
    assert quality.false_alarms_per_client_month <= 1.0
    assert quality.median_lead_days is not None
    assert quality.median_lead_days >= 2
    assert quality.onsets >= 20


def test_quality_counts_what_followed() -> None:
    def history(drinks: list[int]) -> History:
        builder = client(worse=True, days=75)
        for day in drinks:
            at = START + timedelta(days=day, hours=12)
            builder.drinking("ann", at, at)
        return builder.build()

    sober, drank = trend_quality(history([])), trend_quality(history([WORSE_FROM + 8]))
    assert sober.onsets == 0
    assert sober.false_alarms_per_client_month > drank.false_alarms_per_client_month
    assert drank.onsets == 1
    assert drank.alarmed == 1.0
    assert drank.median_lead_days is not None
    assert 2 <= drank.median_lead_days <= 8
