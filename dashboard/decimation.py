"""Fewer points for long stretches of time: what matters is kept, of the ordinary as much as can be seen. Pure.

The stretch is cut into slots of equal length. Of the points called ordinary a slot keeps its first one, so that a
stretch with data never looks like a gap and a gap never like data. What is not ordinary (a positive, a trace, a missed
test) is kept to the last point. A series that is short enough stays as it is.

Where somebody has zoomed in, the slots are cut from what they see: up to a hundred days of it are drawn to the last
point, and only what lies beside it is thinned.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from backend.services.views import CheckInPoint, ClientSeries, ReadingPoint, WindowView

MOST = 250
"""Ordinary points of one kind in a graph: about every third pixel of its width. Each mark costs time when one drags."""
WHOLE = timedelta(days=100)
"""Up to here everything is drawn: twelve weeks, and the hours ahead."""
_ORDINARY_WINDOWS = frozenset({"on_time", "pending", "paused"})

Point = TypeVar("Point")
Near = tuple[datetime, datetime]
"""The stretch somebody looks at closely."""


def near_of(series: ClientSeries, seen_from: datetime, seen_to: datetime) -> Near:
    """What is to be drawn finely when this is seen: at least a hundred days, so that a step aside needs no fetching."""
    wider = max(WHOLE - (seen_to - seen_from), timedelta(0)) / 2
    return max(series.since, seen_from - wider), min(series.until, seen_to + wider)


def is_thinned(series: ClientSeries) -> bool:
    """Whether a graph of the whole series may leave marks out."""
    return series.until - series.since > WHOLE


def thinned(series: ClientSeries, most: int = MOST, near: Near | None = None) -> ClientSeries:
    """The series with at most so many ordinary readings and windows, and two answers of an item per slot.

    Every reading but one without alcohol, and every window but a kept, paused or coming one, is still there. `near`:
    a stretch with slots of its own, as many again; of a hundred days or less nothing is left out.
    """
    if not is_thinned(series):
        return series
    if near is not None:
        inside, beside = _divided(series, near)
        fine = inside if near[1] - near[0] <= WHOLE else _thinned(inside, most)
        return _joined(series, fine, _thinned(beside, most))
    return _thinned(series, most)


def _thinned(series: ClientSeries, most: int) -> ClientSeries:
    since, until = series.since, series.until
    items = dict.fromkeys(a.item for a in series.answers)
    answers = [
        kept
        for item in items
        for kept in extremes([a for a in series.answers if a.item == item], since, until, most // 2)
    ]
    return replace(
        series,
        readings=tuple(spread(series.readings, is_ordinary_reading, _measured, since, until, most)),
        windows=tuple(sorted(_windows(series, most), key=_opens)),
        answers=tuple(sorted(answers, key=_answered)),
    )


def _divided(series: ClientSeries, near: Near) -> tuple[ClientSeries, ClientSeries]:
    """What lies within the stretch, as a series of that stretch, and what lies beside it."""

    def is_in(at: datetime) -> bool:
        return near[0] <= at <= near[1]

    def part(wanted: bool) -> ClientSeries:
        return replace(
            series,
            readings=tuple(r for r in series.readings if is_in(r.measured_at) is wanted),
            windows=tuple(w for w in series.windows if is_in(w.opens_at) is wanted),
            answers=tuple(a for a in series.answers if is_in(a.answered_at) is wanted),
        )

    return replace(part(True), since=near[0], until=near[1]), part(False)


def _joined(series: ClientSeries, *parts: ClientSeries) -> ClientSeries:
    return replace(
        series,
        readings=tuple(sorted((r for part in parts for r in part.readings), key=_measured)),
        windows=tuple(sorted((w for part in parts for w in part.windows), key=_opens)),
        answers=tuple(sorted((a for part in parts for a in part.answers), key=_answered)),
    )


def leaves_out(series: ClientSeries, most: int = MOST) -> bool:
    """Whether a graph of the series shows fewer ordinary tests than were made."""
    return is_thinned(series) and sum(map(is_ordinary_reading, series.readings)) > most


def _windows(series: ClientSeries, most: int) -> Iterable[WindowView]:
    # each kind has a lane of its own, in which none of another kind may take its place
    for kind in dict.fromkeys(w.kind for w in series.windows):
        own = [w for w in series.windows if w.kind == kind]
        yield from spread(own, _is_ordinary_window, _opens, series.since, series.until, most)


def spread(
    points: Sequence[Point],
    is_ordinary: Callable[[Point], bool],
    at: Callable[[Point], datetime],
    since: datetime,
    until: datetime,
    most: int,
) -> list[Point]:
    """The points in their order; of the ordinary ones only the first of each of `most` equal slots."""
    if sum(map(is_ordinary, points)) <= most:
        return list(points)
    found, taken = [], set()
    for point in points:
        if is_ordinary(point):
            slot = _slot(at(point), since, until, most)
            if slot in taken:
                continue
            taken.add(slot)
        found.append(point)
    return found


def extremes(
    answers: Sequence[CheckInPoint], since: datetime, until: datetime, slots: int
) -> list[CheckInPoint]:
    """The lowest and the highest answer of each slot: a line through them reaches as far as the line through all."""
    if len(answers) <= 2 * slots:
        return list(answers)
    by_slot: dict[int, list[CheckInPoint]] = {}
    for answer in answers:
        by_slot.setdefault(_slot(answer.answered_at, since, until, slots), []).append(answer)
    ends = (_ends(found) for found in by_slot.values())
    return sorted((answer for pair in ends for answer in pair), key=_answered)


def is_ordinary_reading(reading: ReadingPoint) -> bool:
    """Whether a reading says no alcohol and nothing else."""
    return reading.state == "ok"


def _is_ordinary_window(window: WindowView) -> bool:
    return window.attendance in _ORDINARY_WINDOWS


def _ends(answers: list[CheckInPoint]) -> Iterable[CheckInPoint]:
    low, high = min(answers, key=lambda a: a.value), max(answers, key=lambda a: a.value)
    return (low,) if low is high else (low, high)


def _slot(at: datetime, since: datetime, until: datetime, slots: int) -> int:
    return int((at - since) / (until - since) * slots)


def _measured(reading: ReadingPoint) -> datetime:
    return reading.measured_at


def _opens(window: WindowView) -> datetime:
    return window.opens_at


def _answered(answer: CheckInPoint) -> datetime:
    return answer.answered_at
