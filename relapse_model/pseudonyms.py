"""A study's people under pseudonyms: no names, no calendar, no rare groups. Pure; the key comes from outside.

A pseudonym is a keyed hash (HMAC-SHA256): who has the key can find a person again, nobody else can, and two studies
cannot be joined by it. Dates are moved so that everybody begins in one and the same week; weekday and time of day stay,
as the task of the study format needs them. A value that fewer than `LEAST_PEOPLE` people share is left out.
"""

from __future__ import annotations

import hmac
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Final
from zoneinfo import ZoneInfo

from relapse_model.frame import NEVER, History, People, instant
from relapse_model.gather import HistoryBuilder

LEAST_PEOPLE: Final = 5
"""The smallest group that is told apart (assumption; common in statistics on health)."""
LEAST_KEY_BYTES: Final = 32
USUAL_GROUPS: Final = ("sex", "age_band")
"""Columns that may go without being approved by name."""
FIRST_WEEK: Final = date(2001, 1, 1)
"""The Monday of the week in which everybody begins when dates are moved; it means nothing."""
_LENGTH: Final = 20
_CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True)
class Pseudonymised:
    """The history under pseudonyms, and what was left out of it."""

    history: History
    blanked: int
    """Values of groups that too few people share."""
    answers_left_out: int
    """Answers to items whose name is no code: such a name could be anything."""


def pseudonym(key: bytes, study: str, person: str) -> str:
    """The pseudonym of one person in one study: 80 bits of HMAC-SHA256. Raises ValueError for a short key."""
    if len(key) < LEAST_KEY_BYTES:
        raise ValueError(f"a key for pseudonyms has at least {LEAST_KEY_BYTES} bytes")
    told = hmac.new(key, f"nykter:study\0{study}\0{person}".encode(), sha256).hexdigest()
    return f"p-{told[:_LENGTH]}"


def pseudonymised(
    history: History, key: bytes, study: str, *, groups: Sequence[str] = (), keeps_dates: bool = False
) -> Pseudonymised:
    """The same courses under pseudonyms, in the order of the pseudonyms, with these group columns and no other.

    Raises ValueError for a short key, fewer than `LEAST_PEOPLE` people, or a column that nobody has.
    """
    people = history.people
    if len(people) < LEAST_PEOPLE:
        raise ValueError(f"fewer than {LEAST_PEOPLE} people hide nobody")
    if unknown := sorted(set(groups) - set(people.groups)):
        raise ValueError(f"nobody has the column {', '.join(unknown)}")
    names = [pseudonym(key, study, one) for one in people.person_id]
    kept, blanked = _shared(people, groups)
    clocks = [_clock(people, row, keeps_dates=keeps_dates) for row in range(len(people))]
    builder = HistoryBuilder()
    for row in sorted(range(len(people)), key=lambda one: names[one]):
        since, until = clocks[row](int(people.observed_from[row])), clocks[row](int(people.observed_to[row]))
        zone = people.timezone[row] if keeps_dates else "UTC"
        builder.person(names[row], zone, since, max(since, until), kept[row])
    left_out = _add_rows(builder, history, names, clocks)
    return Pseudonymised(builder.build(), blanked, left_out)


def _shared(people: People, groups: Sequence[str]) -> tuple[list[dict[str, str]], int]:
    """Each person's columns with what too few share left out: first single values, then what they make together."""
    kept = [{name: people.groups[name][row] for name in groups} for row in range(len(people))]
    blanked = 0
    for until in range(1, len(groups) + 1):
        told = groups[:until]
        sizes = Counter(tuple(one[name] for name in told) for one in kept)
        for one in kept:
            if one[told[-1]] and sizes[tuple(one[name] for name in told)] < LEAST_PEOPLE:
                one[told[-1]] = ""
                blanked += 1
    return kept, blanked


def _clock(people: People, row: int, *, keeps_dates: bool) -> Callable[[int], datetime]:
    """How this person's instants are told: as they were, or their wall clock in the common week."""
    if keeps_dates:
        return instant
    zone = ZoneInfo(people.timezone[row])
    begun = instant(int(people.observed_from[row])).astimezone(zone).date()
    moved = FIRST_WEEK + timedelta(days=begun.weekday()) - begun

    def told(at: int) -> datetime:
        return (instant(at).astimezone(zone).replace(tzinfo=None) + moved).replace(tzinfo=UTC)

    return told


def _add_rows(
    builder: HistoryBuilder, history: History, names: list[str], clocks: list[Callable[[int], datetime]]
) -> int:
    """Every row; where a wall clock was put back, an end never comes before its beginning. Answers left out."""
    d, p, a, b = history.drinking, history.prompts, history.answers, history.breath_tests
    for row, who in enumerate(d.person.tolist()):
        at = clocks[who]
        began = at(int(d.started_at[row]))
        ended = None if d.ended_at[row] == NEVER else max(began, at(int(d.ended_at[row])))
        known = max(began, at(int(d.known_at[row])))
        builder.drinking(names[who], began, known, d.sources[d.source[row]], ended, float(d.amount_g[row]))
    for row, who in enumerate(p.person.tolist()):
        at = clocks[who]
        opens = at(int(p.opens_at[row]))
        met = None if p.answered_at[row] == NEVER else at(int(p.answered_at[row]))
        heard = None if met is None else max(met, at(int(p.answer_known_at[row])))
        closes = max(opens, at(int(p.closes_at[row])))
        builder.prompt(names[who], p.kinds[p.kind[row]], opens, closes, met, heard)
    left_out = 0
    for row, who in enumerate(a.person.tolist()):
        item, at = a.items[a.item[row]], clocks[who]
        if not _CODE.fullmatch(item):
            left_out += 1
            continue
        told = at(int(a.answered_at[row]))
        numbers = (float(a.value[row]), float(a.low[row]), float(a.high[row]))
        builder.answer(names[who], told, item, *numbers, max(told, at(int(a.known_at[row]))))
    for row, who in enumerate(b.person.tolist()):
        at, outcome = clocks[who], b.outcomes[b.outcome[row]]
        told = at(int(b.measured_at[row]))
        known = max(told, at(int(b.known_at[row])))
        builder.breath_test(
            names[who], told, known, float(b.brac_mg_per_l[row]), outcome if _CODE.fullmatch(outcome) else ""
        )
    return left_out
