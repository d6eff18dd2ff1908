"""Whatever a person writes is sealed in the database, reads as it was on every page, and can be sealed afterwards."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import psycopg
import pytest

from backend.access.principal import SYSTEM
from backend.errors import Forbidden, KeysMissing
from backend.services import (
    alerts,
    assessment,
    check_ins,
    clients,
    contacts,
    journal_texts,
    messages,
    pauses,
    sealing,
)
from backend.store import sealed_text
from backend.store.check_ins import add_check_ins
from backend.store.deployment_keys import DeploymentKeys, keys_in
from backend.store.pool import Database
from backend.store.scope import SYSTEM_SCOPE
from backend.store.signed_message import SignedMessage
from contracts.check_in import About, CheckIn
from nykter.cli import main
from tests.support.care import START, Clinic, add_client, make_clinic

CANARY = "Kanariefagel"
NOW = START + timedelta(days=2)
_PLACES = (
    "SELECT note FROM contact", "SELECT before ->> 'note' FROM contact_correction", "SELECT body FROM message",
    "SELECT comment FROM check_in", "SELECT draft FROM journal_text", "SELECT body FROM journal_text",
    "SELECT close_note FROM alert", "SELECT note FROM alert_change",
    "SELECT encode(body, 'escape') FROM check_in", "SELECT reason FROM pause", "SELECT decision_note FROM pause",
)  # fmt: skip


@dataclass
class Sealed:
    """A clinic, and where its key lies."""

    clinic: Clinic
    file: Path


@pytest.fixture
def sealed(postgres_database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Sealed]:
    file = tmp_path / "data.key"
    assert main(["keys", "new", str(file)]) == 0
    assert main(["keys", "new", str(file)]) == 1  # never replaced
    assert file.read_text().strip() not in capsys.readouterr().out
    with Database(postgres_database, keys=DeploymentKeys(file.read_text)) as db:
        yield Sealed(make_clinic(db), file)


def _comment_from_home(db: Database, clinic: Clinic) -> None:
    said = CheckIn(
        device_id=clinic.device_id, boot_id="a" * 16, sequence=900, answered_at=NOW, timezone="Europe/Stockholm",
        answers=(), comment=CANARY, gateway_version="1",
        about=About(window_kind="breath_test", window_opens_at=START),
    )  # fmt: skip
    body = said.model_dump_json().encode()
    signed = SignedMessage(
        said, clinic.tenant_id, clinic.client_id, "check-in", body, sha256(body).digest(), "k", b"s" * 64
    )
    with db.transaction(SYSTEM_SCOPE) as conn:
        add_check_ins(conn, [signed], now=NOW)


def _write_everything(db: Database, clinic: Clinic) -> None:
    anna, whose = clinic.anna, clinic.client_id
    clinic.blow(START + timedelta(hours=20), 0.42)
    clinic.blow(START + timedelta(hours=20, minutes=20), 0.41)
    assessment.assess_due(db, now=START + timedelta(hours=20, minutes=21))
    [alert, *_] = alerts.open_alerts(db, anna, now=NOW)
    alerts.close(db, anna, alert.alert_id, "contacted", CANARY, now=NOW)
    contact = contacts.add(db, anna, whose, "phone", True, CANARY, NOW, now=NOW)
    contacts.correct(db, anna, contact, "phone", True, f"{CANARY} 2", NOW, reason="Rättat", now=NOW)
    messages.send(db, anna, whose, CANARY, now=NOW)
    check_ins.submit(db, clinic.client, (), False, CANARY, (), now=NOW)
    journal = journal_texts.draft(db, anna, whose, START.date(), NOW.date(), "half_page", now=NOW)
    journal_texts.sign(db, anna, journal, CANARY, now=NOW)
    _comment_from_home(db, clinic)
    days = NOW + timedelta(days=3), NOW + timedelta(days=5)
    asked = pauses.request(db, clinic.client, whose, *days, reason=CANARY, now=NOW)
    pauses.decide(db, anna, asked, False, CANARY, now=NOW)


def _stored(clinic: Clinic) -> str:
    with psycopg.connect(clinic.db.conninfo) as conn:
        conn.execute("SELECT set_config('nykter.scope', 'maintenance', false)")
        return "\n".join(str(row[0]) for query in _PLACES for row in conn.execute(query.encode()))


def _read(db: Database, clinic: Clinic) -> None:
    anna, whose = clinic.anna, clinic.client_id
    series = clients.series(db, anna, whose, START, NOW + timedelta(days=1), now=NOW)
    assert {note.comment for note in series.check_ins} == {CANARY} and len(series.check_ins) == 2
    assert {note.about_at for note in series.check_ins} == {None, START}
    assert [one.note for one in series.contacts] == [f"{CANARY} 2"]
    [contact] = contacts.of_client(db, anna, whose, now=NOW)
    [before] = contacts.corrections(db, anna, contact.contact_id, now=NOW)
    assert before.before["note"] == CANARY
    assert [one.body for one in messages.thread(db, clinic.client, whose, now=NOW).messages] == [CANARY]
    [text] = journal_texts.of_client(db, anna, whose, now=NOW)
    assert (text.body, text.is_genuine) == (CANARY, True) and "sealed" not in text.draft
    [closed, *_] = clients.overview(db, anna, whose, now=NOW).past_alerts
    [pause] = pauses.of_client(db, anna, whose, now=NOW)
    assert (pause.reason, pause.decision_note) == (CANARY, CANARY)
    assert closed.close_note == CANARY and closed.changes[-1].note == CANARY


@pytest.mark.requirement("D8", "G6", "H12")
def test_every_free_text_is_sealed_where_it_is_stored_and_reads_as_it_was(sealed: Sealed) -> None:
    _write_everything(sealed.clinic.db, sealed.clinic)
    assert CANARY not in _stored(sealed.clinic)
    _read(sealed.clinic.db, sealed.clinic)


@pytest.mark.requirement("D8")
def test_what_was_written_before_there_was_a_key_is_sealed_afterwards_and_keys_rotate(
    sealed: Sealed, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clinic = sealed.clinic
    with clinic.db.transaction(SYSTEM_SCOPE) as conn:  # the clinic's making sealed the reason of its plan
        conn.execute("UPDATE plan SET reason = 'Plan'")
        conn.execute("DELETE FROM client_key")
    with Database(clinic.db.conninfo) as without:
        _write_everything(without, clinic)
        assert sealing.seal_existing(without, SYSTEM) == 0
    assert CANARY in _stored(clinic)
    with pytest.raises(Forbidden):
        sealing.seal_existing(clinic.db, clinic.anna)
    monkeypatch.setenv("NYKTER_DATABASE_URL", clinic.db.conninfo)
    monkeypatch.setenv("NYKTER_DATA_KEY_FILE", str(sealed.file))
    assert main(["keys", "seal"]) == 0
    assert CANARY not in _stored(clinic)
    assert sealing.seal_existing(clinic.db, SYSTEM) == 0
    _read(clinic.db, clinic)
    [old] = keys_in(sealed.file.read_text())
    assert main(["keys", "rotate"]) == 0
    [new] = keys_in(sealed.file.read_text())
    assert new != old and sealed.file.stat().st_mode & 0o077 == 0
    _read(clinic.db, clinic)  # a process that had the old key reads the file again
    capsys.readouterr()
    assert main(["keys", "show"]) == 0
    assert new in (told := capsys.readouterr().out) and old not in told


@pytest.mark.requirement("D8", "L7")
def test_an_old_backup_comes_back_without_what_was_erased_since(
    sealed: Sealed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    clinic, db = sealed.clinic, sealed.clinic.db
    other = add_client(db, clinic.unit_id, "K-02", now=START)
    with db.transaction(SYSTEM_SCOPE) as conn:
        kept = sealed_text.seal(conn, other, "contact.note", "stannar")
        erased = sealed_text.seal(conn, clinic.client_id, "contact.note", CANARY)
        backup = sealed_text.book(conn)  # what an old backup holds of the table
    monkeypatch.setenv("NYKTER_DATABASE_URL", db.conninfo)
    monkeypatch.setenv("NYKTER_DATA_KEY_FILE", str(sealed.file))
    with db.transaction(SYSTEM_SCOPE) as conn:
        sealed_text.destroy(conn, clinic.client_id, now=NOW)
    assert main(["keys", "rotate"]) == 0
    assert main(["keys", "book", str(tmp_path / "book")]) == 0
    with db.transaction(SYSTEM_SCOPE) as conn:  # the old backup is restored
        for row in backup:
            conn.execute(
                "UPDATE client_key SET wrapped = %(wrapped)s, wrapped_by = %(wrapped_by)s, destroyed_at = NULL"
                " WHERE client_id = %(client_id)s AND number = %(number)s",
                row,
            )
    with (
        Database(db.conninfo, keys=DeploymentKeys(sealed.file.read_text)) as later,
        later.transaction(SYSTEM_SCOPE) as conn,
        pytest.raises(KeysMissing),
    ):
        sealed_text.open_text(conn, clinic.client_id, "contact.note", erased)
    assert main(["keys", "restore", str(tmp_path / "book")]) == 0
    assert main(["keys", "restore", str(sealed.file)]) == 1  # no book
    with (
        Database(db.conninfo, keys=DeploymentKeys(sealed.file.read_text)) as later,
        later.transaction(SYSTEM_SCOPE) as conn,
    ):
        assert sealed_text.open_text(conn, other, "contact.note", kept) == "stannar"
        assert sealed_text.open_text(conn, clinic.client_id, "contact.note", erased) == sealed_text.ERASED
