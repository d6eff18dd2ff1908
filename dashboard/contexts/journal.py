"""Texts for the record: the list with the form for a new draft, and one text beside its draft."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from backend.services.casework_views import JournalText
from backend.services.views import ClientOverview
from dashboard import formats
from dashboard.contexts.application import ZONE
from dashboard.contexts.client import Choice
from dashboard.contexts.page import Frame, Moment, moment
from dashboard.language import Language


@dataclass(frozen=True, slots=True)
class Entry:
    """One text."""

    journal_id: str
    href: str
    period: str
    body: str
    draft: str
    was_edited: bool
    drafted: str
    signed: str | None
    sha256: str | None
    is_genuine: bool | None
    to_copy: str
    """The signed text with signature, for pasting into the record."""
    at: Moment


@dataclass(frozen=True, slots=True)
class JournalPage:
    """A client's texts, and the form for a new draft. `shown` is the one being worked on."""

    frame: Frame
    client_id: str
    alias: str
    since: str
    until: str
    lengths: tuple[Choice, ...]
    languages: tuple[Choice, ...]
    entries: tuple[Entry, ...]
    shown: Entry | None
    problem: str | None = None


def journal_page(
    overview: ClientOverview,
    texts: tuple[JournalText, ...],
    frame: Frame,
    now: datetime,
    shown: JournalText | None = None,
) -> JournalPage:
    """The page; the proposed period is the last seven whole local days."""
    lang, today = frame.lang, formats.local_day(now, overview.tz)
    return JournalPage(
        frame=frame,
        client_id=str(overview.client_id),
        alias=overview.alias,
        since=(today - timedelta(days=7)).isoformat(),
        until=(today - timedelta(days=1)).isoformat(),
        lengths=(
            Choice("three_lines", lang.t("Three lines"), True),
            Choice("half_page", lang.t("Half a page"), False),
        ),
        languages=(
            Choice("sv", lang.t("In Swedish"), lang.code == "sv"),
            Choice("en", lang.t("In English"), lang.code == "en"),
        ),
        entries=tuple(_entry(one, overview.tz, now, lang) for one in texts),
        shown=_entry(shown, overview.tz, now, lang) if shown else None,
    )


@dataclass(frozen=True, slots=True)
class CheckPage:
    """A digest, and the text it belongs to."""

    frame: Frame
    digest: str
    has_problem: bool
    period: str | None
    signed: str | None
    is_genuine: bool
    body: str
    href: str | None


def check_page(found: JournalText | None, frame: Frame, *, digest: str, has_problem: bool) -> CheckPage:
    """What was found; `found` None: nothing, or nothing for this person's eyes."""
    signed = None
    if found is not None and found.signed_by and found.signed_at:
        time = formats.moment(found.signed_at, ZONE, frame.lang)
        signed = frame.lang.t("Signed by {name} {time}", name=found.signed_by, time=time)
    return CheckPage(
        frame=frame,
        digest=digest,
        has_problem=has_problem,
        period=None if found is None else f"{found.since.isoformat()}{formats.DASH}{found.until.isoformat()}",
        signed=signed,
        is_genuine=found is not None and bool(found.is_genuine),
        body="" if found is None else found.body,
        href=None if found is None else f"/journal/{found.journal_id}",
    )


def _entry(text: JournalText, tz: str, now: datetime, lang: Language) -> Entry:
    at = moment(text.signed_at or text.drafted_at, now, tz, lang)
    assert at is not None
    signed = None
    if text.signed_by and text.signed_at:
        signed = lang.t(
            "Signed by {name} {time}", name=text.signed_by, time=formats.moment(text.signed_at, tz, lang)
        )
    return Entry(
        journal_id=str(text.journal_id),
        href=f"/journal/{text.journal_id}",
        period=f"{text.since.isoformat()}{formats.DASH}{text.until.isoformat()}",
        body=text.body,
        draft=text.draft,
        was_edited=text.body != text.draft,
        drafted=lang.t(
            "Drafted for {name} {time}", name=text.drafted_by, time=formats.moment(text.drafted_at, tz, lang)
        ),
        signed=signed,
        sha256=text.sha256,
        is_genuine=text.is_genuine,
        to_copy=f"{text.body}\n{signed}" if signed else text.body,
        at=at,
    )
