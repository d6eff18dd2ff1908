"""Weekday by time of day: when tests show alcohol and when planned tests are missed. Pure.

Shares of very few tests say nothing, so each cell shows its counts, and its shade follows what was not as planned.
"""

from dataclasses import dataclass
from datetime import datetime

from backend.services.views import ClientSeries
from dashboard import formats
from dashboard.language import N_, Language

BLOCKS: tuple[tuple[int, int], ...] = ((0, 6), (6, 10), (10, 14), (14, 18), (18, 22), (22, 24))
"""Hours of the local day, from and to (assumption: as plans are usually laid out)."""
WEEKDAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))
DARKEST = 4
_ALCOHOL = frozenset(
    {"trace", "positive_pending", "positive_confirmed", "positive_unconfirmed", "abnormal_confirmation"}
)


@dataclass(frozen=True, slots=True)
class Cell:
    """One weekday's block: what was found, in short and in words. `shade` is 0..4."""

    shade: int
    short: str
    words: str


@dataclass(frozen=True, slots=True)
class HeatMap:
    """The whole table: blocks across, weekdays down."""

    blocks: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]
    sentence: str


def heat_map(series: ClientSeries, lang: Language) -> HeatMap | None:
    """The map of a series; None when no breath test was made or planned."""
    tests: dict[tuple[int, int], int] = {}
    alcohol: dict[tuple[int, int], int] = {}
    missed: dict[tuple[int, int], int] = {}
    for reading in series.readings:
        if reading.brac_mg_per_l is not None:
            at = _place(reading.measured_at.astimezone(formats.zone(series.tz)))
            tests[at] = tests.get(at, 0) + 1
            if reading.state in _ALCOHOL:
                alcohol[at] = alcohol.get(at, 0) + 1
    for window in series.windows:
        if window.kind == "breath_test" and window.attendance == "missed":
            at = _place(window.opens_at.astimezone(formats.zone(series.tz)))
            missed[at] = missed.get(at, 0) + 1
    if not tests and not missed:
        return None
    most = max((alcohol.get(at, 0) + missed.get(at, 0) for at in {*alcohol, *missed}), default=0)
    rows = tuple(
        (
            lang.t(name),
            tuple(_cell(tests, alcohol, missed, (day, block), most, lang) for block in range(len(BLOCKS))),
        )
        for day, name in enumerate(WEEKDAYS)
    )
    hours = tuple(f"{start:02d}{formats.DASH}{end:02d}" for start, end in BLOCKS)
    return HeatMap(hours, rows, _sentence(alcohol, missed, lang))


def _place(local: datetime) -> tuple[int, int]:
    hour, day = local.hour, local.weekday()
    return day, next(index for index, (_, end) in enumerate(BLOCKS) if hour < end)


def _cell(
    tests: dict[tuple[int, int], int],
    alcohol: dict[tuple[int, int], int],
    missed: dict[tuple[int, int], int],
    at: tuple[int, int],
    most: int,
    lang: Language,
) -> Cell:
    made, found, gone = tests.get(at, 0), alcohol.get(at, 0), missed.get(at, 0)
    if not made and not gone:
        return Cell(0, "", lang.t("no test"))
    shade = 0 if not found + gone else max(1, round(DARKEST * (found + gone) / most))
    short = " ".join(part for part in (f"♦{found}" if found else "", f"×{gone}" if gone else "") if part)
    said = lang.t("{made} tests, {found} with alcohol, {gone} missed", made=made, found=found, gone=gone)
    return Cell(shade, short or "·", said)


def _sentence(alcohol: dict[tuple[int, int], int], missed: dict[tuple[int, int], int], lang: Language) -> str:
    both = {at: alcohol.get(at, 0) + missed.get(at, 0) for at in {*alcohol, *missed}}
    if not both:
        return lang.t("No alcohol and no missed test in this time.")
    (day, block), count = max(both.items(), key=lambda one: (one[1], -one[0][0], -one[0][1]))
    if count < 2:
        return lang.t("Nothing happens twice at the same time of the week.")
    start, end = BLOCKS[block]
    return lang.t(
        "Most often: {day} {hours}, {count} times alcohol or a missed test.",
        day=lang.t(WEEKDAYS[day]),
        hours=f"{start:02d}{formats.DASH}{end:02d}",
        count=count,
    )
