"""Pictures of a blow: stored sealed, seen by those who give care, judged by a person, and never part of a result."""

import io
import json
import re
import zipfile
from base64 import urlsafe_b64encode
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from nacl.public import PrivateKey, SealedBox
from playwright.sync_api import Browser, expect

from backend.access.principal import SYSTEM
from backend.ingest.arrival import Arrival
from backend.ingest.counters import Counters
from backend.ingest.handler import Handler
from backend.ingest.receipts import ReceiptSigner
from backend.services import enrolment
from backend.services.gateway_plans import plan_for_gateway
from backend.services.photo_keys import PhotoKeys
from backend.services.retention import retain
from backend.store.scope import SYSTEM_SCOPE
from contracts.photo import Photo
from contracts.topics import Kind
from tests.integration.dashboard.test_pages_checked_by_axe import sign_in, violations
from tests.integration.dashboard.test_signing_in import token_of
from tests.support.browser import own_page
from tests.support.care import DAILY
from tests.support.messages import MadeUpGateway

KEY = PrivateKey(bytes(range(32)))
PUBLIC = bytes(KEY.public_key).hex()
JPEG = b"\xff\xd8\xff\xe0 as good as a face \xff\xd9"


class Pictures:
    """An evening whose client's gateway sends pictures."""

    def __init__(self, evening: Any) -> None:
        self.evening, self.clinic = evening, evening.clinic
        self.gateway = MadeUpGateway(
            "gw-pictures", self.clinic.tenant_id, self.clinic.client_id, b"\x05" * 32
        )
        enrolment.enrol_gateway(
            self.clinic.db,
            SYSTEM,
            "gw-pictures",
            self.clinic.client_id,
            self.gateway.public_key,
            now=evening.now,
        )
        self.handler = Handler(self.clinic.db, ReceiptSigner(b"\x07" * 32), Counters())
        evening.web.server._app.state.photo_keys = PhotoKeys((bytes(KEY),))
        self.run_ids = [
            str(row["run_id"]) for row in self.clinic.rows("SELECT run_id FROM reading ORDER BY measured_at")
        ]
        self.path = f"/clients/{self.clinic.client_id}/photos"

    def send(self, run_id: str, sealed_for: str = PUBLIC) -> Photo:
        at = self.evening.now + timedelta(seconds=5)
        sealed = urlsafe_b64encode(SealedBox(KEY.public_key).encrypt(JPEG)).rstrip(b"=").decode()
        photo = Photo(
            device_id=self.gateway.device_id, boot_id=self.gateway.boot_id, sequence=next(self.gateway.sequences),
            run_id=run_id, taken_at=at, timezone="Europe/Stockholm", source="camera", sealed_for=sealed_for,
            sealed=sealed, gateway_version="0.1.0",
        )  # fmt: skip
        arrival = Arrival(self.gateway.topic(Kind.PHOTO), self.gateway.seal(Kind.PHOTO, photo))
        for _ in range(2):  # a message that comes twice is stored once
            self.handler.store(self.handler.judge([arrival], now=at))
        return photo

    def address(self, photo: Photo) -> str:
        return f"{self.path}/{photo.device_id}/{photo.boot_id}/{photo.sequence}"

    def results(self) -> list[dict[str, object]]:
        return self.clinic.rows("SELECT measured_at, state FROM test_result ORDER BY measured_at")  # type: ignore[no-any-return]


@pytest.fixture
def pictures(evening: Any) -> Pictures:
    return Pictures(evening)


def tree(client: Any, path: str) -> BeautifulSoup:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return BeautifulSoup(answer.text, "html.parser")


