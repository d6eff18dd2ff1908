"""A tenant's risk model: asked for, trained on real rows, run in the shadow, put to use, retired; every step signed."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from backend.access import SYSTEM, Principal
from backend.errors import Conflict, Forbidden, Invalid, NotFound
from backend.services import clients, enrolment, model_training, models, scoring, study
from backend.store import risk_models
from backend.store.pool import Database
from backend.store.scope import SYSTEM_SCOPE
from relapse_model.artifact import Artifact, cold_start
from relapse_model.frame import History
from relapse_model.train import train
from simulators.study import write_population
from tests.support.care import PASSWORD, START, make_clinic

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def quick(history: History, trained_on: str) -> Artifact:
    """The real training, with one quick candidate."""
    return train(history, trained_on, None, "logistic_history")


def manager_of(db: Database, tenant_id: str) -> Principal:
    account_id = enrolment.create_account(
        db, SYSTEM, tenant_id, username=f"chef-{tenant_id}", display_name="Karin Chef", role="manager",
        password=PASSWORD, now=NOW,
    )  # fmt: skip
    return Principal(account_id, tenant_id, "manager", None, None, "Karin Chef", "sv")


@pytest.fixture
def db(postgres_database: str) -> Iterator[Database]:
    with Database(postgres_database) as opened:
        yield opened


@pytest.fixture
def population(db: Database, tmp_path: Path) -> Principal:
    """Forty simulated people in a research tenant, and its manager."""
    write_population(tmp_path / "people", 40, 60, 5, date(2025, 9, 1))
    study.import_study(db, SYSTEM, tmp_path / "people", model=cold_start(), now=NOW)
    return manager_of(db, "research")


@pytest.mark.requirement("E3")
def test_a_model_is_trained_looked_at_run_in_the_shadow_and_put_to_use_by_a_named_person(
    db: Database, population: Principal
) -> None:
    asked = models.ask_for_training(db, population, "Vi har egna data nu", now=NOW)
    with pytest.raises(Conflict):
        models.ask_for_training(db, population, "En till", now=NOW)
    assert model_training.train_next(db, quick, now=NOW)
    assert not model_training.train_next(db, quick, now=NOW)

    (found,) = models.registry(db, population, now=NOW).models
    assert (found.model_id, found.state, found.people) == (asked, "candidate", 40)
    assert {check.code for check in found.checks} >= {
        "person_leakage",
        "miscalibrated",
        "degenerate_alert_burden",
    }
    with pytest.raises(Invalid):
        models.step(db, population, asked, "active", "Direkt i bruk", now=NOW)
    models.step(db, population, asked, "shadow", "Vi tittar först", now=NOW)
    if found.may_be_activated:
        models.step(db, population, asked, "active", "Stämmer med det vi ser", now=NOW)
        with db.transaction(SYSTEM_SCOPE) as conn:
            active = models.in_use(conn, "research", cold_start()).active
        assert active is not None and active.version == found.version != cold_start().version
    else:
        with pytest.raises(Conflict):
            models.step(db, population, asked, "active", "Ändå", now=NOW)
    models.step(db, population, asked, "retired", "Slut på provet", now=NOW)

    (found,) = models.registry(db, population, now=NOW).models
    assert [(step.new, step.by) for step in found.changes if step.new != "active"] == [
        ("training", "Karin Chef"), ("candidate", None), ("shadow", "Karin Chef"), ("retired", "Karin Chef"),
    ]  # fmt: skip
    assert "Modellkort" in models.card(db, population, asked, "sv")


def test_too_few_people_make_a_failed_training_that_says_why(db: Database) -> None:
    clinic = make_clinic(db)
    manager = manager_of(db, clinic.tenant_id)
    models.ask_for_training(db, manager, "Prova", now=NOW)
    assert model_training.train_next(db, quick, now=NOW)
    (found,) = models.registry(db, manager, now=NOW).models
    assert found.state == "failed" and found.failure
    models.ask_for_training(db, manager, "En gång till", now=NOW)  # a failed one is in nobody's way


def test_only_managers_move_models_and_only_their_own(db: Database, population: Principal) -> None:
    clinic = make_clinic(db)
    other = manager_of(db, clinic.tenant_id)
    asked = models.ask_for_training(db, population, "Vi har egna data nu", now=NOW)
    for person in (clinic.anna, clinic.client):
        with pytest.raises(Forbidden):
            models.registry(db, person, now=NOW)
        with pytest.raises(Forbidden):
            models.turn(db, person, is_on=False, reason="Av", now=NOW)
    with pytest.raises(NotFound):
        models.step(db, other, asked, "retired", "Inte min", now=NOW)
    with pytest.raises(NotFound):
        models.card(db, other, asked, "sv")
    with pytest.raises(Forbidden):
        models.card(db, clinic.client, None, "sv")
    with pytest.raises(Invalid):
        models.turn(db, other, is_on=False, reason="  ", now=NOW)


@pytest.mark.requirement("E1", "E3", "H11")
def test_scores_turned_off_are_neither_made_nor_shown_until_they_are_on_again(db: Database) -> None:
    clinic = make_clinic(db)
    manager = manager_of(db, clinic.tenant_id)
    at = START
    for day in range(12):
        at = START + timedelta(days=day)
        clinic.blow(at, 0.0)
    scoring.catch_up(db, cold_start(), now=at)
    before = clients.overview(db, clinic.anna, clinic.client_id, now=at)
    assert before.risk and before.trend is not None and before.scores_are_on

    models.turn(db, manager, is_on=False, reason="Vi ser över modellen", now=at)
    off = clients.overview(db, clinic.anna, clinic.client_id, now=at)
    assert off.risk == () and off.trend is None and not off.scores_are_on
    (made,) = clinic.rows("SELECT count(*) AS n FROM risk_score")
    clinic.blow(at + timedelta(hours=20), 0.0)
    scoring.catch_up(db, cold_start(), now=at + timedelta(hours=21))
    assert clinic.rows("SELECT count(*) AS n FROM risk_score") == [made]

    models.turn(db, manager, is_on=True, reason="Klart", now=at + timedelta(hours=22))
    clinic.blow(at + timedelta(hours=30), 0.0)
    scoring.catch_up(db, cold_start(), now=at + timedelta(hours=31))
    assert clients.overview(db, clinic.anna, clinic.client_id, now=at + timedelta(hours=31)).risk
    switches = models.registry(db, manager, now=at).switches
    assert [(one.is_on, one.by) for one in switches] == [(True, "Karin Chef"), (False, "Karin Chef")]


def test_a_shadow_scores_beside_the_one_in_use_and_is_shown_to_nobody(
    db: Database, population: Principal
) -> None:
    clinic = make_clinic(db)
    manager = manager_of(db, clinic.tenant_id)
    trained = _trained(db, population)
    asked = models.ask_for_training(db, manager, "Prov", now=NOW)
    with db.transaction(
        SYSTEM_SCOPE
    ) as conn:  # a model trained elsewhere stands in for one of this small clinic's own
        text = risk_models.document(conn, trained)
        assert text is not None
        conn.execute(
            """UPDATE risk_model SET state = 'candidate', document = %s, document_sha256 = sha256(%s)
                WHERE model_id = %s""",
            (text, text.encode(), asked),
        )
    models.step(db, manager, asked, "shadow", "Vi tittar", now=NOW)
    for day in range(12):
        clinic.blow(START + timedelta(days=day), 0.0)
    at = START + timedelta(days=11, hours=1)
    scoring.catch_up(db, cold_start(), now=at)
    shown = clients.overview(db, clinic.anna, clinic.client_id, now=at)
    assert {score.model_version for score in shown.risk} == {f"{cold_start().name} {cold_start().version}"}
    beside = models.registry(db, manager, now=at).shadow_beside_active
    assert {row["horizon_hours"] for row in beside} == {24, 72}


@pytest.mark.requirement("H17")
def test_a_stored_model_that_was_changed_scores_nobody(db: Database, population: Principal) -> None:
    model_id = _trained(db, population)
    models.step(db, population, model_id, "shadow", "Vi tittar", now=NOW)
    with db.transaction(SYSTEM_SCOPE) as conn:
        conn.execute("UPDATE risk_model SET document = document || ' ' WHERE model_id = %s", (model_id,))
    with db.transaction(SYSTEM_SCOPE) as conn, pytest.raises(Conflict):
        models.in_use(conn, "research", cold_start())


def test_an_imported_persons_past_gets_weekly_scores_from_a_job(db: Database, population: Principal) -> None:
    def scores() -> int:
        with db.transaction(SYSTEM_SCOPE) as conn:
            row = conn.execute(
                "SELECT count(DISTINCT (client_id, decided_at)) AS n FROM risk_score"
            ).fetchone()
        assert row is not None
        return int(row["n"])

    assert scores() == 40
    rounds = 0
    while scoring.score_past(db, cold_start(), now=NOW, batch=15):
        rounds += 1
    assert rounds == 3
    assert scores() > 40 * 5
    with db.transaction(SYSTEM_SCOPE) as conn:
        trends = conn.execute("SELECT count(*) AS n FROM client_trend").fetchone()
    assert trends == {"n": 40}


@pytest.mark.requirement("H17")
def test_the_monitor_compares_what_was_said_with_what_followed(db: Database) -> None:
    clinic = make_clinic(db)
    manager = manager_of(db, clinic.tenant_id)
    for day in range(12):
        clinic.blow(START + timedelta(days=day), 0.0)
    at = START + timedelta(days=11, hours=1)
    scoring.catch_up(db, cold_start(), now=at)
    assert model_training.watch(db, now=at) == 2
    found = models.registry(db, manager, now=at).monitors
    assert {(one.horizon_hours, one.verdict) for one in found} == {(24, "too_few"), (72, "too_few")}


def _trained(db: Database, manager: Principal) -> UUID:
    model_id = models.ask_for_training(db, manager, "Vi har egna data nu", now=NOW)
    assert model_training.train_next(db, quick, now=NOW)
    return model_id
