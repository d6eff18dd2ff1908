"""The client's last two weeks, day by day in words, with room for their own words beside each test and miss."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import uuid4

from backend.services.views import Attendance, ClientSeries, ReadingPoint, WindowView
from dashboard import formats, words
from dashboard.contexts.client import Graph
from dashboard.contexts.own_around import Around
from dashboard.contexts.page import Frame
from dashboard.lanes import drinking_words
from dashboard.language import N_, Language

DAYS = 14
_ICONS: dict[Attendance, str] = {
    "pending": "wait",
    "on_time": "check",
    "late": "check",
    "missed": "gap",
    "not_received": "wait",
    "excused": "note",
    "paused": "note",
    "outage": "wait",
}
WHAT: dict[Attendance, str] = {
    "on_time": "",
    "pending": N_("still to come"),
    "late": N_("late"),
    "missed": N_("not done"),
    "not_received": N_("nothing has come yet; it may still be on its way"),
    "excused": N_("excused"),
    "paused": N_("pause"),
    "outage": N_("our system was down; that is not your fault"),
}
"""What became of a planned test, in words that blame nobody."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing of a day. `about` says to the form what a comment is about; empty: none can be written."""

    at: datetime
    icon: str
    time: str
    what: str
    detail: str
    about: str
    comments: tuple[str, ...] = ()
    number: int = 0


@dataclass(frozen=True, slots=True)
class Day:
    """A civil day; `lines` in order of time. No lines: nothing was planned and nothing came."""

    day: str
    machine: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class OwnDays:
    """The whole page."""

    frame: Frame
    around: Around
    days: tuple[Day, ...]
    once_key: str


@dataclass(frozen=True, slots=True)
class OwnGraph:
    """The page with the same graph as staff see."""

    frame: Frame
    around: Around
    graph: Graph


def own_days(series: ClientSeries, frame: Frame, around: Around, now: datetime) -> OwnDays:
    """The days of the series, the newest first."""
    lang, tz = frame.lang, series.tz
    by_day: dict[date, list[Line]] = defaultdict(list)
    for number, line in enumerate(_lines(series, now, lang)):
        by_day[formats.local_day(line.at, tz)].append(_numbered(line, number))
    today = formats.local_day(now, tz)
    days = [today - timedelta(days=back) for back in range(DAYS)]
    return OwnDays(
        frame,
        around,
        tuple(
            Day(
                formats.day_words(day, today, lang),
                day.isoformat(),
                tuple(sorted(by_day[day], key=lambda line: line.at)),
            )
            for day in days
        ),
        uuid4().hex,
    )


def _numbered(line: Line, number: int) -> Line:
    return Line(line.at, line.icon, line.time, line.what, line.detail, line.about, line.comments, number)


def _lines(series: ClientSeries, now: datetime, lang: Language) -> Iterator[Line]:
    said: dict[datetime, list[str]] = defaultdict(list)
    for note in series.check_ins:
        if note.about_at is not None and note.comment:
            said[note.about_at].append(note.comment)
    met = {one.met_at: one for one in series.windows if one.kind == "breath_test" and one.met_at}
    for reading in series.readings:
        yield _test(reading, met.get(reading.measured_at), series, said, lang)
    for window in series.windows:
        # What met a window stands with its result; what is still to come has not happened.
        if window.opens_at <= now and not (window.met_at and window.kind != "visit"):
            yield _window(window, series, said, lang)
    yield from _told(series, lang)


def _test(
    reading: ReadingPoint,
    window: WindowView | None,
    series: ClientSeries,
    said: dict[datetime, list[str]],
    lang: Language,
) -> Line:
    result = lang.t(words.RESULTS[reading.state])
    value = "" if reading.brac_mg_per_l is None else formats.brac(reading.brac_mg_per_l, lang)
    late = lang.t("late") if window and window.attendance == "late" else ""
    why = words.failure(reading.failure, lang) if reading.failure else ""
    comments = [*said.get(reading.measured_at, ()), *(said.get(window.opens_at, ()) if window else ())]
    return Line(
        reading.measured_at,
        "check" if reading.state == "ok" else "note",
        formats.clock(reading.measured_at, series.tz, lang),
        lang.t("Breath test"),
        ", ".join(part for part in (result, value, why, late) if part),
        f"test/{reading.device_id}/{reading.boot_id}/{reading.sequence}",
        tuple(comments),
    )


def _window(
    window: WindowView, series: ClientSeries, said: dict[datetime, list[str]], lang: Language
) -> Line:
    return Line(
        window.opens_at,
        _ICONS[window.attendance],
        formats.hours(window.opens_at, window.closes_at, series.tz, lang),
        lang.t(words.WINDOWS[window.kind]),
        lang.t(WHAT[window.attendance]) if WHAT[window.attendance] else lang.t("done"),
        f"window/{window.window_id}" if window.attendance != "pending" else "",
        tuple(said.get(window.opens_at, ())),
    )


def _told(series: ClientSeries, lang: Language) -> Iterator[Line]:
    for note in series.check_ins:
        if note.about_at is None:
            drank = {True: lang.t("you said you drank"), False: lang.t("you said you did not drink")}
            detail = [drank[note.drank]] if note.drank is not None else []
            yield Line(
                note.answered_at,
                "check",
                formats.clock(note.answered_at, series.tz, lang),
                lang.t("Check-in"),
                ", ".join([lang.t("done"), *detail]),
                "",
                (note.comment,) if note.comment else (),
            )
    for one in series.drinking:
        yield Line(
            one.started_at,
            "note",
            formats.clock(one.started_at, series.tz, lang),
            lang.t("You told of drinking"),
            drinking_words(one.amount_g, lang),
            "",
        )
    for contact in series.contacts:
        yield Line(
            contact.happened_at,
            "talk",
            formats.clock(contact.happened_at, series.tz, lang),
            lang.t("Contact with the clinic"),
            lang.t(words.CHANNELS[contact.channel]),
            "",
        )
