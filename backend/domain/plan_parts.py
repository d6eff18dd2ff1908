"""What a plan is written with: recurring windows, and random tests within agreed hours, all on the wall clock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any, Literal, get_args

from backend.domain.holidays import is_holiday
from backend.domain.wording import Sentence

WindowKind = Literal["breath_test", "check_in", "visit"]
KINDS: tuple[WindowKind, ...] = get_args(WindowKind)
HolidayUse = Literal["as_usual", "never", "only"]
"""On Swedish holidays: like any such weekday, not at all, or on holidays alone (for other times on such days)."""

MOST_RANDOM_PER_WEEK = 14
LONGEST_OPEN_MIN = 12 * 60
LONGEST_GAP_MIN = 7 * 24 * 60
_STEP_MIN = 5


class PlanError(ValueError):
    """A plan's windows or rules cannot be used as written; `said` tells whoever wrote it, in both languages."""

    def __init__(self, en: str, sv: str) -> None:
        super().__init__(en)
        self.said = Sentence(sv, en)


@dataclass(frozen=True, slots=True)
class WindowRule:
    """A recurring window: ISO weekdays (1 = Monday) of its opening day, and wall-clock times.

    A closing time at or before the opening time lies on the next day (night shifts).
    """

    kind: WindowKind
    weekdays: frozenset[int]
    opens: time
    closes: time
    holidays: HolidayUse = "as_usual"

    def applies_on(self, day: date) -> bool:
        """Whether the window opens on this civil day."""
        if day.isoweekday() not in self.weekdays:
            return False
        return self.holidays == "as_usual" or is_holiday(day) == (self.holidays == "only")


@dataclass(frozen=True, slots=True)
class RandomRule:
    """So many tests a week at random: each opens on one of these weekdays between two times and stays open a while.

    `min_gap_min` lies at least between the openings of two random tests. Weeks begin on Monday in the plan's zone.
    """

    per_week: int
    weekdays: frozenset[int]
    earliest: time
    latest: time
    open_min: int = 90
    min_gap_min: int = 240
    kind: WindowKind = "breath_test"


def read_windows(written: Sequence[Mapping[str, Any]]) -> tuple[WindowRule, ...]:
    """Window rules from their stored form. Raises PlanError naming the first wrong one."""
    return tuple(_read_window(number, item) for number, item in enumerate(written, start=1))


def read_random(written: Sequence[Mapping[str, Any]]) -> tuple[RandomRule, ...]:
    """Rules of random tests from their stored form. Raises PlanError naming the first wrong one."""
    return tuple(_read_random(number, item) for number, item in enumerate(written, start=1))


def _read_window(number: int, item: Mapping[str, Any]) -> WindowRule:
    try:
        kind, weekdays = item["kind"], frozenset(int(day) for day in item["weekdays"])
        opens, closes = time.fromisoformat(item["opens"]), time.fromisoformat(item["closes"])
        use = item.get("holidays", "as_usual")
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise PlanError(
            f"window {number}: needs kind, weekdays, opens and closes (HH:MM)",
            f"Tid {number}: sort, veckodagar, början och slut behövs (TT:MM)",
        ) from error
    _check_kind_and_days(f"window {number}", f"Tid {number}", kind, weekdays)
    if opens.tzinfo or closes.tzinfo or opens == closes:
        raise PlanError(
            f"window {number}: opens and closes are two different wall-clock times",
            f"Tid {number}: början och slut är två olika klockslag",
        )
    if use not in get_args(HolidayUse):
        raise PlanError(
            f"window {number}: holidays is one of {', '.join(get_args(HolidayUse))}",
            f"Tid {number}: välj vad som gäller på helgdagar",
        )
    return WindowRule(kind, weekdays, opens, closes, use)


def _read_random(number: int, item: Mapping[str, Any]) -> RandomRule:
    name, namn = f"random tests {number}", f"Slumpvisa test {number}"
    try:
        rule = RandomRule(
            int(item["per_week"]),
            frozenset(int(day) for day in item["weekdays"]),
            time.fromisoformat(item["earliest"]),
            time.fromisoformat(item["latest"]),
            int(item.get("open_min", 90)),
            int(item.get("min_gap_min", 240)),
            item.get("kind", "breath_test"),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise PlanError(
            f"{name}: needs per_week, weekdays, earliest and latest (HH:MM)",
            f"{namn}: antal, veckodagar, tidigast och senast behövs (TT:MM)",
        ) from error
    _check_kind_and_days(name, namn, rule.kind, rule.weekdays)
    if rule.earliest.tzinfo or rule.latest.tzinfo or not rule.earliest < rule.latest:
        raise PlanError(
            f"{name}: earliest and latest are wall-clock times of one day",
            f"{namn}: tidigast och senast är klockslag samma dag",
        )
    if not 1 <= rule.per_week <= MOST_RANDOM_PER_WEEK:
        raise PlanError(
            f"{name}: from 1 to {MOST_RANDOM_PER_WEEK} a week",
            f"{namn}: 1 till {MOST_RANDOM_PER_WEEK} i veckan",
        )
    if not 10 <= rule.open_min <= LONGEST_OPEN_MIN or not 0 <= rule.min_gap_min <= LONGEST_GAP_MIN:
        raise PlanError(
            f"{name}: open for 10 minutes to 12 hours, at most a week apart",
            f"{namn}: öppet 10 minuter till 12 timmar, högst en vecka emellan",
        )
    if rule.per_week > _room(rule):
        raise PlanError(
            f"{name}: so many tests cannot lie that far apart within these hours",
            f"{namn}: så många test ryms inte med så lång tid emellan",
        )
    return rule


def _room(rule: RandomRule) -> int:
    """How many tests surely fit into a week, however unluckily the first ones fall: each takes twice the gap."""
    span = (rule.latest.hour * 60 + rule.latest.minute) - (rule.earliest.hour * 60 + rule.earliest.minute)
    apart = max(rule.min_gap_min, rule.open_min)
    if apart >= 24 * 60:
        return max(1, 7 * 24 * 60 // (2 * apart)) if len(rule.weekdays) == 7 else 1
    return len(rule.weekdays) * max(1, (span + _STEP_MIN) // (2 * apart))


def _check_kind_and_days(name: str, namn: str, kind: object, weekdays: frozenset[int]) -> None:
    if kind not in KINDS:
        raise PlanError(f"{name}: unknown kind", f"{namn}: okänd sort")
    if not weekdays or not weekdays <= frozenset(range(1, 8)):
        raise PlanError(f"{name}: weekdays are 1 (Monday) to 7 (Sunday)", f"{namn}: välj minst en veckodag")
