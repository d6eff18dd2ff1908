"""A gateway from the code on paper to its last refused message: real database, real web server, real commands."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from backend.access.principal import SYSTEM, Principal
from backend.errors import Conflict, Forbidden, Invalid, NotFound
from backend.ingest.arrival import Arrival
from backend.ingest.counters import Counters
from backend.ingest.handler import Handler
from backend.ingest.receipts import ReceiptSigner
from backend.services import access_log, dead_letters, enrolment, gateways
from backend.store.pool import Database
from backend.store.scope import SYSTEM_SCOPE
from contracts.enrolment import CODE_BITS, code_digest
from contracts.topics import Kind
from device_gateway.enrolment import certificate_is_due, enrol, read_settings, rotate
from device_gateway.errors import EnrolmentError
from device_gateway.renewal import Renewal
from device_gateway.signing import Signer, load_key
from nykter.broker_access import CertificateAccess, PasswordAccess
from nykter.ca.authority import Authority
from nykter.ca.certificates import CLIENT_LIFE
from nykter.cli import main
from nykter.clock import SystemClock
from tests.support.care import PASSWORD, Clinic, make_clinic
from tests.support.messages import MadeUpGateway
from tests.support.web import Web, running_web

RECEIPTS = ReceiptSigner(b"\x07" * 32)
KEYS = ("ab" * 32,)


@dataclass
class Place:
    clinic: Clinic
    web: Web
    authority: Authority
    folder: Path
    operator: Principal

    @property
    def db(self) -> Database:
        return self.clinic.db

    @property
    def now(self) -> datetime:
        return self.web.clock.at

    def code(self) -> str:
        return gateways.issue_code(self.db, self.clinic.anna, self.clinic.client_id, now=self.now).code

    def enrolled(self, name: str = "gw") -> Path:
        enrol(self.web.url, self.code(), self.folder / name)
        return self.folder / name

    def ingest(self, folder: Path, key_file: str = "gateway.key", sequence: int = 1) -> None:
        """One reading of that gateway, signed with its key as it lies there, through ingest's own handler."""
        self.take(folder, load_key(folder / key_file), sequence)

    def take(self, folder: Path, signer: Signer, sequence: int) -> None:
        said = read_settings(folder)
        made = MadeUpGateway(said["DEVICE_ID"], said["TENANT"])
        reading = made.reading("0.000", measured_at=self.now, sequence=sequence)
        payload = signer.seal(Kind.READING, reading.canonical_bytes())
        handler = Handler(self.db, RECEIPTS, Counters())
        handler.store(handler.judge([Arrival(made.topic(Kind.READING), payload)], now=self.now))

    def counted(self) -> tuple[int, dict[str, int]]:
        with self.db.transaction(SYSTEM_SCOPE) as conn:
            row = conn.execute("SELECT count(*) AS n FROM reading").fetchone()
        assert row is not None
        return row["n"], dict(dead_letters.waiting(self.db))


@pytest.fixture
def place(database: str, tmp_path: Path) -> Iterator[Place]:
    now = SystemClock().now()
    authority = Authority.create(tmp_path / "ca", "Prov", now=now)
    access = CertificateAccess(authority, "mqtts://mqtt.example.org:8883", KEYS)
    with Database(database) as db:
        clinic = make_clinic(db, now=now - timedelta(days=1))
        account_id = enrolment.create_account(
            db, SYSTEM, "kommun", username="drift", display_name="Drift", role="operator", password=PASSWORD,
            now=now,
        )  # fmt: skip
        operator = Principal(account_id, "kommun", "operator", None, None, "Drift", "sv")
        with running_web(db, now, broker_access=access) as web:
            yield Place(clinic, web, authority, tmp_path, operator)


