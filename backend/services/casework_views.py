"""What the services of casework return to the faces: frozen, plain values. Instants are aware UTC."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from backend.domain.application import Application
from backend.domain.instruments import AuditScore
from backend.domain.journal_draft import Length
from backend.domain.staff_time import StaffTime
from backend.services.views import Channel, Text

Direction = Literal["outgoing", "incoming"]
Outcome = Literal["talked", "new_time", "plan_changed", "referred", "no_answer", "left_word"]
Decision = Literal["approved", "changed", "rejected"]
Source = Literal["person", "referrer", "staff", "paper"]


@dataclass(frozen=True, slots=True)
class Reader:
    """Who has read a message, and when."""

    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class MessageView:
    """One message. A corrected one stays readable; the correction names it."""

    message_id: UUID
    from_client: bool
    mine: bool
    by: str
    body: str
    sent_at: datetime
    corrects: UUID | None
    corrected: bool
    readers: tuple[Reader, ...]


@dataclass(frozen=True, slots=True)
class Desk:
    """When the unit reads, honestly: whether anybody may be expected to read now, else when the next time is."""

    is_open: bool
    opens_at: datetime
    """The next opening; while open, now."""
    reply_within_hours: int
    """Working hours within which an answer is promised."""
    reply_by: datetime
    """The answer to a message sent now is promised until then."""


@dataclass(frozen=True, slots=True)
class Thread:
    """A client's messages, oldest first, with what the reader's side has not read yet."""

    client_id: UUID
    tz: str
    messages: tuple[MessageView, ...]
    unread: int
    unread_since: datetime | None
    reply_due_at: datetime | None
    """Until when staff have promised to answer what the client wrote last; None when nothing waits."""
    desk: Desk


@dataclass(frozen=True, slots=True)
class WaitingThread:
    """A thread that waits for an answer of staff."""

    client_id: UUID
    alias: str
    display_name: str | None
    tz: str
    messages: int
    since: datetime
    reply_due_at: datetime | None
    unread: int


@dataclass(frozen=True, slots=True)
class ContactNote:
    """A contact as it is noted now, with how often it was corrected."""

    contact_id: UUID
    happened_at: datetime
    channel: Channel
    direction: Direction
    reached: bool
    duration_min: int | None
    outcome: Outcome | None
    note: str
    by: str | None
    corrections: int


@dataclass(frozen=True, slots=True)
class Correction:
    """What a contact note said before, who changed it and why."""

    at: datetime
    by: str
    reason: str
    before: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ProposedWindowView:
    """A proposed window with the rule that led to it."""

    kind: str
    weekdays: tuple[int, ...]
    opens: str
    closes: str
    rule: str


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A rule that applied, in words."""

    rule: str
    text: Text


@dataclass(frozen=True, slots=True)
class Assessment:
    """What the robot computed: what is missing, the score, and a plan with its reasons. It decides nothing."""

    gaps: tuple[RuleLine, ...]
    """What has to be known before anybody can approve; `rule` names the field."""
    score: AuditScore | None
    windows: tuple[ProposedWindowView, ...]
    reasons: tuple[RuleLine, ...]
    remarks: tuple[RuleLine, ...]
    version: str

    @property
    def is_complete(self) -> bool:
        """Whether nothing is missing."""
        return not self.gaps


@dataclass(frozen=True, slots=True)
class DecisionView:
    """What a person decided, in their own words."""

    decision: Decision
    words: str
    by: str
    at: datetime
    version: int
    plan: dict[str, Any] | None
    client_id: UUID | None


@dataclass(frozen=True, slots=True)
class VersionView:
    """One state of an application: who entered it (None: the applicant), when and why."""

    version: int
    entered_at: datetime
    entered_by: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class ApplicationRow:
    """A line of the desk."""

    application_id: UUID
    name: str
    source: Source
    received_at: datetime
    gaps: int
    score: AuditScore | None
    decision: Decision | None
    decided_at: datetime | None
    decided_by: str | None
    client_id: UUID | None


@dataclass(frozen=True, slots=True)
class ApplicationView:
    """One application with everything a person needs to decide on it."""

    application_id: UUID
    source: Source
    received_at: datetime
    version: int
    content: Application
    versions: tuple[VersionView, ...]
    assessment: Assessment
    """As computed now; once decided, as it was shown to whoever decided."""
    decision: DecisionView | None


@dataclass(frozen=True, slots=True)
class LinkView:
    """A one-time link that can still be used. The address itself was shown once."""

    link_id: UUID
    written_by: Literal["person", "referrer"]
    issued_by: str
    issued_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class ApplicationDesk:
    """A unit's applications, undecided first, and its open links."""

    unit: str
    applications: tuple[ApplicationRow, ...]
    links: tuple[LinkView, ...]


@dataclass(frozen=True, slots=True)
class JournalText:
    """A text for the record: the draft as computed, and the text as edited or signed."""

    journal_id: UUID
    client_id: UUID
    since: date
    until: date
    length: Length
    language: Literal["sv", "en"]
    draft: str
    body: str
    drafted_by: str
    drafted_at: datetime
    signed_by: str | None
    signed_at: datetime | None
    sha256: str | None
    is_genuine: bool | None
    """Whether the text still has the digest it was signed with; None while unsigned."""


@dataclass(frozen=True, slots=True)
class WorkMinutes:
    """The figures in force for a kind of work. `set_by` is None for the project's own defaults."""

    kind: str
    name: Text
    minutes: float
    manual_minutes: float | None
    reason: str
    set_by: str | None
    valid_from: datetime | None


@dataclass(frozen=True, slots=True)
class MonthReport:
    """A unit's staff time in one month of its own calendar."""

    unit: str
    year: int
    month: int
    tz: str
    is_whole: bool
    """Whether the month is over; otherwise the figures run up to now."""
    report: StaffTime
    settings: tuple[WorkMinutes, ...]
    history: tuple[WorkMinutes, ...]
    """Every figure the unit has set, newest first."""


@dataclass(frozen=True, slots=True)
class UnitSettings:
    """What a unit has set: its hours, its promise, cut-offs, and how unsure its minutes are."""

    unit: str
    hours: dict[str, Any]
    reply_within_hours: int
    cut_offs: dict[str, int]
    uncertainty_percent: int
    safety_text: str | None
    """What staff have agreed is done when an answer asks for safety; None: the project's own words."""
    history: tuple["SettingChange", ...]


@dataclass(frozen=True, slots=True)
class SettingChange:
    """One change of a setting."""

    name: str
    value: Any
    at: datetime
    by: str
    reason: str
