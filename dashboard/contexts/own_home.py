"""The client's home: what comes next, the last result in calm words, what waits, the days ahead."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from backend.services.own_schedule import ComingTest
from backend.services.views import ClientOverview, ClientSeries, ResultState
from dashboard import formats, words
from dashboard.contexts.client import window_words
from dashboard.contexts.own_around import Around
from dashboard.contexts.page import Frame, Moment, moment
from dashboard.language import N_, Language

RESULT_ADVICE: dict[ResultState, str] = {
    "ok": N_("No alcohol was found."),
    "trace": N_("A trace was found. Rinse your mouth with water and blow again after 15 minutes."),
    "positive_pending": N_("Alcohol was found. Wait 15 minutes, rinse your mouth with water and blow again."),
    "positive_confirmed": N_(
        "Alcohol was found, and the retest agreed. Your contact at the clinic may call you."
    ),
    "positive_unconfirmed": N_("Alcohol was found. No retest was made."),
    "abnormal_confirmation": N_(
        "The two blows differed. That often happens when something was left in the mouth, such as food or mouthwash."
    ),
    "incomplete": N_("The blow gave no result. That is not a missed test: just try again."),
}
RESULT_ICONS: dict[ResultState, str] = {
    "ok": "check",
    "trace": "again",
    "positive_pending": "again",
    "positive_confirmed": "note",
    "positive_unconfirmed": "note",
    "abnormal_confirmation": "again",
    "incomplete": "again",
}
"""What stands before the words: done, blow again, or something was noted. No face and no alarm colour."""
STATES: dict[str, str] = {
    "planned": "",
    "excused": N_("excused"),
    "paused": N_("pause"),
    "done": N_("done"),
}


@dataclass(frozen=True, slots=True)
class Latest:
    """The newest test in calm words."""

    kind: str
    icon: str
    value: str | None
    words: str
    at: Moment


@dataclass(frozen=True, slots=True)
class Todo:
    """One thing that waits for the client, and where."""

    href: str
    text: str


@dataclass(frozen=True, slots=True)
class ComingLine:
    """One planned test of a day."""

    text: str
    state: str


@dataclass(frozen=True, slots=True)
class ComingDay:
    """A day ahead with what is planned on it."""

    day: str
    lines: tuple[ComingLine, ...]


@dataclass(frozen=True, slots=True)
class OwnHome:
    """The whole page."""

    frame: Frame
    around: Around
    next_windows: tuple[str, ...]
    """What is open now, else what comes next."""
    next_is_open: bool
    blow_is_open: bool
    retest_until: str | None
    latest: Latest | None
    todo: tuple[Todo, ...]
    checked_in: str | None
    """When today's check-in was sent; None while it was not."""
    coming: tuple[ComingDay, ...]


def own_home(
    overview: ClientOverview,
    series: ClientSeries,
    coming: Sequence[ComingTest],
    todo: Sequence[Todo],
    frame: Frame,
    around: Around,
    now: datetime,
) -> OwnHome:
    """The home of the signed-in client."""
    lang, tz = frame.lang, overview.tz
    planned = [one for one in coming if one.state == "planned"]
    is_open = [one for one in planned if one.opens_at <= now < one.closes_at]
    return OwnHome(
        frame=frame,
        around=around,
        next_windows=tuple(
            window_words(one.kind, one.opens_at, one.closes_at, now, tz, lang)
            for one in is_open or planned[:1]
        ),
        next_is_open=bool(is_open),
        blow_is_open=any(one.kind == "breath_test" for one in is_open),
        retest_until=formats.near(overview.retest_until, now, tz, lang) if overview.retest_until else None,
        latest=_latest(series, now, lang),
        todo=tuple(todo),
        checked_in=_checked_in(series, now, lang),
        coming=coming_days(coming, now, tz, lang),
    )


def coming_days(
    coming: Sequence[ComingTest], now: datetime, tz: str, lang: Language
) -> tuple[ComingDay, ...]:
    """Planned tests by the client's civil day."""
    days = groupby(coming, key=lambda one: formats.local_day(one.opens_at, tz))
    today = formats.local_day(now, tz)
    return tuple(
        ComingDay(formats.day_words(day, today, lang), tuple(_coming_line(one, tz, lang) for one in ones))
        for day, ones in days
    )


def _coming_line(one: ComingTest, tz: str, lang: Language) -> ComingLine:
    hours = formats.hours(one.opens_at, one.closes_at, tz, lang)
    state = STATES[one.state]
    return ComingLine(f"{hours} {lang.t(words.WINDOWS[one.kind])}", lang.t(state) if state else "")


def _latest(series: ClientSeries, now: datetime, lang: Language) -> Latest | None:
    if not series.readings:
        return None
    newest = max(series.readings, key=lambda r: r.measured_at)
    at = moment(newest.measured_at, now, series.tz, lang)
    if at is None:
        return None
    value = None if newest.brac_mg_per_l is None else formats.brac(newest.brac_mg_per_l, lang)
    # What to do about it is only said while it can still be done.
    is_recent = now - newest.measured_at < timedelta(minutes=series.rules.retest_within_min)
    text = lang.t(RESULT_ADVICE[newest.state]) if is_recent else f"{lang.t(words.RESULTS[newest.state])}."
    return Latest(newest.state, RESULT_ICONS[newest.state], value, text, at)


def _checked_in(series: ClientSeries, now: datetime, lang: Language) -> str | None:
    today = formats.local_day(now, series.tz)
    sent = [
        one.answered_at
        for one in series.check_ins
        if one.about_at is None and formats.local_day(one.answered_at, series.tz) == today
    ]
    return formats.clock(max(sent), series.tz, lang) if sent else None
