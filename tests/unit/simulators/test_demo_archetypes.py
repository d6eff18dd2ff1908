"""The demo's clients show what their story says."""

from datetime import date, timedelta

import pytest

from simulators.archetypes import Archetype, archetype_profile, demo_profiles
from simulators.day import BlowKind, PersonDay
from simulators.person import Person

START, HISTORY = date(2025, 1, 13), 120


def story(archetype: Archetype, seed: int = 7, days: int = HISTORY) -> list[PersonDay]:
    profile = archetype_profile(seed, 0, archetype, HISTORY)
    return list(Person(profile, seed, START).take(days))


def test_forty_clients_hold_every_story_once_and_different_aliases() -> None:
    profiles = demo_profiles(7, 40, HISTORY)
    assert [p.archetype for p in profiles[:8]] == [a.value for a in Archetype]
    assert {p.archetype for p in profiles[8:]} == {"population"}
    assert len({p.alias for p in profiles}) == len({p.key for p in profiles}) == 40
    assert demo_profiles(7, 12, HISTORY) == profiles[:12]


def test_few_of_the_demo_have_left() -> None:
    left = [p for p in demo_profiles(7, 40, HISTORY) if p.attendance.dropout_day < HISTORY]
    assert len(left) <= 4


@pytest.mark.parametrize("seed", [1, 2, 7])
def test_the_worsening_client_is_under_more_strain_now_than_ever(seed: int) -> None:
    days = story(Archetype.WORSENING_NOW, seed)
    now = sum(day.strain for day in days[-4:]) / 4
    earlier = sum(day.strain for day in days[:100]) / 100
    assert now > earlier + 1.2


def test_the_stable_client_stays_dry_and_tests() -> None:
    days = story(Archetype.STABLE)
    assert not any(day.sessions for day in days)
    assert sum(len(day.blows) for day in days) > 250


def test_the_relapsing_client_drinks_often() -> None:
    assert sum(bool(day.sessions) for day in story(Archetype.RELAPSING_OFTEN)) > 15


def test_little_comes_from_the_silent_client() -> None:
    days = story(Archetype.MOSTLY_SILENT)
    planned = sum(len(day.test_windows) for day in days)
    assert 0 < sum(len({b.window for b in day.blows}) for day in days) < 0.3 * planned


def test_much_of_the_poor_coverage_client_comes_late() -> None:
    blows = [blow for day in story(Archetype.POOR_COVERAGE) for blow in day.blows]
    assert sum(blow.sendable_at - blow.at > timedelta(minutes=30) for blow in blows) > 20


def test_the_mouth_alcohol_client_never_drinks_and_clears_at_the_retest() -> None:
    days = story(Archetype.MOUTH_ALCOHOL)
    blows = [blow for day in days for blow in day.blows]
    spikes = [b for b in blows if b.kind is BlowKind.PLANNED and b.presented_mg_per_l >= 0.05]
    assert not any(day.sessions for day in days)
    assert len(spikes) >= 5
    assert all(b.presented_mg_per_l < 0.05 for b in blows if b.kind is BlowKind.RETEST)


def test_ketosis_is_low_and_flat() -> None:
    shown = [blow.presented_mg_per_l for day in story(Archetype.KETOSIS) for blow in day.blows]
    assert min(shown) > 0.02
    assert sorted(shown)[len(shown) // 2] == pytest.approx(0.045, abs=0.005)


def test_the_night_worker_has_windows_of_their_own() -> None:
    day = story(Archetype.NIGHT_SHIFT, days=1)[0]
    assert [window.name for window in day.test_windows] == ["after_shift", "waking", "before_shift", "night"]
    assert day.test_windows[-1].closes_at <= day.ends_at


def test_a_demo_of_nobody_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one client"):
        demo_profiles(7, 0, HISTORY)
