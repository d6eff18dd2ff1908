"""All decisions about one client at one moment, from facts to what changes. Pure: replayable from a JSON scenario."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from backend.domain.alert_limits import with_limits
from backend.domain.alerting import AlertDecision, Finding, StandingAlert, decide
from backend.domain.attendance import NOTHING_AGREED, Agreed, Span, Taken, Verdict, Window, match
from backend.domain.attendance import decide as decide_attendance
from backend.domain.findings import (
    Trouble,
    equipment_findings,
    positive_findings,
    risk_findings,
    silence_findings,
    trend_findings,
    unconfirmed_findings,
)
from backend.domain.help_calls import HelpCall, help_findings
from backend.domain.identity import Mismatch, identity_findings
from backend.domain.plans import Plan, PlannedWindow, rules_at, windows_between
from backend.domain.questionnaires import SafetyAnswer, safety_findings
from backend.domain.repairs import repaired, with_repairs
from backend.domain.results import Blow, Judgement, replay
from backend.domain.risk import DEFAULT_LIMITS, RiskLimits, ScorePoint, onsets
from backend.domain.silence import Silence, listen
from backend.domain.testing import PlannedTest, missed_findings, stopped_findings
from backend.domain.trend import DEFAULT_TREND_LIMITS, TrendDay, TrendLimits, trend_rises
from backend.domain.wording import Sentence

PlannedTestKind = Literal["random", "on_demand"]
AHEAD = timedelta(hours=36)
"""How far ahead windows are laid out, so that the next one can be shown."""


ORDINALS: dict[PlannedTestKind, int] = {"random": 1, "on_demand": 2}
"""Keeps a test outside the recurring windows apart from one that opens at the same moment."""


@dataclass(frozen=True, slots=True)
class OpeningTest:
    """A random or on-demand test whose time has come and that is no window yet."""

    planned_test_id: UUID
    kind: PlannedTestKind
    window: PlannedWindow


@dataclass(frozen=True, slots=True)
class ClientFacts:
    """What is known about one client. Times are aware UTC; lists may come in any order.

    `windows_from` is where windows are to be laid out from; `windows` are those already stored (with their verdicts).
    `outages` are the platform's own and those of the client's whole fleet.
    `opened` are random and on-demand tests to be announced: before their time has come nobody reads of them here.
    """

    timezone: str
    plans: tuple[Plan, ...] = ()
    windows_from: datetime | None = None
    windows: tuple[Window, ...] = ()
    opened: tuple[OpeningTest, ...] = ()
    agreed: Agreed = NOTHING_AGREED
    blows: tuple[Blow, ...] = ()
    answered: tuple[Taken, ...] = ()
    heard_at: datetime | None = None
    spoken_for: datetime | None = None
    armed: bool = True
    outages: tuple[Span, ...] = ()
    alerts: tuple[StandingAlert, ...] = ()
    scores: tuple[ScorePoint, ...] = ()
    reasons: tuple[Sentence, ...] = ()
    limits: RiskLimits = DEFAULT_LIMITS
    trend: tuple[TrendDay, ...] = ()
    trend_limits: TrendLimits = DEFAULT_TREND_LIMITS
    tests: tuple[PlannedTest, ...] = ()
    """Decided planned tests of the last weeks, as stored; what is decided now counts before them."""
    last_ok_at: datetime | None = None
    troubles: tuple[Trouble, ...] = ()
    safety: tuple[SafetyAnswer, ...] = ()
    mismatches: tuple[Mismatch, ...] = ()
    calls: tuple[HelpCall, ...] = ()


@dataclass(frozen=True, slots=True)
class Assessment:
    """What the facts come to. `verdicts` covers every window given or newly laid out.

    `alert` is what becomes of the clinical alert, `equipment` of the one about the equipment.
    `announced` names the random and on-demand tests among the new windows.
    """

    new_windows: tuple[Window, ...]
    planned: dict[UUID, PlannedWindow]
    announced: dict[UUID, UUID]
    verdicts: dict[UUID, Verdict]
    judgements: tuple[Judgement, ...]
    silence: Silence
    findings: tuple[Finding, ...]
    alert: AlertDecision
    equipment: AlertDecision


def assess(facts: ClientFacts, now: datetime, new_id: Callable[[], UUID]) -> Assessment:
    """Decide everything about a client at `now`; `new_id` names windows laid out for the first time."""
    planned, fresh = _lay_out(facts, now, new_id)
    opened = {new_id(): test for test in facts.opened if test.window.opens_at <= now}
    for window_id, test in opened.items():
        planned[window_id] = test.window
    fresh = (*fresh, *(_window(window_id, test, now) for window_id, test in opened.items()))
    windows = (*facts.windows, *fresh)
    judgements = replay(facts.blows, lambda at: rules_at(facts.plans, at), now)
    verdicts = _attendance(facts, windows, now)
    rules = rules_at(facts.plans, now)
    in_force = any(p.valid_from <= now and (p.valid_to is None or now < p.valid_to) for p in facts.plans)
    armed = facts.armed and in_force
    # In an agreed pause nobody need be heard, as nobody can be in our own outage.
    excused = (*facts.outages, *(pause for pause in facts.agreed.pauses if pause[0] <= now))
    silence = listen(facts.heard_at, armed, excused, now, rules.lost_contact_after)
    findings = _findings(facts, windows, verdicts, judgements, silence, armed, now)
    mended = repaired(facts.windows, verdicts)
    clinical = with_repairs(
        decide(findings, facts.alerts, silence), facts.alerts, findings, mended, facts.timezone
    )
    equipment = decide(findings, facts.alerts, silence, "equipment", is_trouble_over=not facts.troubles)
    announced = {window_id: test.planned_test_id for window_id, test in opened.items()}
    return Assessment(fresh, planned, announced, verdicts, judgements, silence, findings, clinical, equipment)


def _findings(
    facts: ClientFacts,
    windows: Sequence[Window],
    verdicts: Mapping[UUID, Verdict],
    judgements: Sequence[Judgement],
    silence: Silence,
    armed: bool,
    now: datetime,
) -> tuple[Finding, ...]:
    zone, tests = facts.timezone, _tests(facts.tests, windows, verdicts, now)
    good = [j.measured_at for j in judgements if j.state == "ok"]
    last_ok_at = max([*good, *([facts.last_ok_at] if facts.last_ok_at else [])], default=None)
    found = (
        *safety_findings(facts.safety, zone, now),
        *help_findings(facts.calls, zone, now),
        *positive_findings(facts.blows, judgements, zone, now),
        *unconfirmed_findings(facts.blows, judgements, zone, now),
        *identity_findings(facts.mismatches, zone, now),
        *(stopped_findings(tests, last_ok_at, zone, now) if armed and not silence.lost else ()),
        *risk_findings(onsets(facts.scores, facts.limits), facts.reasons, now),
        *trend_findings(trend_rises(facts.trend, facts.trend_limits), zone, now),
        *(missed_findings(tests, zone, now) if armed else ()),
        *silence_findings(silence, zone, now),
        *(equipment_findings(facts.troubles, now) if armed else ()),
    )
    return tuple(
        with_limits(one, rules_at(facts.plans, one.began), facts.limits, facts.trend_limits) for one in found
    )


def _tests(
    stored: Sequence[PlannedTest], windows: Sequence[Window], verdicts: Mapping[UUID, Verdict], now: datetime
) -> tuple[PlannedTest, ...]:
    """The planned tests as they stand after this assessment."""
    known = {test.opens_at: test for test in stored}
    for window in windows:
        if window.kind == "breath_test" and window.opens_at <= now:
            state = verdicts[window.window_id].attendance
            known[window.opens_at] = PlannedTest(
                window.opens_at, state == "missed", state in {"on_time", "late"}
            )
    return tuple(known[at] for at in sorted(known))


def _lay_out(
    facts: ClientFacts, now: datetime, new_id: Callable[[], UUID]
) -> tuple[dict[UUID, PlannedWindow], tuple[Window, ...]]:
    if facts.windows_from is None:
        return {}, ()
    stored = {(window.kind, window.opens_at) for window in facts.windows if window.ordinal == 0}
    planned: dict[UUID, PlannedWindow] = {}
    fresh = []
    for plan in facts.plans:
        for one in windows_between(plan, facts.windows_from, now + AHEAD):
            if (one.kind, one.opens_at) not in stored:
                stored.add((one.kind, one.opens_at))
                window = Window(new_id(), one.kind, one.opens_at, one.closes_at)
                planned[window.window_id] = one
                fresh.append(window)
    return planned, tuple(fresh)


def _window(window_id: UUID, test: OpeningTest, now: datetime) -> Window:
    one = test.window
    return Window(
        window_id, one.kind, one.opens_at, one.closes_at, announced_at=now, ordinal=ORDINALS[test.kind]
    )


def _attendance(facts: ClientFacts, windows: Sequence[Window], now: datetime) -> dict[UUID, Verdict]:
    # Each window keeps the grace of the plan it belongs to: a new plan judges nothing that is past.
    grace = {window.window_id: rules_at(facts.plans, window.opens_at).late_grace for window in windows}
    blown = (
        Taken("breath_test", b.measured_at, b.received_at, b.brac_mg_per_l is not None) for b in facts.blows
    )
    met = match(windows, (*blown, *facts.answered), grace)
    return {
        window.window_id: decide_attendance(
            window,
            met.get(window.window_id),
            facts.spoken_for,
            facts.outages,
            now,
            grace[window.window_id],
            facts.agreed,
        )
        for window in windows
    }


def local_day(at: datetime, timezone: str) -> date:
    """The client's civil day in which an instant falls."""
    return at.astimezone(ZoneInfo(timezone)).date()
