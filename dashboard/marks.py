"""How each state is drawn: always a colour and a shape, so that neither is needed alone.

Colours keep 3:1 against both the light (#ffffff) and the dark (#161b1c) page (WCAG 2.2, 1.4.11); a test computes it.
"""

from dataclasses import dataclass

from backend.services.views import Attendance, ResultState

OK = "#2f8a68"
TRACE = "#b07a12"
POSITIVE = "#c2513f"
MISSED = "#7b6fb0"
SILENT = "#7c888b"
WORDS = "#a2589b"
CONTACT = "#3a82b8"
RISK = "#3c8794"
LIGHT_PAGE = "#ffffff"
DARK_PAGE = "#161b1c"


@dataclass(frozen=True, slots=True)
class Mark:
    """Colour, plotly symbol and size in pixels."""

    color: str
    symbol: str
    size: int


RESULT_MARKS: dict[ResultState, Mark] = {
    "ok": Mark(OK, "circle", 6),
    "trace": Mark(TRACE, "triangle-up", 10),
    "positive_pending": Mark(POSITIVE, "diamond-open", 12),
    "positive_confirmed": Mark(POSITIVE, "diamond", 13),
    "positive_unconfirmed": Mark(POSITIVE, "diamond-tall-open", 12),
    "abnormal_confirmation": Mark(TRACE, "triangle-down-open", 11),
    "incomplete": Mark(SILENT, "asterisk-open", 9),
}
ATTENDANCE_MARKS: dict[Attendance, Mark] = {
    "pending": Mark(SILENT, "line-ew-open", 6),
    "on_time": Mark(OK, "line-ns-open", 6),
    "late": Mark(TRACE, "triangle-right", 8),
    "missed": Mark(MISSED, "x", 9),
    "not_received": Mark(SILENT, "square-open", 8),
    "excused": Mark(CONTACT, "circle-open", 7),
    "paused": Mark(CONTACT, "line-ew-open", 8),
    "outage": Mark(SILENT, "hourglass-open", 8),
}
LIFE_MARKS: dict[str, Mark] = {
    "medication": Mark(CONTACT, "square", 8),
    "life": Mark(WORDS, "star", 11),
}
DRINKING_MARK = Mark(WORDS, "pentagon", 10)
CONTACT_MARK = Mark(CONTACT, "circle", 10)
NOT_REACHED_MARK = Mark(CONTACT, "circle-open", 10)


def luminance(color: str) -> float:
    """Relative luminance of `#rrggbb`, 0..1. Source: WCAG 2.2, definition of relative luminance."""
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1..21. Source: WCAG 2.2, definition of contrast ratio."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)
