"""Free text and photos are sealed with a key per client; what protects them, and what losing a key means."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest

from backend.errors import Invalid, KeysMissing, SealBroken
from backend.store import sealed_text
from backend.store.deployment_keys import DeploymentKeys, key_name, new_key
from backend.store.pool import Database, Row
from backend.store.scope import SYSTEM_SCOPE
from tests.support.care import START, Clinic, add_client, make_clinic

WORDS = "Ringde, hon är orolig för sin bror 🙂"
PLACE = "contact.note"


@dataclass
class Sealing:
    """A clinic whose database has keys, the key file, and a second client."""

    clinic: Clinic
    db: Database
    file: Path
    other: UUID


@pytest.fixture
def sealing(postgres_database: str, tmp_path: Path) -> Iterator[Sealing]:
    file = tmp_path / "data.key"
    file.write_text(new_key())
    with Database(postgres_database, keys=DeploymentKeys(file.read_text)) as db:
        clinic = make_clinic(db, plan=False)
        yield Sealing(clinic, db, file, add_client(db, clinic.unit_id, "K-02", now=START))


@pytest.mark.requirement("D8")
def test_words_and_photos_come_back_as_they_went_in(sealing: Sealing) -> None:
    client, photo = sealing.clinic.client_id, b"\xff\xd8\xff" + bytes(range(256))
    with sealing.db.transaction(sealing.clinic.anna) as conn:
        text = sealed_text.seal(conn, client, PLACE, WORDS)
        blob = sealed_text.seal_bytes(conn, client, "identity.photo", photo)
        again = sealed_text.seal(conn, client, PLACE, WORDS)
        assert sealed_text.open_text(conn, client, PLACE, text) == WORDS
        assert sealed_text.open_bytes(conn, client, "identity.photo", blob) == photo
        rows: list[Row] = [
            {"client_id": client, "note": text},
            {"client_id": client, "note": "äldre"},
            {"note": None},
        ]
        opened = sealed_text.open_rows(conn, rows, PLACE, "note", client)
    assert WORDS not in text and photo not in blob and text != again
    assert [row["note"] for row in opened] == [WORDS, "äldre", None]


def test_sealed_words_open_for_nobody_else_and_nowhere_else(sealing: Sealing) -> None:
    client = sealing.clinic.client_id
    with sealing.db.transaction(SYSTEM_SCOPE) as conn:
        text = sealed_text.seal(conn, client, PLACE, WORDS)
        sealed_text.seal(conn, sealing.other, PLACE, "annat")
        changed = text[:-6] + ("A" if text[-6] != "A" else "B") + text[-5:]
        for whose, place, stored in (
            (sealing.other, PLACE, text), (client, "message.body", text), (client, PLACE, changed),
            (client, PLACE, "sealed:1:x:y"), (client, PLACE, "sealed:1:1:" + "A" * 8),
        ):  # fmt: skip
            with pytest.raises(SealBroken):
                sealed_text.open_text(conn, whose, place, stored)


@pytest.mark.requirement("D8", "H12")
def test_without_the_deployments_key_nothing_opens_and_nothing_falls_back_to_plain_text(
    sealing: Sealing, postgres_database: str
) -> None:
    client, anna = sealing.clinic.client_id, sealing.clinic.anna
    with Database(postgres_database) as thief, thief.transaction(anna) as conn:
        assert sealed_text.seal(conn, client, PLACE, WORDS) == WORDS  # before there was any key
        with pytest.raises(Invalid):
            sealed_text.seal(conn, client, PLACE, "sealed:1:1:AAAA")
    with sealing.db.transaction(anna) as conn:
        text = sealed_text.seal(conn, client, PLACE, WORDS)
    with Database(postgres_database) as thief, thief.transaction(anna) as conn:
        with pytest.raises(KeysMissing):
            sealed_text.open_text(conn, client, PLACE, text)
        with pytest.raises(KeysMissing):
            sealed_text.seal(conn, client, PLACE, WORDS)
    with (
        Database(postgres_database, keys=DeploymentKeys(new_key)) as wrong,
        wrong.transaction(anna) as conn,
        pytest.raises(KeysMissing),
    ):
        sealed_text.open_text(conn, client, PLACE, text)


@pytest.mark.requirement("D8", "L7")
def test_a_destroyed_key_leaves_words_that_nobody_can_read_and_a_new_one_takes_its_place(
    sealing: Sealing,
) -> None:
    client = sealing.clinic.client_id
    with sealing.db.transaction(SYSTEM_SCOPE) as conn:
        text = sealed_text.seal(conn, client, PLACE, WORDS)
        blob = sealed_text.seal_bytes(conn, client, PLACE, b"photo")
        assert sealed_text.destroy(conn, client, now=START + timedelta(days=1)) == 1
        assert sealed_text.open_text(conn, client, PLACE, text) == sealed_text.ERASED
        assert sealed_text.open_bytes(conn, client, PLACE, blob) is None
        after = sealed_text.seal(conn, client, PLACE, "nytt")
        assert sealed_text.open_text(conn, client, PLACE, after) == "nytt"
    [row, _] = sealing.clinic.rows("SELECT wrapped, wrapped_by FROM client_key ORDER BY number")
    assert row == {"wrapped": None, "wrapped_by": None}


def test_services_may_not_destroy_or_exchange_a_data_key(sealing: Sealing) -> None:
    client, anna = sealing.clinic.client_id, sealing.clinic.anna
    with sealing.db.transaction(anna) as conn:
        sealed_text.seal(conn, client, PLACE, WORDS)
    with pytest.raises(psycopg.errors.InsufficientPrivilege), sealing.db.transaction(anna) as conn:
        sealed_text.destroy(conn, client, now=START)


@pytest.mark.requirement("D8")
def test_keys_are_rotated_while_processes_run(sealing: Sealing, postgres_database: str) -> None:
    client, old = sealing.clinic.client_id, sealing.file.read_text()
    with sealing.db.transaction(SYSTEM_SCOPE) as conn:
        text = sealed_text.seal(conn, client, PLACE, WORDS)
    sealing.file.write_text(f"{new_key()}\n{old}\n")
    rotating = DeploymentKeys(sealing.file.read_text)
    with Database(postgres_database, keys=rotating) as db, db.transaction(SYSTEM_SCOPE) as conn:
        assert sealed_text.in_use(conn) == {key_name(bytes.fromhex(old)): 1}
        assert sealed_text.rewrap(conn, rotating) == 1
        assert sealed_text.rewrap(conn, rotating) == 0
    sealing.file.write_text(sealing.file.read_text().splitlines()[0])
    with sealing.db.transaction(SYSTEM_SCOPE) as conn:  # this process has only ever seen the old key
        assert sealed_text.open_text(conn, client, PLACE, text) == WORDS
        sealed_text.seal(conn, sealing.other, PLACE, "nytt")
        assert list(sealed_text.in_use(conn)) == [key_name(bytes.fromhex(sealing.file.read_text()))]


def test_a_key_for_nobody_is_not_made(sealing: Sealing) -> None:
    with pytest.raises(AssertionError), sealing.db.transaction(SYSTEM_SCOPE) as conn:
        sealed_text.seal(conn, uuid4(), PLACE, WORDS)


@pytest.mark.parametrize("text", ["", "kort", "zz" * 32, "ab" * 31])
def test_what_is_no_key_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(ValueError, match="data key") as error:
        DeploymentKeys(lambda: text)
    assert not text or text not in str(error.value)
