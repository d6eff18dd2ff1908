"""The practice client, for staff to learn the pages on: the same values as of a real one, and no row of the database.

Nothing here is read from the store or written to it (docs/decisions/0018): so a made-up person can stand in no list, no
statistics, no log of access and no training of a model. What the facts come to is decided by the same pure functions.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from statistics import mean
from typing import Final, Literal
from uuid import UUID

from backend.access.principal import Principal
from backend.domain import journal_draft, practice, triage
from backend.domain.alert_reasons import cause_of
from backend.domain.course_measures import SPANS_DAYS, measures
from backend.domain.journal_draft import ITEM_NAMES, Facts, Trend
from backend.domain.permille import estimated_permille
from backend.domain.plans import DEFAULT_RULES
from backend.domain.practice import DEVICE, ZONE, Answered, Story, instant, story
from backend.domain.results import ResultState
from backend.domain.wording import Sentence
from backend.errors import NotFound
from backend.services.alert_reasons import TellingView, WhyView, cause_views
from backend.services.practice_days import marks_of
from backend.services.triage import STRIP_DAYS, coverage_percent
from backend.services.views import (
    AlertChange,
    AlertView,
    CheckInNote,
    CheckInPoint,
    ClientOverview,
    ClientSeries,
    ContactView,
    DrinkingView,
    Evidence,
    GatewayView,
    LifeEvent,
    Measures,
    NextContact,
    ReadingPoint,
    Rules,
    Text,
    TrackRecord,
    TriageList,
    TriageRow,
    WindowView,
)

CLIENT_ID: Final = UUID(int=practice.PLAN_ID.int - 1)
_ALERT_ID: Final = UUID(int=CLIENT_ID.int + 0x1_0000)
_RECORD_DAYS: Final = 7
_RULES: Final = Rules(
    DEFAULT_RULES.trace_mg_per_l,
    DEFAULT_RULES.positive_mg_per_l,
    DEFAULT_RULES.retest_after_min,
    DEFAULT_RULES.retest_within_min,
)
_RECORD: Final = TrackRecord(relevant=14, n=20, is_enough=True)
"""Made up, as everything here."""
Language = Literal["sv", "en"]
_NAMES: Final = {
    "alias": Sentence("Övningsklient", "Practice client"),
    "name": Sentence("påhittad", "made up"),
    "you": Sentence("Du (påhittat)", "You (made up)"),
    "colleague": Sentence("Kollega (påhittad)", "Colleague (made up)"),
    "closed": Sentence(
        "Ringde. Munskölj strax före testet. Vi gick igenom att vänta en kvart.",
        "Called. Mouthwash just before the test. We talked about waiting a quarter of an hour.",
    ),
    "called": Sentence("Ringde om det positiva testet.", "Called about the positive test."),
    "visit": Sentence("Planerat besök. Sover bättre.", "Planned visit. Sleeps better."),
    "medication": Sentence("Naltrexon 50 mg", "Naltrexone 50 mg"),
    "travel": Sentence("Byter arbete", "Changes jobs"),
    "unconfirmed": Sentence(
        "Alkohol i utandningen: 0,18 mg/L (beräknat 0,36 ‰). Inget omtest kom, så värdet är obekräftat.",
        "Alcohol in the breath: 0.18 mg/L (computed 0.36 ‰). No retest came, so the value is unconfirmed.",
    ),
}


@dataclass(frozen=True, slots=True)
class Practice:
    """The practice client as the pages show a client: row of the list, head, time axis, and a draft for the record."""

    list: TriageList
    overview: ClientOverview
    series: ClientSeries
    record_since: datetime
    record_until: datetime
    """Both days included."""
    record: str


def client(
    principal: Principal, since: datetime, until: datetime, language: Language, *, now: datetime
) -> Practice:
    """The practice client, with the time axis from `since` to `until`. Raises NotFound for those who give no care.

    `language`: of what made-up people wrote, and of the draft.
    """
    if not principal.may("guide"):
        raise NotFound
    told = story(now)
    alert = _alert(told)
    overview = _overview(told, alert, language)
    return Practice(
        TriageList((_row(told, overview),), now, tuple(_text(rule) for rule in triage.ORDER)),
        overview,
        _series(told, since, until, language),
        instant(told.today, _RECORD_DAYS, time(12)),
        instant(told.today, 1, time(12)),
        _said(journal_draft.draft(_facts(told), "half_page"), language),
    )


def why(principal: Principal, language: Language, *, now: datetime) -> WhyView:
    """Why the practice client's signal rang. Raises NotFound for those who give no care, and before it has rung."""
    if not principal.may("guide"):
        raise NotFound
    told = story(now)
    alert = _alert(told)
    if alert is None:
        raise NotFound
    causes = [cause_of(line.as_evidence(), ZONE) for _, one in told.opened for line in one.findings]
    at = alert.updated_at
    you = _said(_NAMES["you"], language)
    tellings = tuple(
        TellingView(you, at, "told", channel, "sent", 1, at + timedelta(seconds=seconds), None)
        for channel, seconds in (("page", 1), ("email", 3))
    )
    shown = replace(alert, client_alias=_said(_NAMES["alias"], language))
    return WhyView(shown, ZONE, cause_views(causes, {}), tellings, _RECORD)


