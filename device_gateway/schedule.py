"""Which windows the plan comes to at home, and which step of which window is due. Pure: plan and instants in.

The same decisions as the backend's about wall clock, daylight saving, travel, holidays, pauses and excuses; both are
held against the same scenarios (tests/golden/home). Nothing is shared: code shared would share its faults.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Literal
from zoneinfo import ZoneInfo

from contracts.plan import Plan, RecurringWindow, SingleTest, Term, WindowKind

SOON = timedelta(minutes=15)
"""How long before a window opens, and before it closes, the client is reminded (an assumption of this project)."""
AHEAD = timedelta(days=14)
_DAY = timedelta(days=1)
_NOWHERE = datetime.min.replace(tzinfo=UTC)
_NEVER = datetime.max.replace(tzinfo=UTC)

Source = Literal["recurring", "random", "on_demand"]
Asked = Literal["asked", "paused", "excused"]


@dataclass(frozen=True, slots=True)
class HomeWindow:
    """One window. `asked` says whether the client is asked for anything in it. Instants are UTC."""

    kind: WindowKind
    opens_at: datetime
    closes_at: datetime
    source: Source = "recurring"
    asked: Asked = "asked"

    def told(self, now: datetime) -> bool:
        """Whether the client may know of it: of a single test only once it has opened."""
        return self.source == "recurring" or self.opens_at <= now

    def is_open(self, now: datetime) -> bool:
        """Whether it is open at an instant."""
        return self.opens_at <= now < self.closes_at


class Step(StrEnum):
    """What there is to remind of."""

    SOON = "soon"
    OPEN = "open"
    CLOSING = "closing"


@dataclass(frozen=True, slots=True)
class Reminder:
    """A step of one window."""

    step: Step
    window: HomeWindow


def windows_between(plan: Plan, since: datetime, until: datetime) -> tuple[HomeWindow, ...]:
    """Everything that opens in [since, until), in order; single tests too, which `told` keeps back."""
    holidays = frozenset(plan.holidays)
    found = [window for term in plan.terms for window in _of_term(term, holidays, since, until)]
    found += [_single(test) for test in plan.tests if since <= test.opens_at < until]
    agreed = (_with_agreements(plan, window) for window in found)
    return tuple(sorted(agreed, key=lambda window: (window.opens_at, window.kind, window.closes_at)))


def term_at(plan: Plan, at: datetime) -> Term:
    """The term in force at an instant; outside of all, the nearest before it, else the first."""
    begun = [term for term in plan.terms if (term.valid_from or _NOWHERE) <= at]
    return begun[-1] if begun else plan.terms[0]


def pause_until(plan: Plan, at: datetime) -> datetime | None:
    """When the agreed pause that holds at an instant ends."""
    return max((span.to_at for span in plan.pauses if span.from_at <= at < span.to_at), default=None)


def open_now(windows: Iterable[HomeWindow], now: datetime) -> tuple[HomeWindow, ...]:
    """Windows in which something is asked for now; a test ordered just now comes first, then what closes first."""
    found = [window for window in windows if window.asked == "asked" and window.is_open(now)]
    return tuple(sorted(found, key=lambda window: (window.source != "on_demand", window.closes_at)))


def next_window(windows: Iterable[HomeWindow], now: datetime) -> HomeWindow | None:
    """The next one that opens and the client may know of."""
    coming = (window for window in windows if window.opens_at > now and window.asked == "asked")
    return min((window for window in coming if window.told(now)), key=lambda w: w.opens_at, default=None)


def reminder(windows: Sequence[HomeWindow], now: datetime) -> Reminder | None:
    """What to remind of now: one that is open before one that is about to open. Give it only windows not yet met.

    A single test gives no sign before it opens. A window shorter than an hour is closing in its last quarter.
    """
    for window in open_now(windows, now):
        last = min(SOON, (window.closes_at - window.opens_at) / 4)
        return Reminder(Step.CLOSING if now >= window.closes_at - last else Step.OPEN, window)
    coming = next_window(windows, now)
    if coming is not None and coming.opens_at - now <= SOON:
        return Reminder(Step.SOON, coming)
    return None


def _of_term(term: Term, holidays: frozenset[date], since: datetime, until: datetime) -> Iterator[HomeWindow]:
    zone = ZoneInfo(term.timezone)
    first, last = max(since, term.valid_from or _NOWHERE), min(until, term.valid_to or _NEVER)
    if first >= last:
        return
    day, end = first.astimezone(zone).date() - _DAY, last.astimezone(zone).date()
    while day <= end:
        for rule in term.windows:
            if _applies(rule, day, holidays):
                opens_at, closes_at = _instants(day, rule, zone)
                if first <= opens_at < last:
                    yield HomeWindow(rule.kind, opens_at, closes_at)
        day += _DAY


def _applies(rule: RecurringWindow, day: date, holidays: frozenset[date]) -> bool:
    if day.isoweekday() not in rule.weekdays:
        return False
    return rule.holidays == "as_usual" or (day in holidays) == (rule.holidays == "only")


def _instants(day: date, rule: RecurringWindow, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """An opening time that spring skips moves on by the gap; a closing time that autumn has twice means the second."""
    closing_day = day if rule.closes > rule.opens else day + _DAY
    opens_at = datetime.combine(day, rule.opens, zone).astimezone(UTC)
    closes_at = datetime.combine(closing_day, rule.closes, zone).replace(fold=1).astimezone(UTC)
    if closes_at <= opens_at:  # its end fell into the hour that spring skips: it keeps its length
        closes_at = opens_at + (
            datetime.combine(closing_day, rule.closes) - datetime.combine(day, rule.opens)
        )
    return opens_at, closes_at


def _single(test: SingleTest) -> HomeWindow:
    return HomeWindow(test.window_kind, test.opens_at, test.closes_at, test.kind)


def _with_agreements(plan: Plan, window: HomeWindow) -> HomeWindow:
    if any(one.kind == window.kind and one.opens_at == window.opens_at for one in plan.excused):
        asked: Asked = "excused"
    elif any(span.from_at < window.closes_at and span.to_at > window.opens_at for span in plan.pauses):
        asked = "paused"  # also when the pause covers only a part: a test is welcome then, but not asked for
    else:
        return window
    return HomeWindow(window.kind, window.opens_at, window.closes_at, window.source, asked)
