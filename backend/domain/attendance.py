"""The attendance axis: what became of each planned test. Whether it was sober is another question (`results`)."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from backend.domain.plans import WindowKind

Attendance = Literal["pending", "on_time", "late", "missed", "not_received", "excused", "paused", "outage"]
KEPT: frozenset[Attendance] = frozenset({"excused", "paused"})
"""States a person has set; no computation overrides them."""
Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Taken:
    """A test run or an answered prompt: when it happened and when the platform came to know.

    A run that gave no value still shows that the client tried (`complete` False): it is never a missed test.
    """

    kind: WindowKind
    at: datetime
    known_at: datetime
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Window:
    """A planned test with what was decided about it so far."""

    window_id: UUID
    kind: WindowKind
    opens_at: datetime
    closes_at: datetime
    attendance: Attendance = "pending"
    met_at: datetime | None = None
    known_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a window comes to. `due_at` is when to look again (None: only new data can change it)."""

    attendance: Attendance
    met_at: datetime | None = None
    known_at: datetime | None = None
    due_at: datetime | None = None


def match(windows: Sequence[Window], taken: Iterable[Taken], grace: timedelta) -> dict[UUID, Taken]:
    """Which test meets which window: each test meets one window at most, each window has one test at most.

    A test inside a window comes first; a window without one takes a test that lies in no window of its kind and was
    made within `grace` after it closed. Among several the earliest with a value, then the earliest attempt.
    """
    found: dict[UUID, Taken] = {}
    tests = list(taken)
    for kind in {window.kind for window in windows}:
        ordered = sorted((w for w in windows if w.kind == kind), key=lambda w: w.opens_at)
        free = sorted((t for t in tests if t.kind == kind), key=lambda t: t.at)
        inside: set[int] = set()
        for window in ordered:
            found.update(_earliest(window, free, window.opens_at, window.closes_at, inside, mark=True))
        outside = [test for test in free if id(test) not in inside]
        used: set[int] = set()
        for window in ordered:
            if window.window_id not in found:
                late = _earliest(
                    window, outside, window.closes_at, window.closes_at + grace, used, mark=False
                )
                used.update(id(test) for test in late.values())
                found.update(late)
    return found


def _earliest(
    window: Window, ordered: list[Taken], since: datetime, until: datetime, seen: set[int], *, mark: bool
) -> dict[UUID, Taken]:
    """The earliest test between two instants that nobody has seen yet; `mark` counts all there as seen."""
    first = bisect_left(ordered, since, key=_when)
    last = bisect_right(ordered, until, key=_when)
    there = [test for test in ordered[first:last] if id(test) not in seen]
    if mark:
        seen.update(id(test) for test in there)
    best = min(there, key=lambda test: (not test.complete, test.at), default=None)
    return {} if best is None else {window.window_id: best}


def _when(test: Taken) -> datetime:
    return test.at


def decide(
    window: Window,
    met: Taken | None,
    spoken_for: datetime | None,
    outages: Sequence[Span],
    now: datetime,
    grace: timedelta,
) -> Verdict:
    """What a window comes to at `now`.

    `spoken_for` is the instant up to which the gateway has delivered: the newest of its message times, each at most
    its receive time. `missed` needs the gateway to have spoken for the time after the last moment that would still
    have counted; before that the platform does not know, and says `not_received`. Silence is never read as anything
    else. The platform's own outage during the window is an amnesty.
    """
    if window.attendance in KEPT:
        return Verdict(window.attendance, window.met_at, window.known_at)
    if met is not None:
        return Verdict("on_time" if met.at <= window.closes_at else "late", met.at, met.known_at)
    last_moment = window.closes_at + grace
    if now < last_moment:
        return Verdict("pending", due_at=last_moment)
    if any(began < window.closes_at and ended > window.opens_at for began, ended in outages):
        return Verdict("outage")
    if spoken_for is not None and spoken_for >= last_moment:
        return Verdict("missed")
    return Verdict("not_received")
