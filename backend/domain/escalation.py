"""Whom an alert is told to, in which order, and when: the steps of an alert nobody has answered.

The owner (or those assigned) come first, then the first and the second on duty, then the managers. Each step has a
deadline; it is a stored column, and what happens at it is decided here. Waits and order: domain reference 11.4 (tier
1 after 30 minutes, tier 2 after 4 working hours, to a deputy), compliance reference 10.2 (24/7 row); what a step is
told outside working hours is a choice of this project.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from backend.domain.working_time import WorkingHours

StepName = Literal["owner", "duty_first", "duty_second", "manager", "operator"]
Who = Callable[[StepName, datetime], tuple[UUID, ...]]

_IN_HOURS: tuple[StepName, ...] = ("owner", "duty_first", "duty_second", "manager", "operator")
_AT_NIGHT: tuple[StepName, ...] = ("duty_first", "duty_second", "manager", "operator", "owner")


@dataclass(frozen=True, slots=True)
class Waits:
    """How long a step may go unanswered before the next one is told (assumption; settings of the unit)."""

    now: timedelta = timedelta(minutes=30)
    """Tier 1, on the clock."""
    same_day: timedelta = timedelta(hours=4)
    """Tier 2, in working hours."""


@dataclass(frozen=True, slots=True)
class Told:
    """One step that was taken: who was told. Nobody there: the next step followed at once."""

    step: StepName
    accounts: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Advance:
    """What taking the due step came to. `next_number` and `next_at` are empty after the last one."""

    told: tuple[Told, ...]
    next_number: int | None
    next_at: datetime | None


def first_due(tier: int, raised_at: datetime, hours: WorkingHours) -> datetime:
    """When the first person is to be told: tier 1 at once, tiers 2 and 4 in working hours, tier 3 next morning.

    The digest of tier 3 is the next opening of the unit, so that a day holds one round and not many.
    """
    if tier == 1:
        return raised_at
    if tier == 3:
        return hours.next_opening(raised_at)
    return hours.open_from(raised_at)


def steps_of(tier: int, raised_at: datetime, hours: WorkingHours) -> tuple[StepName, ...]:
    """The steps of a tier in their order. Tier 1 outside working hours begins with whoever is on duty."""
    if tier == 1:
        return _IN_HOURS if hours.is_open(raised_at) else _AT_NIGHT
    if tier == 2:
        return _IN_HOURS
    return ("owner",) if tier == 3 else ("operator",)


def take_step(
    number: int,
    tier: int,
    raised_at: datetime,
    told_before: frozenset[UUID],
    who: Who,
    now: datetime,
    hours: WorkingHours,
    waits: Waits,
) -> Advance:
    """Take step `number` at `now`, and those after it while nobody new is there to be told.

    Nobody is told twice: a person who already was, is passed over. Operators are a last resort: they are told, without
    any name, only when the steps before them reached no person at all.
    """
    steps = steps_of(tier, raised_at, hours)
    taken: list[Told] = []
    reached = set(told_before)
    while number < len(steps):
        name = steps[number]
        if name == "owner" and number > 0 and not hours.is_open(now):
            return Advance(tuple(taken), number, hours.next_opening(now))
        number += 1
        if _is_spared(name, tier, reached):
            continue
        accounts = tuple(one for one in who(name, now) if one not in reached)
        taken.append(Told(name, accounts))
        reached.update(accounts)
        if accounts and not all(_is_spared(one, tier, reached) for one in steps[number:]):
            return Advance(tuple(taken), number, _deadline(tier, now, hours, waits))
        if accounts:
            break
    return Advance(tuple(taken), None, None)


def _is_spared(name: StepName, tier: int, reached: set[UUID]) -> bool:
    return name == "operator" and tier < 4 and bool(reached)


def _deadline(tier: int, now: datetime, hours: WorkingHours, waits: Waits) -> datetime:
    return now + waits.now if tier == 1 else hours.after(now, waits.same_day)
