"""Worsening risk: relative to the client's own usual, within the unit's budget, once per rise."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from backend.services import alert_budget, alerts, assessment
from backend.store.pool import Database
from backend.store.scope import SYSTEM_SCOPE
from tests.support.care import START, Clinic, add_client, make_clinic


@pytest.fixture
def clinic(database: str) -> Iterator[Clinic]:
    with Database(database) as db:
        yield make_clinic(db)


def _score(clinic: Clinic, at: datetime, probability: float, client_id: UUID | None = None) -> None:
    with clinic.db.transaction(SYSTEM_SCOPE) as conn:
        conn.execute(
            """
            INSERT INTO risk_score (client_id, decided_at, horizon_hours, model_version, computed_at, probability, low,
                high, coverage, reasons, usual)
            VALUES (%s, %s, 72, 'm 1', %s, %s, 0.1, 0.9, 'enough',
                '[{"item": "missed", "direction": "raises", "weight": 1.2, "sv": "3 missade test på 7 dagar.",
                   "en": "3 missed tests in 7 days.", "numbers": {}},
                  {"item": "sleep", "direction": "lowers", "weight": -0.2, "sv": "Sover bättre.",
                   "en": "Sleeps better.", "numbers": {}}]', 0.1)""",
            (client_id or clinic.client_id, at, at, probability),
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
    assert "%" not in said.sv + said.en and "3 missade test på 7 dagar." in said.sv
    assert "Sover bättre" not in said.sv and said.en.startswith("3 missed tests in 7 days. Computed risk:")
    alerts.close(clinic.db, clinic.anna, alert.alert_id, "wait", "Hörs på torsdag", now=now)
    for day in (7, 8):
        _score(clinic, START + timedelta(days=day), 0.47)
        _score(clinic, START + timedelta(days=day, minutes=20), 0.49)
        clinic.status(START + timedelta(days=day))
        _assess(clinic, START + timedelta(days=day, hours=1))
    assert alerts.open_alerts(clinic.db, clinic.anna, now=now + timedelta(days=2)) == ()
    for day, probability in (
        (9, 0.12),
        (10, 0.12),
        (11, 0.5),
    ):  # one low score is a swing, two days end the rise
        _score(clinic, START + timedelta(days=day), probability)
        clinic.status(START + timedelta(days=day))
        _assess(clinic, START + timedelta(days=day, hours=1))
    [again] = alerts.open_alerts(clinic.db, clinic.anna, now=now + timedelta(days=5))
    assert again.alert_id != alert.alert_id


@pytest.mark.requirement("H10", "G4")
def test_the_budget_sets_the_threshold_once_there_are_scores_enough(clinic: Clinic) -> None:
    """Fifty rises of five clients in four weeks, each to its own height: the budget lets the highest through."""
    others = [add_client(clinic.db, clinic.unit_id, f"K-1{number}", now=START) for number in range(4)]
    heights = []
    for number in range(1, 110, 2):
        at, client_id = START + timedelta(hours=6 * number), [clinic.client_id, *others][number // 2 % 5]
        heights.append(0.3 + 0.006 * (number * 37 % 100))
        for hours, probability in ((-6, 0.02), (0, heights[-1]), (2, heights[-1]), (6, 0.02)):
            _score(clinic, at + timedelta(hours=hours), probability, client_id)
    now = START + timedelta(hours=6 * 110)
    assert alert_budget.renew(clinic.db, now=now) == 1
    assert alert_budget.renew(clinic.db, now=now + timedelta(hours=1)) == 0
    [kept] = clinic.rows(
        "SELECT kind, value, budget_per_week, per_week, is_within, signals FROM alert_threshold"
    )
    assert (kept["kind"], kept["budget_per_week"], kept["is_within"]) == ("risk", 10.0, True)
    assert 4 <= kept["per_week"] <= 5  # type: ignore[operator]  # half of the budget is the risk's
    above = sum(height >= kept["value"] for height in heights)  # type: ignore[operator]
    assert 14 <= above <= 20
    assert alert_budget.renew(clinic.db, now=now + timedelta(hours=7)) == 1


def test_a_new_threshold_moves_no_rise_of_the_past(clinic: Clinic) -> None:
    """What was told under the old threshold is not told again under a lower one, nor is what was not told."""
    for day, probability in enumerate([0.12, 0.15, 0.11, 0.14, 0.13, 0.30, 0.48]):
        _score(clinic, START + timedelta(days=day), probability)
    now = START + timedelta(days=6, hours=1)
    clinic.status(now)
    _assess(clinic, now)
    [alert] = alerts.open_alerts(clinic.db, clinic.anna, now=now)
    with clinic.db.transaction(SYSTEM_SCOPE) as conn:
        conn.execute(
            """INSERT INTO alert_threshold (unit_id, tenant_id, kind, set_at, value)
               VALUES (%s, 'kommun', 'risk', %s, 0.2)""",
            (clinic.unit_id, now),
        )
    clinic.status(now + timedelta(hours=1))
    _assess(clinic, now + timedelta(hours=1))
    [after] = alerts.open_alerts(clinic.db, clinic.anna, now=now)
    assert after.evidence == alert.evidence
