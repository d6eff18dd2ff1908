"""Up to when anything is known about a client.

A client's features stop with the last contact: silence adds its own terms and never counts as dry days.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from relapse_model.frame import DAY, NEVER, Floats, History, Ints
from relapse_model.labels import local_days
from relapse_model.windows import Grid, InKnownOrder, firsts


@dataclass(frozen=True)
class Contact:
    """Per decision: instant of the last contact, days known about, days silent, contact days, usual gap.

    A client who has never been asked anything (no prompt closed, no answer, no test) has no silence: what is
    known then comes in by itself, and the last contact is the decision.
    """

    last: Ints
    informed_days: Floats
    silent_days: Floats
    contact_days: Ints
    usual_gap_days: Floats


def contact(history: History, grid: Grid) -> Contact:
    """The contact with each person at each decision, from what was known then."""
    prompts, answers, tests = history.prompts, history.answers, history.breath_tests
    given = prompts.where(prompts.answered_at != NEVER)
    asked_person = np.concatenate([given.person, answers.person, tests.person])
    asked_at = np.concatenate([given.answered_at, answers.answered_at, tests.measured_at])
    asked_known = np.concatenate([given.answered_known(), answers.known(), tests.known()])
    drinking = history.drinking
    rows = InKnownOrder(
        np.concatenate([asked_person, drinking.person]),
        np.concatenate([asked_at, drinking.started_at]),
        np.concatenate([asked_known, drinking.known()]),
        grid.people,
    )
    observed_from = history.people.observed_from[grid.person]
    never = np.full(len(asked_person), NEVER)
    closed = grid.sums(prompts.person, prompts.closes_at, np.full(len(prompts), NEVER))
    replied = grid.sums(asked_person, asked_known, never)
    last = np.maximum(rows.latest_at(grid.person, grid.at, observed_from), observed_from)
    last = np.where((closed == 0) & (replied == 0), grid.at, np.minimum(last, grid.at))
    day_person, day_known = _days_of_contact(history, asked_person, asked_at, asked_known)
    contact_days = grid.sums(day_person, day_known, np.full(len(day_person), NEVER))
    informed = np.maximum(last - observed_from, 0) / DAY
    return Contact(
        last=last,
        informed_days=informed,
        silent_days=(grid.at - last) / DAY,
        contact_days=contact_days,
        usual_gap_days=np.maximum(informed, 1.0) / np.maximum(contact_days, 1),
    )


def _days_of_contact(history: History, person: Ints, at: Ints, known: Ints) -> tuple[Ints, Ints]:
    """Distinct (person, local day) with contact, and when each was first known."""
    day = local_days(history, person, at)
    order = np.lexsort((known, day, person))
    first = firsts(person[order], day[order])
    return person[order][first], known[order][first]