def _said(sentence: Sentence, language: Language) -> str:
    return sentence.sv if language == "sv" else sentence.en


def _text(sentence: Sentence) -> Text:
    return Text(sentence.sv, sentence.en)


def _alert(told: Story) -> AlertView | None:
    """The signal as it stands: opened by missed tests, raised by the confirmed breath."""
    if not told.opened:
        return None
    opened_at, _ = told.opened[0]
    at, last = told.opened[-1]
    began = [one.began_at for _, one in told.opened if one.began_at is not None]
    assert last.kind is not None, "what opens or grows is of a kind"
    evidence = [
        Evidence(line.kind, line.at, _text(line.text)) for _, one in told.opened for line in one.findings
    ]
    changes = [
        AlertChange(when, None, None if one.action == "open" else "new", "new", None)
        for when, one in told.opened
    ]
    return AlertView(
        alert_id=_ALERT_ID,
        client_id=CLIENT_ID,
        client_alias="",
        kind=last.kind,
        tier=last.tier,
        state=last.state,
        opened_at=opened_at,
        updated_at=at,
        evidence=tuple(evidence),
        owner=None,
        close_reason=None,
        close_note=None,
        changes=tuple(changes),
        began_at=began[-1] if began else opened_at,
    )


def _closed(told: Story, language: Language) -> AlertView:
    at = instant(told.today, 35, time(21, 45))
    by = _said(_NAMES["colleague"], language)
    return AlertView(
        alert_id=UUID(int=_ALERT_ID.int + 1),
        client_id=CLIENT_ID,
        client_alias="",
        kind="unconfirmed_positive",
        tier=2,
        state="closed",
        opened_at=at,
        updated_at=at + timedelta(hours=12),
        evidence=(Evidence("unconfirmed_positive", at, _text(_NAMES["unconfirmed"])),),
        owner=by,
        close_reason="contacted",
        close_note=_said(_NAMES["closed"], language),
        changes=(AlertChange(at, None, None, "new", None),),
    )


def _overview(told: Story, alert: AlertView | None, language: Language) -> ClientOverview:
    found, marks = told.assessment, marks_of(told)[-STRIP_DAYS:]
    states = {one.key: one.state for one in found.judgements}
    windows = _windows(told)
    coming = next((w for w in windows if w.attendance == "pending" and w.closes_at > told.now), None)
    tests = [(b.measured_at, states[b.key]) for b in told.blows]
    planned = [(w.opens_at, w.attendance, w.met_at) for w in windows if w.kind == "breath_test"]
    begun = instant(told.today, practice.DAYS, time(0))
    lately = (measures(tests, planned, begun, told.now, days) for days in SPANS_DAYS)
    return ClientOverview(
        client_id=CLIENT_ID,
        alias=_said(_NAMES["alias"], language),
        display_name=_said(_NAMES["name"], language),
        tz=ZONE,
        started_on=told.started_on,
        study=None,
        rules=_RULES,
        alert=alert,
        past_alerts=(_closed(told, language),),
        risk=(),
        coverage_percent=coverage_percent([m.planned for m in marks], [m.taken for m in marks]),
        last_data_at=max(b.received_at for b in told.blows),
        last_reviewed_at=instant(told.today, 6, time(9, 12)),
        last_reviewed_by=_said(_NAMES["colleague"], language),
        gateway=GatewayView(DEVICE, told.now, 0, 3, None),
        next_window=coming,
        retest_until=next((j.retest_until for j in found.judgements if j.retest_until), None),
        measures=tuple(
            Measures(one.days, one.planned, one.ok, one.longest_gap, one.longest_ok_gap, one.tests)
            for one in lately
        ),
        next_contact=NextContact(
            instant(told.today, -2, time(10)), _said(_NAMES["colleague"], language), is_visit=True
        ),
        track_record=_RECORD,
    )


def _row(told: Story, head: ClientOverview) -> TriageRow:
    alert = head.alert
    why = Text("Inget som kräver åtgärd nu.", "Nothing that needs action now.")
    if alert is not None:
        own = [line for line in alert.evidence if line.kind == alert.kind]
        why = max(own, key=lambda line: line.at).text
    return TriageRow(
        client_id=CLIENT_ID,
        alias=head.alias,
        display_name=head.display_name,
        group="confirmed_positive",
        why=why,
        since=alert.began_at if alert else None,
        alert=alert,
        strip=marks_of(told)[-STRIP_DAYS:],
        coverage_percent=head.coverage_percent,
        last_data_at=head.last_data_at,
        last_reviewed_at=head.last_reviewed_at,
        last_reviewed_by=head.last_reviewed_by,
        owner=None,
        risk=None,
        tz=ZONE,
        next_contact=head.next_contact,
    )


def _windows(told: Story) -> tuple[WindowView, ...]:
    found = told.assessment
    return tuple(
        WindowView(
            w.window_id, w.kind, w.opens_at, w.closes_at, found.verdicts[w.window_id].attendance,
            found.verdicts[w.window_id].met_at,
        )
        for w in sorted(found.new_windows, key=lambda w: (w.opens_at, w.kind))
    )  # fmt: skip


