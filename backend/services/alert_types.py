"""What services return about signals and the risk they may rest on."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backend.services.view_words import AlertKind, AlertState, AlertStep, CloseReason, Coverage, Text


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