def test_a_picture_waits_is_looked_at_and_judged_and_the_result_stays_as_it_was(pictures: Pictures) -> None:
    before = pictures.results()
    assert [row["state"] for row in before] == ["positive_confirmed", "positive_confirmed"]
    photo = pictures.send(pictures.run_ids[0])
    assert len(pictures.clinic.rows("SELECT 1 FROM identity_photo")) == 1
    (kept,) = pictures.clinic.rows("SELECT body FROM identity_photo")
    assert JPEG[:12] not in bytes(kept["body"])

    anna = pictures.evening.web.signed_in("anna-kommun")
    page = tree(anna, pictures.path)
    card = page.select_one(".photo-card")
    assert card is not None
    assert "0,42" in card.get_text()
    assert "Bilden väntar på att någon ser på den" in card.get_text()
    seen = anna.get(pictures.address(photo) + "/picture.jpg")
    assert seen.content == JPEG
    assert seen.headers["content-type"] == "image/jpeg"
    assert seen.headers["cache-control"] == "no-store"

    waits = tree(anna, "/").select_one(".row .pictures")
    assert waits is not None
    assert waits.get_text() == "1 bild väntar på att någon ser på den."
    assert waits["href"] == pictures.path
    form = {"csrf_token": str(page.select_one("[name=csrf_token]")["value"])}  # type: ignore[index]
    judged = anna.post(
        pictures.address(photo), data={**form, "verdict": "mismatch", "note": "En annan person"}
    )
    assert judged.headers["location"] == f"{pictures.path}?said=photo_judged"
    assert anna.post(pictures.address(photo), data={**form, "verdict": "drunk"}).status_code == 422
    text = tree(anna, pictures.path).get_text()
    assert "Någon annan, enligt bilden" in text
    assert "En annan person" in text
    assert "Anna-Kommun" in text
    table = tree(anna, f"/clients/{pictures.clinic.client_id}").select("table.readings")[0].get_text()
    assert "någon annan, enligt bilden" in table

    pictures.evening.assess(pictures.evening.now + timedelta(hours=1))
    assert pictures.results() == before
    verdicts = pictures.clinic.rows("SELECT verdict, note, judged_by FROM photo_verdict")
    assert [row["judged_by"] for row in verdicts] == [pictures.clinic.anna.account_id]
    actions = [
        row["action"] for row in pictures.clinic.rows("SELECT action FROM access_log ORDER BY entry_id")
    ]
    assert {"identity_photos", "identity_photo_seen", "identity_photo_judged"} <= set(actions)


def test_another_person_on_the_picture_is_told_the_same_day_once_and_taken_back_in_time_not_at_all(
    pictures: Pictures,
) -> None:
    clinic = pictures.clinic
    clinic.rows(
        "UPDATE alert SET state = 'closed', closed_at = updated_at, close_reason = 'wait' RETURNING alert_id"
    )
    first, second = pictures.send(pictures.run_ids[0]), pictures.send(pictures.run_ids[1])
    anna = pictures.evening.web.signed_in("anna-kommun")
    form = {"csrf_token": str(tree(anna, pictures.path).select_one("[name=csrf_token]")["value"])}  # type: ignore[index]
    for photo, verdict in ((first, "mismatch"), (second, "mismatch"), (second, "confirmed")):
        pictures.evening.web.clock.at += timedelta(seconds=1)
        assert anna.post(pictures.address(photo), data={**form, "verdict": verdict}).status_code == 303
    for minutes in (1, 30):
        pictures.evening.assess(pictures.evening.web.clock.at + timedelta(minutes=minutes))
    (alert,) = clinic.rows("SELECT kind, tier, state, evidence FROM alert WHERE state <> 'closed'")
    assert (alert["kind"], alert["tier"], alert["state"]) == ("identity_mismatch", 2, "new")
    assert len(alert["evidence"]) == 1
    row = tree(anna, "/").select_one(".row")
    assert row is not None
    assert "visar någon annan, enligt den som såg på den. Testets värde står kvar." in row.get_text()
    assert row.select_one(".pictures") is None
    page = tree(anna, f"/clients/{clinic.client_id}").get_text()
    assert "Någon annan på bilden" in page
    assert "Sagt av en person som såg på bilden" in page


