"""The whole database, read as a thief of it would: no word somebody wrote about a client and no secret stands in it."""

import io
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pyotp
import pytest

from backend.access.principal import SYSTEM, Principal
from backend.services import (
    application_decisions,
    applications,
    blocks,
    care_relations,
    clients,
    contacts,
    corrections,
    emergencies,
    erasure,
    identity_photos,
    legal_holds,
    life_events,
    person_export,
    planned_tests,
    plans,
    questionnaires,
    registers,
    sealing,
    second_factors,
)
from backend.services.plan_drafts import Draft
from backend.services.sign_in_steps import NOWHERE
from backend.store import sealed_text
from backend.store.deployment_keys import DeploymentKeys, new_key
from backend.store.pool import Database
from backend.store.scope import SYSTEM_SCOPE
from backend.store.signed_message import MessageKey
from nykter.cli import main
from tests.support.care import DAILY, START, Clinic, add_account, make_clinic

CANARY = "Kanariefagel"
NOW = START + timedelta(days=2)
PICTURE = MessageKey("gw-kommun-1", "b" * 16, 7)
APPLICATION = {
    "name": f"{CANARY} Exempel", "born_year": 1980, "sex": "woman", "phone": f"070 {CANARY}", "consent": True,
    "referrer": f"Vårdcentralen {CANARY}", "words": f"Jag heter {CANARY}", "audit": [3, 2, 2, 0, 0, 0, 1, 0, 0, 2],
    "can_blow": True, "has_phone": True,
}  # fmt: skip
WORDS = {
    "life_event.text": 1, "care_block.words": 1, "care_block.lift_words": 1, "emergency_access.words": 1,
    "emergency_access.review_words": 1, "photo_verdict.note": 1, "consent.purpose": 1, "consent.recipient": 1,
    "consent.withdraw_reason": 1, "disclosure.recipient": 1, "disclosure.words": 1, "plan.reason": 1,
    "plan_draft.reason": 1, "planned_test.reason": 1, "contact_correction.reason": 1,
    "questionnaire.withdraw_reason": 1, "legal_hold.reason": 1, "legal_hold.lift_reason": 1,
    "correction_request.says": 1, "correction_request.decision": 1, "erasure_request.says": 1,
    "erasure_request.decision": 1, "care_change.words": 1,
    "application_version.reason": 1, "application_decision.words": 1,
}  # fmt: skip
"""Columns that must hold sealed words after all has been written, and at least how many."""


@pytest.fixture
def keyed(postgres_database: str, tmp_path: Path) -> Iterator[tuple[Clinic, Path]]:
    file = tmp_path / "data.key"
    file.write_text(new_key())
    file.chmod(0o600)
    with Database(postgres_database, keys=DeploymentKeys(file.read_text)) as db:
        yield make_clinic(db), file


def dump(clinic: Clinic) -> str:
    """Every row of every table as text; bytes stand there in hex, and the search looks for those, too."""
    with psycopg.connect(clinic.db.conninfo) as conn:
        conn.execute("SELECT set_config('nykter.scope', 'maintenance', false)")
        tables = conn.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
        ).fetchall()
        return "\n".join(
            f"{name}: {row[0]}"
            for (name,) in tables
            for row in conn.execute(f'SELECT t::text FROM "{name}" t'.encode())
        )


def found_in(text: str, word: str) -> list[str]:
    """The tables in which a word stands, as it is or in hex."""
    hidden = word.encode().hex()
    return sorted({line.partition(":")[0] for line in text.splitlines() if word in line or hidden in line})


def write_everything(db: Database, clinic: Clinic, chief: Principal) -> str:
    """Something through every service that takes words; the secret of an authenticator app in use."""
    anna, client, whose = clinic.anna, clinic.client, clinic.client_id
    life_events.add(db, anna, whose, "life", NOW.date(), None, CANARY, now=NOW)
    blocks.set_block(db, client, whose, CANARY, now=NOW)
    look = emergencies.open_emergency(db, clinic.bo, "K-01", "acute_risk", f"{CANARY} ringde mig", now=NOW)
    emergencies.review(db, chief, look.emergency_id, "justified", f"{CANARY} stämmer", now=NOW)
    blocks.lift_block(db, client, whose, CANARY, now=NOW)
    consent = registers.record_consent(db, anna, whose, CANARY, CANARY, "in_person", now=NOW)
    registers.disclose(db, anna, whose, CANARY, ["values"], "consent", CANARY, consent_id=consent, now=NOW)
    registers.withdraw_consent(db, anna, consent, CANARY, now=NOW)
    asked = corrections.ask(db, client, "other", CANARY, now=NOW)
    corrections.decide(db, anna, asked, "noted", CANARY, now=NOW)
    asked = erasure.ask(db, client, "own_words", CANARY, now=NOW)
    erasure.decide(db, anna, asked, CANARY, refusal_code="care_goes_on", now=NOW)
    planned_tests.order(db, anna, whose, reason=CANARY, now=NOW)
    plans.set_plan(db, anna, whose, DAILY, reason=CANARY, valid_from=NOW + timedelta(days=1), now=NOW)
    plans.propose(
        db, anna, whose, Draft([DAILY[0]]), valid_from=NOW + timedelta(days=9), reason=f"{CANARY} 2", now=NOW
    )
    contact = contacts.add(db, anna, whose, "phone", True, "Ringde", NOW, now=NOW)
    contacts.correct(db, anna, contact, "phone", True, "Rättat", NOW, reason=CANARY, now=NOW)
    form = questionnaires.enter(db, anna, whose, "phq9", [1] * 9, "paper", NOW, now=NOW)
    questionnaires.withdraw(db, anna, form.questionnaire_id, CANARY, now=NOW)
    legal_holds.place(db, SYSTEM, whose, CANARY, now=NOW)
    legal_holds.lift(db, SYSTEM, whose, CANARY, now=NOW)
    application = applications.submit_by_staff(db, anna, APPLICATION, "paper", now=NOW)
    applications.complete(
        db, anna, application, {**APPLICATION, "born_year": 1981}, CANARY, version=1, now=NOW
    )
    application_decisions.reject(db, anna, application, CANARY, version=2, now=NOW)
    judge_a_picture(db, clinic)
    also_bo = care_relations.Change("assigned", (whose,), CANARY, to_id=clinic.bo.account_id)
    care_relations.decide(db, chief, also_bo, now=NOW)
    offered = second_factors.offer_totp(db, anna, now=NOW)
    second_factors.confirm_totp(db, anna, pyotp.TOTP(offered.secret).at(NOW), asker=NOWHERE, now=NOW)
    return offered.secret


