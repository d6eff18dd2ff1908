"""What services return to the faces: frozen, plain values. Pages and API render these and hold no rule of their own.

Instants are aware UTC. `tz` is the client's IANA zone. Probabilities are 0..1. BrAC is mg/L.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

Attendance = Literal["pending", "on_time", "late", "missed", "not_received", "excused", "paused", "outage"]
ResultState = Literal[
    "ok",
    "trace",
    "positive_pending",
    "positive_confirmed",
    "positive_unconfirmed",
    "abnormal_confirmation",
    "incomplete",
]
AlertKind = Literal[
    "safety_answer",
    "help_asked",
    "confirmed_positive",
    "unconfirmed_positive",
    "identity_mismatch",
    "testing_stopped",
    "worsening_risk",
    "missed_tests",
    "lost_contact",
    "equipment",
]
AlertState = Literal["new", "seen", "acting", "closed"]
AlertStep = Literal[
    "new", "seen", "acting", "closed", "snoozed", "snooze_ended", "snooze_broken", "told", "handed_over"
]
"""What can happen to an alert: its states, being put off and taken up again, somebody being told, its owner leaving."""
CloseReason = Literal["contacted", "wait", "technical", "not_relevant"]
Channel = Literal["phone", "visit", "letter", "sms", "message"]
Coverage = Literal["enough", "little", "too_little"]
DayState = Literal[
    "ok",
    "trace",
    "positive",
    "unclear",
    "missed",
    "not_received",
    "reported_drinking",
    "no_test_planned",
    "gap",
]
TriageGroup = Literal["confirmed_positive", "worsening", "lost_contact", "device", "review_due", "stable"]


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence in both languages."""

    sv: str
    en: str


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason behind a score: a sentence, and which way it pulls."""

    text: Text
    raises: bool
    weight: float
    """Contribution on the log-odds scale."""


@dataclass(frozen=True, slots=True)
class RiskView:
    """A score for one horizon. `probability` is None when there is too little data to say."""

    decided_at: datetime
    horizon_hours: int
    probability: float | None
    low: float | None
    high: float | None
    usual: float | None
    """The client's own running rate at the same moment, for comparison."""
    coverage: Coverage
    reasons: tuple[Reason, ...]
    model_version: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """One line of an alert's growing list of evidence."""

    kind: str
    at: datetime
    text: Text


@dataclass(frozen=True, slots=True)
class AlertChange:
    """One step in an alert's life, with the person who took it (None: the system).

    Where somebody was told: at which `step` of the escalation, and who (`names`; empty: nobody was there).
    """

    at: datetime
    by: str | None
    old: AlertState | None
    new: AlertStep
    note: str | None
    step: str | None = None
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AlertView:
    """An alert as a person acts on it."""

    alert_id: UUID
    client_id: UUID
    client_alias: str
    kind: AlertKind
    tier: int
    state: AlertState
    opened_at: datetime
    updated_at: datetime
    evidence: tuple[Evidence, ...]
    owner: str | None
    close_reason: CloseReason | None
    close_note: str | None
    changes: tuple[AlertChange, ...]
    began_at: datetime | None = None
    """Since when what it is about has been going on."""
    seen_at: datetime | None = None
    seen_by: str | None = None
    """Who acknowledged it. Seen is not taken: that is `owner`."""
    snoozed_until: datetime | None = None
    snoozed_by: str | None = None
    snooze_reason: str | None = None
    next_told_at: datetime | None = None
    """When the next person is told, if nobody answers before."""


@dataclass(frozen=True, slots=True)
class TrackRecord:
    """Of the last `n` closed alerts of a kind `relevant` were judged so. Not `is_enough`: too few to speak of."""

    relevant: int
    n: int
    is_enough: bool


@dataclass(frozen=True, slots=True)
class TechnicalAlert:
    """Trouble with equipment, as technical support sees it: devices and no client."""

    alert_id: UUID
    kind: AlertKind
    tier: int
    state: AlertState
    began_at: datetime
    devices: tuple[str, ...]
    owner: str | None
    evidence: tuple[Text, ...]


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


@dataclass(frozen=True, slots=True)
class ReadingPoint:
    """One test run on the time axis."""

    measured_at: datetime
    received_at: datetime
    brac_mg_per_l: float | None
    permille: float | None
    """Computed from breath with factor 2.0, an estimate."""
    state: ResultState
    outcome: str
    failure: str | None
    purpose: str
    attempt: int
    breathalyzer_model: str
    driver_grade: str
    calibration_state: str
    device_id: str
    boot_id: str
    sequence: int
    identity: str = "not_used"
    """Who blew, as far as a picture and a person say: not_used, review_pending, confirmed, mismatch or not_captured."""
    is_other_breathalyzer: bool = False
    """It came from another breathalyzer than the client's own. It counts all the same."""
    clock_correction_ms: int | None = None
    """Added to the gateway's time by a person; what the gateway said is `measured_at` less this."""


@dataclass(frozen=True, slots=True)
class VerdictChange:
    """What was said of a planned test, and what took its place."""

    window_id: UUID
    changed_at: datetime
    old: Attendance
    new: Attendance
    reason: str


@dataclass(frozen=True, slots=True)
class LifeEvent:
    """Medication or something that happened in the client's life, as staff noted it; days are the client's own."""

    event_id: UUID
    kind: Literal["medication", "life"]
    began_on: date
    ended_on: date | None
    text: str
    by: str | None


