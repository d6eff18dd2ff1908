"""What stands beside the graph: how tests went in one and four weeks, the next contact, medication and events."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from backend.domain.course_measures import mtbt
from backend.services.views import ClientOverview, ClientSeries, LifeEvent, Measures, NextContact
from dashboard import formats, words
from dashboard.language import Language


@dataclass(frozen=True, slots=True)
class MeasureColumn:
    """One span of days: the rate as a count first, then as a share."""

    span: str
    rate: str
    percent: str
    gap: str
    gap_mtbt: str
    ok_gap: str
    ok_gap_mtbt: str
    tests: str


@dataclass(frozen=True, slots=True)
class LifeRow:
    """One noted event."""

    event_id: str
    kind: str
    days: str
    text: str
    by: str


@dataclass(frozen=True, slots=True)
class NextLine:
    """When somebody means to be in touch, and whether that has passed."""

    text: str
    is_late: bool


def measure_columns(overview: ClientOverview, lang: Language) -> tuple[MeasureColumn, ...]:
    """Seven and twenty-eight days side by side; none for imported people, and none before the first test."""
    return tuple(_column(one, lang) for one in overview.measures if one.tests or one.planned)


def _column(one: Measures, lang: Language) -> MeasureColumn:
    return MeasureColumn(
        span=lang.n("{count} day", "{count} days", one.days),
        rate=lang.t("{ok} of {planned}", ok=one.ok, planned=one.planned),
        percent=f"{round(100 * one.ok / one.planned)} %" if one.planned else formats.DASH,
        gap=_hours(one.longest_gap, lang),
        gap_mtbt=f"MTBT {formats.decimal(mtbt(one.longest_gap), lang)}",
        ok_gap=_hours(one.longest_ok_gap, lang),
        ok_gap_mtbt=f"MTBT {formats.decimal(mtbt(one.longest_ok_gap), lang)}",
        tests=str(one.tests),
    )


def _hours(length: timedelta, lang: Language) -> str:
    return formats.span(length, lang)


def life_rows(series: ClientSeries, lang: Language) -> tuple[LifeRow, ...]:
    """What was noted, newest first."""
    newest = sorted(series.events, key=lambda e: e.began_on, reverse=True)
    return tuple(
        LifeRow(str(e.event_id), lang.t(words.LIFE[e.kind]), _days(e, lang), e.text, e.by or "")
        for e in newest
    )


def _days(event: LifeEvent, lang: Language) -> str:
    began = event.began_on.isoformat()
    if event.ended_on is not None:
        return f"{began}{formats.DASH}{event.ended_on.isoformat()}"
    return lang.t("since {day}", day=began) if event.kind == "medication" else began


def next_line(planned: NextContact | None, now: datetime, tz: str, lang: Language) -> NextLine | None:
    """The next contact in words; one whose time has passed says so and stays until somebody sets another."""
    if planned is None:
        return None
    when = formats.near(planned.at, now, tz, lang)
    if planned.is_visit:
        when = lang.t("visit {time}", time=when)
    who = f"{when} · {planned.by}" if planned.by else when
    return NextLine(who, planned.at < now)
