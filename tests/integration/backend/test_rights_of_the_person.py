"""What a person may ask for: corrections, erasure, who got what; and a record that goes by two people."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import psycopg
import pytest

from backend.access.principal import SYSTEM, Principal
from backend.domain.record_years import kept_since, record_years
from backend.domain.retention import RetentionError
from backend.errors import Conflict, Forbidden, Invalid, NotFound
from backend.services import (
    breach,
    check_ins,
    contacts,
    corrections,
    deletion,
    erasure,
    identity_sign_in,
    legal_holds,
    messages,
    phones,
    registers,
)
from backend.services.identity_provider import Identity
from backend.services.identity_sign_in import Returned
from backend.services.sign_in_steps import Asker
from backend.services.two_persons import SamePerson
from backend.store import sealed_text
from backend.store.deployment_keys import DeploymentKeys, new_key
from backend.store.pool import Database
from backend.store.scope import SYSTEM_SCOPE
from nykter.cli import main
from tests.support.care import START, Clinic, add_account, make_clinic, stranger

NOW = START + timedelta(days=2)
LATER = datetime(2031, 4, 1, 12, 0, tzinfo=UTC)
"""Five years after the last entry, as a municipality counts."""
KEY = new_key()


@pytest.fixture
def clinic(postgres_database: str) -> Iterator[Clinic]:
    with Database(postgres_database, keys=DeploymentKeys(lambda: KEY)) as db:
        yield make_clinic(db, plan=False)


def _written(clinic: Clinic) -> None:
    clinic.blow(START + timedelta(hours=1), 0.42)
    check_ins.submit(clinic.db, clinic.client, (), False, "Jobbig dag", (), now=NOW)
    messages.send(clinic.db, clinic.client, clinic.client_id, "Kan ni ringa?", now=NOW)
    messages.send(clinic.db, clinic.anna, clinic.client_id, "Ja, klockan tre", now=NOW)
    contacts.add(clinic.db, clinic.anna, clinic.client_id, "phone", True, "Talade länge", NOW, now=NOW)


@pytest.mark.requirement("L8", "US1", "G1")
def test_a_disclosure_says_what_to_whom_on_which_ground_by_whom_and_what_was_masked(clinic: Clinic) -> None:
    db, anna, whose = clinic.db, clinic.anna, clinic.client_id
    consent = registers.record_consent(
        db, clinic.client, whose, "Samverkan", "Region Exempel", "own_login", now=NOW
    )
    registers.disclose(
        db, anna, whose, "Region Exempel", ["results", "plan"], "consent", "Inför vårdplan", masked=["own_words"],
        consent_id=consent, now=NOW,
    )  # fmt: skip
    [row] = registers.of_client(db, clinic.client, whose, now=NOW).disclosures
    assert (row["recipient"], row["what"], row["masked"]) == (
        "Region Exempel",
        ["plan", "results"],
        ["own_words"],
    )
    assert (row["legal_ground"], row["decided_by"]) == ("consent", anna.display_name)
    registers.withdraw_consent(db, clinic.client, consent, now=NOW)
    with pytest.raises(Invalid):  # a consent that was taken back is no ground any more
        registers.disclose(
            db, anna, whose, "Region", ["plan"], "consent", "Igen", consent_id=consent, now=NOW
        )
    with pytest.raises(Conflict):
        registers.withdraw_consent(db, clinic.client, consent, now=NOW)
    actions = {row["action"] for row in clinic.rows("SELECT action FROM access_log")}
    assert {"consent_recorded", "consent_withdrawn", "disclosed", "rights_opened"} <= actions
    with pytest.raises(psycopg.errors.RestrictViolation), db.transaction(anna) as conn:
        conn.execute("UPDATE disclosure SET recipient = 'annan'")


@pytest.mark.requirement("L8")
@pytest.mark.parametrize(
    ("what", "masked", "ground", "words"),
    [
        ([], [], "law_requires", "ord"),
        (["plan"], ["plan"], "law_requires", "ord"),
        (["plan"], [], "consent", "ord"),
        (["plan"], [], "law_requires", ""),
        (["everything"], [], "law_requires", "ord"),
        (["plan"], [], "because", "ord"),
    ],
)
def test_a_disclosure_without_content_ground_or_words_is_refused(
    clinic: Clinic,
    what: list[registers.Kind],
    masked: list[registers.Kind],
    ground: registers.Ground,
    words: str,
) -> None:
    with pytest.raises(Invalid):
        registers.disclose(
            clinic.db, clinic.anna, clinic.client_id, "Någon", what, ground, words, masked=masked, now=NOW
        )


@pytest.mark.requirement("I6")
def test_a_client_asks_for_a_correction_staff_decide_and_both_stay(clinic: Clinic) -> None:
    db, client = clinic.db, clinic.client
    asked = corrections.ask(db, client, "reading", "Jag hade munsköljt", about_at=START, now=NOW)
    with pytest.raises(Forbidden):
        corrections.decide(db, client, asked, "accepted", "Stämmer", now=NOW)
    with pytest.raises(NotFound):
        corrections.decide(db, clinic.bo, asked, "accepted", "Stämmer", now=NOW)
    corrections.decide(db, clinic.anna, asked, "noted", "Antecknat bredvid testet", now=NOW)
    with pytest.raises(Conflict):
        corrections.decide(db, clinic.anna, asked, "refused", "Nej ändå", now=NOW)
    for reader in (client, clinic.anna):
        [row] = registers.of_client(db, reader, clinic.client_id, now=NOW).corrections
        assert (row["says"], row["state"], row["decision"]) == (
            "Jag hade munsköljt",
            "noted",
            "Antecknat bredvid testet",
        )
    [stored] = clinic.rows("SELECT says, decision FROM correction_request")
    assert all(sealed_text.is_sealed(value) for value in stored.values())


@pytest.mark.requirement("G3")
def test_erasure_is_refused_with_the_law_that_asks_for_keeping_or_carried_out(clinic: Clinic) -> None:
    db, client = clinic.db, clinic.client
    _written(clinic)
    asked = erasure.ask(db, client, "everything", "Jag vill inte ha kvar något", now=NOW)
    with pytest.raises(Conflict):
        erasure.ask(db, client, "own_words", now=NOW)
    erasure.decide(db, clinic.anna, asked, "Akten bevaras i fem år", refusal_code="sol_5_years", now=NOW)
    words = erasure.ask(db, client, "own_words", now=NOW + timedelta(minutes=1))
    erasure.decide(db, clinic.anna, words, "Vi tar bort det du har skrivit", now=NOW + timedelta(minutes=2))
    messages.send(db, client, clinic.client_id, "Efteråt", now=NOW + timedelta(minutes=3))
    assert erasure.carry_out(db, SYSTEM, now=NOW + timedelta(hours=9)) == 1
    assert erasure.carry_out(db, SYSTEM, now=NOW + timedelta(hours=9)) == 0
    first, second = registers.of_client(db, client, clinic.client_id, now=NOW).erasures
    assert (second["state"], second["refusal_code"], second["decision"]) == (
        "refused", "sol_5_years", "Akten bevaras i fem år",
    )  # fmt: skip
    assert (first["state"], first["done_at"] is not None) == ("granted", True)
    bodies = {m.body for m in messages.thread(db, client, clinic.client_id, now=NOW).messages}
    assert bodies == {sealed_text.ERASED, "Ja, klockan tre", "Efteråt"}
    assert clinic.rows("SELECT comment FROM check_in") == [{"comment": None}]
    assert clinic.rows("SELECT count(*) AS n FROM reading") == [{"n": 1}]


@pytest.mark.requirement("L4")
def test_strangers_and_those_without_a_care_relation_reach_no_register(clinic: Clinic) -> None:
    asked = corrections.ask(clinic.db, clinic.client, "other", "Fel namn", now=NOW)
    for principal in (
        clinic.bo,
        stranger(),
        add_account(clinic, "drift", "operator"),
        add_account(clinic, "chef", "manager"),
    ):
        with pytest.raises(NotFound):
            registers.of_client(clinic.db, principal, clinic.client_id, now=NOW)
        with pytest.raises(NotFound):
            corrections.decide(clinic.db, principal, asked, "accepted", "Stämmer", now=NOW)
    for principal in (clinic.anna, clinic.bo):
        with pytest.raises(NotFound):
            erasure.ask(clinic.db, principal, "everything", now=NOW)


def _managers(clinic: Clinic) -> tuple[Principal, Principal]:
    return add_account(clinic, "chef", "manager"), add_account(clinic, "chef-2", "manager")


@pytest.mark.requirement("L7", "H16")
def test_one_person_cannot_both_propose_and_approve_and_nothing_goes_before_its_time(clinic: Clinic) -> None:
    db = clinic.db
    _written(clinic)
    chef, other = _managers(clinic)
    assert deletion.due(db, chef, now=NOW + timedelta(days=4 * 365)) == ()
    with pytest.raises(NotFound):
        deletion.propose(db, chef, clinic.client_id, "För tidigt", now=NOW)
    [record] = deletion.due(db, chef, now=LATER)
    assert (record.alias, record.ground, record.held) == ("K-01", "retention", False)
    assert {"reading", "check_in", "message", "contact", "gateway"} <= set(record.counted)
    case = deletion.propose(db, chef, clinic.client_id, "Fem år efter sista anteckning", now=LATER)
    with pytest.raises(SamePerson):
        deletion.approve(db, chef, case, now=LATER)
    with (
        pytest.raises(psycopg.errors.CheckViolation),
        db.transaction(chef) as conn,
    ):  # the database says so, too
        conn.execute("UPDATE deletion_case SET approved_by = proposed_by, approved_at = %s", (LATER,))
    assert deletion.carry_out(db, SYSTEM, now=LATER) == 0
    for principal in (add_account(clinic, "chef-3", "manager", unit="Annan enhet"), stranger()):
        with pytest.raises((NotFound, Forbidden)):
            deletion.approve(db, principal, case, now=LATER)
    deletion.approve(db, other, case, now=LATER)
    assert deletion.carry_out(db, SYSTEM, now=LATER) == 1


@pytest.mark.requirement("L7")
def test_what_is_carried_out_leaves_no_row_about_the_person_and_a_certificate(clinic: Clinic) -> None:
    db = clinic.db
    _written(clinic)
    chef, other = _managers(clinic)
    with db.transaction(SYSTEM_SCOPE) as conn:
        sealed = sealed_text.seal(conn, clinic.client_id, "contact.note", "i en gammal säkerhetskopia")
    link = phones.issue_link(db, clinic.anna, clinic.client_id, now=NOW, machine_now=NOW)
    _, secret = phones.let_in(db, link.code, "Annas telefon", asker=Asker(), now=NOW)
    phones.renew(db, phones.renew(db, secret, asker=Asker(), now=NOW)[1], asker=Asker(), now=NOW)
    identity = Identity("https://legitimering.example", sha256(b"nagon").digest(), is_strong=True)
    returned = Returned(identity, "/", clinic.client.account_id)
    identity_sign_in.link(db, clinic.client, returned, asker=Asker(), now=NOW)
    [record] = deletion.due(db, chef, now=LATER)
    case = deletion.propose(db, chef, clinic.client_id, "Gallras", now=LATER)
    with pytest.raises(NotFound):
        deletion.certificate(db, chef, case)
    deletion.approve(db, other, case, now=LATER)
    deletion.carry_out(db, SYSTEM, now=LATER)
    [after] = deletion.cases(db, chef)
    assert after.removed is not None and dict(record.counted).items() <= dict(after.removed).items()
    text = deletion.certificate(db, other, case)
    assert sha256(text.encode()).hexdigest() == after.sha256
    assert "K-01" not in text and json.loads(text)["removed"]["client_key"] == 1
    for table in ("reading", "check_in", "message", "contact", "gateway", "assignment", "test_result"):
        assert clinic.rows(f"SELECT count(*) AS n FROM {table}") == [{"n": 0}], table
    whose = f"WHERE account_id = '{clinic.client.account_id}'"
    for table in ("login", "phone", "account_identity", "known_browser", "account_code"):
        assert clinic.rows(f"SELECT count(*) AS n FROM {table} {whose}") == [{"n": 0}], table
    [who] = clinic.rows("SELECT alias, display_name FROM client")
    assert who == {"alias": f"removed-{clinic.client_id}", "display_name": None}
    [account] = clinic.rows("SELECT display_name, disabled_at FROM account WHERE role = 'client'")
    assert account["display_name"] == "" and account["disabled_at"] is not None
    assert clinic.rows("SELECT count(*) AS n FROM access_log WHERE client_id IS NOT NULL")[0][
        "n"
    ]  # kept five years
    with db.transaction(SYSTEM_SCOPE) as conn:
        assert sealed_text.open_text(conn, clinic.client_id, "contact.note", sealed) == sealed_text.ERASED


@pytest.mark.requirement("L7", "H16")
def test_a_hold_or_a_new_entry_stops_it_at_every_step(clinic: Clinic) -> None:
    db = clinic.db
    _written(clinic)
    chef, other = _managers(clinic)
    legal_holds.place(db, SYSTEM, clinic.client_id, "Tvist", now=LATER)
    assert deletion.due(db, chef, now=LATER)[0].held
    with pytest.raises(Conflict):
        deletion.propose(db, chef, clinic.client_id, "Gallras", now=LATER)
    legal_holds.lift(db, SYSTEM, clinic.client_id, "Avgjord", now=LATER)
    case = deletion.propose(db, chef, clinic.client_id, "Gallras", now=LATER)
    deletion.approve(db, other, case, now=LATER)
    legal_holds.place(db, SYSTEM, clinic.client_id, "Ny tvist", now=LATER)
    assert deletion.carry_out(db, SYSTEM, now=LATER) == 0
    legal_holds.lift(db, SYSTEM, clinic.client_id, "Avgjord", now=LATER)
    contacts.add(db, clinic.anna, clinic.client_id, "phone", True, "Ringde igen", LATER, now=LATER)
    assert deletion.carry_out(db, SYSTEM, now=LATER) == 0
    deletion.withdraw(db, chef, case, now=LATER)
    with pytest.raises(Conflict):
        deletion.approve(db, other, case, now=LATER)


@pytest.mark.requirement("L7")
def test_years_follow_the_kind_of_tenant_and_are_never_fewer(clinic: Clinic) -> None:
    assert [record_years(kind, {}) for kind in ("municipality", "region", "research")] == [5, 10, 10]
    assert record_years("municipality", {"record_years": 7}) == 7
    for wrong in (4, True, "7", 101):
        with pytest.raises(RetentionError):
            record_years("municipality", {"record_years": wrong})
    assert kept_since(datetime(2028, 2, 29, tzinfo=UTC), 5) == datetime(2023, 2, 28, tzinfo=UTC)


@pytest.mark.requirement("G6")
def test_who_is_affected_by_a_stolen_login_is_told_from_the_log(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _written(clinic)
    name = f"anna-{clinic.tenant_id}"
    [one] = breach.affected(clinic.db, SYSTEM, START, NOW + timedelta(hours=1), username=name)
    assert (one.client_id, one.first_at) == (clinic.client_id, NOW) and "contact_added" in one.actions
    assert breach.affected(clinic.db, SYSTEM, START, NOW, username=name) == ()
    assert breach.affected(clinic.db, SYSTEM, START, LATER, tenant_id="annan") == ()
    with pytest.raises(Forbidden):
        breach.affected(clinic.db, clinic.anna, START, NOW, username=name)
    with pytest.raises(Invalid):
        breach.affected(clinic.db, SYSTEM, START, NOW)
    monkeypatch.setenv("NYKTER_DATABASE_URL", clinic.db.conninfo)
    span = ["--since", START.isoformat(), "--until", LATER.isoformat()]
    assert main(["maintain", "affected", "--account", name, *span]) == 0
    told = capsys.readouterr().out
    assert str(clinic.client_id) in told and "1 clients." in told and "K-01" not in told
    assert main(["maintain", "affected", "--account", name, "--since", "2026-03-01T00:00"]) == 2
