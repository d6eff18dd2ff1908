"""From an application to a client: the robot proposes, a person signs, and nothing happens without that."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from backend.access.principal import SYSTEM, Principal
from backend.errors import BackendError, Conflict, Forbidden, Invalid, NotFound
from backend.services import (
    access_log,
    application_decisions,
    applications,
    blocks,
    clients,
    triage,
    unit_settings,
)
from backend.services.application_decisions import NotComplete
from backend.services.applications import AlreadyDecided
from backend.store.pool import Database
from tests.support.care import DAILY, Clinic, add_account, make_clinic, stranger

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
WHOLE: dict[str, Any] = {
    "name": "Eva Exempel",
    "born_year": 1980,
    "sex": "woman",
    "phone": "070-000 00 00",
    "consent": True,
    "audit": [3, 2, 2, 0, 0, 0, 1, 0, 0, 2],
    "can_blow": True,
    "has_phone": True,
}


@pytest.fixture
def clinic(database: str) -> Iterator[Clinic]:
    with Database(database) as db:
        yield make_clinic(db, plan=False)


def typed(clinic: Clinic, **more: Any) -> UUID:
    return applications.submit_by_staff(clinic.db, clinic.anna, {**WHOLE, **more}, "paper", now=NOW)


def approve(clinic: Clinic, who: Principal, application_id: UUID, **more: Any) -> UUID:
    given = {"version": 1, "alias": "K-77", "now": NOW, **more}
    return application_decisions.approve(clinic.db, who, application_id, "Planen stämmer", **given)


def traces(clinic: Clinic) -> tuple[int, ...]:
    tables = ("client", "plan", "assignment", "application_decision")
    return tuple(len(clinic.rows(f"SELECT 1 FROM {table}")) for table in tables)


def test_an_approved_application_becomes_a_client_with_the_proposed_plan(clinic: Clinic) -> None:
    application_id = typed(clinic)
    shown = applications.one(clinic.db, clinic.anna, application_id, now=NOW)
    assert shown.assessment.is_complete
    assert shown.assessment.score is not None
    assert (shown.assessment.score.audit, shown.assessment.score.audit_c) == (10, 7)
    client_id = approve(clinic, clinic.anna, application_id)
    overview = clients.overview(clinic.db, clinic.anna, client_id, now=NOW)
    assert (overview.alias, overview.display_name) == ("K-77", "Eva Exempel")
    [plan] = clinic.rows("SELECT windows, reason, created_by FROM plan")
    assert plan["reason"] == "Planen stämmer"
    assert plan["created_by"] == clinic.anna.account_id
    assert [(w["kind"], w["opens"]) for w in plan["windows"]] == [  # type: ignore[attr-defined]
        (w.kind, w.opens) for w in shown.assessment.windows
    ]
    assert client_id in [row.client_id for row in triage.triage_list(clinic.db, clinic.anna, now=NOW).rows]


@pytest.mark.requirement("L9", "G4")
def test_the_decision_stands_beside_what_the_robot_computed(clinic: Clinic) -> None:
    application_id = typed(clinic)
    before = applications.one(clinic.db, clinic.anna, application_id, now=NOW).assessment
    approve(clinic, clinic.anna, application_id)
    chief = add_account(clinic, "chefen", "manager")
    limits = {"audit_woman": 12, "audit_man": 13}
    unit_settings.set_one(clinic.db, chief, "cut_offs", limits, "Nya gränser", now=NOW)
    after = applications.one(clinic.db, clinic.bo, application_id, now=NOW + timedelta(days=1))
    assert after.assessment == before
    assert after.decision is not None
    assert (after.decision.decision, after.decision.by) == ("approved", "Anna-Kommun")
    with pytest.raises(psycopg.errors.RestrictViolation):
        clinic.rows("UPDATE application_decision SET words = 'något annat'")


def test_a_changed_plan_is_the_persons_own(clinic: Clinic) -> None:
    application_id = typed(clinic)
    client_id = application_decisions.change(
        clinic.db, clinic.anna, application_id, "Hon vill bara mäta på morgonen", DAILY[:1],
        version=1, alias="K-77", now=NOW,
    )  # fmt: skip
    [plan] = clinic.rows("SELECT windows FROM plan WHERE client_id = %s", client_id)
    assert plan["windows"] == DAILY[:1]
    [decision] = clinic.rows("SELECT decision, plan, assessment FROM application_decision")
    assert decision["decision"] == "changed"
    assert len(decision["assessment"]["windows"]) == 3  # type: ignore[index]


def test_a_rejected_one_makes_no_client(clinic: Clinic) -> None:
    before = traces(clinic)
    application_decisions.reject(clinic.db, clinic.anna, typed(clinic), "Vill vänta", version=1, now=NOW)
    assert traces(clinic) == (*before[:3], before[3] + 1)


def _as(clinic: Clinic, who: Principal, application_id: UUID) -> dict[str, Callable[[], object]]:
    call = {"version": 1, "alias": "K-77", "now": NOW}
    decide = application_decisions
    return {
        "approve": lambda: decide.approve(clinic.db, who, application_id, "Jag ser det", **call),  # type: ignore[arg-type]
        "change": lambda: decide.change(clinic.db, who, application_id, "Jag ser det", DAILY, **call),  # type: ignore[arg-type]
        "reject": lambda: decide.reject(clinic.db, who, application_id, "Jag ser det", version=1, now=NOW),
    }


@pytest.mark.parametrize("decision", ["approve", "change", "reject"])
def test_nobody_but_a_clinician_of_the_unit_can_sign(clinic: Clinic, decision: str) -> None:
    application_id = typed(clinic)
    before = traces(clinic)
    others: dict[type[BackendError], list[Principal]] = {
        Forbidden: [SYSTEM],
        NotFound: [
            clinic.client,
            stranger("annan"),
            add_account(clinic, "charlie", "clinician", unit="Andra enheten"),
            add_account(clinic, "chefen", "manager"),
            add_account(clinic, "drift", "operator"),
        ],
    }
    for error, people in others.items():
        for who in people:
            with pytest.raises(error):
                _as(clinic, who, application_id)[decision]()
    assert traces(clinic) == before
    _as(clinic, clinic.bo, application_id)[decision]()


@pytest.mark.requirement("L9", "G4")
def test_the_database_itself_takes_no_decision_without_a_person(clinic: Clinic) -> None:
    application_id = typed(clinic)
    row = (
        "INSERT INTO application_decision (application_id, version, tenant_id, decision, words, decided_by, decided_at,"
        " assessment) VALUES (%s, 1, 'kommun', 'rejected', %s, %s, now(), '{}')"
    )
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        clinic.rows(row, application_id, "Nykter", SYSTEM.account_id)
    with pytest.raises(psycopg.errors.NotNullViolation):
        clinic.rows(row, application_id, "Nykter", None)
    with pytest.raises(psycopg.errors.CheckViolation):
        clinic.rows(row, application_id, "", clinic.anna.account_id)


@pytest.mark.parametrize("words", ["", "  ", "ja"])
def test_a_decision_needs_own_words(clinic: Clinic, words: str) -> None:
    application_id = typed(clinic)
    with pytest.raises(Invalid):
        application_decisions.approve(
            clinic.db, clinic.anna, application_id, words, version=1, alias="K-77", now=NOW
        )
    assert clinic.rows("SELECT 1 FROM application_decision") == []


def test_an_incomplete_one_cannot_be_approved_until_it_is_completed(clinic: Clinic) -> None:
    application_id = typed(clinic, consent=False, audit=[3, 2, None, 0, 0, 0, 1, 0, 0, 2])
    shown = applications.one(clinic.db, clinic.anna, application_id, now=NOW)
    assert [gap.rule for gap in shown.assessment.gaps] == ["consent", "audit"]
    assert shown.assessment.windows == ()
    with pytest.raises(NotComplete, match="said yes"):
        approve(clinic, clinic.anna, application_id)
    version = applications.complete(
        clinic.db, clinic.anna, application_id, WHOLE, "Frågade på telefon", version=1, now=NOW
    )
    with pytest.raises(Conflict):
        approve(clinic, clinic.anna, application_id, version=1)
    approve(clinic, clinic.anna, application_id, version=version)
    again = applications.one(clinic.db, clinic.anna, application_id, now=NOW)
    assert [(v.version, v.reason) for v in again.versions] == [(1, ""), (2, "Frågade på telefon")]


def test_below_the_limit_there_is_nothing_to_approve_but_a_person_may_still_choose_a_plan(
    clinic: Clinic,
) -> None:
    application_id = typed(clinic, audit=[1, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    with pytest.raises(Invalid, match="no plan is proposed"):
        approve(clinic, clinic.anna, application_id)
    application_decisions.change(
        clinic.db, clinic.anna, application_id, "Egen önskan", DAILY[:1], version=1, alias="K-77", now=NOW
    )


def test_everything_happens_together_or_not_at_all(clinic: Clinic) -> None:
    application_id = typed(clinic)
    before = traces(clinic)
    with pytest.raises(Conflict):
        approve(clinic, clinic.anna, application_id, alias="K-01")
    with pytest.raises(Invalid):
        application_decisions.change(
            clinic.db, clinic.anna, application_id, "Fel tider", [{"kind": "breath_test"}],
            version=1, alias="K-77", now=NOW,
        )  # fmt: skip
    with pytest.raises(Invalid):
        approve(clinic, clinic.anna, application_id, timezone="Europe/Nowhere")
    assert traces(clinic) == before


def test_it_is_decided_once(clinic: Clinic) -> None:
    application_id = typed(clinic)
    approve(clinic, clinic.anna, application_id)
    with pytest.raises(AlreadyDecided):
        approve(clinic, clinic.bo, application_id, alias="K-78")
    with pytest.raises(AlreadyDecided):
        applications.complete(clinic.db, clinic.anna, application_id, WHOLE, "Efteråt", version=1, now=NOW)


def test_a_one_time_link_takes_one_application(clinic: Clinic) -> None:
    token, _ = applications.issue_link(clinic.db, clinic.anna, "person", now=NOW)
    assert applications.open_link(clinic.db, token, now=NOW) == "person"
    application_id = applications.submit_by_link(clinic.db, token, WHOLE, now=NOW)
    for again in (
        lambda: applications.open_link(clinic.db, token, now=NOW),
        lambda: applications.submit_by_link(clinic.db, token, WHOLE, now=NOW),
    ):
        with pytest.raises(NotFound):
            again()
    assert applications.one(clinic.db, clinic.bo, application_id, now=NOW).source == "person"
    assert str(token) not in str(clinic.rows("SELECT token_sha256::text FROM application_link"))


def test_a_link_ends_can_be_withdrawn_and_cannot_be_guessed(clinic: Clinic) -> None:
    token, ends_at = applications.issue_link(clinic.db, clinic.anna, "referrer", now=NOW)
    with pytest.raises(NotFound):
        applications.open_link(clinic.db, token, now=ends_at)
    with pytest.raises(NotFound):
        applications.open_link(clinic.db, "x" * 43, now=NOW)
    [link] = applications.desk(clinic.db, clinic.anna, now=NOW).links
    charlie = add_account(clinic, "charlie", "clinician", unit="Andra enheten")
    with pytest.raises(NotFound):
        applications.revoke_link(clinic.db, charlie, link.link_id, now=NOW)
    applications.revoke_link(clinic.db, clinic.bo, link.link_id, now=NOW)
    with pytest.raises(NotFound):
        applications.submit_by_link(clinic.db, token, WHOLE, now=NOW)


def test_a_bad_form_neither_uses_the_link_up_nor_stores_anything(clinic: Clinic) -> None:
    token, _ = applications.issue_link(clinic.db, clinic.anna, "person", now=NOW)
    with pytest.raises(Invalid, match="sex"):
        applications.submit_by_link(clinic.db, token, {**WHOLE, "sex": "?"}, now=NOW)
    assert clinic.rows("SELECT 1 FROM application") == []
    applications.submit_by_link(clinic.db, token, {}, now=NOW)


def test_the_desk_shows_only_the_own_units_applications(clinic: Clinic) -> None:
    application_id = typed(clinic)
    charlie = add_account(clinic, "charlie", "clinician", unit="Andra enheten")
    assert [r.application_id for r in applications.desk(clinic.db, clinic.bo, now=NOW).applications] == [
        application_id
    ]
    assert applications.desk(clinic.db, charlie, now=NOW).applications == ()
    assert (applications.undecided(clinic.db, clinic.anna), applications.undecided(clinic.db, charlie)) == (
        1,
        0,
    )
    with pytest.raises(NotFound):
        applications.one(clinic.db, charlie, application_id, now=NOW)
    for who in (clinic.client, add_account(clinic, "chefen", "manager"), SYSTEM):
        with pytest.raises(Forbidden):
            applications.desk(clinic.db, who, now=NOW)
        with pytest.raises(Forbidden):
            applications.submit_by_staff(clinic.db, who, WHOLE, "paper", now=NOW)
        with pytest.raises(Forbidden):
            applications.issue_link(clinic.db, who, "person", now=NOW)


def test_who_looked_at_the_application_stands_in_the_new_clients_log(clinic: Clinic) -> None:
    application_id = typed(clinic)
    applications.one(clinic.db, clinic.anna, application_id, now=NOW)
    client_id = approve(clinic, clinic.anna, application_id)
    actions = {entry.action for entry in access_log.looked(clinic.db, clinic.anna, client_id, now=NOW)}
    assert {"application_typed", "application_opened", "application_decided", "plan_set"} <= actions


def test_an_unknown_application_is_not_found(clinic: Clinic) -> None:
    with pytest.raises(NotFound):
        applications.one(clinic.db, clinic.anna, uuid4(), now=NOW)


@pytest.mark.requirement("L5")
def test_once_a_client_is_protected_the_application_no_longer_tells_the_unit_who_it_is(
    clinic: Clinic,
) -> None:
    application_id = typed(clinic)
    client_id = approve(clinic, clinic.anna, application_id)
    assert "Eva Exempel" in str(applications.desk(clinic.db, clinic.bo, now=NOW))
    blocks.set_protected(clinic.db, clinic.anna, client_id, is_on=True, now=NOW)
    desk = applications.desk(clinic.db, clinic.bo, now=NOW)
    assert [row.name for row in desk.applications] == ["K-77"]
    with pytest.raises(NotFound):
        applications.one(clinic.db, clinic.bo, application_id, now=NOW)
    assert applications.one(clinic.db, clinic.anna, application_id, now=NOW).content.name == "Eva Exempel"
