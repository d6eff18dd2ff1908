"""The 28-day strip of a triage row as SVG geometry: one path per kind of day, each with a colour and a shape. Pure.

A day of which nothing is known leaves an empty place: a gap is never drawn as a sober day.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from backend.services.views import DayMark
from dashboard.language import N_, NN_, Language

STEP = 9
HEIGHT = 26
_FLOOR = 22


@dataclass(frozen=True, slots=True)
class Shape:
    """One path of the strip; `kind` names its colour in the style sheet."""

    kind: str
    path: str


@dataclass(frozen=True, slots=True)
class Strip:
    """The whole strip, with the sentence that says the same."""

    width: int
    height: int
    floor: int
    shapes: tuple[Shape, ...]
    label: str


def _block(x: int, height: int) -> str:
    return f"M{x} {_FLOOR - height}h7v{height}h-7z"


def _ok(x: int) -> str:
    return _block(x, 6)


def _trace(x: int) -> str:
    return f"M{x} {_FLOOR}l3.5 -12l3.5 12z"


def _positive(x: int) -> str:
    return f"M{x + 3.5} 1l4 6l-2.5 4v11h-3v-11l-2.5 -4z"


def _unclear(x: int) -> str:
    return f"M{x + 0.75} 9l2.75 5l2.75 -5z"


def _missed(x: int) -> str:
    return f"M{x + 0.5} 9l6 7M{x + 6.5} 9l-6 7"


def _not_received(x: int) -> str:
    return f"M{x + 0.75} 10.75h5.5v5.5h-5.5z"


def _told(x: int) -> str:
    return f"M{x + 3.5} 4l3.5 4.5l-1.5 5h-4l-1.5 -5z"


def _no_plan(x: int) -> str:
    return f"M{x + 2.5} {_FLOOR - 2}h2v2h-2z"


_DRAW: dict[str, Callable[[int], str]] = {
    "ok": _ok,
    "trace": _trace,
    "positive": _positive,
    "unclear": _unclear,
    "missed": _missed,
    "not_received": _not_received,
    "reported_drinking": _told,
    "no_test_planned": _no_plan,
}

DAY_WORDS: dict[str, tuple[str, str]] = {
    "positive": NN_("{count} day with alcohol", "{count} days with alcohol"),
    "reported_drinking": NN_("{count} day with told drinking", "{count} days with told drinking"),
    "unclear": NN_(
        "{count} day whose retest did not confirm it", "{count} days whose retest did not confirm it"
    ),
    "trace": NN_("{count} day with a trace", "{count} days with a trace"),
    "missed": NN_("{count} day with missed tests only", "{count} days with missed tests only"),
    "not_received": NN_("{count} day with nothing received", "{count} days with nothing received"),
    "ok": NN_("{count} day without alcohol", "{count} days without alcohol"),
    "no_test_planned": NN_("{count} day without a planned test", "{count} days without a planned test"),
    "gap": NN_("{count} day unknown", "{count} days unknown"),
}
"""Worst first: the order of the sentence and of the key."""

KEY_WORDS: dict[str, str] = {
    "positive": N_("Alcohol"),
    "reported_drinking": N_("Told drinking"),
    "unclear": N_("Not confirmed by the retest"),
    "trace": N_("Trace of alcohol"),
    "missed": N_("Missed"),
    "not_received": N_("Nothing received"),
    "ok": N_("No alcohol"),
    "no_test_planned": N_("No test planned"),
    "gap": N_("Empty: nothing is known"),
}
"""The key to the strip."""


def strip(days: Sequence[DayMark], lang: Language) -> Strip:
    """The strip of these days, oldest to the left."""
    paths: dict[str, list[str]] = {}
    for index, day in enumerate(days):
        draw = _DRAW.get(day.state)
        if draw is not None:
            paths.setdefault(day.state, []).append(draw(index * STEP + 1))
    mondays = "".join(f"M{i * STEP} {_FLOOR + 1}v3" for i, d in enumerate(days) if d.day.isoweekday() == 1)
    shapes = [Shape(kind, "".join(parts)) for kind, parts in paths.items()]
    if mondays:
        shapes.append(Shape("week", mondays))
    return Strip(max(1, len(days)) * STEP, HEIGHT, _FLOOR, tuple(shapes), sentence(days, lang))


def sentence(days: Sequence[DayMark], lang: Language) -> str:
    """The strip in words, worst kind of day first."""
    parts = []
    for state, (one, many) in DAY_WORDS.items():
        count = sum(day.state == state for day in days)
        if count:
            parts.append(lang.n(one, many, count))
    return lang.n("{count} day: ", "{count} days: ", len(days)) + ", ".join(parts)


def example(kind: str) -> str:
    """The shape of one kind of day, for the key."""
    return _DRAW[kind](1) if kind in _DRAW else ""
