"""The client's number beside the signal, entered by staff, sealed, every version kept; a protected one stands apart."""

import io
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from backend.errors import Forbidden, Invalid, NotFound
from backend.services import blocks, client_reach, contact_points, person_export
from backend.store.deployment_keys import DeploymentKeys
from backend.store.pool import Database
from nykter.cli import main
from tests.integration.dashboard.conftest import Evening
from tests.integration.dashboard.test_pages_checked_by_axe import sign_in, violations
from tests.support.browser import own_page
from tests.support.care import START, add_account, make_clinic

pytestmark = pytest.mark.timeout(150)


@pytest.mark.browser
def test_staff_enter_a_number_ring_it_from_the_signal_and_see_which_places_work(
    chromium: Browser, evening: Evening
) -> None:
    clinic, web = evening.clinic, evening.web
    contact_points.add(clinic.db, clinic.client, "email", "kim@mail.example", now=evening.now)
    client = f"{web.url}/clients/{clinic.client_id}"
    with own_page(chromium) as page:
        sign_in(page, web, "anna-kommun")
        page.goto(client)
        assert page.locator(".alert a[href^='tel:']").count() == 0
        facts = page.locator(".facts")
        expect(facts).to_contain_text("inget nummer")
        expect(facts).to_contain_text("E-post: inte bekräftat än")
        assert "kim@mail.example" not in page.content()
        facts.get_by_role("link", name="Nummer och sätt").click()
        page.locator("#phone").fill("hemma")
        page.get_by_role("button", name="Spara").click()
        expect(page.locator(".problem")).to_contain_text("Det är inget telefonnummer")
        expect(page.locator("#phone")).to_have_value("hemma")
        page.locator("#phone").fill("070 123 45 67")
        page.get_by_label("med sms").check()
        page.locator("#note").fill("Efter klockan 15")
        page.get_by_role("button", name="Spara").click()
        expect(page.get_by_role("status").first).to_contain_text("Det är sparat")
        web.clock.at += timedelta(minutes=1)
        page.locator("#phone").fill("070-765 43 21")
        page.get_by_role("button", name="Spara").click()
        page.locator("summary", has_text="Vad som har skrivits in").click()
        expect(page.locator("details li")).to_have_count(2)
        expect(page.locator("details li").last).to_contain_text("070-123 45 67")
        assert violations(page) == []
        page.goto(client)
        ring = page.locator(".alert").first.get_by_role("link", name="Ring 070-765 43 21")
        assert ring.get_attribute("href") == "tel:+46707654321"
        expect(facts).to_contain_text("helst med sms")
        page.locator("header .menu > summary").click()
        page.get_by_role("button", name="English").click()
        expect(page.locator(".alert").first).to_contain_text("Call 070-765 43 21")
        assert violations(page) == []
        page.goto(f"{client}/reach")
        assert violations(page) == []
    own = web.signed_in("klient-kommun")
    assert "Mottagningen ringer dig på 070-765 43 21" in own.get("/me/places").text
    actions = {row["action"] for row in clinic.rows("SELECT action FROM access_log")}
    assert {"reach_opened", "reach_changed"} <= actions


def test_a_protected_number_stands_on_its_own_page_only(evening: Evening) -> None:
    db, clinic = evening.clinic.db, evening.clinic
    client_reach.change(db, clinic.anna, clinic.client_id, "0701234567", "phone", now=evening.now)
    blocks.set_protected(db, clinic.anna, clinic.client_id, is_on=True, now=evening.now)
    anna = evening.web.signed_in("anna-kommun")
    page = anna.get(f"/clients/{clinic.client_id}").text
    assert "701234567" not in page and "070-123" not in page and "Visa numret" in page
    assert "070-123 45 67" in anna.get(f"/clients/{clinic.client_id}/reach").text
    assert "701234567" not in anna.get("/").text


def test_the_number_is_for_those_who_give_care_and_is_exported(evening: Evening) -> None:
    db, clinic, now = evening.clinic.db, evening.clinic, evening.now
    client_reach.change(db, clinic.anna, clinic.client_id, "0701234567", "phone", "Efter 15", now=now)
    for who, error in (
        (clinic.bo, NotFound),
        (clinic.client, Forbidden),
        (add_account(clinic, "olle", "operator"), NotFound),
        (add_account(clinic, "fia", "researcher"), NotFound),
    ):
        for act in (client_reach.line, client_reach.of_client):
            with pytest.raises(error):
                act(db, who, clinic.client_id, now=now)
        with pytest.raises(error):
            client_reach.change(db, who, clinic.client_id, "", "phone", now=now)
    for phone, way, note in (("112", "phone", ""), ("", "pigeon", ""), ("", "phone", "x" * 501)):
        with pytest.raises(Invalid):
            client_reach.change(db, clinic.anna, clinic.client_id, phone, way, note, now=now)
    assert client_reach.own_number(db, clinic.client) == "070-123 45 67"
    assert b"how_to_reach" in _json_of(person_export.export_own(db, clinic.client, now=now).data)


def _json_of(archive: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(archive)) as found:
        return b"".join(found.read(name) for name in found.namelist() if name.endswith(".json"))


def test_number_and_note_are_sealed_where_they_lie(postgres_database: str, tmp_path: Path) -> None:
    file = tmp_path / "data.key"
    assert main(["keys", "new", str(file)]) == 0
    with Database(postgres_database, keys=DeploymentKeys(file.read_text)) as db:
        clinic = make_clinic(db)
        client_reach.change(db, clinic.anna, clinic.client_id, "0701234567", "sms", "Efter 15", now=START)
        [row] = clinic.rows("SELECT phone, note FROM client_reach")
        assert str(row["phone"]).startswith("sealed:1:") and str(row["note"]).startswith("sealed:1:")
        found = client_reach.of_client(db, clinic.anna, clinic.client_id, now=START)
        assert [(one.phone, one.note) for one in found.versions] == [("+46701234567", "Efter 15")]
