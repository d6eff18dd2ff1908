"""Casework in a real Chromium: an application becomes a client, messages go there and back, a text is signed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Page, expect

from backend.services import contacts
from backend.store.pool import Database
from nykter.demo import casework
from tests.support.care import PASSWORD, Clinic, add_account, make_clinic
from tests.support.servers import TestDatabases
from tests.support.web import Web, running_web

pytestmark = pytest.mark.timeout(120)
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SATURDAY = datetime(2026, 3, 7, 20, 0, tzinfo=UTC)


@dataclass
class Desk:
    clinic: Clinic
    web: Web


@pytest.fixture(scope="module")
def shared_desk(postgres_server: TestDatabases) -> Iterator[Desk]:
    with postgres_server.fresh() as url, Database(url) as db:
        clinic = make_clinic(db)
        add_account(clinic, "chefen", "manager")
        add_account(clinic, "charlie", "clinician", unit="Andra enheten")
        with running_web(db, MONDAY) as web:
            yield Desk(clinic, web)


@pytest.fixture
def desk(shared_desk: Desk) -> Desk:
    """One clinic for the whole module: what a test looks at is its own. The clock begins anew."""
    shared_desk.web.clock.at = MONDAY
    return shared_desk


@pytest.fixture
def own_desk(shared_desk: Desk) -> Desk:
    """A clinic of its own beside the shared one, for tests that count everything in it."""
    shared_desk.web.clock.at = MONDAY
    clinic = make_clinic(shared_desk.clinic.db, tenant_id="annan")
    add_account(clinic, "chef-annan", "manager")
    return Desk(clinic, shared_desk.web)


def sign_in(page: Page, desk: Desk, username: str) -> None:
    page.context.clear_cookies()
    page.goto(f"{desk.web.url}/login")
    page.get_by_label("Användarnamn").fill(username)
    page.get_by_label("Lösenord").fill(PASSWORD)
    page.get_by_role("button", name="Logga in").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def fill_application(page: Page, name: str, audit: tuple[int, ...]) -> None:
    page.locator("#f-name").fill(name)
    page.get_by_label("Födelseår").fill("1980")
    page.get_by_label("Telefonnummer").fill("070-000 00 00")
    page.locator("[name=sex][value=woman]").check(force=True)
    page.locator("[name=can_blow][value=yes]").check(force=True)
    for number, points in enumerate(audit):
        page.locator(f"[name=audit_{number}][value='{points}']").check(force=True)
    page.locator("[name=consent]").check()


@pytest.mark.browser
def test_from_a_one_time_link_over_the_proposal_to_the_client(page: Page, desk: Desk) -> None:
    sign_in(page, desk, "anna-kommun")
    page.locator("header .menu > summary").click()
    page.get_by_role("link", name="Ansökningar").click()
    page.get_by_role("button", name="Skapa länk till en person").click()
    address = page.get_by_label("Länken, visas en gång").input_value()
    page.context.clear_cookies()
    page.goto(address)
    fill_application(page, "Eva Exempel", (4, 3, 3, 1, 1, 0, 2, 0, 0, 4))
    page.get_by_role("button", name="Skicka ansökan").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Tack")
    assert page.goto(address).status == 404  # type: ignore[union-attr]
    sign_in(page, desk, "anna-kommun")
    assert desk.clinic.rows("SELECT 1 FROM client WHERE display_name = 'Eva Exempel'") == []
    page.goto(f"{desk.web.url}/applications")
    page.get_by_role("link", name="Eva Exempel").click()
    expect(page.locator(".robot")).to_contain_text(
        "AUDIT 18 av 40: skadligt bruk (gräns 6). AUDIT-C 10 av 12."
    )
    expect(page.locator(".robot")).to_contain_text("det är den publicerade.")
    expect(page.locator(".robot")).to_contain_text("Ett tredje test mitt på dagen")
    page.get_by_role("button", name="Godkänn som föreslaget").click()
    decided = "SELECT 1 FROM application_decision WHERE application_id = %s"
    assert desk.clinic.rows(decided, page.url.split("?")[0].rsplit("/", 1)[1]) == []
    page.get_by_label("Med egna ord").fill("Planen passar Eva, vi börjar på måndag")
    page.get_by_label("Klientens alias").fill("K-77")
    page.get_by_role("button", name="Godkänn som föreslaget").click()
    expect(page.get_by_role("status").first).to_contain_text("Klienten och planen är på plats")
    page.get_by_role("link", name="Till klienten").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("K-77")
    page.goto(desk.web.url)
    expect(page.locator(".row .open", has_text="K-77")).to_have_count(1)


@pytest.mark.browser
def test_a_paper_application_is_typed_in_completed_and_changed(page: Page, desk: Desk) -> None:
    sign_in(page, desk, "anna-kommun")
    page.goto(f"{desk.web.url}/applications/new")
    fill_application(page, "Per Papper", (1, 0, 0, 0, 0, 0, 0, 0, 0))
    page.get_by_role("button", name="Spara ansökan").click()
    expect(page.locator(".gaps")).to_contain_text("Frågor utan svar i AUDIT: 10")
    page.get_by_role("link", name="Komplettera ansökan").click()
    page.locator("[name=audit_9][value='0']").check(force=True)
    page.get_by_label("Vad som kompletterats").fill("Frågade på telefon")
    page.get_by_role("button", name="Spara ansökan").click()
    expect(page.locator(".robot")).to_contain_text("Inga test föreslås")
    expect(page.get_by_role("button", name="Godkänn som föreslaget")).to_have_count(0)
    page.get_by_label("Med egna ord").fill("Per vill det själv")
    for day in (1, 4):
        page.locator(f"[name=days_0][value='{day}']").check(force=True)
    page.get_by_role("button", name="Godkänn med de här tiderna").click()
    expect(page.locator("#decided")).to_contain_text("Godkänd med ändringar")
    [plan] = desk.clinic.rows("SELECT windows FROM plan WHERE reason = 'Per vill det själv'")
    assert plan["windows"] == [
        {"kind": "breath_test", "weekdays": [1, 4], "opens": "07:00", "closes": "09:00"}
    ]


@pytest.mark.browser
def test_a_message_there_and_back(page: Page, desk: Desk) -> None:
    desk.web.clock.at = SATURDAY
    sign_in(page, desk, "klient-kommun")
    page.get_by_role("link", name="Skriv", exact=True).click()
    expect(page.locator("#message-desk")).to_contain_text(
        "Ingen läser meddelanden nu. De läses från 2026-03-09 08:00"
    )
    page.get_by_label("Skriv ett meddelande").fill("Kan jag byta tid?")
    page.get_by_role("button", name="Skicka meddelandet").click()
    expect(page.locator("#thread")).to_contain_text("Inte läst än")
    desk.web.clock.at = SATURDAY + timedelta(days=2)
    sign_in(page, desk, "anna-kommun")
    page.locator("header .menu > summary").click()
    page.get_by_role("link", name="Meddelanden").click()
    expect(page.locator(".line")).to_contain_text("1 oläst")
    page.get_by_role("link", name="K-01").click()
    expect(page.locator("#thread")).to_contain_text("Kan jag byta tid?")
    page.get_by_label("Skriv ett meddelande").fill("Ja, torsdag klockan 9.")
    page.get_by_role("button", name="Skicka meddelandet").click()
    expect(page.locator("#thread .state")).to_have_count(0)
    sign_in(page, desk, "klient-kommun")
    page.get_by_role("link", name="1 nytt meddelande").click()
    expect(page.locator("#thread")).to_contain_text("av Anna-Kommun")
    expect(page.locator("#thread")).to_contain_text("Ja, torsdag klockan 9.")
    page.get_by_role("button", name="Jag har läst").click()
    expect(page.locator("#thread .state")).to_have_count(0)


@pytest.mark.browser
def test_a_journal_text_is_drafted_edited_signed_and_copied(page: Page, desk: Desk) -> None:
    sign_in(page, desk, "anna-kommun")
    page.goto(f"{desk.web.url}/clients/{desk.clinic.client_id}")
    page.get_by_role("link", name="Journaltext").click()
    page.get_by_role("button", name="Räkna fram ett utkast").click()
    box = page.get_by_label("Texten, för dig att redigera")
    draft = box.input_value()
    assert "Underlag, ej bedömning." in draft
    box.fill(f"{draft}\nBedömning: lugn vecka.")
    page.get_by_role("button", name="Signera texten").click()
    copied = page.get_by_label("Att kopiera till journalen")
    assert copied.input_value().endswith("Signerad av Anna-Kommun 2026-03-02 10:00")
    assert not copied.is_editable()
    expect(page.get_by_role("button", name="Signera texten")).to_have_count(0)


@pytest.mark.browser
def test_no_page_of_casework_scrolls_sideways(page: Page, desk: Desk) -> None:
    journal = f"/clients/{desk.clinic.client_id}/journal"
    for username, paths in (
        ("anna-kommun", ("/messages", "/applications", "/applications/new", journal)),
        ("chefen", ("/manager/time",)),
    ):
        sign_in(page, desk, username)
        for path in paths:
            page.goto(desk.web.url + path)
            for width in (390, 1440):
                page.set_viewport_size({"width": width, "height": 844})
                assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)


def tree(client: httpx.Client, path: str) -> BeautifulSoup:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return BeautifulSoup(answer.text, "html.parser")


def token(client: httpx.Client, path: str = "/") -> str:
    found: Any = tree(client, path).select_one("[name=csrf_token]")
    return str(found["value"])


def test_the_managers_page_prints_the_formula_and_takes_new_figures(own_desk: Desk) -> None:
    desk, clinic = own_desk, own_desk.clinic
    contacts.add(
        clinic.db, clinic.anna, clinic.client_id, "phone", True, "", MONDAY, duration_min=12, now=MONDAY
    )
    chief = desk.web.signed_in("chef-annan")
    page = tree(chief, "/manager/time")
    assert "12 min antecknade; jämförs inte" in page.get_text()
    assert "Använd tid: 12 = 12 min (0,2 timmar)" in page.get_text()
    form = {
        "csrf_token": token(chief),
        "kind": "test_received",
        "minutes": "0",
        "manual": "2,5",
        "reason": "Mätt vecka 9",
    }
    assert chief.post("/manager/time", data=form).headers["location"] == "/manager/time?said=minutes_saved"
    assert "Mätt vecka 9" in tree(chief, "/manager/time").get_text()
    assert chief.post("/manager/time", data={**form, "minutes": "många"}).status_code == 422
    assert desk.web.signed_in("anna-annan").get("/manager/time").status_code == 403


def test_a_contact_is_noted_with_direction_length_and_outcome(desk: Desk) -> None:
    anna, path = desk.web.signed_in("anna-kommun"), f"/clients/{desk.clinic.client_id}/contacts"
    form = {
        "csrf_token": token(anna), "channel": "phone", "reached": "yes", "direction": "incoming", "duration_min": "14",
        "outcome": "new_time", "note": "Ringde själv", "happened_at": "2026-03-02T09:30",
    }  # fmt: skip
    assert anna.post(path, data=form).status_code == 303
    [saved] = desk.clinic.rows(
        "SELECT direction, duration_min, outcome FROM contact WHERE note = 'Ringde själv'"
    )
    assert saved == {"direction": "incoming", "duration_min": 14, "outcome": "new_time"}
    for wrong in ({"duration_min": "x"}, {"outcome": "no_answer"}):
        assert anna.post(path, data={**form, **wrong}).status_code == 422


def test_the_demos_desk_has_a_waiting_message_and_an_undecided_application(desk: Desk) -> None:
    clinic = desk.clinic
    casework.open_desk(clinic.db, clinic.anna, clinic.client, MONDAY + timedelta(days=3))
    anna = desk.web.signed_in("anna-kommun")
    assert "resdagen" in tree(anna, f"/clients/{clinic.client_id}").get_text()
    assert "AUDIT 20: troligt beroende" in tree(anna, "/applications").get_text()


def test_strangers_find_no_page_of_casework(desk: Desk) -> None:
    clinic = desk.clinic
    anna, charlie, nobody = (
        desk.web.signed_in("anna-kommun"),
        desk.web.signed_in("charlie"),
        desk.web.browser(),
    )
    form = {"csrf_token": token(anna), "name": "Eva"}
    made = anna.post("/applications/new", data=form).headers["location"].split("?")[0]
    drafted = {"csrf_token": form["csrf_token"], "since": "2026-03-01", "until": "2026-03-01"}
    text = anna.post(f"/clients/{clinic.client_id}/journal", data=drafted).headers["location"]
    own = token(charlie)
    for path in (made, f"{made}/complete", text, f"/clients/{clinic.client_id}/journal"):
        assert anna.get(path).status_code == 200, path
        assert charlie.get(path).status_code == 404, path
        assert nobody.get(path).headers["location"].startswith("/login"), path
    for path, more in (
        (f"{made}/decide", {"decision": "reject", "words": "Nej tack", "version": "1"}),
        (text, {"act": "sign", "body": "x"}),
        (f"/clients/{clinic.client_id}/messages", {"body": "Hej"}),
    ):
        assert charlie.post(path, data={"csrf_token": own, **more}).status_code == 404, path
        assert nobody.post(path, data=more).headers["location"] == "/login", path
    assert nobody.get("/apply/paahittad").status_code == 404
    assert nobody.post("/apply/paahittad", data={"name": "x"}).status_code == 404