def test_pictures_are_for_the_assigned_clinician_only(pictures: Pictures) -> None:
    photo = pictures.send(pictures.run_ids[0])
    web = pictures.evening.web
    anna, bo, client, nobody = (
        web.signed_in("anna-kommun"), web.signed_in("bo-kommun"), web.signed_in("klient-kommun"), web.browser(),
    )  # fmt: skip
    picture = pictures.address(photo) + "/picture.jpg"
    for path in (pictures.path, picture):
        assert bo.get(path).status_code == 404
        assert client.get(path).status_code == 403
        assert nobody.get(path).status_code == 303
    for person, status in ((bo, 404), (client, 403)):
        page = person.get("/" if person is bo else "/me/check-in").text
        token = BeautifulSoup(page, "html.parser").select_one("[name=csrf_token]")
        assert token is not None
        form = {"csrf_token": token["value"], "verdict": "confirmed"}
        assert person.post(pictures.address(photo), data=form).status_code == status
    assert pictures.clinic.rows("SELECT 1 FROM photo_verdict") == []
    api = "/api/v1" + pictures.path
    verdict = f"/api/v1{pictures.address(photo)}/verdicts"
    for name, read, write in (
        ("anna-kommun", 200, 204),
        ("bo-kommun", 404, 404),
        ("klient-kommun", 403, 403),
    ):
        program = web.bearer(name)
        assert program.get(api).status_code == read
        assert program.post(verdict, json={"verdict": "confirmed"}).status_code == write
    assert web.browser().get(api).status_code == 401
    assert anna.get(f"{pictures.path}/gw-pictures/{photo.boot_id}/99/picture.jpg").status_code == 404
    for_others = pictures.send(pictures.run_ids[1], sealed_for="0a" * 32)
    assert anna.get(pictures.address(for_others) + "/picture.jpg").status_code == 404
    actions = [row["action"] for row in pictures.clinic.rows("SELECT action FROM access_log")]
    assert "identity_photo_seen" not in actions


def test_a_picture_goes_after_a_month_and_the_verdict_stays(pictures: Pictures) -> None:
    photo = pictures.send(pictures.run_ids[0])
    unseen = pictures.send(pictures.run_ids[1])
    later = pictures.evening.now + timedelta(days=31)
    anna = pictures.evening.web.signed_in("anna-kommun")
    form = {"csrf_token": str(tree(anna, pictures.path).select_one("[name=csrf_token]")["value"])}  # type: ignore[index]
    anna.post(pictures.address(photo), data={**form, "verdict": "confirmed"})
    gone = [
        one
        for one in retain(pictures.clinic.db, SYSTEM, now=later)
        if one.kind == "identity_photos" and one.rows
    ]
    assert [one.rows for one in gone] == [2]
    assert pictures.clinic.rows("SELECT 1 FROM identity_photo WHERE body IS NOT NULL") == []
    pictures.evening.web.clock.at = later
    page = tree(pictures.evening.web.signed_in("anna-kommun"), pictures.path)
    states = [card.get_text() for card in page.select(".photo-card")]
    assert sum("Klienten själv, enligt bilden" in text for text in states) == 1
    assert sum("Ingen bild som går att använda" in text for text in states) == 1
    assert page.select("img.blow-picture") == []
    assert anna.get(pictures.address(unseen) + "/picture.jpg").status_code == 404


