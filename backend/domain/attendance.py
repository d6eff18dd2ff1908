"""The attendance axis: what became of each planned test. Whether it was sober is another question (`results`)."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from backend.domain.plan_parts import WindowKind

Attendance = Literal["pending", "on_time", "late", "missed", "not_received", "excused", "paused", "outage"]
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
    """A planned test with what was decided about it so far.

    `announced_at` is when the client was told, of a test nobody could know of beforehand (None: known from the plan).
    """

    window_id: UUID
    kind: WindowKind
    opens_at: datetime
    closes_at: datetime
    attendance: Attendance = "pending"
    met_at: datetime | None = None
    known_at: datetime | None = None
    announced_at: datetime | None = None
    ordinal: int = 0


@dataclass(frozen=True, slots=True)
class Agreed:
    """What people have agreed on besides the plan: pauses, and single windows excused (by kind, opening, ordinal)."""

    pauses: tuple[Span, ...] = ()
    excused: frozenset[tuple[WindowKind, datetime, int]] = frozenset()


NOTHING_AGREED = Agreed()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a window comes to. `due_at` is when to look again (None: only new data can change it)."""

    attendance: Attendance
    met_at: datetime | None = None
    known_at: datetime | None = None
    due_at: datetime | None = None


def match(
    windows: Sequence[Window], taken: Iterable[Taken], grace: Mapping[UUID, timedelta]
) -> dict[UUID, Taken]:
    """Which test meets which window: each test meets one window at most, each window has one test at most.

    A test inside a window comes first; a window without one takes a test that lies in no window of its kind and was
    made within its grace after it closed (`grace` by window). Among several the earliest with a value, then the
    earliest attempt. A test made inside both a recurring window and a random or ordered one meets both: the client did
    what was asked. Where two of one sort overlap, a second test in both meets the second.
    """
    found: dict[UUID, Taken] = {}
    tests = list(taken)
    for kind in {window.kind for window in windows}:
        ordered = sorted((w for w in windows if w.kind == kind), key=lambda w: (w.opens_at, w.closes_at))
        free = sorted((t for t in tests if t.kind == kind), key=_when)
        inside: set[int] = set()
        used: dict[bool, set[int]] = {False: set(), True: set()}
        for window in ordered:
            there = _between(free, window.opens_at, window.closes_at)
            inside.update(map(id, there))
            _meet(window, there, used[window.ordinal > 0], found)
        outside = [test for test in free if id(test) not in inside]
        late: set[int] = set()
        for window in ordered:
            if window.window_id not in found:
                end = window.closes_at + grace[window.window_id]
                _meet(window, _between(outside, window.closes_at, end), late, found)
    return found


def _between(ordered: list[Taken], since: datetime, until: datetime) -> list[Taken]:
    first = bisect_left(ordered, since, key=_when)
    return ordered[first : bisect_right(ordered, until, key=_when)]


def _meet(window: Window, there: list[Taken], used: set[int], found: dict[UUID, Taken]) -> None:
    """Let the best test nobody has used meet the window."""
    unused = (test for test in there if id(test) not in used)
    best = min(unused, key=lambda test: (not test.complete, test.at), default=None)
    if best is not None:
        used.add(id(best))
        found[window.window_id] = best


def _when(test: Taken) -> datetime:
    return test.at


def decide(
    window: Window,
    met: Taken | None,
    spoken_for: datetime | None,
    outages: Sequence[Span],
    now: datetime,
    grace: timedelta,
    agreed: Agreed = NOTHING_AGREED,
) -> Verdict:
    """What a window comes to at `now`.

    An excuse stands whatever comes in, and so does a pause for the windows it covers whole; a window it covers in part
    is paused only if no test was made. `spoken_for` is the instant up to which the gateway has delivered: the newest of
    its message times, each at most its receive time. `missed` needs the gateway to have spoken for the time after the
    last moment that would still have counted; before that the platform does not know, and says `not_received`. Silence
    is never read as anything else. The platform's own outage during the window is an amnesty, and so is an
    announcement that came when less than half of the window was left (assumption): nobody misses what they were not
    told of in time.
    """
    at, known = (None, None) if met is None else (met.at, met.known_at)
    if (window.kind, window.opens_at, window.ordinal) in agreed.excused:
        return Verdict("excused", at, known)
    paused = _paused(window, agreed.pauses)
    if paused == "whole":
        return Verdict("paused", at, known)
    if met is not None:
        return Verdict("on_time" if met.at <= window.closes_at else "late", at, known)
    last_moment = window.closes_at + grace
    if now < last_moment:
        return Verdict("pending", due_at=last_moment)
    if paused == "in part":
        return Verdict("paused")
    if _told_too_late(window) or any(_touch(window, outage) for outage in outages):
        return Verdict("outage")
    if spoken_for is not None and spoken_for >= last_moment:
        return Verdict("missed")
    return Verdict("not_received")


def _paused(window: Window, pauses: Sequence[Span]) -> Literal["whole", "in part"] | None:
    touching = [pause for pause in pauses if _touch(window, pause)]
    if any(began <= window.opens_at and window.closes_at <= ended for began, ended in touching):
        return "whole"
    return "in part" if touching else None


def _touch(window: Window, span: Span) -> bool:
    began, ended = span
    return began < window.closes_at and ended > window.opens_at


def _told_too_late(window: Window) -> bool:
    middle = window.opens_at + (window.closes_at - window.opens_at) / 2
    return window.announced_at is not None and window.announced_at > middle
