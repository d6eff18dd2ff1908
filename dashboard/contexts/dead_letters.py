"""Contexts of the pages about messages that could not be stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

from backend.services.dead_letters import DeadLetter, OpenedLetter
from dashboard.contexts.page import Frame, Moment, moment
from dashboard.language import N_, Language

REASONS: dict[str, str] = {
    "malformed": N_("not a signed message"),
    "oversized": N_("larger than a message may be"),
    "topic": N_("sent to an address that is not ours"),
    "unknown_gateway": N_("from a gateway that is not enrolled"),
    "foreign_topic": N_("on another tenant's address"),
    "unknown_key": N_("signed with another key than the gateway's"),
    "signature": N_("the signature does not fit"),
    "revoked_gateway": N_("the gateway's key was revoked"),
    "foreign_device": N_("signed in another gateway's name"),
    "invalid": N_("the contents break the contract"),
    "version": N_("of a version this backend does not know"),
    "clock_far_off": N_("the gateway's clock is far off"),
    "conflict": N_("another message with the same number was stored before"),
    "database": N_("the database refused it"),
}
OUTCOMES: dict[str, str] = {
    "stored": N_("Tried again and stored"),
    "duplicate": N_("Was stored before"),
    "conflict": N_("Another one with its number was stored before"),
    "refused": N_("Tried again and refused"),
    "set_aside": N_("Set aside"),
}
KINDS: dict[str, str] = {
    "object": N_("group"),
    "list": N_("list"),
    "text": N_("text"),
    "number": N_("number"),
    "yes_no": N_("yes or no"),
    "empty": N_("empty"),
}


_LONGEST_S = 10**12


@dataclass(frozen=True, slots=True)
class Line:
    """One dead letter in the list, or at the head of its own page."""

    letter_id: int
    first: Moment | None
    last: Moment | None
    where: str
    reason: str
    detail: str
    times: int
    size: str
    outcome: str | None
    waits: bool
    quarantined: bool
    claimed: Moment | None
    correction: str


@dataclass(frozen=True, slots=True)
class LettersPage:
    """The list."""

    frame: Frame
    waiting: int
    quarantine: tuple[Line, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One field of a payload: its place, what it is, how long."""

    path: str
    kind: str
    length: str


@dataclass(frozen=True, slots=True)
class LetterPage:
    """One of them."""

    frame: Frame
    line: Line
    form: str
    fields: tuple[FieldRow, ...]
    beginning: str
    can_replay: bool
    can_release: bool
    offset_s: str
    """What is offered as the offset, in seconds."""
    is_measured: bool


def letters_page(found: Sequence[DeadLetter], frame: Frame, now: datetime, tz: str) -> LettersPage:
    """The list, open ones first as it was found."""
    lines = tuple(_line(one, frame.lang, now, tz) for one in found)
    return LettersPage(
        frame,
        sum(one.waits for one in lines),
        tuple(one for one in lines if one.quarantined),
        tuple(one for one in lines if not one.quarantined),
    )


def letter_page(found: OpenedLetter, frame: Frame, now: datetime, tz: str) -> LetterPage:
    """One letter with the form of its payload."""
    lang, shape = frame.lang, found.shape
    if shape.is_envelope:
        form = lang.t("A signed envelope.")
    elif shape.is_json:
        form = lang.t("JSON, but not a signed envelope.")
    else:
        form = lang.t("Not readable as JSON.")
    fields = tuple(
        FieldRow(
            one.path, lang.t(KINDS.get(one.kind, one.kind)), "" if one.length is None else str(one.length)
        )
        for one in shape.fields
    )
    return LetterPage(
        frame, _line(found.letter, lang, now, tz), form, fields, shape.beginning,
        found.is_whole and not found.letter.is_quarantined and found.letter.outcome not in {"stored", "duplicate"},
        found.is_whole and found.letter.is_quarantined, _seconds(found.letter.likely_offset_ms, lang),
        found.letter.clock_offset_ms is not None,
    )  # fmt: skip


def _line(one: DeadLetter, lang: Language, now: datetime, tz: str) -> Line:
    return Line(
        letter_id=one.letter_id,
        first=moment(one.received_at, now, tz, lang),
        last=moment(one.seen_at, now, tz, lang),
        where=one.topic,
        reason=lang.t(REASONS.get(one.reason, one.reason)),
        detail=one.detail,
        times=one.times,
        size=lang.t("{count} bytes", count=one.size),
        outcome=lang.t(OUTCOMES[one.outcome]) if one.outcome else None,
        waits=one.handled_at is None,
        quarantined=one.is_quarantined,
        claimed=moment(one.claimed_at, now, tz, lang) if one.claimed_at else None,
        correction=_seconds(one.clock_correction_ms, lang) and f"{_seconds(one.clock_correction_ms, lang)} s",
    )


def read_offset(text: str) -> int | None:
    """Milliseconds of an offset written in seconds, with comma or point; None when it is none."""
    try:
        offset = Decimal(text.strip().replace(",", ".").replace("\N{MINUS SIGN}", "-"))
    except InvalidOperation:
        return None
    return round(offset * 1000) if offset.is_finite() and abs(offset) < _LONGEST_S else None


def _seconds(milliseconds: int | None, lang: Language) -> str:
    if milliseconds is None:
        return ""
    said = f"{Decimal(milliseconds) / 1000:f}"
    return said.replace(".", ",") if lang.code == "sv" else said
