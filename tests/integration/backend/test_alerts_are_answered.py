"""Alerts in the store: told, passed on, put off, answered; and one system alert for many silent gateways."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from threading import Thread
from uuid import UUID

import pytest

from backend.access.principal import SYSTEM, Principal
from backend.domain.rota import Weekly
from backend.errors import Forbidden, Invalid, NotFound
from backend.services import alert_policy, alerts, assessment, clients, enrolment, escalations, fleet, triage
from backend.store.pool import Database
from backend.store.scope import SYSTEM_SCOPE
from tests.support.care import START, Clinic, _account, add_client, make_clinic, stranger

EVENING = START.replace(hour=18, minute=30)  # a Sunday
MONDAY = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)


@pytest.fixture
def clinic(database: str) -> Iterator[Clinic]:
    with Database(database) as db:
        yield make_clinic(db)


def assess(clinic: Clinic, now: datetime) -> None:
    assessment.sweep(clinic.db, now=now)
    assessment.assess_due(clinic.db, now=now)


def positive(clinic: Clinic, at: datetime, brac: float = 0.42) -> UUID:
    clinic.blow(at, brac)
    clinic.blow(at + timedelta(minutes=17), brac)
    assess(clinic, at + timedelta(minutes=18))
    [alert] = alerts.open_alerts(clinic.db, clinic.anna, now=at + timedelta(minutes=18))
    return alert.alert_id


def told(clinic: Clinic) -> list[tuple[object, object]]:
    rows = clinic.rows(
        "SELECT a.username, n.step FROM notice n JOIN account a USING (account_id) ORDER BY n.due_at, 1"
    )
    return [(row["username"], row["step"]) for row in rows]


def person(clinic: Clinic, name: str, role: str) -> Principal:
    return _account(clinic.db, clinic.tenant_id, clinic.unit_id, name, role, START)  # type: ignore[arg-type]


def always(clinic: Clinic, manager: Principal, place: int, who: Principal) -> None:
    week = Weekly(1, datetime.min.time(), 1, datetime.min.time())
    alert_policy.add_duty(clinic.db, manager, clinic.unit_id, place, who.account_id, week, now=START)  # type: ignore[arg-type]


def test_a_tier_2_of_sunday_evening_is_told_on_monday_and_passed_on_after_four_working_hours(
    clinic: Clinic,
) -> None:
    manager = person(clinic, "mona", "manager")
    always(clinic, manager, 1, clinic.bo)
    positive(clinic, EVENING)
    for hour in range(12):
        escalations.escalate_due(clinic.db, now=EVENING + timedelta(hours=hour))
    assert told(clinic) == []
    escalations.escalate_due(clinic.db, now=MONDAY)
    escalations.escalate_due(clinic.db, now=MONDAY + timedelta(hours=3, minutes=59))
    assert told(clinic) == [("anna-kommun", 0)]
    with pytest.raises(NotFound):
        clients.overview(clinic.db, clinic.bo, clinic.client_id, now=MONDAY)
    escalations.escalate_due(clinic.db, now=MONDAY + timedelta(hours=4))
    assert told(clinic) == [("anna-kommun", 0), ("bo-kommun", 1)]
    now = MONDAY + timedelta(hours=4, minutes=1)
    seen = clients.overview(clinic.db, clinic.bo, clinic.client_id, now=now)
    assert seen.alert is not None and [one.names for one in seen.alert.changes if one.new == "told"] == [
        ("Anna-Kommun",),
        ("Bo-Kommun",),
    ]
    with pytest.raises(NotFound):
        clients.overview(clinic.db, clinic.bo, clinic.client_id, now=now + timedelta(hours=25))
    rows = triage.triage_list(clinic.db, clinic.bo, now=now).rows
    assert [row.owner for row in rows] == ["Anna-Kommun"]


@pytest.mark.requirement("H9")
def test_the_manager_learns_that_nobody_answered_and_of_no_client(clinic: Clinic) -> None:
    manager = person(clinic, "mona", "manager")
    positive(clinic, EVENING, 0.9)
    now = EVENING + timedelta(minutes=19)
    escalations.escalate_due(clinic.db, now=now)
    assert told(clinic) == [("mona", 3)]
    assert clinic.rows("SELECT client_id FROM notice") == [{"client_id": None}]
    found = triage.triage_list(clinic.db, manager, now=now)
    assert found.rows == () and found.unanswered is not None and found.unanswered.count == 1


@pytest.mark.requirement("H9")
def test_an_answer_ends_the_telling_and_bears_a_name(clinic: Clinic) -> None:
    alert_id = positive(clinic, EVENING)
    escalations.escalate_due(clinic.db, now=MONDAY)
    alerts.see(clinic.db, clinic.anna, alert_id, now=MONDAY + timedelta(minutes=5))
    escalations.escalate_due(clinic.db, now=MONDAY + timedelta(days=2))
    assert told(clinic) == [("anna-kommun", 0)]
    [alert] = alerts.open_alerts(clinic.db, clinic.anna, now=MONDAY + timedelta(days=2))
    assert (alert.state, alert.seen_by, alert.owner) == ("seen", "Anna-Kommun", None)
    assert alert.began_at == EVENING and alert.opened_at > EVENING


def test_a_snooze_ends_by_itself_and_reminds_whoever_put_it_off(clinic: Clinic) -> None:
    alert_id = positive(clinic, EVENING)
    until = MONDAY + timedelta(days=2)
    alerts.snooze(clinic.db, clinic.anna, alert_id, until, "Hon kommer på onsdag", now=MONDAY)
    escalations.escalate_due(clinic.db, now=until - timedelta(seconds=1))
    [alert] = alerts.open_alerts(clinic.db, clinic.anna, now=MONDAY)
    assert (alert.snoozed_until, alert.snoozed_by, alert.snooze_reason) == (
        until,
        "Anna-Kommun",
        "Hon kommer på onsdag",
    )
    for _ in range(3):
        escalations.escalate_due(clinic.db, now=until)
    [alert] = alerts.open_alerts(clinic.db, clinic.anna, now=until)
    assert (alert.snoozed_until, alert.state) == (None, "seen")
    assert told(clinic) == [("anna-kommun", 6)]


def test_something_worse_ends_a_snooze_early_and_is_told_anew(clinic: Clinic) -> None:
    alert_id = positive(clinic, EVENING)
    alerts.snooze(clinic.db, clinic.anna, alert_id, MONDAY + timedelta(days=2), "Avvaktar", now=MONDAY)
    clinic.blow(MONDAY + timedelta(hours=1), 0.9)
    clinic.blow(MONDAY + timedelta(hours=1, minutes=17), 0.9)
    now = MONDAY + timedelta(hours=1, minutes=18)
    assess(clinic, now)
    escalations.escalate_due(clinic.db, now=now)
    [alert] = alerts.open_alerts(clinic.db, clinic.anna, now=now)
    assert (alert.alert_id, alert.tier, alert.state, alert.snoozed_until) == (alert_id, 1, "new", None)
    assert told(clinic) == [("anna-kommun", 8)]


def test_a_higher_breath_of_the_same_occasion_raises_the_alert_and_is_told_anew(clinic: Clinic) -> None:
    alert_id = positive(clinic, MONDAY)
    escalations.escalate_due(clinic.db, now=MONDAY + timedelta(minutes=18))
    clinic.blow(MONDAY + timedelta(hours=2), 0.9)
    now = MONDAY + timedelta(hours=2, minutes=1)
    assess(clinic, now)
    escalations.escalate_due(clinic.db, now=now)
    [alert] = alerts.open_alerts(clinic.db, clinic.anna, now=now)
    assert (alert.alert_id, alert.tier, alert.state, len(alert.evidence)) == (alert_id, 1, "new", 2)
    assert told(clinic) == [("anna-kommun", 0), ("anna-kommun", 8)]
    assess(clinic, now + timedelta(minutes=1))
    assert len(alerts.open_alerts(clinic.db, clinic.anna, now=now)[0].evidence) == 2


def test_what_needs_a_person_now_cannot_be_put_off_nor_anything_for_long(clinic: Clinic) -> None:
    alert_id = positive(clinic, EVENING)
    for days in (-1, 0, 5):
        with pytest.raises(Invalid):
            alerts.snooze(
                clinic.db, clinic.anna, alert_id, EVENING + timedelta(days=days), "Avvaktar", now=MONDAY
            )
    positive(clinic, MONDAY, 0.9)
    with pytest.raises(Invalid):
        alerts.snooze(
            clinic.db,
            clinic.anna,
            alert_id,
            MONDAY + timedelta(days=1),
            "Avvaktar",
            now=MONDAY + timedelta(hours=1),
        )
    with pytest.raises(NotFound):
        alerts.snooze(clinic.db, stranger(), alert_id, MONDAY + timedelta(days=1), "Avvaktar", now=MONDAY)
    with pytest.raises(Forbidden):
        alerts.snooze(clinic.db, clinic.client, alert_id, MONDAY + timedelta(days=1), "Avvaktar", now=MONDAY)


def test_a_fault_of_the_equipment_takes_no_clinical_place(clinic: Clinic) -> None:
    clinic.status(START)
    operator = person(clinic, "olle", "operator")
    lost = START + timedelta(hours=25)
    assess(clinic, lost)
    [alert] = alerts.open_alerts(clinic.db, clinic.anna, now=lost)
    assert (alert.kind, alert.tier) == ("lost_contact", 3)
    alerts.act(clinic.db, clinic.anna, alert.alert_id, now=lost)
    clinic.blow(lost + timedelta(hours=1), 0.42)
    clinic.blow(lost + timedelta(hours=1, minutes=17), 0.42)
    assess(clinic, lost + timedelta(hours=2))
    found = alerts.open_alerts(clinic.db, clinic.anna, now=lost + timedelta(hours=2))
    assert [(one.kind, one.state) for one in found] == [
        ("confirmed_positive", "new"),
        ("lost_contact", "acting"),
    ]
    [row] = triage.triage_list(clinic.db, clinic.anna, now=lost + timedelta(hours=2)).rows
    assert row.group == "confirmed_positive"
    [technical] = alerts.technical_alerts(clinic.db, operator)
    assert technical.devices == (clinic.device_id,)
    alerts.close(
        clinic.db, operator, technical.alert_id, "technical", "Bytt sladd", now=lost + timedelta(hours=3)
    )
    with pytest.raises(NotFound):
        alerts.close(
            clinic.db, operator, found[0].alert_id, "technical", "Inte min", now=lost + timedelta(hours=3)
        )


def test_two_workers_at_once_tell_everybody_once(clinic: Clinic) -> None:
    for number in range(12):
        client_id = add_client(clinic.db, clinic.unit_id, f"K-1{number}", now=START)
        device = f"gw-more-{number}"
        enrolment.assign(clinic.db, SYSTEM, clinic.anna.account_id, client_id, now=START)
        key = sha256(device.encode()).digest()
        enrolment.enrol_gateway(clinic.db, SYSTEM, device, client_id, key, now=START)
        clinic.blow(MONDAY, 0.42, client_id=client_id, device_id=device)
        clinic.blow(MONDAY + timedelta(minutes=17), 0.42, client_id=client_id, device_id=device)
    now = MONDAY + timedelta(hours=1)
    assess(clinic, now)

    def work() -> None:
        with Database(clinic.db.conninfo) as db:
            escalations.escalate_due(db, now=now, batch=3)

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    [counted] = clinic.rows("SELECT count(*) AS n, count(DISTINCT subject_id) AS alerts FROM notice")
    assert (counted["n"], counted["alerts"]) == (12, 12)


@pytest.mark.requirement("I1", "H2", "H10")
def test_many_silent_gateways_are_one_system_alert_and_nobodys_lost_contact(clinic: Clinic) -> None:
    operator = person(clinic, "olle", "operator")
    for number in range(20):
        client_id = add_client(clinic.db, clinic.unit_id, f"K-1{number}", now=START)
        key = sha256(f"gw-{number}".encode()).digest()
        enrolment.enrol_gateway(clinic.db, SYSTEM, f"gw-fleet-{number}", client_id, key, now=START)

    def heard(at: datetime, count: int = 21) -> None:
        with clinic.db.transaction(SYSTEM_SCOPE) as conn:
            conn.execute(
                """UPDATE gateway SET heard_at = %s
                    WHERE device_id IN (SELECT device_id FROM gateway ORDER BY 1 LIMIT %s)""",
                (at, count),
            )

    now = START
    for _ in range(30):
        heard(now)
        fleet.watch(clinic.db, now=now)
        now += timedelta(minutes=5)
    silent_from = now
    assert fleet.system_alerts(clinic.db, operator, now=now) == ()
    for _ in range(12 * 26):
        fleet.watch(clinic.db, now=now)
        now += timedelta(minutes=5)
    [found] = fleet.system_alerts(clinic.db, operator, now=now)
    assert (found.gateways, found.silent, found.ended_at) == (21, 21, None)
    assert found.opened_at - silent_from <= timedelta(minutes=20)
    assert told(clinic) == [("olle", 0)]
    assess(clinic, now)
    assert alerts.open_alerts(clinic.db, clinic.anna, now=now) == ()
    banner = triage.triage_list(clinic.db, clinic.anna, now=now).system_alert
    assert banner is not None and banner.silent == 21
    heard(now, 20)
    fleet.watch(clinic.db, now=now)
    [found] = fleet.system_alerts(clinic.db, operator, now=now)
    assert found.ended_at == now
    assess(clinic, now)
    assert alerts.open_alerts(clinic.db, clinic.anna, now=now) == ()
    windows = clinic.rows("SELECT DISTINCT attendance FROM test_window WHERE closes_at BETWEEN %s AND %s",
                          silent_from, now - timedelta(hours=3))  # fmt: skip
    assert windows == [{"attendance": "outage"}]
