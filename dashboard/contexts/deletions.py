"""Records that may go: the dry run, cases of two people, and their certificates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from backend.services.deletion import Case, DueRecord, Ground
from dashboard.contexts.page import Frame, Moment, moment
from dashboard.language import N_, Language

ZONE = "Europe/Stockholm"
GROUNDS: dict[Ground, str] = {
    "retention": N_("Kept long enough"),
    "erasure": N_("The client asked for it, and it was granted"),
}


@dataclass(frozen=True, slots=True)
class DueLine:
    """A record that may go. `rows`: how much is in it."""

    record_id: str
    alias: str
    ground: str
    rows: int
    is_held: bool
    in_a_case: bool


@dataclass(frozen=True, slots=True)
class CaseLine:
    """One case. `state` says where it stands, `is_open` whether somebody may still act."""

    case_id: str
    record: str
    ground: str
    words: str
    rows: int
    at: Moment | None
    by: str
    state: str
    approved: str
    is_open: bool
    waits: bool
    is_own: bool
    is_done: bool
    sha256: str


@dataclass(frozen=True, slots=True)
class DeletionsPage:
    """The whole page. `due` is None for those who propose nothing."""

    frame: Frame
    due: tuple[DueLine, ...] | None
    cases: tuple[CaseLine, ...]


def deletions_page(
    due: Sequence[DueRecord] | None, cases: Sequence[Case], frame: Frame, now: datetime
) -> DeletionsPage:
    """What may go first, then the cases, newest first."""
    lang = frame.lang
    lines = None if due is None else tuple(_due(one, lang) for one in due)
    return DeletionsPage(frame, lines, tuple(_case(one, frame, now) for one in cases))


def _due(one: DueRecord, lang: Language) -> DueLine:
    return DueLine(
        str(one.record_id),
        one.alias,
        lang.t(GROUNDS[one.ground]),
        _rows(one.counted),
        one.held,
        one.in_a_case,
    )


def _case(one: Case, frame: Frame, now: datetime) -> CaseLine:
    lang = frame.lang
    approved = ""
    if one.approved_at is not None:
        approved = lang.t("approved by {name}", name=one.approved_by or "")
    return CaseLine(
        case_id=str(one.case_id),
        record=str(one.record_id)[:8],
        ground=lang.t(GROUNDS[one.ground]),
        words=one.words,
        rows=_rows(one.counted if one.removed is None else one.removed),
        at=moment(one.proposed_at, now, ZONE, lang),
        by=one.proposed_by,
        state=_state(one, lang),
        approved=approved,
        is_open=one.done_at is None and one.withdrawn_at is None,
        waits=one.done_at is None and one.withdrawn_at is None and one.approved_at is None,
        is_own=one.is_own,
        is_done=one.done_at is not None,
        sha256=one.sha256 or "",
    )


def _state(one: Case, lang: Language) -> str:
    if one.done_at is not None:
        return lang.t("Removed")
    if one.withdrawn_at is not None:
        return lang.t("Taken back")
    return (
        lang.t("Is removed tonight") if one.approved_at is not None else lang.t("Waits for a second person")
    )


def _rows(counted: Mapping[str, int]) -> int:
    return sum(counted.values())
