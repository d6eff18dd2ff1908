"""The manager's page of staff time: the figures, the formula with its numbers, and where the minutes come from."""

from dataclasses import dataclass
from datetime import date

from backend.services.casework_views import MonthReport, WorkMinutes
from backend.services.views import Text
from dashboard import formats
from dashboard.contexts.page import Frame
from dashboard.contexts.risk import say
from dashboard.language import N_, Language

_MONTHS = (
    N_("January"), N_("February"), N_("March"), N_("April"), N_("May"), N_("June"), N_("July"), N_("August"),
    N_("September"), N_("October"), N_("November"), N_("December"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One kind of work in the month."""

    name: str
    count: int
    used: str
    freed: str | None
    formula: str


@dataclass(frozen=True, slots=True)
class Figure:
    """The minutes of one kind of work, editable."""

    kind: str
    name: str
    minutes: str
    manual: str
    source: str


@dataclass(frozen=True, slots=True)
class TimePage:
    """The whole page."""

    frame: Frame
    unit: str
    month: str
    is_whole: bool
    earlier: str
    later: str | None
    used: str
    freed: str | None
    span: str | None
    can_be_told: bool
    """Whether the range lies on one side of zero; otherwise no gain is headlined."""
    lines: tuple[Line, ...]
    formula: tuple[str, ...]
    limits: tuple[str, ...]
    figures: tuple[Figure, ...]
    history: tuple[str, ...]


def month_words(year: int, month: int, lang: Language) -> str:
    """A month by its name, with the year."""
    return f"{lang.t(_MONTHS[month - 1])} {year}"


def time_page(month: MonthReport, frame: Frame, today: date) -> TimePage:
    """A month of a unit."""
    lang, report = frame.lang, month.report
    index = month.year * 12 + month.month - 1
    newest = today.year * 12 + today.month - 1
    span = None
    if report.low is not None and report.high is not None:
        span = lang.t(
            "{low} to {high} h", low=_hours(float(report.low), lang), high=_hours(float(report.high), lang)
        )
    return TimePage(
        frame=frame,
        unit=month.unit,
        month=month_words(month.year, month.month, lang),
        is_whole=month.is_whole,
        earlier=_address(index - 1),
        later=_address(index + 1) if index < newest else None,
        used=_hours(float(report.used), lang),
        freed=None if report.freed is None else _hours(float(report.freed), lang),
        span=span,
        can_be_told=report.low is not None and report.high is not None and not report.low <= 0 <= report.high,
        lines=tuple(
            Line(
                say(Text(one.name.sv, one.name.en), lang),
                one.tally.count,
                _number(float(one.tally.minutes), lang),
                None if one.freed is None else _number(float(one.freed), lang),
                say(Text(one.formula.sv, one.formula.en), lang),
            )
            for one in report.lines
        ),
        formula=tuple(say(Text(one.sv, one.en), lang) for one in report.formula),
        limits=tuple(say(Text(one.sv, one.en), lang) for one in report.limits),
        figures=tuple(_figure(one, lang) for one in month.settings),
        history=tuple(_changed(one, month.tz, lang) for one in month.history),
    )


def _figure(one: WorkMinutes, lang: Language) -> Figure:
    source = f"{one.set_by}: {one.reason}" if one.set_by else lang.t("assumed by Nykter, not measured")
    manual = "" if one.manual_minutes is None else _number(one.manual_minutes, lang)
    return Figure(one.kind, say(one.name, lang), _number(one.minutes, lang), manual, source)


def _changed(one: WorkMinutes, tz: str, lang: Language) -> str:
    at = formats.moment(one.valid_from, tz, lang) if one.valid_from else ""
    manual = (
        lang.t("not compared") if one.manual_minutes is None else f"{_number(one.manual_minutes, lang)} min"
    )
    return lang.t(
        "{time}, {who}: {what} {minutes} min, by hand {manual}. {reason}",
        time=at,
        who=one.set_by or "",
        what=say(one.name, lang),
        minutes=_number(one.minutes, lang),
        manual=manual,
        reason=one.reason,
    )


def _address(index: int) -> str:
    return f"/manager/time?year={index // 12}&month={index % 12 + 1}"


def _hours(minutes: float, lang: Language) -> str:
    return formats.decimal(round(minutes / 60, 1) + 0.0, lang, 1)


def _number(value: float, lang: Language) -> str:
    return formats.decimal(value, lang, 0 if value == int(value) else 1)
