"""The made-up clients of a demonstration: eight recognisable stories, then ordinary people of the population.

Names and stories are invented. Keys begin with D; aliases run on in order, so the first client is "Klient A1".
"""

import math
from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum

from simulators.profile import PlannedWindow, Profile, alias_of, draw_profile, usual_windows


class Archetype(StrEnum):
    """What a demo client is there to show."""

    WORSENING_NOW = "worsening_now"
    STABLE = "stable"
    RELAPSING_OFTEN = "relapsing_often"
    MOSTLY_SILENT = "mostly_silent"
    POOR_COVERAGE = "poor_coverage"
    MOUTH_ALCOHOL = "mouth_alcohol"
    KETOSIS = "ketosis"
    NIGHT_SHIFT = "night_shift"


DEMO_PREFIX = "D"
"""First letter of a demo client's key."""


def demo_profiles(seed: int, count: int, history_days: int) -> list[Profile]:
    """`count` demo clients: every archetype once, in the order of `Archetype`, then population people.

    `history_days` is when "now" begins: the worsening client's bad spell starts nine days before it. Of the
    ordinary people only every tenth may have dropped out before or soon after now. A smaller count is the
    beginning of a larger one. Raises ValueError below 1.
    """
    if count < 1 or history_days < 1:
        raise ValueError("a demo needs at least one client and one day of history")
    stories = list(Archetype)
    profiles = [
        archetype_profile(seed, number, story, history_days) for number, story in enumerate(stories[:count])
    ]
    for number in range(len(stories), count):
        profile = draw_profile(seed, number, DEMO_PREFIX)
        if number % 10 != 9 and profile.attendance.dropout_day < history_days + 60:
            profile = replace(profile, attendance=replace(profile.attendance, dropout_day=math.inf))
        profiles.append(profile)
    return profiles


def archetype_profile(seed: int, number: int, story: Archetype, history_days: int) -> Profile:
    """Client `number` with the given story; what the story does not set is drawn as for anyone."""
    drawn = draw_profile(seed, number, DEMO_PREFIX)
    steady = replace(
        drawn.attendance,
        windows=usual_windows(3),
        test_share=0.93,
        check_in_share=0.90,
        absent_share=0.01,
        decline_per_100_days=0.0,
        dropout_day=math.inf,
        fade_days=0,
    )
    calm = replace(
        drawn.drinking, onset_per_day=0.004, spell_per_day=1 / 90, strain_effect=0.8, forced_spell=None
    )
    plain = replace(
        drawn,
        alias=alias_of(number),
        archetype=story.value,
        zone="Europe/Stockholm",
        drinking=calm,
        attendance=steady,
        equipment=replace(drawn.equipment, offline_per_day=0.005, ketosis_mg_per_l=0.0),
    )
    if story is Archetype.WORSENING_NOW:
        return _worsening_now(plain, history_days)
    return _STORIES[story](plain)


def _stable(person: Profile) -> Profile:
    return replace(person, drinking=replace(person.drinking, onset_per_day=0.0004, strain_effect=0.3))


def _worsening_now(person: Profile, history_days: int) -> Profile:
    drinking = replace(
        person.drinking,
        onset_per_day=0.003,
        strain_effect=1.1,
        spell_per_day=1 / 400,
        spell_height=3.0,
        forced_spell=(max(0, history_days - 9), 16),
    )
    answering = replace(person.answering, gain=1.3, noise=0.8, shift=-0.5, straight_lining=0.0)
    attendance = replace(person.attendance, strain_effect=-0.7)
    return replace(person, drinking=drinking, answering=answering, attendance=attendance)


def _relapsing_often(person: Profile) -> Profile:
    drinking = replace(person.drinking, onset_per_day=0.06, relapse_share=0.5, relapse_days=4.0)
    return replace(
        person, drinking=drinking, attendance=replace(person.attendance, test_share=0.85, conceal_share=0.55)
    )


def _mostly_silent(person: Profile) -> Profile:
    attendance = replace(person.attendance, test_share=0.25, check_in_share=0.15, absent_share=0.4)
    return replace(person, drinking=replace(person.drinking, onset_per_day=0.03), attendance=attendance)


def _poor_coverage(person: Profile) -> Profile:
    return replace(person, equipment=replace(person.equipment, offline_per_day=0.35, offline_hours=14.0))


def _mouth_alcohol(person: Profile) -> Profile:
    """No longer drinks; mouthwash and bitters give spikes that the retest clears."""
    return replace(
        person,
        age_band="60+",
        drinking=replace(person.drinking, onset_per_day=0.0),
        equipment=replace(person.equipment, mouth_alcohol_share=0.05),
    )


def _ketosis(person: Profile) -> Profile:
    """Low, flat values without decay (domain reference 4.2 and 8.3)."""
    return replace(
        person,
        drinking=replace(person.drinking, onset_per_day=0.0005),
        equipment=replace(person.equipment, ketosis_mg_per_l=0.045),
    )


def _night_shift(person: Profile) -> Profile:
    windows = (
        PlannedWindow("after_shift", 7 * 60 + 30, 9 * 60),
        PlannedWindow("waking", 15 * 60, 16 * 60 + 30),
        PlannedWindow("before_shift", 20 * 60 + 30, 21 * 60 + 45),
        PlannedWindow("night", 25 * 60, 26 * 60 + 30),
    )
    attendance = replace(person.attendance, windows=windows, check_in=PlannedWindow("check_in", 930, 1230))
    return replace(person, attendance=attendance, drinking=replace(person.drinking, start_minute=10.5 * 60))


_STORIES: dict[Archetype, Callable[[Profile], Profile]] = {
    Archetype.STABLE: _stable,
    Archetype.RELAPSING_OFTEN: _relapsing_often,
    Archetype.MOSTLY_SILENT: _mostly_silent,
    Archetype.POOR_COVERAGE: _poor_coverage,
    Archetype.MOUTH_ALCOHOL: _mouth_alcohol,
    Archetype.KETOSIS: _ketosis,
    Archetype.NIGHT_SHIFT: _night_shift,
}
