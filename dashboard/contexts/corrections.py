"""What a client says is wrong, and what staff decided: the same lines on the client's own page and on staff's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dashboard import formats
from dashboard.contexts.client import Choice
from dashboard.contexts.page import Frame
from dashboard.language import N_, Language

SUBJECTS: dict[str, str] = {
    "reading": N_("a breath test"),
    "test_window": N_("a planned test"),
    "check_in": N_("a check-in"),
    "contact": N_("a note about a contact"),
    "journal_text": N_("a text for the record"),
    "plan": N_("my plan"),
    "personal_details": N_("my name or other details"),
    "other": N_("something else"),
}
STATES: dict[str, str] = {
    "open": N_("not decided yet"),
    "accepted": N_("corrected"),
    "noted": N_("kept beside it as the client's view"),
    "refused": N_("not changed"),
}


@dataclass(frozen=True, slots=True)
class CorrectionLine:
    """One request with its answer."""

    request_id: str
    at: str
    about: str
    says: str
    state: str
    is_open: bool
    decision: str
    by: str


@dataclass(frozen=True, slots=True)
class CorrectionsPage:
    """The page of staff."""

    frame: Frame
    client_id: str
    lines: tuple[CorrectionLine, ...]
    decisions: tuple[Choice, ...]


def correction_lines(
    rows: Sequence[dict[str, Any]], now: datetime, tz: str, lang: Language
) -> tuple[CorrectionLine, ...]:
    """The requests, newest first."""
    return tuple(
        CorrectionLine(
            str(row["request_id"]),
            formats.near(row["asked_at"], now, tz, lang),
            lang.t(SUBJECTS[row["about"]]),
            row["says"],
            lang.t(STATES[row["state"]]),
            row["state"] == "open",
            row["decision"] or "",
            row["decided_by"] or "",
        )
        for row in rows
    )


def subjects(lang: Language) -> tuple[Choice, ...]:
    """What a request can be about."""
    return tuple(Choice(name, lang.t(text), name == "other") for name, text in SUBJECTS.items())


def corrections_page(
    rows: Sequence[dict[str, Any]], client_id: str, tz: str, frame: Frame, now: datetime
) -> CorrectionsPage:
    """What a client asked for, with the forms to decide."""
    lang = frame.lang
    return CorrectionsPage(
        frame,
        client_id,
        correction_lines(rows, now, tz, lang),
        tuple(Choice(name, lang.t(STATES[name]), False) for name in ("accepted", "noted", "refused")),
    )