def test_a_gateway_enrols_by_command_with_a_code_and_its_readings_are_stored(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    code, folder = place.code(), place.folder / "gw"
    typed = code.lower().replace("-", " ")
    arguments = ["gateway", "enrol", "--server", place.web.url, "--code", typed, "--folder", str(folder)]
    assert main(arguments) == 0
    printed = capsys.readouterr().out
    said = read_settings(folder)
    assert said["DEVICE_ID"] in printed and said["MQTT_URL"] == "mqtts://mqtt.example.org:8883"
    assert said["SERVER_PUBLIC_KEY"] == KEYS[0] and said["ZONE"] == "Europe/Stockholm"
    certificate = x509.load_pem_x509_certificate(Path(said["MQTT_CERTIFICATE_FILE"]).read_bytes())
    assert certificate.subject.rfc4514_string() == f"CN=kommun.{said['DEVICE_ID']}"
    certificate.verify_directly_issued_by(place.authority.certificate)
    assert {
        path.name: path.stat().st_mode & 0o777 for path in folder.iterdir() if path.is_file()
    } == dict.fromkeys(("gateway.env", "gateway.key", "mqtt.key", "mqtt.pem", "broker-ca.pem"), 0o600)
    place.ingest(folder)
    assert place.counted() == (1, {})
    assert main(arguments) == 1
    assert "enrolled already" in capsys.readouterr().err


def test_a_code_has_eighty_bits_and_only_its_digest_is_kept(place: Place) -> None:
    codes = {place.code() for _ in range(3)}
    assert CODE_BITS == 80 and len(codes) == 3
    kept = str(place.clinic.rows("SELECT set_config('nykter.scope', 'maintenance', false)"))
    with place.db.transaction(SYSTEM_SCOPE) as conn:
        rows = conn.execute("SELECT * FROM enrolment_code").fetchall()
    assert {row["code_sha256"] for row in rows} == {code_digest(code) for code in codes}
    assert not any(code in kept + str(rows) for code in codes)
    with pytest.raises(Conflict, match="unused codes"):
        place.code()


def test_wrong_used_withdrawn_and_old_codes_are_answered_alike(place: Place) -> None:
    used = place.code()
    enrol(place.web.url, used, place.folder / "first")
    withdrawn = gateways.issue_code(place.db, place.clinic.anna, place.clinic.client_id, now=place.now)
    gateways.revoke_code(place.db, place.clinic.anna, withdrawn.code_id, now=place.now)
    old = place.code()
    place.web.clock.at += timedelta(hours=24)
    told = set()
    for number, code in enumerate((used, withdrawn.code, old, "0000-0000-0000-0000")):
        with pytest.raises(EnrolmentError) as refused:
            enrol(place.web.url, code, place.folder / f"other{number}")
        told.add(str(refused.value))
        assert not (place.folder / f"other{number}" / "gateway.env").exists()
    assert told == {"The code is wrong, used, withdrawn or too old. Ask staff for a new one."}


def test_guessing_codes_is_slowed_down(place: Place) -> None:
    told = ""
    for number in range(7):
        with pytest.raises(EnrolmentError) as refused:
            enrol(place.web.url, f"0000-0000-0000-000{number}", place.folder / "guess")
        told = str(refused.value)
    assert "too many attempts" in told


def test_a_request_that_is_not_signed_with_its_key_uses_no_code_up(place: Place) -> None:
    code = place.code()
    body = {"code": code, "public_key": "ab" * 32, "csr": "", "signature": "00" * 64}
    answer = httpx.post(f"{place.web.url}/api/v1/gateways/enrol", json=body)
    assert answer.status_code == 422
    enrol(place.web.url, code, place.folder / "gw")


def test_a_new_key_follows_the_old_one_and_both_are_believed_for_a_while(place: Place) -> None:
    folder = place.enrolled()
    old = load_key(folder / "gateway.key")
    assert rotate(place.web.url, folder, now=place.now, only_when_due=True) is None
    answer = rotate(place.web.url, folder, now=place.now)
    assert answer is not None
    assert load_key(folder / "gateway.key").key_id != old.key_id
    place.ingest(folder, sequence=1)
    place.take(folder, old, 2)
    assert place.counted() == (2, {})
    place.web.clock.at = answer.old_key_until
    place.take(folder, old, 3)
    assert place.counted() == (2, {"unknown_key": 1})
    assert not certificate_is_due(folder, now=place.now)
    assert certificate_is_due(folder, now=SystemClock().now() + CLIENT_LIFE * 0.7)


def test_a_change_whose_answer_was_lost_is_asked_for_again(place: Place) -> None:
    folder = place.enrolled()
    kept = {path.name: path.read_bytes() for path in folder.iterdir()}
    rotate(place.web.url, folder, now=place.now)
    following = (folder / "gateway.key").read_bytes()
    for name, content in kept.items():
        (folder / name).write_bytes(content)
    (folder / "gateway.key.next").touch(mode=0o600)
    (folder / "gateway.key.next").write_bytes(following)
    assert rotate(place.web.url, folder, now=place.now, only_when_due=True) is not None
    assert (folder / "gateway.key").read_bytes() == following
    place.ingest(folder)
    assert place.counted() == (1, {})


def test_nobody_changes_a_gateways_key_with_another_key(place: Place) -> None:
    folder, other = place.enrolled(), place.enrolled("other")
    (folder / "gateway.key").write_bytes((other / "gateway.key").read_bytes())
    with pytest.raises(EnrolmentError, match="not known here"):
        rotate(place.web.url, folder, now=place.now)


def test_a_revoked_gateways_readings_are_refused_kept_counted_and_shown_to_staff(
    place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = place.enrolled()
    device = read_settings(folder)["DEVICE_ID"]
    place.ingest(folder, sequence=1)
    monkeypatch.setenv("NYKTER_DATABASE_URL", place.db.conninfo)
    monkeypatch.setenv("NYKTER_ENROL_BROKER_URL", "mqtts://mqtt.example.org:8883")
    monkeypatch.setenv("NYKTER_ENROL_CA_FOLDER", str(place.authority.folder))
    monkeypatch.setenv("NYKTER_RECEIPT_PUBLIC_KEY", KEYS[0])
    revoke = ["gateway", "revoke", "--device", device, "--reason", "Stulen"]
    assert main(revoke) == 0, capsys.readouterr().err
    assert main(revoke) == 1
    place.ingest(folder, sequence=2)
    place.take(folder, Signer.of(MadeUpGateway(seed=b"\x09" * 32).key), 3)
    assert place.counted() == (1, {"revoked_gateway": 1, "unknown_key": 1})
    assert f"kommun.{device}" not in (place.authority.broker_folder / "acl").read_text()
    (one,) = [one for one in place.authority.issued() if one.name == f"kommun.{device}"]
    assert one.revoked_at is not None
    with pytest.raises(EnrolmentError, match="revoked"):
        rotate(place.web.url, folder, now=place.now)
    page = place.web.signed_in("drift").get("/operations/dead-letters").text
    assert "gatewayens nyckel är återkallad" in page
    assert device in page
    shown = gateways.equipment(place.db, place.clinic.anna, place.clinic.client_id, now=place.now)
    (seen,) = [one for one in shown.gateways if one.device_id == device]
    assert (seen.refused, seen.revoke_reason) == (2, "Stulen")


def test_what_is_done_with_equipment_stands_in_the_clients_own_record(place: Place) -> None:
    folder = place.enrolled()
    device = read_settings(folder)["DEVICE_ID"]
    gateways.revoke_gateway(place.db, place.operator, device, "Borttappad", None, now=place.now)
    entries = access_log.looked(place.db, place.clinic.client, place.clinic.client_id, now=place.now)
    assert {"gateway_code_issued", "gateway_enrolled", "gateway_revoked"} <= {one.action for one in entries}


def test_strangers_and_clients_reach_no_equipment(place: Place) -> None:
    db, clinic, now = place.db, place.clinic, place.now
    other = make_clinic(db, now=now - timedelta(days=1), tenant_id="annan")
    foreign = Principal(uuid4(), "annan", "operator", None, None, "Drift", "sv")
    for stranger in (clinic.bo, other.anna, foreign):
        for act in (gateways.equipment, gateways.issue_code):
            with pytest.raises(NotFound):
                act(db, stranger, clinic.client_id, now=now)
        with pytest.raises(NotFound):
            gateways.revoke_gateway(db, stranger, clinic.device_id, "Vill bara", None, now=now)
        with pytest.raises(NotFound):
            gateways.pair(db, stranger, clinic.client_id, "0001", now=now)
    with pytest.raises(Forbidden):
        gateways.issue_code(db, clinic.client, clinic.client_id, now=now)
    with pytest.raises(Invalid):
        gateways.revoke_gateway(db, clinic.anna, clinic.device_id, " ", None, now=now)
    assert gateways.equipment(db, place.operator, clinic.client_id, now=now).alias == "K-01"


@pytest.mark.requirement("H4")
def test_another_breathalyzer_counts_and_is_pointed_out_until_staff_say_it_is_the_clients(
    place: Place,
) -> None:
    folder = place.enrolled()
    place.ingest(folder)
    db, anna, client_id = place.db, place.clinic.anna, place.clinic.client_id
    (seen,) = gateways.equipment(db, anna, client_id, now=place.now).breathalyzers
    assert (seen.serial, seen.readings, seen.is_paired) == ("0001", 1, False)
    gateways.pair(db, anna, client_id, "9999", now=place.now)
    browser = place.web.signed_in("anna-kommun")
    assert "En annan mätare än klientens egen." in browser.get(f"/clients/{client_id}/equipment").text
    gateways.pair(db, anna, client_id, "0001", now=place.now)
    assert "En annan mätare" not in browser.get(f"/clients/{client_id}/equipment").text
    gateways.unpair(db, anna, client_id, "9999", now=place.now)
    with pytest.raises(NotFound):
        gateways.unpair(db, anna, client_id, "9999", now=place.now)
    paired = {
        one.serial: one.is_paired
        for one in gateways.equipment(db, anna, client_id, now=place.now).breathalyzers
    }
    assert paired == {"0001": True, "9999": False}


def test_staff_make_a_code_on_the_page_and_see_it_once(place: Place) -> None:
    browser = place.web.signed_in("anna-kommun")
    path = f"/clients/{place.clinic.client_id}/equipment"
    token = browser.get(path).text.split('name="csrf_token" value="')[1].split('"')[0]
    made = browser.post(f"{path}/codes", data={"csrf_token": token})
    assert made.status_code == 200 and made.headers["cache-control"] == "no-store"
    code = made.text.split("<code>")[1].split("</code>")[0]
    assert code not in browser.get(path).text
    enrol(place.web.url, code, place.folder / "gw")
    assert read_settings(place.folder / "gw")["DEVICE_ID"] in browser.get(path).text
    assert browser.post(f"{path}/codes", data={"csrf_token": "wrong"}).status_code == 403


def test_programs_of_staff_do_the_same_over_the_api(place: Place) -> None:
    staff = place.web.bearer("anna-kommun")
    base = f"/api/v1/clients/{place.clinic.client_id}"
    made = staff.post(f"{base}/gateway-codes")
    assert made.status_code == 201
    assert staff.delete(f"/api/v1/gateway-codes/{made.json()['code_id']}").status_code == 204
    assert staff.delete(f"/api/v1/gateway-codes/{made.json()['code_id']}").status_code == 409
    assert staff.put(f"{base}/breathalyzers/A-1").status_code == 204
    assert [one["serial"] for one in staff.get(f"{base}/equipment").json()["breathalyzers"]] == ["A-1"]
    assert staff.delete(f"{base}/breathalyzers/A-1").status_code == 204
    revoked = f"/api/v1/gateways/{place.clinic.device_id}/revoked"
    assert staff.post(revoked, json={"reason": "Återlämnad"}).status_code == 204
    assert staff.post(revoked, json={"reason": "Återlämnad"}).status_code == 409
    stranger = place.web.bearer("bo-kommun")
    assert stranger.get(f"{base}/equipment").status_code == 404
    assert stranger.post(f"{base}/gateway-codes").status_code == 404


def test_a_deployment_with_passwords_hands_one_out_and_takes_it_back(tmp_path: Path) -> None:
    access = PasswordAccess(tmp_path / "logins", "mqtts://mqtt.example.org", KEYS)
    login = access.grant("kommun", "gw-1", "")
    assert login.mqtt_user == "kommun.gw-1" and login.certificate is None
    assert "topic write nykter/v1/kommun/gw-1/reading" in (tmp_path / "logins" / "acl").read_text()
    access.withdraw("kommun", "gw-1")
    assert "gw-1" not in (tmp_path / "logins" / "acl").read_text()
    assert set(json.loads((tmp_path / "logins" / "logins.json").read_text())) == {"backend"}


def test_a_code_and_a_key_travel_over_tls_only(tmp_path: Path) -> None:
    with pytest.raises(EnrolmentError, match="https://"):
        enrol("http://nykter.example.org", "0000-0000-0000-0000", tmp_path / "gw")


def test_a_server_that_does_not_answer_is_told_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [
        "gateway",
        "enrol",
        "--server",
        "http://127.0.0.1:1",
        "--code",
        "x",
        "--folder",
        str(tmp_path / "gw"),
    ]
    assert main(arguments) == 1
    assert "cannot be reached" in capsys.readouterr().err


def test_a_running_gateway_renews_its_certificate_and_keeps_its_signing_key(place: Place) -> None:
    folder = place.enrolled()
    said = read_settings(folder)
    assert said["SERVER"] == place.web.url
    signing, before = (folder / "gateway.key").read_text(), (folder / "mqtt.pem").read_bytes()
    place.web.clock.at += CLIENT_LIFE + timedelta(days=3)  # it has run out already
    troubles: list[str] = []
    renewal = Renewal(folder, said["SERVER"], None, place.web.clock.now, on_trouble=troubles.append)
    assert renewal.look(), troubles
    certificate = x509.load_pem_x509_certificate((folder / "mqtt.pem").read_bytes())
    certificate.verify_directly_issued_by(place.authority.certificate)
    assert (folder / "mqtt.pem").read_bytes() != before
    key = serialization.load_pem_private_key((folder / "mqtt.key").read_bytes(), None)
    form = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert key.public_key().public_bytes(*form) == certificate.public_key().public_bytes(*form)
    assert (folder / "gateway.key").read_text() == signing
    place.ingest(folder)
    assert place.counted() == (1, {})

    gateways.revoke_gateway(
        place.db, place.clinic.anna, said["DEVICE_ID"], "tappad bort", None, now=place.now
    )
    place.web.clock.at += CLIENT_LIFE
    assert not renewal.look()
    assert troubles == ["renewal_failed"]
    assert renewal.is_urgent
