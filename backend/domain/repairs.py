"""What was called missed and was not: a test came in days later, or people agreed afterwards. Alerts hear of it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from backend.domain.alerting import AlertDecision, AlertKind, Finding, StandingAlert
from backend.domain.attendance import Verdict, Window
from backend.domain.wording import Sentence, local_time

FROM_MISSING: Final[frozenset[AlertKind]] = frozenset({"missed_tests", "testing_stopped"})
"""Alerts that say nothing but that tests are missing: over when the tests are there."""
TOLD: Final = FROM_MISSING | {"worsening_risk"}
"""Alerts that may rest on missing tests: they get the new fact as evidence."""
ARRIVED_AFTER_ALL: Final = Sentence(
    "Test som saknades har kommit in eller ursäktats i efterhand.",
    "Tests that were missing have come in, or have been excused afterwards.",
)
_KEYS: Final = ("missed:", "stopped:", "arrived:")


def repaired(windows: Sequence[Window], verdicts: Mapping[UUID, Verdict]) -> tuple[Window, ...]:
    """The windows stored as missed that are not missed any more."""
    return tuple(
        window
        for window in windows
        if window.attendance == "missed"
        and verdicts[window.window_id].attendance not in {"missed", "not_received", "pending"}
    )


def with_repairs(
    decision: AlertDecision,
    alerts: Sequence[StandingAlert],
    findings: Sequence[Finding],
    mended: Sequence[Window],
    timezone: str,
) -> AlertDecision:
    """The decision about the clinical alert, given what was mended.

    Nobody acted, nothing but missing tests stands in it, and nothing is missing any more: it ends by itself. Otherwise
    it gets the fact as one more line of evidence, which calls nobody and makes nothing worse.
    """
    standing = next((one for one in alerts if one.state != "closed" and one.kind in TOLD), None)
    if not mended or standing is None or decision.action not in {"nothing", "grow"}:
        return decision
    missing = any(one.kind in FROM_MISSING for one in findings)
    only = all(key.startswith(_KEYS) for key in standing.keys)
    if decision.action == "nothing" and only and not missing and standing.state in {"new", "seen"}:
        return AlertDecision("resolve", standing.kind, standing.tier, "closed", alert_id=standing.alert_id)
    told = _finding(standing, mended, timezone)
    if told.key in standing.keys:
        return decision
    if decision.action == "grow":
        return replace(decision, findings=(*decision.findings, told))
    return AlertDecision(
        "grow", standing.kind, standing.tier, standing.state, (told,), alert_id=standing.alert_id
    )


def _finding(standing: StandingAlert, mended: Sequence[Window], timezone: str) -> Finding:
    first, last = min(one.opens_at for one in mended), max(one.opens_at for one in mended)
    when, number = local_time(first, timezone), len(mended)
    return Finding(
        standing.kind,
        standing.tier,
        last,
        f"arrived:{int(first.timestamp())}:{int(last.timestamp())}:{number}",
        _said(number, when),
        {"repaired": number},
    )


def _said(number: int, when: Sentence) -> Sentence:
    if number == 1:
        return Sentence(
            f"Det planerade testet {when.sv} räknas inte längre som missat: det har kommit in sent eller ursäktats.",
            f"The planned test on {when.en} no longer counts as missed: it came in late or was excused.",
        )
    return Sentence(
        f"{number} planerade test, det första {when.sv}, räknas inte längre som missade: "
        "de har kommit in sent eller ursäktats.",
        f"{number} planned tests, the first on {when.en}, no longer count as missed: "
        "they came in late or were excused.",
    )
