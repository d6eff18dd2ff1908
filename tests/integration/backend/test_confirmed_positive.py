"""A positive and its retest become one alert that a person acts on."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from backend.errors import Invalid, NotFound
from backend.services import alerts, assessment, clients, triage
from backend.store import histories
from backend.store.pool import Database
from backend.store.scope import SYSTEM_SCOPE
from relapse_model.frame import History
from tests.support.care import START, Clinic, make_clinic

EVENING = START.replace(hour=18, minute=30)  # 19:30 in Stockholm


@pytest.fixture
def clinic(database: str) -> Iterator[Clinic]:
    with Database(database) as db:
        yield make_clinic(db)


def _assess(clinic: Clinic, now: datetime) -> None:
    assessment.sweep(clinic.db, now=now)
    assessment.assess_due(clinic.db, now=now)


def _positive_and_retest(clinic: Clinic) -> datetime:
    clinic.blow(EVENING, 0.42)
    _assess(clinic, EVENING + timedelta(seconds=5))
    retest = EVENING + timedelta(minutes=17)
    clinic.blow(retest, 0.41)
    _assess(clinic, retest + timedelta(seconds=5))
    return retest + timedelta(seconds=5)


@pytest.mark.requirement("I4", "H3")
def test_a_single_positive_asks_for_a_retest_and_raises_no_alert(clinic: Clinic) -> None:
    clinic.blow(EVENING, 0.42)
    now = EVENING + timedelta(seconds=5)
    _assess(clinic, now)
    head = clients.overview(clinic.db, clinic.anna, clinic.client_id, now=now)
    assert head.alert is None
    assert head.retest_until == EVENING + timedelta(hours=2)
    row = triage.triage_list(clinic.db, clinic.anna, now=now).rows[0]
    assert row.group == "worsening"
    assert "Omtest väntas" in row.why.sv and "19:30" in row.why.sv


@pytest.mark.requirement("H6", "H10")
def test_a_positive_with_its_retest_raises_exactly_one_alert_however_often_it_is_assessed(
    clinic: Clinic,
) -> None:
    now = _positive_and_retest(clinic)
    for minutes in range(0, 180, 20):
        with clinic.db.transaction(SYSTEM_SCOPE) as conn:
            assessment.assess_clients(conn, {clinic.client_id: START}, now=now + timedelta(minutes=minutes))
    [alert] = alerts.open_alerts(clinic.db, clinic.anna, now=now)
    assert (alert.kind, alert.tier, alert.state) == ("confirmed_positive", 2, "new")
    assert len(alert.evidence) == 1
    assert "0,42 mg/L (beräknat 0,84 ‰)" in alert.evidence[0].text.sv
    assert "19:47" in alert.evidence[0].text.sv
    assert [change.new for change in alert.changes] == ["new"]
    [row] = triage.triage_list(clinic.db, clinic.anna, now=now).rows
    assert row.group == "confirmed_positive"
    assert row.strip[-1].state == "positive" and row.strip[-1].peak_brac_mg_per_l == pytest.approx(0.42)


def test_a_closed_alert_stays_closed_until_something_new_happens(clinic: Clinic) -> None:
    now = _positive_and_retest(clinic)
    [alert] = alerts.open_alerts(clinic.db, clinic.anna, now=now)
    alerts.see(clinic.db, clinic.anna, alert.alert_id, now=now)
    alerts.act(clinic.db, clinic.anna, alert.alert_id, "Ringer", now=now)
    alerts.close(
        clinic.db, clinic.anna, alert.alert_id, "contacted", "Pratade i telefon, mår bättre", now=now
    )
    with clinic.db.transaction(SYSTEM_SCOPE) as conn:
        assessment.assess_clients(conn, {clinic.client_id: START}, now=now + timedelta(hours=3))
    assert alerts.open_alerts(clinic.db, clinic.anna, now=now) == ()
    head = clients.overview(clinic.db, clinic.anna, clinic.client_id, now=now)
    [past] = head.past_alerts
    assert [(change.old, change.new, change.by) for change in past.changes] == [
        (None, "new", None),
        ("new", "seen", "Anna-Kommun"),
        ("seen", "acting", "Anna-Kommun"),
        ("acting", "closed", "Anna-Kommun"),
    ]
    assert past.close_note == "Pratade i telefon, mår bättre"
    again = EVENING + timedelta(days=1)
    clinic.blow(again, 0.30)
    clinic.blow(again + timedelta(minutes=16), 0.31)
    _assess(clinic, again + timedelta(minutes=17))
    [new] = alerts.open_alerts(clinic.db, clinic.anna, now=again + timedelta(minutes=17))
    assert new.alert_id != alert.alert_id


def test_a_higher_tier_calls_again_and_the_same_tier_does_not(clinic: Clinic) -> None:
    now = _positive_and_retest(clinic)
    [alert] = alerts.open_alerts(clinic.db, clinic.anna, now=now)
    alerts.see(clinic.db, clinic.anna, alert.alert_id, now=now)
    later = EVENING + timedelta(hours=5)
    clinic.blow(later, 0.40)
    clinic.blow(later + timedelta(minutes=16), 0.40)
    _assess(clinic, later + timedelta(minutes=17))
    [same] = alerts.open_alerts(clinic.db, clinic.anna, now=later + timedelta(minutes=17))
    assert (same.alert_id, same.state, len(same.evidence)) == (alert.alert_id, "seen", 2)
    worse = later + timedelta(hours=3)
    clinic.blow(worse, 0.90)
    clinic.blow(worse + timedelta(minutes=16), 0.91)
    _assess(clinic, worse + timedelta(minutes=17))
    [up] = alerts.open_alerts(clinic.db, clinic.anna, now=worse + timedelta(minutes=17))
    assert (up.alert_id, up.state, up.tier, len(up.evidence)) == (alert.alert_id, "new", 1, 3)


@pytest.mark.requirement("G4", "H11")
def test_closing_needs_a_reason_and_own_words(clinic: Clinic) -> None:
    now = _positive_and_retest(clinic)
    [alert] = alerts.open_alerts(clinic.db, clinic.anna, now=now)
    with pytest.raises(Invalid):
        alerts.close(clinic.db, clinic.anna, alert.alert_id, "contacted", " . ", now=now)
    with pytest.raises(Invalid):
        alerts.close(clinic.db, clinic.anna, alert.alert_id, "because", "Ord finns", now=now)  # type: ignore[arg-type]
    alerts.close(clinic.db, clinic.anna, alert.alert_id, "wait", "Avvaktar", now=now)
    with pytest.raises(alerts.AlertMoved):
        alerts.close(clinic.db, clinic.anna, alert.alert_id, "wait", "En gång till", now=now)


def test_a_colleague_without_a_care_relation_finds_nothing(clinic: Clinic) -> None:
    now = _positive_and_retest(clinic)
    [alert] = alerts.open_alerts(clinic.db, clinic.anna, now=now)
    with pytest.raises(NotFound):
        alerts.close(clinic.db, clinic.bo, alert.alert_id, "wait", "Inte min", now=now)
    assert triage.triage_list(clinic.db, clinic.bo, now=now).rows == ()


def test_a_positive_that_waits_for_its_retest_is_not_yet_known_to_the_risk_model(clinic: Clinic) -> None:
    """Mouth alcohol must not raise a risk alert in the minutes before the retest."""
    clinic.blow(EVENING - timedelta(days=1), 0.0)
    clinic.blow(EVENING, 0.42)
    now = EVENING + timedelta(minutes=1)
    _assess(clinic, now)
    waiting = _history(clinic, now)
    assert len(waiting.drinking) == 0
    assert [float(value) for value in waiting.breath_tests.brac_mg_per_l] == [0.0]
    retest = EVENING + timedelta(minutes=17)
    clinic.blow(retest, 0.41)
    _assess(clinic, retest + timedelta(seconds=5))
    settled = _history(clinic, retest + timedelta(seconds=5))
    assert len(settled.drinking) == 1
    assert sorted(float(value) for value in settled.breath_tests.brac_mg_per_l) == [0.0, 0.41, 0.42]


def test_a_retest_that_does_not_agree_is_no_known_drinking(clinic: Clinic) -> None:
    clinic.blow(EVENING, 0.42)
    clinic.blow(EVENING + timedelta(minutes=17), 0.0)
    now = EVENING + timedelta(minutes=18)
    _assess(clinic, now)
    assert len(_history(clinic, now).drinking) == 0


def _history(clinic: Clinic, now: datetime) -> History:
    with clinic.db.transaction(SYSTEM_SCOPE) as conn:
        return histories.history_of(conn, [clinic.client_id], now=now)
