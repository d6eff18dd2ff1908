"""What the services of relatives return."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from backend.services.views import Attendance, ResultState

Scope = Literal["plan", "attendance", "results", "values"]
"""What can be shared: coming tests, whether they were taken, whether there was alcohol, and how much."""
SCOPES: tuple[Scope, ...] = ("plan", "attendance", "results", "values")
RelativeState = Literal["invited", "lapsed", "accepted", "ended"]


@dataclass(frozen=True, slots=True)
class Sharing:
    """One consent, as it was given and perhaps taken back."""

    scope: Scope
    given_at: datetime
    ends_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class RelativeView:
    """A relative, for the client and the client's team."""

    relative_id: UUID
    called: str
    client_shown_as: str
    state: RelativeState
    invited_at: datetime
    invitation_ends_at: datetime
    accepted_at: datetime | None
    ended_at: datetime | None
    on: Mapping[Scope, Sharing]
    """What is shared now; a switch that is off is absent."""
    history: tuple[Sharing, ...]
    """Every consent ever given, oldest first."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation as its reader sees it before accepting."""

    called: str
    client_shown_as: str
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class SharedClient:
    """A client as one of their relatives knows them. `scopes` is empty while nothing is shared."""

    client_id: UUID
    shown_as: str
    tz: str
    scopes: Mapping[Scope, Sharing]


@dataclass(frozen=True, slots=True)
class SharedTest:
    """A planned test or check-in. `attendance` is None for a coming one, and where attendance is not shared."""

    kind: str
    opens_at: datetime
    closes_at: datetime
    attendance: Attendance | None


@dataclass(frozen=True, slots=True)
class SharedReading:
    """A result. The numbers are None where only results are shared."""

    measured_at: datetime
    state: ResultState
    brac_mg_per_l: float | None
    permille: float | None
    """Estimated."""


@dataclass(frozen=True, slots=True)
class SharedSeries:
    """What a relative sees of a span: what is not shared is empty, and `client.scopes` says which."""

    client: SharedClient
    since: datetime
    until: datetime
    coming: tuple[SharedTest, ...]
    past: tuple[SharedTest, ...]
    readings: tuple[SharedReading, ...]