def judge_a_picture(db: Database, clinic: Clinic) -> None:
    with db.transaction(SYSTEM_SCOPE) as conn:
        conn.execute(
            "INSERT INTO identity_photo (tenant_id, client_id, device_id, boot_id, sequence, run_id, taken_at,"
            " received_at, source, key_id, signature, body)"
            " VALUES ('kommun', %s, %s, %s, %s, 'r', %s, %s, 'camera', 'k', '', 'x')",
            (clinic.client_id, *PICTURE, NOW, NOW),
        )
    identity_photos.judge(db, clinic.anna, clinic.client_id, PICTURE, "unusable", CANARY, now=NOW)


def read_everything(db: Database, clinic: Clinic, chief: Principal, secret: str) -> None:
    """It reads as it was, on every way out."""
    anna, whose = clinic.anna, clinic.client_id
    series = clients.series(db, anna, whose, START, NOW + timedelta(days=1), now=NOW)
    assert [one.text for one in series.events] == [CANARY]
    [block] = blocks.of_client(db, anna, whose, now=NOW)
    assert (block.words, block.lift_words) == (CANARY, CANARY)
    [look] = emergencies.of_unit(db, chief, now=NOW)
    assert (look.words, look.review_words) == (f"{CANARY} ringde mig", f"{CANARY} stämmer")
    kept = registers.of_client(db, anna, whose, now=NOW)
    [consent], [told] = kept.consents, kept.disclosures
    assert [consent[name] for name in ("purpose", "recipient", "withdraw_reason")] == [CANARY] * 3
    assert (told["recipient"], told["words"]) == (CANARY, CANARY)
    history = plans.history(db, anna, whose, now=NOW)
    assert CANARY in str(history)
    assert "sealed:" not in str(history)
    [contact] = contacts.of_client(db, anna, whose, now=NOW)
    assert [one.reason for one in contacts.corrections(db, anna, contact.contact_id, now=NOW)] == [CANARY]
    assert [one.withdraw_reason for one in questionnaires.of_client(db, anna, whose, now=NOW).results] == [
        CANARY
    ]
    [line] = applications.desk(db, anna, now=NOW).applications
    shown = applications.one(db, anna, line.application_id, now=NOW)
    assert "sealed:" not in str(shown)
    assert all(str(APPLICATION[name]) in str(shown) for name in ("name", "phone", "referrer", "words"))
    [picture] = identity_photos.photos(db, anna, whose, now=NOW).photos
    assert picture.note == CANARY
    whole = person_export.export_own(db, clinic.client, now=NOW)
    with zipfile.ZipFile(io.BytesIO(whole.data)) as archive:
        everything = archive.read("data.json").decode()
    assert "sealed:" not in everything
    assert everything.count(CANARY) >= 18
    step = NOW + timedelta(minutes=1)
    with db.transaction(anna) as conn:
        assert second_factors.used_factor(conn, anna, pyotp.TOTP(secret).at(step), step) == "totp"
        conn.execute("UPDATE totp_factor SET last_step = 0")


def sealed_columns(clinic: Clinic) -> dict[str, int]:
    with psycopg.connect(clinic.db.conninfo) as conn:
        conn.execute("SELECT set_config('nykter.scope', 'maintenance', false)")
        found = {}
        for place, least in WORDS.items():
            table, column = place.split(".")
            query = f"SELECT count(*) FROM {table} WHERE starts_with({column}, 'sealed:1:')".encode()
            [row] = conn.execute(query).fetchall()
            found[place] = min(row[0], least)
        return found