@dataclass(frozen=True, slots=True)
class Measures:
    """Tests of the last `days` days: how many were planned and came to something, and the longest times without one."""

    days: int
    planned: int
    """Planned breath tests whose time has come, but for those excused, paused or lost to an outage of ours."""
    ok: int
    """Of these, met by a test without alcohol."""
    longest_gap: timedelta
    """MTBT: maximum time between tests of any result, until now included."""
    longest_ok_gap: timedelta
    """The same between tests without alcohol: how long sobriety went unverified."""
    tests: int


@dataclass(frozen=True, slots=True)
class WindowView:
    """A planned test or prompt and what became of it."""

    window_id: UUID
    kind: Literal["breath_test", "check_in", "visit"]
    opens_at: datetime
    closes_at: datetime
    attendance: Attendance
    met_at: datetime | None


@dataclass(frozen=True, slots=True)
class CheckInPoint:
    """One answered item, rescaled to 0..10 for drawing; `value`, `low`, `high` as answered."""

    answered_at: datetime
    item: str
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class CheckInNote:
    """A check-in's drinking answer and comment. `about_at`: when the test or miss was that the comment is about."""

    answered_at: datetime
    drank: bool | None
    comment: str | None
    about_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DrinkingView:
    """Drinking known from words or an imported study."""

    started_at: datetime
    ended_at: datetime | None
    known_at: datetime
    source: str
    amount_g: float | None


@dataclass(frozen=True, slots=True)
class ContactView:
    """A contact made, in whatever channel."""

    contact_id: UUID
    happened_at: datetime
    channel: Channel
    reached: bool
    note: str
    by: str | None
    direction: str = "outgoing"
    duration_min: int | None = None
    outcome: str | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """The limits in force for a client; all are settings of the plan."""

    trace_mg_per_l: float
    positive_mg_per_l: float
    retest_after_min: int
    retest_within_min: int


@dataclass(frozen=True, slots=True)
class GatewayView:
    """The gateway beside the client, as last heard."""

    device_id: str
    heard_at: datetime | None
    outbox_depth: int | None
    battery_level: int | None
    last_error: str | None
    alarms: tuple[str, ...] = ()
    """What stands wrong beside the client, as codes."""
    driver_grade: str | None = None
    """What the knowledge of the breathalyzer seen last rests on."""


@dataclass(frozen=True, slots=True)
class TrendView:
    """The client against their own baseline (docs/exacerbation-index.md): apart from the probability.

    `index` 0..100 (50 at the alarm limit), None when there is too little data; `onset` is the local day on which a
    worsening began, None while there is none.
    """

    index: float | None
    onset: date | None
    text: Text


@dataclass(frozen=True, slots=True)
class ClientOverview:
    """Head of a client's page."""

    client_id: UUID
    alias: str
    display_name: str | None
    tz: str
    started_on: date
    study: str | None
    rules: Rules
    alert: AlertView | None
    past_alerts: tuple[AlertView, ...]
    risk: tuple[RiskView, ...]
    """Newest score, one per horizon (24, 72)."""
    coverage_percent: int
    last_data_at: datetime | None
    last_reviewed_at: datetime | None
    last_reviewed_by: str | None
    gateway: GatewayView | None
    next_window: WindowView | None
    retest_until: datetime | None
    """Set while a retest is awaited."""
    observed_from: datetime | None = None
    """Of an imported study: the observed span. Its history lies there, not around now."""
    observed_to: datetime | None = None
    trend: TrendView | None = None
    """None until a client was scored, and where the tenant has turned scores off."""
    scores_are_on: bool = True
    measures: tuple[Measures, ...] = ()
    """Of 7 and of 28 days; empty for imported people."""
    next_contact: NextContact | None = None
    clocks_waiting: int = 0
    """Messages from the client's gateway whose clock was far off, until technical support says by how much."""
    equipment_alert: AlertView | None = None
    """Trouble with the equipment beside a clinical alert; `alert` itself when there is no clinical one."""
    track_record: TrackRecord | None = None


@dataclass(frozen=True, slots=True)
class ClientSeries:
    """Everything on the client's one time axis between two instants."""

    client_id: UUID
    since: datetime
    until: datetime
    tz: str
    rules: Rules
    readings: tuple[ReadingPoint, ...]
    windows: tuple[WindowView, ...]
    answers: tuple[CheckInPoint, ...]
    check_ins: tuple[CheckInNote, ...]
    drinking: tuple[DrinkingView, ...]
    risk: tuple[RiskView, ...]
    contacts: tuple[ContactView, ...]
    outages: tuple[tuple[datetime, datetime], ...]
    worse_since: date | None = None
    """The local day from which a standing worsening is shaded; None while there is none."""
    verdicts: tuple[VerdictChange, ...] = ()
    events: tuple[LifeEvent, ...] = ()


@dataclass(frozen=True, slots=True)
class AccessEntry:
    """One line of "who has looked", as the client sees it."""

    at: datetime
    unit: str | None
    role: str
    action: str
    in_emergency: bool = False
    """Whether it was done in an emergency, without a care relation or past the client's wish."""
    name: str | None = None
    """Who it was, where the tenant shows names (`names_in_access_log` in its settings)."""


@dataclass(frozen=True, slots=True)
class LoginResult:
    """A fresh login: the secret token for the cookie, shown once."""

    token: str
    csrf_token: str
    ends_at: datetime
    known_browser: str = ""
    """The secret by which this browser is known from then on."""
