"""The messages on a page of their own, and the page that covers everything."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from backend.services.casework_views import Thread
from dashboard import formats
from dashboard.contexts.own_around import Around
from dashboard.contexts.page import Frame
from dashboard.contexts.thread import ThreadCard, thread_card
from dashboard.language import Language


@dataclass(frozen=True, slots=True)
class OwnMessages:
    """The whole page."""

    frame: Frame
    around: Around
    thread: ThreadCard


@dataclass(frozen=True, slots=True)
class Away:
    """A month of an almanac: what stands there when somebody has hidden their page."""

    lang: Language
    heading: str
    weekdays: tuple[str, ...]
    weeks: tuple[tuple[int, tuple[int | None, ...]], ...]
    """Number of the week, and its days; None outside the month."""
    today: int


def own_messages(thread: Thread, frame: Frame, around: Around, now: datetime) -> OwnMessages:
    """The page of the signed-in client."""
    return OwnMessages(frame, around, thread_card(thread, frame, now))


def away(today: date, lang: Language) -> Away:
    """The month around a day."""
    first = today.replace(day=1)
    monday = first - timedelta(days=first.weekday())
    weeks = []
    while monday <= today or monday.month == today.month:
        days = [monday + timedelta(days=ahead) for ahead in range(7)]
        weeks.append(
            (monday.isocalendar().week, tuple(d.day if d.month == today.month else None for d in days))
        )
        monday += timedelta(days=7)
    names = tuple(formats.weekday_letters(lang))
    return Away(lang, formats.month_words(today, lang), names, tuple(weeks), today.day)
