"""What services return about one client over time."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

from backend.services.alert_types import AlertView, RiskView, TrackRecord
from backend.services.triage_views import NextContact
from backend.services.view_words import Attendance, Channel, ResultState, Text


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
    unit_tz: str | None = None
    """The clock of the unit's working hours; None while the unit has decided none."""


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
