"""What one day of a simulated person consists of. Frozen values; every instant is aware UTC.

`DrinkingSession` and `strain` are the hidden truth: nothing but self-reports and breath tests may carry them to
the platform.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Participation(StrEnum):
    """Whether the person takes part on a day."""

    ACTIVE = "active"
    PAUSED = "paused"
    """An agreed break: no windows are planned."""
    SILENT = "silent"
    """Gone without a word: windows are still planned, nothing comes."""


class BlowKind(StrEnum):
    """Why a blow was made."""

    PLANNED = "planned"
    RETRY = "retry"
    """Straight after a failed blow."""
    RETEST = "retest"
    """15 to 20 minutes after alcohol was found."""


class BlowQuality(StrEnum):
    """How the blow went; only GOOD yields a value."""

    GOOD = "good"
    WEAK = "weak"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Window:
    """A planned test or check-in: `name` is the plan's word for it ("morning", "evening", "check_in" ...)."""

    name: str
    opens_at: datetime
    closes_at: datetime


@dataclass(frozen=True, slots=True)
class Blow:
    """One blow into the breathalyzer.

    `brac_mg_per_l` is the true ethanol of the lungs; the sensor meets `presented_mg_per_l`. `window` is the
    planned window it belongs to (a blow after its `closes_at` is late). `sendable_at` is when the gateway first
    had a connection after the blow.
    """

    at: datetime
    window: Window
    kind: BlowKind
    attempt: int
    quality: BlowQuality
    brac_mg_per_l: float
    mouth_alcohol_mg_per_l: float
    interferent_mg_per_l: float
    battery_percent: int
    sendable_at: datetime

    @property
    def presented_mg_per_l(self) -> float:
        """What a perfect fuel cell would show: lungs, mouth alcohol and interferent (ketosis) together."""
        return self.brac_mg_per_l + self.mouth_alcohol_mg_per_l + self.interferent_mg_per_l


@dataclass(frozen=True, slots=True)
class Answer:
    """One answered item on its scale."""

    item: str
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class CheckIn:
    """A check-in that was answered; items left open are absent."""

    at: datetime
    window: Window
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class DrinkingSession:
    """Hidden truth: one stretch of drinking inside one day. `onset` when no drinking the day before."""

    started_at: datetime
    ended_at: datetime
    grams: float
    onset: bool


@dataclass(frozen=True, slots=True)
class SelfReport:
    """The client tells of earlier drinking, with remembered times and amount."""

    reported_at: datetime
    started_at: datetime
    ended_at: datetime
    grams: float


@dataclass(frozen=True, slots=True)
class OfflineSpell:
    """The gateway has no connection from `started_at` until `ended_at`; blows inside it arrive late."""

    started_at: datetime
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class PersonDay:
    """Everything of one person's day, 04:00 to 04:00 local. Tuples are in order of time.

    Windows are those planned for the day whether answered or not. `strain` is the hidden precursor (0 =
    ordinary, about 2 = a bad spell), `drinking_chance` the hidden probability at 04:00 that they drink today.
    """

    index: int
    date: date
    starts_at: datetime
    ends_at: datetime
    participation: Participation
    test_windows: tuple[Window, ...]
    check_in_windows: tuple[Window, ...]
    blows: tuple[Blow, ...]
    check_ins: tuple[CheckIn, ...]
    self_reports: tuple[SelfReport, ...]
    sessions: tuple[DrinkingSession, ...]
    offline_spells: tuple[OfflineSpell, ...]
    battery_percent: int
    strain: float
    drinking_chance: float
