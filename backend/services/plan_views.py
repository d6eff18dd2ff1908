"""What plan services return: plans with their history, proposals, pauses and excuses, previews. Plain values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from backend.domain.plan_parts import WindowKind
from backend.domain.wording import Sentence
from backend.services.views import Text

PauseState = Literal["requested", "granted", "refused", "withdrawn"]


@dataclass(frozen=True, slots=True)
class WrittenPlan:
    """A plan's content as it is written: windows and random tests as lists of plain items, and the rules."""

    timezone: str
    windows: tuple[Mapping[str, Any], ...]
    random: tuple[Mapping[str, Any], ...]
    rules: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PlanView:
    """One plan of a client's history: from when to when, by whom and why, in words, and what was changed."""

    plan_id: UUID
    version: int
    valid_from: datetime
    valid_to: datetime | None
    made_at: datetime
    made_by: str | None
    reason: str
    agreed_at: datetime | None
    agreed_by: str | None
    written: WrittenPlan
    says: tuple[Text, ...]
    changes: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class DraftView:
    """A proposal that waits for the client. `changes` is what would differ from the plan in force."""

    plan_id: UUID
    valid_from: datetime | None
    proposed_at: datetime
    proposed_by: str | None
    reason: str
    written: WrittenPlan
    says: tuple[Text, ...]
    changes: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class PlanHistory:
    """Every plan, newest first, and open proposals."""

    plans: tuple[PlanView, ...]
    drafts: tuple[DraftView, ...]


@dataclass(frozen=True, slots=True)
class PreviewWindow:
    """A window of the preview."""

    kind: WindowKind
    opens_at: datetime
    closes_at: datetime


@dataclass(frozen=True, slots=True)
class PreviewDayView:
    """A civil day of the preview in the plan's zone; `hours` is 23 or 25 when the clock changes."""

    day: date
    holiday: str | None
    hours: int
    windows: tuple[PreviewWindow, ...]


@dataclass(frozen=True, slots=True)
class PreviewView:
    """Two weeks of a plan nobody has agreed to yet. `random` says between when, never when."""

    timezone: str
    days: tuple[PreviewDayView, ...]
    random: tuple[Text, ...]
    changes: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class PauseView:
    """A pause, asked for, granted, refused or withdrawn."""

    pause_id: UUID
    from_at: datetime
    to_at: datetime
    reason: str
    state: PauseState
    requested_at: datetime
    requested_by: str | None
    decided_at: datetime | None
    decided_by: str | None
    decision_note: str | None


@dataclass(frozen=True, slots=True)
class ExcuseView:
    """One excused window; `withdrawn_at` when it was taken back."""

    excuse_id: UUID
    kind: WindowKind
    opens_at: datetime
    reason: str
    granted_at: datetime
    granted_by: str | None
    withdrawn_at: datetime | None


def texts(said: Iterable[Sentence]) -> tuple[Text, ...]:
    """Sentences as views carry them."""
    return tuple(Text(one.sv, one.en) for one in said)


def written(row: Mapping[str, Any]) -> WrittenPlan:
    """A stored plan's content."""
    return WrittenPlan(row["timezone"], tuple(row["windows"]), tuple(row["random"]), dict(row["rules"]))
