"""Alerts: from findings to one open alert per client that grows, is upgraded rather than repeated, and stays closed.

Every finding has a key made of what happened (never of when somebody looked). A finding whose key stands in any alert
of the client, open or closed, is old news. So the same event is never alerted twice, whatever is run again.

Two tracks: what is about the person (clinical), and what is about the equipment. Each has one open place per client,
so that a flat battery somebody works on never swallows a positive test, and a clinical alert never hides a fault.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from backend.domain.silence import Silence
from backend.domain.wording import Sentence, local_time

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
Track = Literal["clinical", "equipment"]
TRACKS: Final[tuple[Track, ...]] = ("clinical", "equipment")
EQUIPMENT_KINDS: Final[frozenset[AlertKind]] = frozenset({"lost_contact", "equipment"})
_RANK: Final[dict[AlertKind, int]] = {
    "safety_answer": 0,
    "help_asked": 1,
    "confirmed_positive": 2,
    "unconfirmed_positive": 3,
    "identity_mismatch": 4,
    "testing_stopped": 5,
    "worsening_risk": 6,
    "missed_tests": 7,
    "lost_contact": 8,
    "equipment": 9,
}

RECENT: Final = timedelta(hours=72)
"""A finding older than this when it becomes known stands in the history but raises no alert (assumption)."""
URGENT_TIER: Final = 2
"""Findings of this tier or a more urgent one end a snooze (requirement R11: urgent breaks through)."""
LONGEST_SNOOZE: Final[dict[int, timedelta]] = {
    2: timedelta(days=3),
    3: timedelta(days=14),
    4: timedelta(days=30),
}
"""How long an alert of a tier may be put off (assumption). Tier 1 may not be put off at all."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a clinician should know. `key` names the event itself; `numbers` holds what the sentence says.

    `limits` is what it was measured by at the time. `at` is when it could be known, `began_at` when what it tells of
    began (None: the same).
    """

    kind: AlertKind
    tier: int
    at: datetime
    key: str
    text: Sentence
    numbers: dict[str, Any] = field(default_factory=dict)
    began_at: datetime | None = None
    limits: Mapping[str, Any] = field(default_factory=dict)

    @property
    def began(self) -> datetime:
        """When what it tells of began."""
        return self.began_at or self.at

    def as_evidence(self) -> dict[str, Any]:
        """As a line of an alert's evidence, as JSON."""
        return {
            "kind": self.kind,
            "key": self.key,
            "at": self.at.isoformat(),
            "began": self.began.isoformat(),
            "sv": self.text.sv,
            "en": self.text.en,
            "numbers": self.numbers,
            "limits": dict(self.limits),
        }


@dataclass(frozen=True, slots=True)
class StandingAlert:
    """An alert as stored, as far as decisions need it. `is_snoozed`: put off by a person until a time to come."""

    alert_id: Any
    kind: AlertKind
    tier: int
    state: AlertState
    keys: frozenset[str]
    is_snoozed: bool = False


@dataclass(frozen=True, slots=True)
class AlertDecision:
    """What to do. `open` makes a new alert, `grow` adds to the open one, `resolve` ends one that is over by itself.

    `ends_snooze`: somebody had put it off, and something worse came. `began_at`: since when, for the alert as it
    becomes (None: as it was).
    """

    action: Literal["nothing", "open", "grow", "resolve"]
    kind: AlertKind | None = None
    tier: int = 4
    state: AlertState = "new"
    findings: tuple[Finding, ...] = ()
    alert_id: Any = None
    ends_snooze: bool = False
    began_at: datetime | None = None


NOTHING = AlertDecision("nothing")


def track_of(kind: AlertKind) -> Track:
    """Which of a client's two places an alert of this kind takes."""
    return "equipment" if kind in EQUIPMENT_KINDS else "clinical"


def decide(
    findings: Sequence[Finding],
    alerts: Sequence[StandingAlert],
    silence: Silence,
    track: Track = "clinical",
    *,
    is_trouble_over: bool = False,
) -> AlertDecision:
    """What becomes of the findings of one track, given the client's alerts so far.

    An acknowledgement sticks: new evidence is added to the open alert without calling anybody again, unless the tier
    gets worse or the client asks for help; then it is `new` again. After closing, only a finding that stands in no
    alert opens another. A snooze ends early when the tier gets worse, and when anything urgent is added.
    """
    told = frozenset[str]().union(*(alert.keys for alert in alerts))
    mine = [f for f in findings if track_of(f.kind) == track and f.key not in told]
    fresh = tuple(sorted(mine, key=lambda one: one.at))
    standing = next((a for a in alerts if a.state != "closed" and track_of(a.kind) == track), None)
    if standing is None:
        if not fresh:
            return NOTHING
        worst = min(fresh, key=_severity)
        return AlertDecision("open", worst.kind, worst.tier, "new", fresh, began_at=_began(fresh, worst.kind))
    if fresh:
        return _grown(standing, fresh)
    if _is_over(standing, silence, is_trouble_over):
        return AlertDecision("resolve", standing.kind, standing.tier, "closed", alert_id=standing.alert_id)
    return NOTHING


def _grown(standing: StandingAlert, fresh: tuple[Finding, ...]) -> AlertDecision:
    tier = min(standing.tier, *(one.tier for one in fresh))
    kind = min((standing.kind, *(one.kind for one in fresh)), key=_RANK.__getitem__)
    is_worse = tier < standing.tier
    calls_again = any(one.kind == "help_asked" for one in fresh)
    breaks_through = standing.is_snoozed and (is_worse or any(one.tier <= URGENT_TIER for one in fresh))
    return AlertDecision(
        "grow",
        kind,
        tier,
        "new" if is_worse or breaks_through or calls_again else standing.state,
        fresh,
        standing.alert_id,
        breaks_through,
        _began(fresh, kind) if kind != standing.kind else None,
    )


def _is_over(standing: StandingAlert, silence: Silence, is_trouble_over: bool) -> bool:
    if standing.state not in {"new", "seen"}:
        return False
    if standing.kind == "lost_contact":
        return not silence.lost
    return standing.kind == "equipment" and is_trouble_over


def _began(fresh: Sequence[Finding], kind: AlertKind) -> datetime:
    return min(one.began for one in fresh if one.kind == kind)


def _severity(finding: Finding) -> tuple[int, int, float]:
    return finding.tier, _RANK[finding.kind], -finding.at.timestamp()


def contact_again(heard_at: datetime, timezone: str) -> Sentence:
    """The note under a lost contact that ended by itself."""
    when = local_time(heard_at, timezone)
    return Sentence(f"Kontakten är tillbaka sedan {when.sv}.", f"Contact is back since {when.en}.")


TROUBLE_OVER: Final = Sentence(
    "Utrustningen rapporterar inget fel längre.", "The equipment reports no fault any more."
)
"""The note under trouble with the equipment that ended by itself."""
