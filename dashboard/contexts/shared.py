"""A relative's pages: what a client lets them see, in words, and accepting an invitation."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from backend.services.relative_views import (
    SCOPES,
    Invitation,
    SharedClient,
    SharedReading,
    SharedSeries,
    SharedTest,
)
from dashboard import formats, words
from dashboard.contexts.own_around import Around
from dashboard.contexts.own_days import WHAT
from dashboard.contexts.own_sharing import SCOPE_WORDS
from dashboard.contexts.page import Frame
from dashboard.language import Language

DAYS = 14


@dataclass(frozen=True, slots=True)
class SharedPerson:
    """Somebody who shares with the relative: what, in words."""

    href: str
    name: str
    shares: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SharedDay:
    """A day with lines in words."""

    day: str
    machine: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SharedList:
    """Everybody who has the relative."""

    frame: Frame
    around: Around
    people: tuple[SharedPerson, ...]


@dataclass(frozen=True, slots=True)
class SharedPage:
    """One person, as far as they share."""

    frame: Frame
    around: Around
    person: SharedPerson
    coming: tuple[SharedDay, ...]
    shares_coming: bool
    past: tuple[SharedDay, ...]
    shares_past: bool


@dataclass(frozen=True, slots=True)
class InvitationPage:
    """An invitation before it is accepted; `is_signed_in`: the reader is a relative of somebody already."""

    frame: Frame
    around: Around
    called: str
    shown_as: str
    ends: str
    action: str
    is_signed_in: bool
    username: str
    problem: str | None


def shared_list(people: Sequence[SharedClient], frame: Frame, around: Around) -> SharedList:
    """The start page of a relative."""
    return SharedList(frame, around, tuple(_person(one, frame.lang) for one in people))


def shared_page(found: SharedSeries, frame: Frame, around: Around, now: datetime) -> SharedPage:
    """What one person shares: the days ahead and the days past, newest first."""
    tz, lang = found.client.tz, frame.lang
    ahead: dict[date, list[tuple[datetime, str]]] = defaultdict(list)
    back: dict[date, list[tuple[datetime, str]]] = defaultdict(list)
    for test in found.coming:
        ahead[formats.local_day(test.opens_at, tz)].append((test.opens_at, _test(test, tz, lang)))
    for test in found.past:
        back[formats.local_day(test.opens_at, tz)].append((test.opens_at, _test(test, tz, lang)))
    for reading in found.readings:
        day = formats.local_day(reading.measured_at, tz)
        back[day].append((reading.measured_at, _reading(reading, tz, lang)))
    scopes = set(found.client.scopes)
    return SharedPage(
        frame,
        around,
        _person(found.client, lang),
        _days(ahead, sorted(ahead), now, tz, lang),
        "plan" in scopes,
        _days(back, sorted(back, reverse=True), now, tz, lang),
        bool(scopes - {"plan"}),
    )


def invitation_page(
    found: Invitation,
    token: str,
    frame: Frame,
    around: Around,
    now: datetime,
    tz: str,
    username: str = "",
    problem: str | None = None,
) -> InvitationPage:
    """The page behind the link."""
    return InvitationPage(
        frame,
        around,
        found.called,
        found.client_shown_as,
        formats.near(found.ends_at, now, tz, frame.lang),
        f"/r/{token}",
        frame.person is not None,
        username,
        problem,
    )


def span(now: datetime) -> tuple[datetime, datetime]:
    """The stretch a relative's page shows."""
    return now - timedelta(days=DAYS), now + timedelta(days=2)


def _person(one: SharedClient, lang: Language) -> SharedPerson:
    shares = tuple(lang.t(SCOPE_WORDS[scope]) for scope in SCOPES if scope in one.scopes)
    return SharedPerson(f"/shared/{one.client_id}", one.shown_as, shares)


def _days(
    by_day: dict[date, list[tuple[datetime, str]]], order: list[date], now: datetime, tz: str, lang: Language
) -> tuple[SharedDay, ...]:
    today = formats.local_day(now, tz)
    return tuple(
        SharedDay(
            formats.day_words(day, today, lang),
            day.isoformat(),
            tuple(text for _, text in sorted(by_day[day])),
        )
        for day in order
    )


def _test(test: SharedTest, tz: str, lang: Language) -> str:
    text = f"{formats.hours(test.opens_at, test.closes_at, tz, lang)} {lang.t(words.WINDOWS[test.kind])}"
    if test.attendance is None:
        return text
    became = WHAT[test.attendance]
    return f"{text}: {lang.t(became) if became else lang.t('done')}"


def _reading(reading: SharedReading, tz: str, lang: Language) -> str:
    text = f"{formats.clock(reading.measured_at, tz, lang)} {lang.t(words.RESULTS[reading.state])}"
    if reading.brac_mg_per_l is None:
        return text
    return f"{text}, {formats.both(reading.brac_mg_per_l, reading.permille, lang)}"
