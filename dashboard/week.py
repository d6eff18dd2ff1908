"""Days of a plan as rows: what opens when, drawn on a line of 24 hours of wall clock and said in words beside it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from backend.services.plan_views import PreviewDayView, PreviewView
from dashboard import formats, words
from dashboard.language import N_, Language

DAY_MIN = 24 * 60
WEEKDAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))


class _Window(Protocol):
    @property
    def kind(self) -> str: ...
    @property
    def opens_at(self) -> datetime: ...
    @property
    def closes_at(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Block:
    """A window, or its part before or after midnight: minutes of the day by the clock on the wall."""

    kind: str
    x: int
    width: int


@dataclass(frozen=True, slots=True)
class DayRow:
    """One civil day. `clock` says so when it has 23 or 25 hours."""

    day: str
    machine: str
    holiday: str | None
    clock: str | None
    is_rest: bool
    blocks: tuple[Block, ...]
    said: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Week:
    """Days in order, and what is drawn at random and therefore on no line."""

    zone: str
    days: tuple[DayRow, ...]
    random: tuple[str, ...]
    changes: tuple[str, ...]


def week(seen: PreviewView, lang: Language) -> Week:
    """A preview as rows."""
    everything = [window for day in seen.days for window in day.windows]
    return Week(
        seen.timezone,
        tuple(
            DayRow(
                f"{lang.t(WEEKDAYS[one.day.weekday()])} {one.day.day}/{one.day.month}",
                one.day.isoformat(),
                one.holiday,
                _clock(one.hours, lang),
                one.day.isoweekday() > 5 or one.holiday is not None,
                blocks_on(one.day, everything, seen.timezone),
                _said(one, seen.timezone, lang),
            )
            for one in seen.days
        ),
        tuple(one.sv if lang.code == "sv" else one.en for one in seen.random),
        tuple(one.sv if lang.code == "sv" else one.en for one in seen.changes),
    )


def blocks_on(day: date, windows: Iterable[_Window], tz: str) -> tuple[Block, ...]:
    """The parts of these windows that lie on one civil day."""
    found = []
    for window in windows:
        opens, closes = (at.astimezone(formats.zone(tz)) for at in (window.opens_at, window.closes_at))
        if opens.date() > day or closes.date() < day:
            continue
        start = opens.hour * 60 + opens.minute if opens.date() == day else 0
        end = closes.hour * 60 + closes.minute if closes.date() == day else DAY_MIN
        if end > start:
            found.append(Block(window.kind, start, end - start))
        elif end == start and opens.date() == day == closes.date():  # the hour that happens twice
            found.append(
                Block(window.kind, start, int((window.closes_at - window.opens_at) / timedelta(minutes=1)))
            )
    return tuple(found)


def _said(day: PreviewDayView, tz: str, lang: Language) -> tuple[str, ...]:
    """One text per kind: `Breath test 07:00–09:00, 19:00–21:00`."""
    found: dict[str, list[str]] = {}
    for window in day.windows:
        found.setdefault(window.kind, []).append(formats.hours(window.opens_at, window.closes_at, tz, lang))
    return tuple(f"{lang.t(words.WINDOWS[kind])} {', '.join(spans)}" for kind, spans in found.items())


def _clock(hours: int, lang: Language) -> str | None:
    if hours == 24:
        return None
    return lang.t("the clock changes: {hours} hours", hours=hours)