@pytest.mark.requirement("D8", "G6")
def test_no_planted_word_and_no_apps_secret_stands_in_the_database(keyed: tuple[Clinic, Path]) -> None:
    clinic, _ = keyed
    chief = add_account(clinic, "chefen", "manager")
    secret = write_everything(clinic.db, clinic, chief)
    assert found_in(dump(clinic), CANARY) == []
    assert found_in(dump(clinic), secret) == []
    assert sealed_columns(clinic) == WORDS
    read_everything(clinic.db, clinic, chief, secret)


@pytest.mark.requirement("D8")
def test_what_lay_in_clear_is_sealed_at_night_and_the_key_is_rotated(
    keyed: tuple[Clinic, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    clinic, file = keyed
    chief = add_account(clinic, "chefen", "manager")
    with Database(clinic.db.conninfo) as without:
        clinic.db, db = without, clinic.db
        with db.transaction(
            SYSTEM_SCOPE
        ) as conn:  # as before the first key: what the clinic's making sealed is undone
            conn.execute("UPDATE plan SET reason = 'Överenskommet'")
            conn.execute("DELETE FROM client_key")
        secret = write_everything(without, clinic, chief)
        clinic.db = db
    before = found_in(dump(clinic), CANARY)
    assert {"life_event", "application_version", "disclosure", "emergency_access", "plan"} <= set(before)
    assert found_in(dump(clinic), secret) == ["totp_factor"]
    assert sealing.seal_existing(db, SYSTEM) > len(WORDS)
    assert found_in(dump(clinic), CANARY) == []
    assert found_in(dump(clinic), secret) == []
    assert sealed_columns(clinic) == WORDS
    assert sealing.seal_existing(db, SYSTEM) == 0
    read_everything(db, clinic, chief, secret)

    backup = secrets_of(db)
    monkeypatch.setenv("NYKTER_DATABASE_URL", db.conninfo)
    monkeypatch.setenv("NYKTER_DATA_KEY_FILE", str(file))
    assert main(["keys", "rotate"]) == 0
    assert secrets_of(db) != backup
    read_everything(db, clinic, chief, secret)

    # A backup from before the rotation comes back: the app's secret opens again with the book, and only with it.
    book = tmp_path / "book"
    assert main(["keys", "book", str(book)]) == 0
    with db.transaction(SYSTEM_SCOPE) as conn:
        conn.execute("UPDATE totp_factor SET secret = %s", (backup[0],))
    assert main(["keys", "show"]) == 1
    assert main(["keys", "restore", str(book)]) == 0
    assert main(["keys", "show"]) == 0
    read_everything(db, clinic, chief, secret)


def secrets_of(db: Database) -> list[str]:
    with db.transaction(SYSTEM_SCOPE) as conn:
        return [row["secret"] for row in conn.execute("SELECT secret FROM totp_factor").fetchall()]


@pytest.mark.requirement("D8", "L7")
def test_a_destroyed_key_takes_these_words_too_and_an_application_becomes_a_client_with_its_key(
    keyed: tuple[Clinic, Path],
) -> None:
    clinic, _ = keyed
    db = clinic.db
    application = applications.submit_by_staff(db, clinic.anna, APPLICATION, "paper", now=NOW)
    client = application_decisions.approve(
        db, clinic.anna, application, "Stämmer", version=1, alias="K-77", now=NOW
    )
    assert client == application
    life_events.add(db, clinic.anna, client, "life", NOW.date(), None, CANARY, now=NOW)
    assert keys_of(clinic, client) == 1
    with db.transaction(SYSTEM_SCOPE) as conn:
        sealed_text.destroy(conn, client, now=NOW)
    shown = str(applications.one(db, clinic.anna, application, now=NOW))
    assert sealed_text.ERASED in shown
    assert f"Jag heter {CANARY}" not in shown
    series = clients.series(db, clinic.anna, client, START, NOW + timedelta(days=1), now=NOW)
    assert [one.text for one in series.events] == [sealed_text.ERASED]


def test_an_apps_secret_opens_for_its_own_account_only(keyed: tuple[Clinic, Path]) -> None:
    from backend.errors import KeysMissing, SealBroken
    from backend.store import sealed_secret

    clinic, _ = keyed
    anna, bo = clinic.anna.account_id, clinic.bo.account_id
    with clinic.db.transaction(clinic.anna) as conn:
        stored = sealed_secret.seal_totp(conn, anna, "GEHEIM")
        assert sealed_secret.open_totp(conn, anna, stored) == "GEHEIM"
        for account, changed in ((bo, stored), (uuid4(), stored), (anna, stored[:-6] + "AAAA==")):
            with pytest.raises(SealBroken):
                sealed_secret.open_totp(conn, account, changed)
    with (
        Database(clinic.db.conninfo) as without,
        without.transaction(clinic.anna) as conn,
        pytest.raises(KeysMissing),
    ):
        sealed_secret.open_totp(conn, anna, stored)


def keys_of(clinic: Clinic, client: UUID) -> int:
    with clinic.db.transaction(SYSTEM_SCOPE) as conn:
        return len(conn.execute("SELECT FROM client_key WHERE client_id = %s", (client,)).fetchall())
