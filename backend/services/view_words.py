"""The fixed words of what services return, and a text in both languages."""

from dataclasses import dataclass
from typing import Literal

from backend.domain.alerting import AlertKind, AlertState
from backend.domain.attendance import Attendance
from backend.domain.results import ResultState
from backend.domain.triage import TriageGroup

__all__ = [
    "AlertKind",
    "AlertState",
    "AlertStep",
    "Attendance",
    "Channel",
    "CloseReason",
    "Coverage",
    "DayState",
    "ResultState",
    "Text",
    "TriageGroup",
]

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


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence in both languages."""

    sv: str
    en: str
