"""What services return for the list: its rows, its order, its budget, and trouble of the platform."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from backend.services.alert_types import AlertView, RiskView
from backend.services.view_words import DayState, Text, TriageGroup


@dataclass(frozen=True, slots=True)
class Precise:
    """`hits` of `n` cases; not `is_enough`: too few to speak of a share."""

    hits: int
    n: int
    is_enough: bool


@dataclass(frozen=True, slots=True)
class ThresholdView:
    """A threshold in force, what it would have given a week, and PPV (`right`) and sensitivity (`warned`) as counts."""

    kind: Literal["risk", "trend"]
    value: float
    set_at: datetime
    per_week: float | None
    is_within: bool | None
    right: Precise
    warned: Precise


@dataclass(frozen=True, slots=True)
class BudgetView:
    """Predictive signals in the caller's unit: what was agreed, what came, and how right they were."""

    per_clinician_week: float
    clinicians: int
    opened_last_week: int
    """In the caller's own caseload."""
    thresholds: tuple[ThresholdView, ...]
    """Empty while the defaults are in force."""


@dataclass(frozen=True, slots=True)
class SystemAlertView:
    """Many gateways, the broker or ingest silent together."""

    cause: Literal["gateways", "broker", "ingest"]
    began_at: datetime
    opened_at: datetime
    ended_at: datetime | None
    gateways: int
    silent: int


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Alerts of a unit that went all the way to the manager without an answer. A number and no client."""

    count: int
    since: datetime | None


@dataclass(frozen=True, slots=True)
class DayMark:
    """One local day of the 28-day strip. `state` is `gap` when nothing is known: a gap is never shown as sober."""

    day: date
    state: DayState
    planned: int
    taken: int
    peak_brac_mg_per_l: float | None


@dataclass(frozen=True, slots=True)
class NextContact:
    """When somebody means to be in touch next: a planned visit, or a date that was set with a contact."""

    at: datetime
    by: str | None
    is_visit: bool


@dataclass(frozen=True, slots=True)
class TriageRow:
    """One client in the triage list: the same client never stands twice."""

    client_id: UUID
    alias: str
    display_name: str | None
    group: TriageGroup
    why: Text
    since: datetime | None
    alert: AlertView | None
    strip: tuple[DayMark, ...]
    coverage_percent: int
    """Share of planned tests of the 28 days that were taken, whatever their result."""
    last_data_at: datetime | None
    last_reviewed_at: datetime | None
    last_reviewed_by: str | None
    owner: str | None
    risk: RiskView | None
    tz: str
    next_contact: NextContact | None = None
    stands_in_for: str | None = None
    """The colleague on leave for whom the reader looks after this client."""
    pictures_waiting: int = 0
    """Pictures at the blow that nobody has looked at yet."""
    is_own: bool = False
    """Whether the reader is a clinician of the client's own, by account and not by name."""


@dataclass(frozen=True, slots=True)
class TriageList:
    """The caseload, in the order in which a human is needed."""

    rows: tuple[TriageRow, ...]
    generated_at: datetime
    order: tuple[Text, ...]
    """How the order is made, in words, first rule first."""
    budget: BudgetView | None = None
    system_alert: SystemAlertView | None = None
    unanswered: Unanswered | None = None
