"""The page about breathalyzers: a small graph for each model, the same as a table, and the list of a recall."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

from backend.domain.recall import RecallWish
from backend.services.breathalyzers import DeviceCourse, ModelCourse, Recalled, RecalledReading
from backend.services.csv_table import csv_table
from dashboard import formats
from dashboard.contexts.overviews import CALIBRATION, Row
from dashboard.contexts.page import Frame
from dashboard.language import Language
from dashboard.pages.operations import ZONE

WIDTH, HEIGHT = 640, 180
_LEFT, _RIGHT, _TOP, _FLOOR = 56, 560, 12, 150
_LEAST_HIGH = 0.02
_DUE = {"due", "uncalibrated"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the graph: its stretches without gaps, and where its name stands (empty: unnamed)."""

    kind: str
    paths: tuple[str, ...]
    name: str
    y: float


@dataclass(frozen=True, slots=True)
class Mark:
    """A week in which a device told that its calibration is due."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Graph:
    """The devices of one model over the weeks."""

    model: str
    label: str
    lines: tuple[Line, ...]
    marks: tuple[Mark, ...]
    high: str
    low: str
    first: str
    last: str
    weeks: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class BreathalyzersPage:
    """The whole page. `found` is None before a recall was looked for."""

    frame: Frame
    graphs: tuple[Graph, ...]
    wish: RecallWish
    found: tuple[Row, ...] | None
    clients: int
    readings: int
    is_refused: bool
    width: int = WIDTH
    height: int = HEIGHT
    floor: int = _FLOOR
    left: int = _LEFT
    right: int = _RIGHT


def breathalyzers_page(
    courses: Sequence[ModelCourse],
    wish: RecallWish,
    found: Sequence[Recalled] | None,
    is_refused: bool,
    frame: Frame,
    now: datetime,
) -> BreathalyzersPage:
    """The page as it stands, with the answer to a recall when there is one."""
    return BreathalyzersPage(
        frame,
        tuple(_graph(one, frame.lang) for one in courses),
        wish,
        None if found is None else tuple(_recalled(one, now, frame.lang) for one in found),
        len({(one.unit, one.alias) for one in found or ()}),
        sum(one.readings for one in found or ()),
        is_refused,
    )


def readings_table(found: Iterable[RecalledReading]) -> str:
    """The readings of a recall as CSV; instants in UTC."""
    return csv_table(
        [
            {
                name: value.isoformat() if isinstance(value, datetime) else "" if value is None else value
                for name, value in asdict(one).items()
            }
            for one in found
        ]
    )


def _graph(course: ModelCourse, lang: Language) -> Graph:
    every = [week for device in course.devices for week in device.weeks]
    first, last = min(one.week for one in every), max(one.week for one in every)
    high = max([_LEAST_HIGH, *(one.mean for one in every)])
    count = (last - first).days // 7

    def place(week: date, value: float) -> tuple[float, float]:
        share = (week - first).days / 7 / count if count else 0.5
        return (
            round(_LEFT + share * (_RIGHT - _LEFT), 1),
            round(_FLOOR - value / high * (_FLOOR - _TOP), 1),
        )

    def line(kind: str, points: Sequence[tuple[date, float]], name: str) -> Line:
        return Line(
            kind, _paths([(week, place(week, value)) for week, value in points]), name, place(*points[-1])[1]
        )

    lines = [
        line(
            "out" if one.stands_out else "device",
            [(w.week, w.mean) for w in one.weeks],
            one.serial if one.stands_out else "",
        )
        for one in course.devices
    ]
    if course.usual:
        lines.append(line("usual", course.usual, lang.t("usual")))
    weeks = [first + timedelta(weeks=n) for n in range(count + 1)]
    outs = [one.serial for one in course.devices if one.stands_out]
    label = lang.t(
        "{model}: mean of the values below 0.05 mg/L, week by week, of {count} devices. Standing out: {outs}.",
        model=course.model,
        count=len(course.devices),
        outs=", ".join(outs) or lang.t("none"),
    )
    return Graph(
        course.model,
        label,
        tuple(lines),
        tuple(
            Mark(*place(week.week, week.mean))
            for one in course.devices
            for week in one.weeks
            if week.calibration in _DUE
        ),
        formats.decimal(high, lang, 3),
        formats.decimal(0.0, lang, 0),
        _week(first),
        _week(last),
        tuple(_week(one) for one in weeks),
        tuple(_table_row(one, weeks, lang) for one in course.devices),
    )


def _paths(points: Sequence[tuple[date, tuple[float, float]]]) -> tuple[str, ...]:
    """One path for each stretch of weeks that follow one another; a gap is drawn as a gap, a lone week as a dot."""
    stretches: list[list[tuple[date, tuple[float, float]]]] = []
    for point in points:
        if stretches and (point[0] - stretches[-1][-1][0]).days <= 7:
            stretches[-1].append(point)
        else:
            stretches.append([point])
    return tuple(
        "M" + "L".join(f"{x} {y}" for _, (x, y) in stretch) + ("h2" if len(stretch) == 1 else "")
        for stretch in stretches
    )


def _table_row(one: DeviceCourse, weeks: Sequence[date], lang: Language) -> Row:
    known = {week.week: week for week in one.weeks}
    cells = []
    for week in weeks:
        if (found := known.get(week)) is None:
            cells.append("")
            continue
        due = f" ({lang.t(CALIBRATION[found.calibration])})" if found.calibration in _DUE else ""
        cells.append(f"{formats.decimal(found.mean, lang, 3)}{due}")
    return Row((one.serial, *cells), one.stands_out)


def _recalled(one: Recalled, now: datetime, lang: Language) -> Row:
    cells = (
        one.unit,
        one.alias,
        one.model,
        one.serial,
        one.firmware or lang.t("the device does not tell"),
        str(one.readings),
        formats.near(one.first, now, ZONE, lang) if one.first else "",
        formats.near(one.last, now, ZONE, lang) if one.last else "",
        ", ".join(one.gateways),
        lang.t("yes") if one.is_paired else "",
    )
    return Row(cells)


def _week(monday: date) -> str:
    year, week, _ = monday.isocalendar()
    return f"{year}-W{week:02d}"
