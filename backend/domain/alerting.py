"""Alerts: from findings to one open alert per client that grows, is upgraded rather than repeated, and stays closed.

Every finding has a key made of what happened (never of when somebody looked). A finding whose key stands in any alert
of the client, open or closed, is old news. So the same event is never alerted twice, whatever is run again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from backend.domain.results import Blow, Judgement
from backend.domain.risk import Onset
from backend.domain.silence import Silence
from backend.domain.wording import Sentence, breath, hours, local_time, sentences

AlertKind = Literal["confirmed_positive", "worsening_risk", "lost_contact"]
AlertState = Literal["new", "seen", "acting", "closed"]
_RANK: dict[AlertKind, int] = {"confirmed_positive": 0, "worsening_risk": 1, "lost_contact": 2}

NOW_TIER_MG_PER_L = 0.75
"""Confirmed positive at 1.5 permille or more is tier 1 (domain reference 11.3, assumption)."""
RECENT = timedelta(hours=72)
"""A finding older than this when it becomes known stands in the history but raises no alert (assumption)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a clinician should know. `key` names the event itself; `numbers` holds what the sentence says."""

    kind: AlertKind
    tier: int
    at: datetime
    key: str
    text: Sentence
    numbers: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StandingAlert:
    """An alert as stored, as far as decisions need it."""

    alert_id: Any
    kind: AlertKind
    tier: int
    state: AlertState
    keys: frozenset[str]


@dataclass(frozen=True, slots=True)
class AlertDecision:
    """What to do. `open` makes a new alert, `grow` adds to the open one, `resolve` ends a lost contact that is over."""

    action: Literal["nothing", "open", "grow", "resolve"]
    kind: AlertKind | None = None
    tier: int = 4
    state: AlertState = "new"
    findings: tuple[Finding, ...] = ()


NOTHING = AlertDecision("nothing")


def positive_findings(
    blows: Sequence[Blow], judgements: Iterable[Judgement], timezone: str, now: datetime
) -> tuple[Finding, ...]:
    """One finding per confirmed chain: the positive and its retest together. Nothing without a proper retest."""
    by_key = {blow.key: blow for blow in blows}
    chains: dict[tuple[str, str, int], list[Judgement]] = {}
    for judged in judgements:
        if judged.state == "positive_confirmed" and judged.settled_by is not None:
            device, boot, _ = judged.key
            chains.setdefault((device, boot, judged.settled_by), []).append(judged)
    found = []
    for (device, boot, sequence), members in chains.items():
        first = min(members, key=lambda one: one.measured_at)
        retest = by_key.get((device, boot, sequence)) or by_key[members[-1].key]
        if now - retest.measured_at > RECENT:
            continue
        peak = max(by_key[one.key].brac_mg_per_l or 0.0 for one in members)
        found.append(
            _confirmed(f"positive:{device}:{boot}:{sequence}", by_key[first.key], retest, peak, timezone)
        )
    return tuple(sorted(found, key=lambda one: one.at))


def _confirmed(key: str, first: Blow, retest: Blow, peak: float, timezone: str) -> Finding:
    one, two = local_time(first.measured_at, timezone), local_time(retest.measured_at, timezone)
    value, again = breath(first.brac_mg_per_l or 0.0), breath(retest.brac_mg_per_l or 0.0)
    return Finding(
        "confirmed_positive",
        1 if peak >= NOW_TIER_MG_PER_L else 2,
        retest.measured_at,
        key,
        Sentence(
            f"Alkohol i utandningen {one.sv}: {value.sv}. Omprovet {two.sv} visade detsamma: {again.sv}.",
            f"Alcohol in the breath on {one.en}: {value.en}. The retest on {two.en} agreed: {again.en}.",
        ),
        {
            "first_mg_per_l": first.brac_mg_per_l,
            "retest_mg_per_l": retest.brac_mg_per_l,
            "peak_mg_per_l": peak,
        },
    )


def risk_findings(rises: Sequence[Onset], reasons: Sequence[Sentence], now: datetime) -> tuple[Finding, ...]:
    """The newest rise of the estimated risk; a rise of long ago is history.

    The reasons come first, in words; how high the estimate was stands in `numbers`, never in the sentence
    (compliance reference 10.1: may need a talk, never a percentage of guilt).
    """
    if not rises or now - rises[-1].at > RECENT:
        return ()
    rise = rises[-1]
    why = sentences(reasons[:3])
    return (
        Finding(
            "worsening_risk",
            3,
            rise.at,
            f"risk:{int(rise.at.timestamp())}",
            Sentence(
                f"{why.sv} Beräknad risk: klart högre än vanligt för klienten.".lstrip(),
                f"{why.en} Computed risk: clearly higher than usual for the client.".lstrip(),
            ),
            {"probability": rise.probability, "usual": rise.usual},
        ),
    )


def silence_findings(silence: Silence, timezone: str, now: datetime) -> tuple[Finding, ...]:
    """Lost contact, once per silence."""
    if not silence.lost or silence.since is None or silence.deadline is None:
        return ()
    when, long = local_time(silence.since, timezone), hours(now - silence.since)
    return (
        Finding(
            "lost_contact",
            3,
            silence.deadline,
            f"silence:{int(silence.since.timestamp() * 1000)}",
            Sentence(
                f"Ingen kontakt med utrustningen sedan {when.sv} ({long.sv}). Det säger inget om nykterhet.",
                f"No contact with the equipment since {when.en} ({long.en}). It says nothing about sobriety.",
            ),
            {"hours": round((now - silence.since).total_seconds() / 3600, 1)},
        ),
    )


def decide(findings: Sequence[Finding], alerts: Sequence[StandingAlert], silence: Silence) -> AlertDecision:
    """What becomes of the findings, given the client's alerts so far.

    An acknowledgement sticks: new evidence is added to the open alert without calling anybody again, unless the tier
    gets worse; then it is `new` again. After closing, only a finding that stands in no alert opens another.
    """
    told = frozenset[str]().union(*(alert.keys for alert in alerts))
    fresh = tuple(sorted((f for f in findings if f.key not in told), key=lambda one: one.at))
    standing = next((alert for alert in alerts if alert.state != "closed"), None)
    if standing is None:
        if not fresh:
            return NOTHING
        worst = min(fresh, key=_severity)
        return AlertDecision("open", worst.kind, worst.tier, "new", fresh)
    if fresh:
        tier = min(standing.tier, *(one.tier for one in fresh))
        kind = min((standing.kind, *(one.kind for one in fresh)), key=_RANK.__getitem__)
        state: AlertState = "new" if tier < standing.tier else standing.state
        return AlertDecision("grow", kind, tier, state, fresh)
    if standing.kind == "lost_contact" and not silence.lost and standing.state in {"new", "seen"}:
        return AlertDecision("resolve", standing.kind, standing.tier, "closed")
    return NOTHING


def _severity(finding: Finding) -> tuple[int, int, float]:
    return finding.tier, _RANK[finding.kind], -finding.at.timestamp()


def contact_again(heard_at: datetime, timezone: str) -> Sentence:
    """The note under a lost contact that ended by itself."""
    when = local_time(heard_at, timezone)
    return Sentence(f"Kontakten är tillbaka sedan {when.sv}.", f"Contact is back since {when.en}.")
