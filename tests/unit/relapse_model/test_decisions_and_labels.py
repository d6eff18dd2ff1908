"""One decision per person and local day at 04:00, labelled by what starts in the window."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from relapse_model.dataset import build_dataset
from relapse_model.frame import DAY, HOUR, History, instant
from relapse_model.gather import HistoryBuilder
from relapse_model.labels import Search, counted, daily_decisions, label, local_days, local_hours
from relapse_model.metrics import auroc, brier_skill, top_share, within_person_aurocs
from relapse_model.study import read_study

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"
STOCKHOLM = ZoneInfo("Europe/Stockholm")


def one_person(first: datetime, last: datetime, zone: str = "Europe/Stockholm") -> HistoryBuilder:
    builder = HistoryBuilder()
    builder.person("ann", zone, first, last)
    return builder


def decided(history: History) -> list[datetime]:
    return [instant(int(at)) for at in daily_decisions(history).at]


def test_the_first_decision_is_the_first_local_four_after_the_start() -> None:
    first = datetime(2025, 1, 10, 4, tzinfo=STOCKHOLM)
    times = decided(one_person(first, first + timedelta(days=3)).build())
    assert times == [first.astimezone(UTC) + timedelta(days=k) for k in (1, 2, 3)]


def test_decisions_stay_at_local_four_over_both_clock_changes() -> None:
    for around, lengths in (
        (datetime(2025, 3, 30, 12, tzinfo=UTC), [23, 24, 24]),
        (datetime(2025, 10, 26, 12, tzinfo=UTC), [25, 24, 24]),
    ):
        times = decided(one_person(around - timedelta(days=2), around + timedelta(days=2)).build())
        assert [t.astimezone(STOCKHOLM).hour for t in times] == [4, 4, 4, 4]
        hours = [(b - a).total_seconds() / 3600 for a, b in pairwise(times)]
        assert hours == lengths


def test_two_people_in_two_zones_get_their_own_mornings() -> None:
    builder = one_person(datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 1, 3, tzinfo=UTC))
    builder.person(
        "bo", "America/New_York", datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 1, 3, tzinfo=UTC)
    )
    decisions = daily_decisions(builder.build())
    assert decisions.person.tolist() == [0, 0, 1, 1]
    assert [instant(int(at)).hour for at in decisions.at] == [3, 3, 9, 9]


def test_a_label_looks_at_the_open_start_and_closed_end_of_its_window() -> None:
    first = datetime(2025, 1, 1, 3, tzinfo=UTC)
    builder = one_person(first, first + timedelta(days=5))
    builder.drinking("ann", first + timedelta(days=2), first + timedelta(days=9))
    history = builder.build()
    decisions = daily_decisions(history)
    # The episode starts exactly at the second decision: inside the window of the first, not of the second.
    assert label(history, decisions, 24).drank.tolist()[:4] == [1.0, 0.0, 0.0, 0.0]


def test_a_window_that_runs_over_the_end_has_no_label() -> None:
    first = datetime(2025, 1, 1, 3, tzinfo=UTC)
    history = one_person(first, first + timedelta(days=5)).build()
    decisions = daily_decisions(history)
    assert len(decisions) == 5
    assert label(history, decisions, 24).known.tolist() == [True, True, True, True, False]
    assert label(history, decisions, 72).known.tolist() == [True, True, False, False, False]


def test_what_becomes_known_late_still_counts_as_the_label() -> None:
    first = datetime(2025, 1, 1, 3, tzinfo=UTC)
    builder = one_person(first, first + timedelta(days=5))
    builder.drinking("ann", first + timedelta(days=1, hours=14), first + timedelta(days=4))
    history = builder.build()
    assert label(history, daily_decisions(history), 24).drank[0] == 1.0


def test_a_night_belongs_to_its_evening() -> None:
    history = one_person(datetime(2025, 3, 1, tzinfo=UTC), datetime(2025, 4, 1, tzinfo=UTC)).build()
    evening = datetime(2025, 3, 29, 23, tzinfo=STOCKHOLM)
    night = datetime(2025, 3, 30, 3, 30, tzinfo=STOCKHOLM)  # after the clocks went forward
    morning = datetime(2025, 3, 30, 4, 0, tzinfo=STOCKHOLM)
    at = np.array([int(t.timestamp() * 1_000_000) for t in (evening, night, morning)], dtype=np.int64)
    person = np.zeros(3, dtype=np.int64)
    days = local_days(history, person, at)
    assert days[1] == days[0]
    assert days[2] == days[0] + 1
    assert local_hours(history, person, at).tolist() == [19, 22, 0]


def test_a_search_counts_like_a_loop() -> None:
    random = np.random.default_rng(3)
    person = np.sort(random.integers(0, 6, 200))
    at = np.zeros(200, dtype=np.int64)
    for p in range(6):
        at[person == p] = np.sort(random.integers(0, 50, int((person == p).sum())))
    ask_person, ask_at = random.integers(0, 6, 300), random.integers(-5, 55, 300)
    found = Search(person, at, 6).count_until(ask_person, ask_at)
    slow = [int(((person == p) & (at <= t)).sum()) for p, t in zip(ask_person, ask_at, strict=True)]
    assert found.tolist() == slow


def test_counting_up_restarts_for_each_number() -> None:
    assert counted(np.array([2, 0, 3])).tolist() == [0, 1, 0, 1, 2]
    assert counted(np.array([], dtype=np.int64)).tolist() == []


def test_nobody_means_no_decisions() -> None:
    assert len(daily_decisions(HistoryBuilder().build())) == 0


KNOWN_RESULTS = {
    ("ctn0094", 0): (352_322, 0.040, 0.812, 0.095, 0.185, 0.46, 0.740, 0.32),
    ("ctn0094", 1): (347_930, 0.077, 0.808, 0.110, 0.321, 0.42, 0.735, 0.33),
    ("dora", 0): (2_942, 0.248, 0.650, 0.021, 0.449, 0.18, 0.703, 0.24),
    ("dora", 1): (2_518, 0.490, 0.667, -0.258, 0.757, 0.15, 0.695, 0.15),
}


@pytest.mark.parametrize("study", ["ctn0094", "dora"])
def test_the_own_running_rate_gives_the_results_published_with_the_studies(study: str) -> None:
    if not (SHARED / study).is_dir():
        pytest.skip(f"the study folder {study} is not beside this checkout")
    data = build_dataset(read_study(SHARED / study))
    for k in (0, 1):
        n, base, area, skill, ppv, sensitivity, dry_area, within = KNOWN_RESULTS[study, k]
        rows = data.labels[k].known
        y, rate = data.labels[k].drank[rows], data.own_rate[rows]
        assert rows.sum() == n
        assert y.mean() == pytest.approx(base, abs=6e-4)
        assert auroc(rate, y) == pytest.approx(area, abs=6e-4)
        assert brier_skill(rate, y) == pytest.approx(skill, abs=1e-3)
        assert top_share(rate, y).ppv == pytest.approx(ppv, abs=1e-3)
        assert top_share(rate, y).sensitivity == pytest.approx(sensitivity, abs=6e-3)
        values, weights = within_person_aurocs(rate, y, data.decisions.person[rows])
        mean = np.average(values, weights=weights)
        assert mean == pytest.approx(within, abs=6e-3)
        dry = data.dry[rows]
        assert auroc(rate[dry], y[dry]) == pytest.approx(dry_area, abs=6e-4)


def test_units_are_microseconds() -> None:
    assert DAY == 24 * HOUR == 86_400_000_000
