"""Populations that differ from the usual one: for seeing what a model does among people it was not trained on.

The sizes of the changes are assumptions.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from simulators.profile import Profile


def unchanged(person: Profile) -> Profile:
    """The usual population."""
    return person


def fewer_answers(person: Profile) -> Profile:
    """A programme that people keep to less: two tests in three, three check-ins in five, more tests dodged."""
    attendance = replace(
        person.attendance,
        test_share=0.8 * person.attendance.test_share,
        check_in_share=0.75 * person.attendance.check_in_share,
        conceal_share=min(1.0, 1.25 * person.attendance.conceal_share),
    )
    return replace(person, attendance=attendance)


def less_warning(person: Profile) -> Profile:
    """Drinking that strain announces half as clearly, and answers that follow it less."""
    return replace(
        person,
        drinking=replace(person.drinking, strain_effect=0.5 * person.drinking.strain_effect),
        answering=replace(person.answering, gain=0.7 * person.answering.gain),
    )


def rarer_drinking(person: Profile) -> Profile:
    """People further into recovery: half as many onsets, shorter relapses."""
    drinking = replace(
        person.drinking,
        onset_per_day=0.5 * person.drinking.onset_per_day,
        relapse_days=0.75 * person.drinking.relapse_days,
    )
    return replace(person, drinking=drinking)


SHIFTS: Final[Mapping[str, Callable[[Profile], Profile]]] = {
    "none": unchanged,
    "fewer_answers": fewer_answers,
    "less_warning": less_warning,
    "rarer_drinking": rarer_drinking,
}
"""Every change by name."""
