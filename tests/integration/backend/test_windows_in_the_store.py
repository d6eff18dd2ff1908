"""Windows, days and deadlines as they stand in the database, also when data comes days late."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest

from backend.access.principal import SYSTEM
from backend.errors import Conflict, Invalid
from backend.services import assessment, clients, enrolment, scoring, triage
from backend.store.pool import Database
from relapse_model.artifact import cold_start
from tests.support.care import DAILY, START, Clinic, add_client, make_clinic

EVENING = START.replace(hour=18, minute=30)


@pytest.fixture
def clinic(database: str) -> Iterator[Clinic]:
    with Database(database) as db:
        yield make_clinic(db)


def _at(clinic: Clinic, now: object) -> None:
    scoring.catch_up(clinic.db, cold_start(), now=now)  # type: ignore[arg-type]


def _attendance(clinic: Clinic) -> list[tuple[object, object]]:
    rows = clinic.rows(
        "SELECT opens_at, attendance FROM test_window WHERE kind = 'breath_test' AND attendance <> 'pending' ORDER BY 1"
    )
    return [(row["opens_at"], row["attendance"]) for row in rows]


def test_windows_are_laid_out_ahead_and_decided_by_the_sweep(clinic: Clinic) -> None:
    _at(clinic, START)
    head = clients.overview(clinic.db, clinic.anna, clinic.client_id, now=START)
    assert head.next_window is not None and head.next_window.opens_at > START
    clinic.blow(EVENING, 0.0)
    clinic.status(START + timedelta(days=1))
    _at(clinic, START + timedelta(days=1))
    assert [state for _, state in _attendance(clinic)] == ["on_time", "missed"]
    day_after = START + timedelta(days=2)
    assessment.sweep(clinic.db, now=day_after)
    assessment.assess_due(clinic.db, now=day_after)
    assert [state for _, state in _attendance(clinic)][2:] == ["not_received", "not_received"]
    assert clinic.rows("SELECT 1 FROM test_window WHERE opens_at > %s", day_after)


def test_what_arrives_days_late_repairs_window_day_and_history(clinic: Clinic) -> None:
    clinic.blow(EVENING, 0.0)
    _at(clinic, EVENING + timedelta(minutes=1))
    late = START + timedelta(days=3)
    _at(clinic, late)
    strip = triage.triage_list(clinic.db, clinic.anna, now=late).rows[0].strip
    assert [mark.state for mark in strip[-4:]] == ["ok", "not_received", "not_received", "not_received"]
    for days in (1, 2):
        clinic.blow(EVENING + timedelta(days=days), 0.0, received_at=late)
    _at(clinic, late + timedelta(minutes=1))
    strip = triage.triage_list(clinic.db, clinic.anna, now=late + timedelta(minutes=1)).rows[0].strip
    assert [mark.state for mark in strip[-4:]] == ["ok", "missed", "missed", "not_received"]
    assert [mark.taken for mark in strip[-4:]] == [1, 1, 1, 0]
    changes = clinic.rows("SELECT old, new FROM test_window_change")
    assert {(row["old"], row["new"]) for row in changes} == {
        ("not_received", "on_time"),
        ("not_received", "missed"),
    }


def test_lost_contact_is_one_alert_and_ends_when_contact_is_back(clinic: Clinic) -> None:
    clinic.blow(EVENING, 0.0)
    _at(clinic, EVENING + timedelta(minutes=1))
    for hours in (23, 25, 30, 40):
        _at(clinic, EVENING + timedelta(hours=hours))
    [alert] = clinic.rows("SELECT kind, state, jsonb_array_length(evidence) AS n FROM alert")
    assert alert == {"kind": "lost_contact", "state": "new", "n": 1}
    clinic.status(EVENING + timedelta(hours=41))
    _at(clinic, EVENING + timedelta(hours=41, minutes=1))
    [alert] = clinic.rows("SELECT state, close_reason, close_note FROM alert")
    assert (alert["state"], alert["close_reason"]) == ("closed", "technical")
    assert "Kontakten är tillbaka" in str(alert["close_note"])


@pytest.mark.requirement("H1")
def test_a_client_without_data_gets_a_score_that_says_so(clinic: Clinic) -> None:
    morning = START + timedelta(days=1)
    _at(clinic, morning)
    rows = clinic.rows("SELECT horizon_hours, probability, coverage FROM risk_score ORDER BY 1")
    assert [(row["probability"], row["coverage"]) for row in rows] == [(None, "too_little")] * 2
    assert clinic.rows("SELECT 1 FROM alert") == []
    again = clinic.rows("SELECT count(*) AS n FROM risk_score")
    _at(clinic, morning + timedelta(minutes=5))
    assert clinic.rows("SELECT count(*) AS n FROM risk_score") == again


def test_scores_of_past_days_know_nothing_of_later_days(clinic: Clinic) -> None:
    end = START + timedelta(days=20)
    for day in range(20):
        clinic.blow(EVENING + timedelta(days=day), 0.40 if day in {12, 13} else 0.0, received_at=end)
    _at(clinic, end)
    made = scoring.backfill_scores(clinic.db, [clinic.client_id], START, end, now=end, model=cold_start())
    assert made == 20
    before = clinic.rows(
        "SELECT probability FROM risk_score WHERE horizon_hours = 72 AND decided_at < %s"
        " ORDER BY decided_at DESC LIMIT 1",
        START + timedelta(days=12),
    )
    after = clinic.rows(
        "SELECT probability FROM risk_score WHERE horizon_hours = 72 AND decided_at > %s ORDER BY decided_at LIMIT 1",
        START + timedelta(days=14),
    )
    low, high = before[0]["probability"], after[0]["probability"]
    assert isinstance(low, float) and isinstance(high, float) and low < high
    assert clinic.rows("SELECT 1 FROM risk_score WHERE computed_at <> %s", end) == []


def test_a_new_plan_follows_the_old_one_and_never_changes_it(clinic: Clinic) -> None:
    _at(clinic, START)
    start = START + timedelta(days=1)
    only_morning = [DAILY[0]]
    enrolment.set_plan(
        clinic.db, clinic.anna, clinic.client_id, only_morning, reason="Skiftarbete", now=start
    )
    _at(clinic, start + timedelta(days=2))
    evenings = clinic.rows("SELECT 1 FROM test_window WHERE opens_at > %s AND kind = 'check_in'", start)
    assert evenings == []
    plans = clinic.rows("SELECT valid_from, valid_to FROM plan ORDER BY valid_from")
    assert [(row["valid_from"], row["valid_to"]) for row in plans] == [(START, start), (start, None)]
    with pytest.raises(Conflict):
        enrolment.set_plan(
            clinic.db, clinic.anna, clinic.client_id, DAILY, reason="För sent", valid_from=START, now=start
        )
    with pytest.raises(Invalid):
        enrolment.set_plan(clinic.db, clinic.anna, clinic.client_id, [{"kind": "x"}], reason="Fel", now=start)


def test_two_workers_share_the_list_and_open_one_alert(clinic: Clinic) -> None:
    from threading import Thread

    for number in range(12):
        client_id = add_client(clinic.db, clinic.unit_id, f"X-{number:02}", now=START)
        device = f"gw-x-{number}"
        enrolment.enrol_gateway(clinic.db, SYSTEM, device, client_id, uuid4().bytes * 2, now=START)
        clinic.blow(EVENING, 0.42, client_id=client_id, device_id=device)
        clinic.blow(EVENING + timedelta(minutes=20), 0.42, client_id=client_id, device_id=device)
    now = EVENING + timedelta(minutes=21)
    failures: list[BaseException] = []

    def work() -> None:
        try:
            assessment.assess_due(clinic.db, now=now, batch=2)
        except BaseException as error:  # noqa: BLE001 (handed to the test's own thread)
            failures.append(error)

    workers = [Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert failures == []
    assert clinic.rows("SELECT count(*) AS n, count(DISTINCT client_id) AS c FROM alert") == [
        {"n": 12, "c": 12}
    ]
    assert clinic.rows("SELECT 1 FROM assessment_due") == []
