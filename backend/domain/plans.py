"""Plans: which tests a client has agreed to, as wall-clock rules in the client's zone, and the limits that apply."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from backend.domain.plan_parts import (
    KINDS,
    PlanError,
    RandomRule,
    WindowKind,
    WindowRule,
    read_random,
    read_windows,
)

__all__ = [
    "DEFAULT_RULES",
    "KINDS",
    "Plan",
    "PlanError",
    "PlannedWindow",
    "RandomRule",
    "Rules",
    "WindowKind",
    "WindowRule",
    "read_random",
    "read_rules",
    "read_windows",
    "rules_at",
    "windows_between",
]
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Rules:
    """Limits and waits of a plan. BrAC in mg/L. Every default is a proposal of this project (assumption).

    Source of the defaults: the domain reference 1.3 (limits), 4.3 (retest flow), 2.4 (lost contact).
    """

    trace_mg_per_l: float = 0.05
    positive_mg_per_l: float = 0.10
    retest_after_min: int = 15
    retest_within_min: int = 120
    tolerance_mg_per_l: float = 0.095
    late_grace_min: int = 120
    lost_contact_hours: int = 24
    test_to_zero: bool = False
    """The gateway asks for one blow after another until a value lies below the trace limit."""
    photo: bool = False
    """A picture is taken at the blow, for a person to compare; it never changes a result. Off unless agreed on."""

    @property
    def retest_after(self) -> timedelta:
        """How long after a positive a retest counts."""
        return timedelta(minutes=self.retest_after_min)

    @property
    def retest_within(self) -> timedelta:
        """How long a retest is awaited."""
        return timedelta(minutes=self.retest_within_min)

    @property
    def late_grace(self) -> timedelta:
        """How long after closing a test still meets the window, as late."""
        return timedelta(minutes=self.late_grace_min)

    @property
    def lost_contact_after(self) -> timedelta:
        """How long the gateway may be silent."""
        return timedelta(hours=self.lost_contact_hours)


DEFAULT_RULES = Rules()


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan in force from `valid_from` up to `valid_to` (open-ended when None). `seed` decides the random tests."""

    plan_id: UUID
    timezone: str
    valid_from: datetime
    valid_to: datetime | None
    windows: tuple[WindowRule, ...]
    rules: Rules
    random: tuple[RandomRule, ...] = ()
    seed: int = 0


@dataclass(frozen=True, slots=True)
class PlannedWindow:
    """One planned test or prompt. `local_day` is the client's civil day on which it opens."""

    kind: WindowKind
    opens_at: datetime
    closes_at: datetime
    local_day: date
    plan_id: UUID | None = None


def read_rules(written: Mapping[str, Any]) -> Rules:
    """Rules from their stored form; absent ones take the default. Raises PlanError when they contradict each other."""
    try:
        given: dict[str, Any] = {
            name: _number(name)(written[name]) for name in Rules.__dataclass_fields__ if name in written
        }
    except (TypeError, ValueError) as error:
        raise PlanError(
            "a rule of the plan is not a number",
            "En gräns eller väntetid är inget tal",
        ) from error
    rules = Rules(**given)
    if not 0 < rules.trace_mg_per_l <= rules.positive_mg_per_l <= 5:
        raise PlanError(
            "limits must be 0 < trace <= positive <= 5 mg/L",
            "Gränsen för spår ligger över 0 och högst vid gränsen för positivt test (högst 5 mg/L)",
        )
    if not 0 <= rules.retest_after_min < rules.retest_within_min <= 1440:
        raise PlanError(
            "a retest must be possible between its earliest time and its deadline, within a day",
            "Omtestets tidigaste tid ligger före dess senaste, båda inom ett dygn",
        )
    if not 0 <= rules.late_grace_min <= 720 or not 1 <= rules.lost_contact_hours <= 720:
        raise PlanError(
            "the grace may last up to 12 hours, silence from 1 to 720 hours",
            "Sent test räknas i högst 12 timmar (720 min), bruten kontakt efter 1 till 720 timmar",
        )
    if not 0 < rules.tolerance_mg_per_l <= 1:
        raise PlanError(
            "the retest tolerance must lie between 0 and 1 mg/L",
            "Avvikelsen mellan test och omtest ligger mellan 0 och 1 mg/L",
        )
    return rules


def _number(rule: str) -> type[float] | type[int] | type[bool]:
    if rule in {"test_to_zero", "photo"}:
        return bool
    return float if rule.endswith("mg_per_l") else int


def windows_between(plan: Plan, since: datetime, until: datetime) -> tuple[PlannedWindow, ...]:
    """The plan's windows opening in [since, until) while it is in force, in order of opening.

    Wall clock in the plan's zone: an opening time that the spring change skips moves on by the gap; a closing time
    that occurs twice in autumn means the second; a window is never shorter than nothing nor turned round.
    """
    zone = ZoneInfo(plan.timezone)
    first = max(since, plan.valid_from)
    last = until if plan.valid_to is None else min(until, plan.valid_to)
    if first >= last:
        return ()
    day, end = first.astimezone(zone).date() - _DAY, last.astimezone(zone).date()
    found = []
    while day <= end:
        for rule in plan.windows:
            if rule.applies_on(day):
                opens_at, closes_at = _instants(day, rule, zone)
                if first <= opens_at < last:
                    found.append(PlannedWindow(rule.kind, opens_at, closes_at, day, plan.plan_id))
        day += _DAY
    return tuple(sorted(found, key=lambda window: (window.opens_at, window.kind, window.closes_at)))


def _instants(day: date, rule: WindowRule, zone: ZoneInfo) -> tuple[datetime, datetime]:
    closing_day = day if rule.closes > rule.opens else day + _DAY
    opens_at = datetime.combine(day, rule.opens, zone).astimezone(UTC)
    closes_at = datetime.combine(closing_day, rule.closes, zone).replace(fold=1).astimezone(UTC)
    if closes_at <= opens_at:  # the whole window, or its end, fell into the hour that spring skips
        nominal = datetime.combine(closing_day, rule.closes) - datetime.combine(day, rule.opens)
        closes_at = opens_at + nominal
    return opens_at, closes_at


def rules_at(plans: Sequence[Plan], at: datetime) -> Rules:
    """The rules in force at an instant; those of the nearest plan before it, or the defaults when there is none."""
    before = [plan for plan in plans if plan.valid_from <= at]
    if before:
        return max(before, key=lambda plan: plan.valid_from).rules
    return min(plans, key=lambda plan: plan.valid_from).rules if plans else DEFAULT_RULES
