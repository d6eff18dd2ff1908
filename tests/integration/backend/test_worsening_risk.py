"""Worsening risk: relative to the client's own usual, within the unit's budget, once per rise."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from backend.services import alerts, assessment, scoring
from backend.store.pool import Database
from backend.store.scope import SYSTEM_SCOPE
from relapse_model.artifact import cold_start
from tests.support.care import START, Clinic, make_clinic


@pytest.fixture
def clinic(database: str) -> Iterator[Clinic]:
    with Database(database) as db:
        yield make_clinic(db)


def _score(clinic: Clinic, at: datetime, probability: float) -> None:
    with clinic.db.transaction(SYSTEM_SCOPE) as conn:
        conn.execute(
            """
            INSERT INTO risk_score (client_id, decided_at, horizon_hours, model_version, computed_at, probability, low,
                high, coverage, reasons, usual)
            VALUES (%s, %s, 72, 'm 1', %s, %s, 0.1, 0.9, 'enough',
                '[{"item": "missed", "direction": "raises", "weight": 1.2, "sv": "3 missade prov på 7 dagar.",
                   "en": "3 missed tests in 7 days.", "numbers": {}},
                  {"item": "sleep", "direction": "lowers", "weight": -0.2, "sv": "Sover bättre.",
                   "en": "Sleeps better.", "numbers": {}}]', 0.1)""",
            (clinic.client_id, at, at, probability),
        )


def _assess(clinic: Clinic, now: datetime) -> None:
    with clinic.db.transaction(SYSTEM_SCOPE) as conn:
        assessment.assess_clients(conn, {clinic.client_id: now}, now=now)


def test_a_rise_is_one_alert_with_its_reasons_and_closing_it_lasts(clinic: Clinic) -> None:
    for day, probability in enumerate([0.12, 0.15, 0.11, 0.14, 0.13, 0.12, 0.48]):
        _score(clinic, START + timedelta(days=day), probability)
    now = START + timedelta(days=6, hours=1)
    clinic.status(now)
    _assess(clinic, now)
    [alert] = alerts.open_alerts(clinic.db, clinic.anna, now=now)
    assert (alert.kind, alert.tier) == ("worsening_risk", 3)
    said = alert.evidence[0].text
    assert "%" not in said.sv + said.en and "3 missade prov på 7 dagar." in said.sv
    assert "Sover bättre" not in said.sv and said.en.startswith("3 missed tests in 7 days. Computed risk:")
    alerts.close(clinic.db, clinic.anna, alert.alert_id, "wait", "Hörs på torsdag", now=now)
    for day in (7, 8):
        _score(clinic, START + timedelta(days=day), 0.47)
        _score(clinic, START + timedelta(days=day, minutes=20), 0.49)
        clinic.status(START + timedelta(days=day))
        _assess(clinic, START + timedelta(days=day, hours=1))
    assert alerts.open_alerts(clinic.db, clinic.anna, now=now + timedelta(days=2)) == ()
    for day, probability in ((9, 0.12), (10, 0.5)):
        _score(clinic, START + timedelta(days=day), probability)
        clinic.status(START + timedelta(days=day))
        _assess(clinic, START + timedelta(days=day, hours=1))
    [again] = alerts.open_alerts(clinic.db, clinic.anna, now=now + timedelta(days=4))
    assert again.alert_id != alert.alert_id


def test_the_budget_sets_the_threshold_once_there_are_scores_enough(clinic: Clinic) -> None:
    for hour in range(220):
        _score(clinic, START + timedelta(hours=hour), 0.60 + 0.001 * hour)
    now = START + timedelta(hours=221)
    scoring.score_due(clinic.db, cold_start(), now=now)
    [tenant] = clinic.rows("SELECT (settings ->> 'risk_floor')::float8 AS floor FROM tenant")
    assert tenant["floor"] == pytest.approx(0.808, abs=0.01)
