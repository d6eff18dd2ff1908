"""A signed text for the record as a PDF: whose, by whom, when, in which time zone, and a digest that can be checked."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from backend.access.principal import Principal
from backend.access.visibility import may_name
from backend.errors import Conflict
from backend.services.casework_views import JournalText
from backend.services.journal_texts import client_of_text, text_of
from backend.services.pdf_pages import Pages
from backend.store import access_log, enrolment
from backend.store.pool import Database

_WORDS = {
    "sv": (
        "Text för journal",
        "Period {since} till och med {until}, klientens dagar i {zone}.",
        "Signerad av {name} {at} ({zone}).",
        "Identifierare {identifier}. Utskriven {now} ({zone}).",
        "Kontrollsumma (SHA-256): {digest}",
        "Kontrollera: sök kontrollsumman på sidan Kontrollera en journaltext, eller kör nykter journal verify.",
        "OBS: texten är inte den som signerades.",
    ),
    "en": (
        "Text for the record",
        "Period {since} to {until} inclusive, the client's days in {zone}.",
        "Signed by {name} {at} ({zone}).",
        "Identifier {identifier}. Printed {now} ({zone}).",
        "Digest (SHA-256): {digest}",
        "To check: look the digest up on the page Check a text for the record, or run nykter journal verify.",
        "NOTE: this text is not the one that was signed.",
    ),
}


@dataclass(frozen=True, slots=True)
class JournalFile:
    """A file and its name, which tells nothing about anybody."""

    filename: str
    content: bytes


def pdf(db: Database, principal: Principal, journal_id: UUID, *, now: datetime) -> JournalFile:
    """The signed text as a file. Raises NotFound for strangers, Forbidden, Conflict while nobody has signed it."""
    with db.transaction(principal) as conn:
        client = client_of_text(conn, principal, journal_id, now)
        text = text_of(conn, client, journal_id)
        if text.signed_at is None:
            raise Conflict("nobody has signed this text")
        row = enrolment.client(conn, client)
        assert row is not None, "a visible client exists"
        name = row["display_name"] if may_name(conn, principal, client, now) else None
        access_log.write(conn, principal, [client], "journal_printed", now=now)
    whose = " ".join(filter(None, (row["alias"], name)))
    return JournalFile(
        f"journal-{text.until.isoformat()}-{(text.sha256 or '')[:8]}.pdf",
        _pages(text, whose, row["timezone"], now),
    )


def _pages(text: JournalText, whose: str, zone: str, now: datetime) -> bytes:
    title, period, signed, printed, digest, check, changed = _WORDS[text.language]
    assert text.signed_at is not None
    pages = Pages(title, whose, text.language, now.astimezone(ZoneInfo(zone)))
    pages.heading(f"{title} {whose}")
    pages.line_of_text(period.format(since=text.since, until=text.until, zone=zone))
    pages.ln(3)
    for line in text.body.split("\n"):
        pages.line_of_text(line or " ")
    pages.ln(4)
    pages.line_of_text(signed.format(name=text.signed_by, at=_local(text.signed_at, zone), zone=zone))
    if not text.is_genuine:
        pages.heading(changed)
    pages.ln(4)
    pages.small(printed.format(identifier=text.journal_id, now=_local(now, zone), zone=zone))
    pages.small(digest.format(digest=text.sha256))
    pages.small(check)
    return pages.finished()


def _local(at: datetime, zone: str) -> str:
    return at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")
