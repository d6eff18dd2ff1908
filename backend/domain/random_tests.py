"""Random tests: drawn from a plan's own seed, so that they come out the same whoever draws them and how often."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from backend.domain.plan_parts import RandomRule, WindowKind
from backend.domain.plans import Plan, PlannedWindow, windows_between

DRAWN_AHEAD = timedelta(days=14)
_DAY, _WEEK = timedelta(days=1), timedelta(days=7)
_STEP = timedelta(minutes=5)
"""Random tests open on the five minutes (assumption: a finer grid surprises nobody more)."""


@dataclass(frozen=True, slots=True)
class RandomTest:
    """One drawn test. `local_day` is the client's civil day on which it opens."""

    kind: WindowKind
    opens_at: datetime
    closes_at: datetime
    local_day: date


def draw(plan: Plan, since: datetime, until: datetime) -> tuple[RandomTest, ...]:
    """The plan's random tests opening in [since, until) while it is in force, in order of opening.

    A test never overlaps a fixed window of its kind, and keeps its rule's gap to the rule's other tests across weeks:
    odd weeks are drawn by themselves, even weeks around their neighbours. Where too little room is left, fewer are
    drawn rather than closer ones. The same plan and seed give the same tests, in one go or in pieces.
    """
    zone = ZoneInfo(plan.timezone)
    first = max(since, plan.valid_from)
    last = until if plan.valid_to is None else min(until, plan.valid_to)
    if first >= last or not plan.random:
        return ()
    monday = _monday(first.astimezone(zone).date() - _DAY)
    found: set[RandomTest] = set()
    while datetime.combine(monday, datetime.min.time(), zone) < last:
        for number, rule in enumerate(plan.random):
            found.update(_week(plan, number, rule, monday, zone))
        monday += _WEEK
    inside = (test for test in found if first <= test.opens_at < last)
    return tuple(sorted(inside, key=lambda test: (test.opens_at, test.kind, test.closes_at)))


def _week(plan: Plan, number: int, rule: RandomRule, monday: date, zone: ZoneInfo) -> list[RandomTest]:
    neighbours: list[RandomTest] = []
    if monday.toordinal() // 7 % 2 == 0:
        for other in (monday - _WEEK, monday + _WEEK):
            neighbours += _picked(plan, number, rule, other, zone, ())
    return _picked(plan, number, rule, monday, zone, neighbours)


def _picked(
    plan: Plan,
    number: int,
    rule: RandomRule,
    monday: date,
    zone: ZoneInfo,
    neighbours: Sequence[RandomTest],
) -> list[RandomTest]:
    """So many of the week's possible openings, one after the other, each at least the gap from those before it."""
    chance = Random(f"{plan.seed}:{number}:{monday.isoformat()}")
    free = _openings(plan, rule, monday, zone, neighbours)
    gap = max(timedelta(minutes=rule.min_gap_min), timedelta(minutes=rule.open_min))
    picked: list[RandomTest] = []
    while free and len(picked) < rule.per_week:
        one = free[int(chance.random() * len(free))]
        picked.append(one)
        free = [test for test in free if abs(test.opens_at - one.opens_at) >= gap]
    return picked


def _openings(
    plan: Plan, rule: RandomRule, monday: date, zone: ZoneInfo, neighbours: Iterable[RandomTest]
) -> list[RandomTest]:
    """Every moment of the week at which a test of this rule may open."""
    gap = max(timedelta(minutes=rule.min_gap_min), timedelta(minutes=rule.open_min))
    around = tuple(neighbours)
    fixed = _fixed(plan, rule.kind, monday, zone)
    possible = []
    for day in (monday + offset * _DAY for offset in range(7)):
        if day.isoweekday() not in rule.weekdays:
            continue
        at = datetime.combine(day, rule.earliest, zone).astimezone(UTC)
        end = datetime.combine(day, rule.latest, zone).astimezone(UTC)
        while at <= end:
            test = RandomTest(rule.kind, at, at + timedelta(minutes=rule.open_min), day)
            overlaps = any(w.opens_at <= test.closes_at and test.opens_at <= w.closes_at for w in fixed)
            if not overlaps and all(abs(one.opens_at - at) >= gap for one in around):
                possible.append(test)
            at += _STEP
    return possible


def _fixed(plan: Plan, kind: WindowKind, monday: date, zone: ZoneInfo) -> list[PlannedWindow]:
    """The plan's fixed windows of a kind in and around a week, as if it were always in force."""
    start = datetime.combine(monday, datetime.min.time(), zone).astimezone(UTC)
    always = Plan(
        plan.plan_id, plan.timezone, start - 2 * _DAY, start + _WEEK + 2 * _DAY, plan.windows, plan.rules
    )
    return [one for one in windows_between(always, always.valid_from, start + 9 * _DAY) if one.kind == kind]


def _monday(day: date) -> date:
    return day - timedelta(days=day.isoweekday() - 1)
