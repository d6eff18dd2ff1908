"""Where a client stands in the list, and why, in one plain sentence. Order: compliance reference 10.2."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from backend.domain.alerting import AlertKind, AlertState
from backend.domain.wording import Sentence, breath, local_time

TriageGroup = Literal["confirmed_positive", "worsening", "lost_contact", "device", "review_due", "stable"]
GROUPS: tuple[TriageGroup, ...] = (
    "confirmed_positive",
    "worsening",
    "lost_contact",
    "device",
    "review_due",
    "stable",
)
REVIEW_EVERY = timedelta(days=7)
"""A client nobody has looked at for this long is due for review (assumption; a setting later)."""
LOW_BATTERY_LEVEL = 1
_GROUP_OF: dict[AlertKind, TriageGroup] = {
    "safety_answer": "confirmed_positive",
    "help_asked": "confirmed_positive",
    "confirmed_positive": "confirmed_positive",
    "unconfirmed_positive": "worsening",
    "identity_mismatch": "worsening",
    "testing_stopped": "worsening",
    "worsening_risk": "worsening",
    "missed_tests": "worsening",
    "lost_contact": "lost_contact",
    "equipment": "device",
}
_STATE_ORDER: dict[AlertState, int] = {"new": 0, "seen": 1, "acting": 2, "closed": 3}
_SNOOZED = 4

ORDER = (
    Sentence(
        "1. Svar om självskada, den som ber om kontakt, och bekräftat positivt test, det allvarligaste först",
        "1. Answers about self-harm, those who ask for contact, and confirmed positive tests, the most serious first",
    ),
    Sentence(
        "2. Försämring som ingen har bedömt, den äldsta först",
        "2. Worsening that nobody has assessed, oldest first",
    ),
    Sentence(
        "3. Förlorad kontakt med utrustningen, den längsta först",
        "3. Lost contact with the equipment, longest first",
    ),
    Sentence("4. Fel på utrustningen", "4. Trouble with the equipment"),
    Sentence("5. Dags för genomgång, den längsta väntan först", "5. Due for review, longest wait first"),
    Sentence("6. Stabilt läge, i bokstavsordning", "6. Stable, in alphabetical order"),
    Sentence(
        "Inom varje grupp står det som någon redan arbetar med sist, och efter det som har skjutits upp",
        "Within each group, what somebody is already working on comes last, and after it what was put off",
    ),
)
"""The sort key in words, first rule first."""


@dataclass(frozen=True, slots=True)
class OpenAlert:
    """The client's open alert: `text` is its newest line of evidence, `began_at` since when it has been going on."""

    kind: AlertKind
    tier: int
    state: AlertState
    began_at: datetime
    text: Sentence
    is_snoozed: bool = False


@dataclass(frozen=True, slots=True)
class Unsettled:
    """The newest positive without a confirmation, of the last days."""

    state: str
    measured_at: datetime
    brac_mg_per_l: float


@dataclass(frozen=True, slots=True)
class TriageFacts:
    """What decides a client's place."""

    alias: str
    timezone: str
    alert: OpenAlert | None = None
    unsettled: Unsettled | None = None
    battery_level: int | None = None
    last_error: str | None = None
    calibration_state: str | None = None
    status_at: datetime | None = None
    reviewed_at: datetime | None = None
    followed_since: datetime | None = None
    last_data_at: datetime | None = None
    is_study: bool = False
    is_estimated: bool = False
    """Whether there is a risk estimate at all."""


@dataclass(frozen=True, slots=True)
class Place:
    """A client's group, the reason in words, since when, and the sort key."""

    group: TriageGroup
    why: Sentence
    since: datetime | None
    key: tuple[int, int, int, float, str]


