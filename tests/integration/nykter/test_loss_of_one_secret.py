"""Who steals one secret, and nothing else: what they can do with it and what not (docs/security.md)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import httpx
import psycopg
import pytest
from psycopg.rows import dict_row

from backend.ingest.arrival import Arrival
from backend.ingest.verification import Accepted, Refused, judge
from backend.services import contacts
from backend.store.deployment_keys import DeploymentKeys, new_key
from backend.store.pool import Database
from contracts.topics import Kind
from nykter.backup.key import create_key, load_key
from nykter.backup.sealed import DamagedBackup, open_file, seal_file
from tests.support.care import START, Clinic, add_client, make_clinic
from tests.support.messages import NOW as SENT_AT
from tests.support.messages import MadeUpGateway
from tests.support.web import Web, running_web
from tests.unit.backend.ingest.test_what_is_believed import enrolled

WORDS = "Hon berättade om sin bror"
NOW = START + timedelta(days=1)
KEY = new_key()


@dataclass
class Stolen:
    """Two tenants, one of them with words in it, and a running server."""

    clinic: Clinic
    other: Clinic
    colleague: UUID
    web: Web


@pytest.fixture
def stolen(postgres_database: str) -> Iterator[Stolen]:
    with Database(postgres_database, keys=DeploymentKeys(lambda: KEY)) as db:
        clinic, other = make_clinic(db), make_clinic(db, tenant_id="annan")
        colleague = add_client(db, clinic.unit_id, "K-02", now=START)
        contacts.add(db, clinic.anna, clinic.client_id, "phone", True, WORDS, NOW, now=NOW)
        clinic.blow(NOW, 0.42)
        with running_web(db, NOW) as web:
            yield Stolen(clinic, other, colleague, web)


@pytest.mark.requirement("G6", "D8")
def test_the_databases_login_shows_numbers_and_no_words_and_changes_no_evidence(stolen: Stolen) -> None:
    with psycopg.connect(stolen.clinic.db.conninfo, row_factory=dict_row, autocommit=True) as thief:
        thief.execute("SET ROLE nykter_app")
        assert (
            thief.execute("SELECT * FROM contact").fetchall() == []
        )  # of nobody, as long as no tenant is named
        thief.execute("SELECT set_config('nykter.tenant', 'kommun', false)")
        assert thief.execute("SELECT note FROM contact").fetchall() == []  # of no client that is not named
        named = str(stolen.clinic.client_id)
        thief.execute("SELECT set_config('nykter.clients', %s, false)", (named,))
        [note] = thief.execute("SELECT note FROM contact").fetchall()
        assert WORDS not in note["note"] and note["note"].startswith("sealed:")
        assert thief.execute("SELECT brac_mg_per_l FROM reading").fetchone() is not None
        for order in (
            "UPDATE reading SET brac_mg_per_l = 0", "DELETE FROM access_log", "DELETE FROM client_key",
            "UPDATE client_key SET wrapped = NULL, wrapped_by = NULL, destroyed_at = now()",
        ):  # fmt: skip
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                thief.execute(order.encode())


@pytest.mark.requirement("D2")
def test_a_gateways_key_speaks_for_that_gateway_alone() -> None:
    victim, neighbour = MadeUpGateway("gw-victim"), MadeUpGateway("gw-neighbour", seed=b"\x07" * 32)
    known = enrolled(victim, neighbour)
    thief = MadeUpGateway("gw-neighbour")  # the victim's key under the neighbour's name
    forged = judge(
        Arrival(neighbour.topic(Kind.READING), thief.seal(Kind.READING, thief.reading())), known, now=SENT_AT
    )
    assert isinstance(forged, Refused)
    own = judge(
        Arrival(victim.topic(Kind.READING), victim.seal(Kind.READING, victim.reading())), known, now=SENT_AT
    )
    assert isinstance(own, Accepted) and own.signed.client_id == victim.client_id
    arrival = Arrival(victim.topic(Kind.READING), victim.seal(Kind.READING, victim.reading()))
    after = judge(arrival, enrolled(victim, revoked=True), now=SENT_AT)
    assert isinstance(after, Refused)


@pytest.mark.requirement("L4", "D4")
def test_a_web_session_shows_what_its_owner_sees_and_ends_with_the_account(stolen: Stolen) -> None:
    owner = stolen.web.signed_in("anna-kommun")
    [(name, value)] = [one for one in owner.cookies.items() if one[0].endswith("nykter_login")]
    thief = httpx.Client(base_url=stolen.web.url, cookies={name: value})
    api = "/api/v1/clients"
    assert thief.get(f"{api}/{stolen.clinic.client_id}").status_code == 200
    for client_id in (stolen.colleague, stolen.other.client_id):
        assert thief.get(f"{api}/{client_id}").status_code == 404
        assert thief.get(f"/clients/{client_id}").status_code == 404
    assert (
        thief.post(f"{api}/{stolen.clinic.client_id}/reviews").status_code == 403
    )  # without the login's token
    with psycopg.connect(stolen.clinic.db.conninfo) as conn:
        conn.execute("SELECT set_config('nykter.scope', 'maintenance', false)")
        conn.execute(
            "UPDATE account SET disabled_at = now() WHERE account_id = %s", (stolen.clinic.anna.account_id,)
        )
    assert thief.get(f"{api}/{stolen.clinic.client_id}").status_code == 401
    thief.close()


@pytest.mark.requirement("G6")
def test_a_backup_file_is_nothing_without_its_key(stolen: Stolen, tmp_path: Path) -> None:
    create_key(tmp_path / "backup.key")
    create_key(tmp_path / "thief.key")
    rows = stolen.clinic.rows("SELECT alias, note FROM contact JOIN client USING (client_id)")
    plain = str(rows).encode()
    seal_file(tmp_path / "base.sealed", [plain], load_key(tmp_path / "backup.key"), "base")
    assert b"K-01" in plain and b"K-01" not in (tmp_path / "base.sealed").read_bytes()
    with pytest.raises(DamagedBackup):
        list(open_file(tmp_path / "base.sealed", load_key(tmp_path / "thief.key"), "base"))
    opened = b"".join(open_file(tmp_path / "base.sealed", load_key(tmp_path / "backup.key"), "base"))
    assert b"K-01" in opened and WORDS.encode() not in opened  # the backup's own key does not open words