def test_the_key_goes_home_with_a_plan_that_asks_for_it_and_another_breathalyzer_is_pointed_out(
    pictures: Pictures,
) -> None:
    clinic, now = pictures.clinic, pictures.evening.now
    with clinic.db.transaction(SYSTEM_SCOPE) as conn:
        plain = plan_for_gateway(conn, "gw-pictures", now, PUBLIC)
    assert plain is not None
    assert plain.photo_key is None
    assert b"photo_key" not in plain.canonical_bytes()
    enrolment.set_plan(
        clinic.db, SYSTEM, clinic.client_id, DAILY, {"photo": True}, reason="Enligt överenskommelse",
        now=now + timedelta(minutes=1),
    )  # fmt: skip
    with clinic.db.transaction(SYSTEM_SCOPE) as conn:
        asked = plan_for_gateway(conn, "gw-pictures", now + timedelta(minutes=2), PUBLIC)
    assert asked is not None
    assert asked.photo_key == PUBLIC
    assert asked.terms[-1].limits.photo
    clinic, anna = pictures.clinic, pictures.evening.web.signed_in("anna-kommun")
    path = f"/clients/{clinic.client_id}"
    with clinic.db.transaction(SYSTEM_SCOPE) as conn:
        conn.execute("UPDATE reading SET breathalyzer_serial = 'A-' || sequence")
    assert "annan mätare än klientens egen" not in tree(anna, path).select("table.readings")[0].get_text()
    form = {"csrf_token": str(tree(anna, "/").select_one("[name=csrf_token]")["value"])}  # type: ignore[index]
    assert anna.post(f"{path}/equipment/breathalyzers", data={**form, "serial": "A-1"}).status_code == 303
    table = tree(anna, path).select("table.readings")[0].get_text()
    assert table.count("annan mätare än klientens egen") == 1


@pytest.mark.browser
@pytest.mark.timeout(150)
def test_a_picture_is_looked_at_and_judged_in_the_readings_own_row_and_fetched_only_when_it_is_opened(
    chromium: Browser, pictures: Pictures
) -> None:
    pictures.send(pictures.run_ids[0])
    clinic, web = pictures.clinic, pictures.evening.web
    seen = "SELECT 1 FROM access_log WHERE action = 'identity_photo_seen'"
    with own_page(chromium) as page:
        sign_in(page, web, "anna-kommun")
        page.goto(f"{web.url}/clients/{clinic.client_id}")
        page.locator("details.table > summary").click()
        row = page.locator("table.readings tr", has=page.locator(".row-picture"))
        expect(row).to_have_count(1)
        expect(row).to_contain_text("0,42 mg/L")
        assert clinic.rows(seen) == []
        with page.expect_response(lambda answer: answer.url.endswith("/picture.jpg")):
            row.get_by_text("Visa bilden").click()
        assert len(clinic.rows(seen)) == 1
        shown = row.get_by_role("img")
        expect(shown).to_have_attribute("alt", re.compile(r"^Bild på den som blåste .*0,42.mg/L"))
        assert violations(page) == []
        row.get_by_role("button", name="Det är klienten").click()
        expect(page.get_by_role("status").first).to_contain_text("Antecknat")
        assert page.url.startswith(f"{web.url}/clients/{clinic.client_id}?")
    [verdict] = clinic.rows("SELECT verdict FROM photo_verdict")
    assert verdict["verdict"] == "confirmed"


@pytest.mark.requirement("G2")
def test_who_takes_out_everything_gets_the_pictures_themselves(pictures: Pictures) -> None:
    photo = pictures.send(pictures.run_ids[0])
    pictures.send(pictures.run_ids[1], sealed_for="ab" * 32)  # for a key that nobody here has
    own = pictures.evening.web.signed_in("klient-kommun")
    form = {"csrf_token": token_of(own.get("/me/data").text)}
    answer = own.post("/me/export.zip", data=form)
    with zipfile.ZipFile(io.BytesIO(answer.content)) as file:
        places = [name for name in file.namelist() if name.startswith("pictures/")]
        rows = json.loads(file.read("data.json"))["pictures"]
        assert [file.read(one) for one in places] == [JPEG]
        table = file.read("csv/pictures.csv").decode()
    assert [one["file"] for one in rows if one["sequence"] == photo.sequence] == places
    assert sorted((one["file"] is None) for one in rows) == [False, True]
    assert places[0] in table
    call = pictures.evening.web.bearer("anna-kommun")
    handed = call.post(f"/api/v1/clients/{pictures.clinic.client_id}/export")
    with zipfile.ZipFile(io.BytesIO(handed.content)) as file:
        assert file.read(places[0]) == JPEG