def place(facts: TriageFacts, now: datetime) -> Place:
    """Where a client belongs at `now`; the first rule that fits decides, so nobody stands in the list twice."""
    if facts.alert is not None:
        alert = facts.alert
        return _place(
            facts,
            _GROUP_OF[alert.kind],
            alert.text,
            alert.began_at,
            _SNOOZED if alert.is_snoozed else _STATE_ORDER[alert.state],
            tier=alert.tier,
        )
    if facts.unsettled is not None and not _seen_since(facts, facts.unsettled.measured_at):
        return _place(
            facts, "worsening", _unsettled(facts.unsettled, facts.timezone), facts.unsettled.measured_at
        )
    if (trouble := _trouble(facts)) is not None:
        return _place(facts, "device", trouble, facts.status_at)
    if facts.is_study:
        return _place(facts, "stable", _study(facts), facts.last_data_at)
    waited_from = facts.reviewed_at or facts.followed_since
    if waited_from is not None and now - waited_from >= REVIEW_EVERY:
        return _place(facts, "review_due", _due(facts), waited_from)
    return _place(facts, "stable", _stable(facts), facts.last_data_at)


def _place(
    facts: TriageFacts,
    group: TriageGroup,
    why: Sentence,
    since: datetime | None,
    state: int = 0,
    *,
    tier: int = 0,
) -> Place:
    age = 0.0 if since is None or group == "stable" else since.timestamp()
    return Place(group, why, since, (GROUPS.index(group), state, tier, age, facts.alias.casefold()))


def _seen_since(facts: TriageFacts, at: datetime) -> bool:
    return facts.reviewed_at is not None and facts.reviewed_at > at


def _unsettled(one: Unsettled, timezone: str) -> Sentence:
    when, value = local_time(one.measured_at, timezone), breath(one.brac_mg_per_l)
    if one.state == "positive_pending":
        return Sentence(
            f"Alkohol i utandningen {when.sv}: {value.sv}. Omtest väntas.",
            f"Alcohol in the breath on {when.en}: {value.en}. A retest is awaited.",
        )
    if one.state == "abnormal_confirmation":
        return Sentence(
            f"Alkohol i utandningen {when.sv}: {value.sv}. Omtestet visade något annat. "
            "Kan bero på alkohol i munnen.",
            f"Alcohol in the breath on {when.en}: {value.en}. The retest differed. "
            "Alcohol in the mouth can cause this.",
        )
    return Sentence(
        f"Alkohol i utandningen {when.sv}: {value.sv}. Inget omtest kom, så värdet är obekräftat.",
        f"Alcohol in the breath on {when.en}: {value.en}. No retest came, so the value is unconfirmed.",
    )


def _trouble(facts: TriageFacts) -> Sentence | None:
    if facts.calibration_state in {"due", "uncalibrated"}:
        return Sentence(
            "Mätaren behöver kalibreras innan den används.", "The breathalyzer needs calibration before use."
        )
    if facts.battery_level is not None and facts.battery_level <= LOW_BATTERY_LEVEL:
        return Sentence("Mätarens batteri är nästan slut.", "The breathalyzer's battery is nearly empty.")
    if facts.last_error is not None:
        return Sentence("Utrustningen rapporterar ett fel.", "The equipment reports a fault.")
    return None


def _due(facts: TriageFacts) -> Sentence:
    if facts.reviewed_at is None:
        return Sentence("Ingen har gått igenom kurvorna än.", "Nobody has looked through the curves yet.")
    when = local_time(facts.reviewed_at, facts.timezone)
    return Sentence(f"Senast genomgången {when.sv}.", f"Last looked through on {when.en}.")


def _study(facts: TriageFacts) -> Sentence:
    if not facts.is_estimated:
        return Sentence(
            "Importerad studie, följs inte nu. För lite data för en uppskattning.",
            "Imported study, not followed now. Too little data for an estimate.",
        )
    return Sentence(
        "Importerad studie, följs inte nu. Uppskattad risk vid observationens slut står på sidan.",
        "Imported study, not followed now. The estimated risk at the end of observation is on the page.",
    )


def _stable(facts: TriageFacts) -> Sentence:
    if facts.last_data_at is None:
        return Sentence("Inga data har kommit än.", "No data has arrived yet.")
    return Sentence("Inget som kräver åtgärd nu.", "Nothing that needs action now.")
