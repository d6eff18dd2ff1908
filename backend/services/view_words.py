"""The fixed words of what services return, and a text in both languages."""

from dataclasses import dataclass
from typing import Literal

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
