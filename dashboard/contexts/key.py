"""The key beside the graph: each mark as a small drawing and a word."""

from dataclasses import dataclass

from dashboard import words
from dashboard.language import N_, Language
from dashboard.marks import (
    ATTENDANCE_MARKS,
    CONTACT_MARK,
    DRINKING_MARK,
    LIFE_MARKS,
    NOT_REACHED_MARK,
    RESULT_MARKS,
    Mark,
)

_PATHS: dict[str, tuple[str, bool]] = {
    "circle": ("M8 4a4 4 0 1 0 .01 0z", True),
    "circle-open": ("M8 4a4 4 0 1 0 .01 0z", False),
    "triangle-up": ("M8 3l5 9h-10z", True),
    "triangle-right": ("M4 3l9 5l-9 5z", True),
    "triangle-down-open": ("M8 13l-5 -9h10z", False),
    "diamond": ("M8 2l6 6l-6 6l-6 -6z", True),
    "diamond-open": ("M8 2l6 6l-6 6l-6 -6z", False),
    "diamond-tall-open": ("M8 1l4 7l-4 7l-4 -7z", False),
    "asterisk-open": ("M8 3v10M3 8h10M4.5 4.5l7 7M11.5 4.5l-7 7", False),
    "line-ew-open": ("M3 8h10", False),
    "line-ns-open": ("M8 3v10", False),
    "x": ("M4 6l2-2l2 2l2-2l2 2l-2 2l2 2l-2 2l-2-2l-2 2l-2-2l2-2z", True),
    "square-open": ("M4 4h8v8h-8z", False),
    "hourglass-open": ("M4 3h8l-8 10h8z", False),
    "shade": ("M1 3h14v10h-14z", True),
    "square": ("M4 4h8v8h-8z", True),
    "star": ("M8 1l2 5h5l-4 3l2 6l-5 -4l-5 4l2 -6l-4 -3h5z", True),
    "pentagon": ("M8 3l5 4l-2 6h-6l-2 -6z", True),
}
_SHADE = "#e8d3a6"


@dataclass(frozen=True, slots=True)
class GraphKey:
    """One mark: its path in a 16 x 16 box, filled or drawn, with a class for its colour."""

    path: str
    filled: bool
    color: str
    text: str


def graph_key(lang: Language) -> tuple[GraphKey, ...]:
    """Every mark the graph may show."""
    shown: list[tuple[Mark, str]] = [(mark, words.RESULTS[state]) for state, mark in RESULT_MARKS.items()]
    shown += [(m, words.ATTENDANCE[s]) for s, m in ATTENDANCE_MARKS.items() if s not in {"pending", "paused"}]
    shown += [
        (DRINKING_MARK, N_("Told drinking")),
        (CONTACT_MARK, N_("Contact, reached")),
        (NOT_REACHED_MARK, N_("Contact, not reached")),
        *((mark, words.LIFE[kind]) for kind, mark in LIFE_MARKS.items()),
    ]
    drawn = [GraphKey(*_PATHS[mark.symbol], mark.color, lang.t(text)) for mark, text in shown]
    return (*drawn, GraphKey(*_PATHS["shade"], _SHADE, lang.t("Worse than the own usual")))
