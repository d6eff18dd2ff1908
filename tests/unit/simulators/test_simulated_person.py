"""One simulated client: lazy, deterministic, causal, and honest about what the platform may know."""

from dataclasses import replace
from datetime import UTC, date, timedelta
from itertools import pairwise

import pytest

from simulators.answering import ITEMS
from simulators.day import BlowKind, BlowQuality, Participation, PersonDay
from simulators.person import Person
from simulators.profile import PlannedWindow, Profile, alias_of, draw_profile, usual_windows

START = date(2025, 1, 13)


def lived(profile: Profile, days: int, seed: int = 5) -> list[PersonDay]:
    return list(Person(profile, seed, START).take(days))


@pytest.fixture(scope="module")
def population() -> list[tuple[Profile, list[PersonDay]]]:
    return [(profile, lived(profile, 150)) for profile in (draw_profile(5, n) for n in range(60))]


def test_the_same_seed_gives_the_same_life_and_another_seed_another() -> None:
    profile = draw_profile(5, 3)
    assert lived(profile, 60) == lived(profile, 60)
    assert lived(profile, 60) != lived(profile, 60, seed=6)
    assert draw_profile(5, 3) == profile
    assert draw_profile(6, 3) != profile
    assert draw_profile(5, 4) != profile


def test_a_longer_life_begins_with_the_shorter_one() -> None:
    for number in range(8):
        profile = draw_profile(5, number)
        assert lived(profile, 200)[:40] == lived(profile, 40)


def test_days_can_be_asked_for_on_and_on() -> None:
    days = Person(draw_profile(5, 1), 5, START).days()
    first = [next(days) for _ in range(10)]
    later = [next(days) for _ in range(500)]
    assert [day.index for day in first + later] == list(range(510))
    assert later[-1].date == START + timedelta(days=509)


def test_how_somebody_tests_does_not_change_when_they_drink() -> None:
    profile = draw_profile(5, 7)
    profile = replace(profile, drinking=replace(profile.drinking, onset_per_day=0.1))
    other = replace(profile, attendance=replace(profile.attendance, test_share=0.2, windows=usual_windows(2)))
    assert [d.sessions for d in lived(profile, 90)] == [d.sessions for d in lived(other, 90)]


def test_every_instant_is_utc_and_inside_its_day(population: list[tuple[Profile, list[PersonDay]]]) -> None:
    for _, days in population:
        for day in days:
            instants = [
                at for w in day.test_windows + day.check_in_windows for at in (w.opens_at, w.closes_at)
            ]
            instants += [blow.at for blow in day.blows] + [c.at for c in day.check_ins]
            instants += [at for s in day.sessions for at in (s.started_at, s.ended_at)]
            assert all(at.tzinfo is UTC and day.starts_at <= at <= day.ends_at for at in instants)


def test_nothing_is_known_before_it_happened(population: list[tuple[Profile, list[PersonDay]]]) -> None:
    reports = 0
    for _, days in population:
        for day in days:
            assert all(blow.sendable_at >= blow.at for blow in day.blows)
            for report in day.self_reports:
                reports += 1
                assert report.started_at < report.ended_at <= report.reported_at
                assert report.reported_at in [check_in.at for check_in in day.check_ins]
    assert reports > 100


def test_blows_come_in_order_and_within_a_window_or_late_after_it(
    population: list[tuple[Profile, list[PersonDay]]],
) -> None:
    late = total = 0
    for _, days in population:
        for day in days:
            assert list(day.blows) == sorted(day.blows, key=lambda blow: blow.at)
            for blow in day.blows:
                assert blow.window in day.test_windows
                assert blow.at >= blow.window.opens_at
                if blow.kind is BlowKind.PLANNED:
                    total += 1
                    late += blow.at > blow.window.closes_at
    assert 0.02 < late / total < 0.12


def test_a_retest_follows_found_alcohol_after_15_to_20_minutes(
    population: list[tuple[Profile, list[PersonDay]]],
) -> None:
    retests = 0
    for _, days in population:
        for day in days:
            for window in day.test_windows:
                chain = [blow for blow in day.blows if blow.window == window]
                assert [blow.attempt for blow in chain] == list(range(1, len(chain) + 1))
                for before, blow in pairwise(chain):
                    minutes = (blow.at - before.at) / timedelta(minutes=1)
                    if blow.kind is BlowKind.RETEST:
                        retests += 1
                        assert before.presented_mg_per_l >= 0.05
                        assert 15 <= minutes <= 20
                    else:
                        assert before.quality is not BlowQuality.GOOD
    assert retests > 50


def test_mouth_alcohol_is_gone_at_the_retest() -> None:
    profile = draw_profile(5, 2)
    profile = replace(
        profile,
        drinking=replace(profile.drinking, onset_per_day=0.0),
        attendance=replace(profile.attendance, retest_share=1.0),
        equipment=replace(profile.equipment, mouth_alcohol_share=1.0, ketosis_mg_per_l=0.0),
    )
    blows = [blow for day in lived(profile, 40) for blow in day.blows if blow.quality is BlowQuality.GOOD]
    retests = [blow for blow in blows if blow.kind is BlowKind.RETEST]
    assert len(retests) > 20
    assert max(blow.presented_mg_per_l for blow in retests) < 0.01
    assert all(blow.brac_mg_per_l == 0.0 for blow in blows)


