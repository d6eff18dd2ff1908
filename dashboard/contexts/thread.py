"""Messages as a card: the same for staff and for the client, with the honest line about who reads now."""

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from backend.services.casework_views import MessageView, Thread, WaitingThread
from dashboard import formats
from dashboard.contexts.page import Frame, Moment, moment
from dashboard.language import Language

SHOWN = 6
"""Messages shown at once; older ones are folded away."""


@dataclass(frozen=True, slots=True)
class Said:
    """One message."""

    message_id: str
    by: str
    at: Moment
    body: str
    mine: bool
    from_client: bool
    is_correction: bool
    corrected: bool
    read: str | None


@dataclass(frozen=True, slots=True)
class ThreadCard:
    """The thread with its form. `up_to` is the instant up to which messages were shown."""

    action: str
    older: tuple[Said, ...]
    newest: tuple[Said, ...]
    unread: int
    waits: str | None
    desk: str
    is_open: bool
    up_to: str
    once_key: str
    back: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A line of the list of threads that wait."""

    href: str
    alias: str
    name: str | None
    since: Moment
    due: str | None
    is_late: bool
    unread: int


@dataclass(frozen=True, slots=True)
class MessagesPage:
    """Who waits for an answer."""

    frame: Frame
    rows: tuple[Waiting, ...]


def thread_card(thread: Thread, frame: Frame, now: datetime) -> ThreadCard:
    """The card for whoever is signed in."""
    lang = frame.lang
    said = tuple(_said(one, thread, now, lang) for one in thread.messages)
    where = "/me" if frame.is_client else f"/clients/{thread.client_id}"
    return ThreadCard(
        action=f"{where}/messages",
        older=said[:-SHOWN],
        newest=said[-SHOWN:],
        unread=thread.unread,
        waits=_waits(thread, now, lang, is_client=frame.is_client),
        desk=_desk(thread, now, lang, is_client=frame.is_client),
        is_open=thread.desk.is_open,
        up_to=formats.machine(now),
        once_key=uuid4().hex,
        back=where,
    )


def messages_page(rows: tuple[WaitingThread, ...], frame: Frame, now: datetime) -> MessagesPage:
    """The list, the earliest promise first."""
    return MessagesPage(frame, tuple(_waiting(row, frame.lang, now) for row in rows))


def _waiting(row: WaitingThread, lang: Language, now: datetime) -> Waiting:
    since = moment(row.since, now, row.tz, lang)
    assert since is not None
    return Waiting(
        f"/clients/{row.client_id}#messages",
        row.alias,
        row.display_name,
        since,
        formats.near(row.reply_due_at, now, row.tz, lang) if row.reply_due_at else None,
        row.reply_due_at is not None and row.reply_due_at < now,
        row.unread,
    )


def _said(one: MessageView, thread: Thread, now: datetime, lang: Language) -> Said:
    at = moment(one.sent_at, now, thread.tz, lang)
    assert at is not None
    read = None
    if one.readers:
        first = one.readers[0]
        read = lang.t(
            "Read {time} by {name}", time=formats.near(first.at, now, thread.tz, lang), name=first.by
        )
    elif one.mine:
        read = lang.t("Not read yet")
    return Said(
        str(one.message_id),
        lang.t("You") if one.mine else one.by,
        at,
        one.body,
        one.mine,
        one.from_client,
        one.corrects is not None,
        one.corrected,
        read,
    )


def _waits(thread: Thread, now: datetime, lang: Language, *, is_client: bool) -> str | None:
    if thread.reply_due_at is None:
        return None
    due = formats.near(thread.reply_due_at, now, thread.tz, lang)
    if is_client:
        return lang.t("You can expect an answer by {time}.", time=due)
    if thread.reply_due_at < now:
        return lang.t("Waits for an answer. The promised time was {time}.", time=due)
    return lang.t("Waits for an answer, promised by {time}.", time=due)


def _desk(thread: Thread, now: datetime, lang: Language, *, is_client: bool) -> str:
    desk, tz = thread.desk, thread.tz
    if is_client and desk.is_open:
        return lang.t(
            "The clinic reads messages now and then during the day. A message sent now is answered by {time}.",
            time=formats.near(desk.reply_by, now, tz, lang),
        )
    if is_client:
        return lang.t(
            "Nobody reads messages now. They are read from {opens}, and a message sent now is answered by {time}. "
            "If it is urgent, call 1177, or 112 in danger.",
            opens=formats.near(desk.opens_at, now, tz, lang),
            time=formats.near(desk.reply_by, now, tz, lang),
        )
    if desk.is_open:
        return lang.t(
            "The client is told that an answer comes within {count} working hours.",
            count=desk.reply_within_hours,
        )
    return lang.t(
        "Outside working hours. The client is told that nobody reads until {opens}.",
        opens=formats.near(desk.opens_at, now, tz, lang),
    )
