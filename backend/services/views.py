"""What services return to the faces: frozen, plain values, in one place to import from; by concern in these modules.

Pages and API render these and hold no rule of their own. Instants are aware UTC. `tz` is the client's IANA zone.
Probabilities are 0..1. BrAC is mg/L.
"""

from dataclasses import dataclass
from datetime import datetime

from backend.services.alert_types import (
    AlertChange,
    AlertView,
    Evidence,
    Reason,
    RiskView,
    TechnicalAlert,
    TrackRecord,
)
from backend.services.series_views import (
    CheckInNote,
    CheckInPoint,
    ClientOverview,
    ClientSeries,
    ContactView,
    DrinkingView,
    GatewayView,
    LifeEvent,
    Measures,
    ReadingPoint,
    Rules,
    TrendView,
    VerdictChange,
    WindowView,
)
from backend.services.triage_views import (
    BudgetView,
    DayMark,
    NextContact,
    Precise,
    SystemAlertView,
    ThresholdView,
    TriageList,
    TriageRow,
    Unanswered,
)
from backend.services.view_words import (
    AlertKind,
    AlertState,
    AlertStep,
    Attendance,
    Channel,
    CloseReason,
    Coverage,
    DayState,
    ResultState,
    Text,
    TriageGroup,
)

__all__ = [
    "AccessEntry",
    "AlertChange",
    "AlertKind",
    "AlertState",
    "AlertStep",
    "AlertView",
    "Attendance",
    "BudgetView",
    "Channel",
    "CheckInNote",
    "CheckInPoint",
    "ClientOverview",
    "ClientSeries",
    "CloseReason",
    "ContactView",
    "Coverage",
    "DayMark",
    "DayState",
    "DrinkingView",
    "Evidence",
    "GatewayView",
    "LifeEvent",
    "LoginResult",
    "Measures",
    "NextContact",
    "Precise",
    "ReadingPoint",
    "Reason",
    "ResultState",
    "RiskView",
    "Rules",
    "SystemAlertView",
    "TechnicalAlert",
    "Text",
    "ThresholdView",
    "TrackRecord",
    "TrendView",
    "TriageGroup",
    "TriageList",
    "TriageRow",
    "Unanswered",
    "VerdictChange",
    "WindowView",
]


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