def _series(told: Story, since: datetime, until: datetime, language: Language) -> ClientSeries:
    states = {one.key: one.state for one in told.assessment.judgements}
    return ClientSeries(
        client_id=CLIENT_ID,
        since=since,
        until=until,
        tz=ZONE,
        rules=_RULES,
        readings=tuple(_reading(told, n, states) for n, b in enumerate(told.blows) if since <= b.measured_at),
        windows=tuple(w for w in _windows(told) if since <= w.opens_at < until),
        answers=tuple(
            CheckInPoint(a.at, item, float(value), 0.0, 10.0)
            for a in told.answered
            if since <= a.at
            for item, value in a.items.items()
        ),
        check_ins=tuple(_note(a, language) for a in told.answered if since <= a.at),
        drinking=tuple(
            DrinkingView(a.at - timedelta(hours=12), None, a.at, "self_report", None)
            for a in told.answered
            if a.drank and since <= a.at
        ),
        risk=(),
        contacts=tuple(c for c in _contacts(told, language) if since <= c.happened_at),
        outages=told.outages,
        events=_events(told, language),
    )


def _reading(told: Story, number: int, states: dict[tuple[str, str, int], ResultState]) -> ReadingPoint:
    blow = told.blows[number]
    brac, state = blow.brac_mg_per_l, states[blow.key]
    before = told.blows[number - 1] if number else None
    is_again = before is not None and blow.measured_at - before.measured_at < timedelta(hours=1)
    return ReadingPoint(
        measured_at=blow.measured_at,
        received_at=blow.received_at,
        brac_mg_per_l=brac,
        permille=None if brac is None else estimated_permille(brac),
        state=state,
        outcome="failed" if brac is None else "complete",
        failure="insufficient_blow" if brac is None else None,
        purpose="retest" if is_again and before is not None and before.brac_mg_per_l else "planned",
        attempt=2 if is_again else 1,
        breathalyzer_model="BACtrack C8",
        driver_grade="vendor_source_only",
        calibration_state="valid",
        device_id=DEVICE,
        boot_id=blow.key[1],
        sequence=blow.key[2],
    )


def _note(answered: Answered, language: Language) -> CheckInNote:
    comment = None if answered.comment is None else _said(answered.comment, language)
    return CheckInNote(answered.at, answered.drank, comment)


def _contacts(told: Story, language: Language) -> tuple[ContactView, ...]:
    by = _said(_NAMES["colleague"], language)
    return (
        ContactView(
            UUID(int=1), instant(told.today, 34, time(9, 45)), "phone", True, _said(_NAMES["called"], language),
            by, duration_min=8, outcome="talked",
        ),
        ContactView(
            UUID(int=2), instant(told.today, 13, time(10)), "visit", True, _said(_NAMES["visit"], language), by,
            duration_min=40, outcome="talked",
        ),
    )  # fmt: skip


def _events(told: Story, language: Language) -> tuple[LifeEvent, ...]:
    by, today = _said(_NAMES["colleague"], language), told.today
    medication, change = _said(_NAMES["medication"], language), _said(_NAMES["travel"], language)
    return (
        LifeEvent(UUID(int=3), "medication", today - timedelta(days=70), None, medication, by),
        LifeEvent(UUID(int=4), "life", today - timedelta(days=9), None, change, by),
    )


def _facts(told: Story) -> Facts:
    """What a draft for the seven last whole days is made from."""
    since, until = told.today - timedelta(days=_RECORD_DAYS), told.today - timedelta(days=1)
    first, last = (
        instant(told.today, _RECORD_DAYS, time(0)),
        instant(told.today, 0, time(0)),
    )
    inside = [w for w in _windows(told) if first <= w.opens_at < last]
    tests = Counter(w.attendance for w in inside if w.kind == "breath_test")
    asked = Counter(w.attendance for w in inside if w.kind == "check_in")
    blown = [b for b in told.blows if first <= b.measured_at < last]
    states = {one.key: one.state for one in told.assessment.judgements}
    values = sorted((b.brac_mg_per_l, states[b.key]) for b in blown if b.brac_mg_per_l is not None)
    answered = [a for a in told.answered if first <= a.at < last]
    earlier = [a for a in told.answered if first - timedelta(days=_RECORD_DAYS) <= a.at < first]
    return Facts(
        since=since,
        until=until,
        attendance={name: count for name, count in tests.items() if name != "pending"},
        results=Counter(states[b.key] for b in blown),
        highest_mg_per_l={state: value for value, state in values},
        check_ins_planned=asked.total(),
        check_ins_answered=len(answered),
        trends=tuple(
            Trend(item, _mean(answered, item), _mean(earlier, item), len(answered)) for item in ITEM_NAMES
        ),
        contacts={},
        devices=("BACtrack C8",),
        outage_hours=0.0,
        reported_drinking_days=sum(a.drank for a in answered),
        still_open=tests["pending"],
    )


def _mean(answered: Sequence[Answered], item: str) -> float | None:
    return mean(a.items[item] for a in answered) if answered else None