def test_hiding_leaves_a_missed_evening_and_a_clean_morning() -> None:
    profile = draw_profile(5, 2)
    profile = replace(
        profile,
        body=replace(profile.body, weight_kg=85.0, elimination_permille_per_hour=0.2),
        drinking=replace(
            profile.drinking,
            onset_per_day=0.15,
            relapse_share=0.0,
            lapse_grams=60.0,
            start_minute=17.5 * 60,
            strain_effect=0.0,
        ),
        attendance=replace(
            profile.attendance, windows=usual_windows(2), test_share=0.99, conceal_share=1.0, absent_share=0.0
        ),
    )
    days = lived(profile, 200)
    taken = {day.index: {blow.window.name for blow in day.blows} for day in days}
    dry = [d.index for d in days[:-1] if not d.sessions and d.participation is Participation.ACTIVE]
    wet = [d.index for d in days[:-1] if d.sessions and d.participation is Participation.ACTIVE]
    evening_dry = sum("evening" in taken[i] for i in dry) / len(dry)
    evening_wet = sum("evening" in taken[i] for i in wet) / len(wet)
    assert evening_dry > 0.85
    assert evening_wet < 0.4  # some evenings begin after the test
    mornings = [b for i in wet for b in days[i + 1].blows if b.window.name == "morning"]
    assert len(mornings) > 0.8 * len(wet)
    assert sum(b.brac_mg_per_l == 0.0 for b in mornings) > 0.8 * len(mornings)


def test_after_drop_out_windows_are_planned_and_nothing_comes() -> None:
    profile = draw_profile(5, 2)
    profile = replace(profile, attendance=replace(profile.attendance, dropout_day=30.0, pause_per_day=0.0))
    days = lived(profile, 60)
    assert any(day.blows for day in days[:30])
    for day in days[30:]:
        assert day.participation is Participation.SILENT
        assert day.test_windows
        assert not (day.blows or day.check_ins or day.self_reports)


def test_a_pause_plans_no_windows() -> None:
    profile = draw_profile(5, 2)
    profile = replace(profile, attendance=replace(profile.attendance, pause_per_day=0.2, dropout_day=1e9))
    paused = [day for day in lived(profile, 80) if day.participation is Participation.PAUSED]
    assert len(paused) >= 4
    assert not any(day.test_windows or day.check_in_windows or day.blows for day in paused)


def test_blows_without_coverage_wait_for_the_end_of_the_spell() -> None:
    profile = draw_profile(5, 2)
    profile = replace(
        profile,
        attendance=replace(profile.attendance, dropout_day=1e9),
        equipment=replace(profile.equipment, offline_per_day=0.5, offline_hours=20.0),
    )
    days = lived(profile, 60)
    spells = [spell for day in days for spell in day.offline_spells]
    for day in days:
        for blow in day.blows:
            inside = [s for s in spells if s.started_at <= blow.at < s.ended_at]
            assert blow.sendable_at == (inside[0].ended_at if inside else blow.at)
    assert sum(blow.sendable_at > blow.at for day in days for blow in day.blows) > 10


def test_answers_are_whole_numbers_on_the_shared_items(
    population: list[tuple[Profile, list[PersonDay]]],
) -> None:
    answers = [a for _, days in population for d in days for c in d.check_ins for a in c.answers]
    assert {answer.item for answer in answers} == {item.name for item in ITEMS}
    assert all((a.low, a.high) == (0.0, 10.0) and a.value in range(11) for a in answers)


def test_craving_rises_before_an_onset_but_weakly(
    population: list[tuple[Profile, list[PersonDay]]],
) -> None:
    """The precursor is there on average and drowned in noise for the single answer."""
    before: list[float] = []
    ordinary: list[float] = []
    for profile, days in population:
        if profile.drinking.strain_effect < 0.5:
            continue
        own = [a.value for d in days for c in d.check_ins for a in c.answers if a.item == "craving"]
        mean = sum(own) / len(own) if own else 0.0
        for index in range(10, len(days) - 3):
            recent = any(d.sessions for d in days[index - 10 : index + 1])
            found = [a.value - mean for c in days[index].check_ins for a in c.answers if a.item == "craving"]
            if not recent:
                ahead = any(d.sessions for d in days[index + 1 : index + 4])
                (before if ahead else ordinary).extend(found)
    assert len(before) > 30
    gap = sum(before) / len(before) - sum(ordinary) / len(ordinary)
    assert 0.4 < gap < 2.5


def test_batteries_fall_and_are_charged(population: list[tuple[Profile, list[PersonDay]]]) -> None:
    levels = [day.battery_percent for _, days in population for day in days]
    assert min(levels) >= 1
    assert min(levels) < 20
    assert max(levels) <= 100
    recharged = sum(
        after.battery_percent - before.battery_percent > 50
        for _, days in population
        for before, after in pairwise(days)
    )
    assert recharged > 10


def test_people_are_made_up_and_carry_no_number_of_a_real_one() -> None:
    aliases = [alias_of(n) for n in range(300)]
    assert aliases[:2] == ["Klient A1", "Klient A2"]
    assert len(set(aliases)) == 300
    assert {draw_profile(5, n).zone for n in range(200)} == {"Europe/Stockholm", "Europe/Helsinki"}
    assert not any(len([c for c in draw_profile(5, n).key if c.isdigit()]) >= 6 for n in range(50))


def test_windows_must_fit_the_day() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        PlannedWindow("night", 1500, 1700)
    with pytest.raises(ValueError, match="2 to 4"):
        usual_windows(5)
