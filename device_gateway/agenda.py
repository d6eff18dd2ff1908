"""What the plan asks of the client now: next window, reminders, why a test is made, and which windows passed empty."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import TypeAdapter, ValidationError

from contracts.plan import Plan
from contracts.reading import Failure, Purpose
from contracts.topics import Kind
from device_gateway.outbox import Outbox, ShownRow
from device_gateway.schedule import (
    AHEAD,
    HomeWindow,
    Reminder,
    next_window,
    open_now,
    pause_until,
    reminder,
    term_at,
    windows_between,
)
from device_gateway.test_run import Phase

KEPT = timedelta(days=14)
"""How far back the client sees their own tests and the windows without one."""
ROWS = 200
_EMPTY, _LOOKED = "windows_without_test", "windows_looked_to"
_LONGEST = timedelta(days=1)
_SOON = timedelta(hours=1)
_LOOK_AGAIN = timedelta(hours=1)
_PURPOSES = {
    "recurring": Purpose.PLANNED,
    "random": Purpose.PLANNED,
    "on_demand": Purpose.ON_DEMAND,
}


@dataclass(frozen=True, slots=True)
class EmptyWindow:
    """A window that closed without a test made here. What it counts as is the backend's to say."""

    kind: str
    opens_at: datetime
    closes_at: datetime


@dataclass(frozen=True, slots=True)
class AgendaView:
    """For the page. `reminders` counts those given since the start: a higher number is worth a sound."""

    zone: str | None = None
    """The plan's zone; None without a plan."""
    version: int = 0
    open: tuple[HomeWindow, ...] = ()
    next: HomeWindow | None = None
    paused_until: datetime | None = None
    reminder: Reminder | None = None
    reminders: int = 0
    to_zero: bool = False
    empty: tuple[EmptyWindow, ...] = ()


_EMPTIES = TypeAdapter(tuple[EmptyWindow, ...])


class Agenda:
    """Of one gateway."""

    def __init__(self, outbox: Outbox, plan: Callable[[], Plan | None]) -> None:
        self._outbox, self._plan = outbox, plan
        self._reminders = 0
        text = outbox.note(_LOOKED)
        self._looked = None if text is None else datetime.fromisoformat(text)
        self._reminder: Reminder | None = None

    def look(self, now: datetime) -> bool:
        """Called about once a second; True when there is something new to tell. Raises OutboxError."""
        plan = self._plan()
        if plan is None:
            return False
        found = self._reminder_at(plan, now)
        new = found != self._reminder
        self._reminder = found
        self._reminders += new and found is not None
        return self._note_empty(plan, now) or new

    def view(self, now: datetime) -> AgendaView:
        """How the plan stands now."""
        plan = self._plan()
        if plan is None:
            return AgendaView(empty=self._kept(now))
        windows = windows_between(plan, now - _LONGEST, now + AHEAD)
        return AgendaView(
            zone=term_at(plan, now).timezone,
            version=plan.plan_version,
            open=_unmet(open_now(windows, now), self._rows(), now),
            next=next_window(windows, now),
            paused_until=pause_until(plan, now),
            reminder=self._reminder,
            reminders=self._reminders,
            to_zero=term_at(plan, now).limits.test_to_zero,
            empty=self._kept(now),
        )

    def purpose(self, now: datetime) -> Purpose:
        """Why a test begun now is made, as far as the plan tells."""
        plan = self._plan()
        if plan is None:
            return Purpose.VOLUNTARY
        windows = windows_between(plan, now - _LONGEST, now + timedelta(seconds=1))
        tests = [w for w in open_now(windows, now) if w.kind == "breath_test"]
        unmet = _unmet(tests, self._rows(), now)
        return _PURPOSES[unmet[0].source] if unmet else Purpose.VOLUNTARY

    def _reminder_at(self, plan: Plan, now: datetime) -> Reminder | None:
        windows = [w for w in windows_between(plan, now - _LONGEST, now + _SOON) if w.kind != "visit"]
        found = reminder(windows, now)
        if found is None:
            return None
        rows = self._rows()  # read only while there is something to remind of
        return reminder([w for w in windows if not _met(w, rows, now)], now)

    def _note_empty(self, plan: Plan, now: datetime) -> bool:
        """Write down windows that closed since the last look without a test made here."""
        if self._looked is None:
            self._looked_to(now)
            return False
        looked = max(min(self._looked, now), now - KEPT)
        windows = windows_between(plan, looked - _LONGEST, now)
        closed = [w for w in windows if looked < w.closes_at <= now and w.kind != "visit"]
        if not closed and now - looked < _LOOK_AGAIN:
            return False
        rows = self._rows()
        empty = [w for w in closed if w.asked == "asked" and not _met(w, rows, w.closes_at)]
        if empty:
            kept = (*self._kept(now), *(EmptyWindow(w.kind, w.opens_at, w.closes_at) for w in empty))
            self._outbox.set_note(_EMPTY, _EMPTIES.dump_json(kept[-ROWS:]).decode())
        self._looked_to(now)
        return bool(closed)

    def _looked_to(self, now: datetime) -> None:
        self._outbox.set_note(_LOOKED, now.isoformat())
        self._looked = now

    def _kept(self, now: datetime) -> tuple[EmptyWindow, ...]:
        text = self._outbox.note(_EMPTY)
        try:
            kept = _EMPTIES.validate_json(text) if text else ()
        except ValidationError:
            return ()
        return tuple(window for window in kept if window.opens_at > now - KEPT)

    def _rows(self) -> Sequence[ShownRow]:
        return self._outbox.shown(ROWS)


def moment_of(row: ShownRow) -> datetime:
    """When what a line tells of happened."""
    return datetime.fromisoformat(str(row.summary.get("at") or row.written_at.isoformat()))


def _unmet(windows: Iterable[HomeWindow], rows: Sequence[ShownRow], now: datetime) -> tuple[HomeWindow, ...]:
    return tuple(window for window in windows if not _met(window, rows, now))


def _met(window: HomeWindow, rows: Sequence[ShownRow], now: datetime) -> bool:
    """Whether what the window asks for was done here, so that nobody is reminded of it any more."""
    until = min(window.closes_at, now)
    return any(_answers(window, row) and window.opens_at <= moment_of(row) <= until for row in rows)


def _answers(window: HomeWindow, row: ShownRow) -> bool:
    if window.kind == "visit":
        return False  # a visit leaves no trace here
    if window.kind == "check_in":
        return row.summary.get("type") == "check_in"
    told = row.summary.get("failure") == Failure.CANNOT_BLOW
    return row.kind is Kind.READING and (row.summary.get("outcome") == Phase.RESULT or told)
