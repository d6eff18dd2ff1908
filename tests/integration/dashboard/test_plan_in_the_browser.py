"""The plan in a real Chromium: changed by keyboard alone, previewed over a day of 23 hours, paused, excused."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from backend.services import pauses, plans
from backend.store.pool import Database
from tests.support.care import PASSWORD, Clinic, add_account, make_clinic
from tests.support.servers import TestDatabases
from tests.support.web import Web, running_web

pytestmark = pytest.mark.timeout(120)
THURSDAY = datetime(2026, 3, 26, 9, 0, tzinfo=UTC)
"""Three days before the clock goes forward in Stockholm, and a week before Good Friday."""


@dataclass
class Desk:
    clinic: Clinic
    web: Web

    @property
    def path(self) -> str:
        return f"{self.web.url}/clients/{self.clinic.client_id}/plan"


@pytest.fixture(scope="module")
def desk(postgres_server: TestDatabases) -> Iterator[Desk]:
    with postgres_server.fresh() as url, Database(url) as db:
        clinic = make_clinic(db)
        add_account(clinic, "charlie", "clinician", unit="Andra enheten")
        with running_web(db, THURSDAY) as web:
            yield Desk(clinic, web)


def sign_in(page: Page, desk: Desk, username: str = "anna-kommun") -> None:
    page.goto(f"{desk.web.url}/login")
    page.get_by_label("Användarnamn").fill(username)
    page.get_by_label("Lösenord").fill(PASSWORD)
    page.get_by_role("button", name="Logga in").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def tab_to(page: Page, locator: str) -> None:
    """Press Tab until the element has the focus, as somebody without a mouse does."""
    for _ in range(120):
        if page.evaluate("wish => document.activeElement.matches(wish)", locator):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{locator} cannot be reached by keyboard")


@pytest.mark.browser
def test_a_plan_is_changed_by_keyboard_alone_and_the_preview_follows(page: Page, desk: Desk) -> None:
    sign_in(page, desk)
    page.goto(f"{desk.path}/edit")
    preview = page.locator("#preview")
    expect(preview).to_contain_text("klockan ställs om: 23 timmar")
    expect(preview).to_contain_text("Långfredagen")
    tab_to(page, "[name=w0-day][value='7']")
    page.keyboard.press("Space")
    expect(preview).to_contain_text("Läggs till: Utandningstest mån–lör 07:00–09:00")
    sunday = preview.locator(".day", has_text="sön 29/3")
    expect(sunday).not_to_contain_text("07:00")
    tab_to(page, "[name=reason]")
    page.keyboard.type("Sovmorgon på söndagar")
    tab_to(page, "button[value=propose]")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("Planen är föreslagen")
    expect(page.locator(".waits")).to_contain_text("Sovmorgon på söndagar")
    [draft] = desk.clinic.rows("SELECT plan_id FROM plan_draft WHERE closed_at IS NULL")
    plans.agree(desk.clinic.db, desk.clinic.client, draft["plan_id"], now=THURSDAY)  # type: ignore[arg-type]
    page.reload()
    expect(page.locator(".lead")).to_contain_text("Klienten godkände 2026-03-26 10:00")
    expect(page.locator(".history li").first).to_contain_text(
        "Tas bort: Utandningstest alla dagar 07:00–09:00"
    )


@pytest.mark.browser
def test_rows_are_added_and_what_cannot_be_meant_is_said(page: Page, desk: Desk) -> None:
    desk.web.clock.at = THURSDAY + timedelta(hours=1)
    sign_in(page, desk)
    page.goto(f"{desk.path}/edit")
    page.get_by_role("button", name="Lägg till slumpvisa test").click()
    page.locator("[name=r0-per_week]").fill("14")
    page.locator("[name=r0-latest]").fill("11:00")
    page.locator("[name=r0-latest]").press("Tab")
    expect(page.locator("#problem")).to_contain_text(
        "Slumpvisa test 1: så många test ryms inte med så lång tid emellan."
    )
    page.locator("[name=r0-per_week]").fill("1")
    page.locator("[name=r0-per_week]").press("Tab")
    expect(page.locator("#preview")).to_contain_text("Ingen får veta när förrän de öppnar.")
    page.get_by_role("button", name="Sätt den: vi är redan överens").click()
    expect(page.locator("#problem")).to_contain_text("Skriv varför, med ord")
    page.locator("main details summary").first.click()
    page.locator("[name=positive_mg_per_l]").fill("0,15")
    page.locator("[name=photo]").check()
    page.get_by_label("Varför, med ord som klienten får läsa").fill("Överens på mötet")
    page.get_by_role("button", name="Sätt den: vi är redan överens").click()
    first = page.locator(".history li").first
    expect(first).to_contain_text("Positivt test från: 0,1 → 0,15 mg/L")
    expect(first).to_contain_text("Bild tas vid testet")
    [plan] = desk.clinic.rows("SELECT rules FROM plan WHERE reason = 'Överens på mötet'")
    assert plan["rules"]["photo"] is True  # type: ignore[index]


@pytest.mark.browser
def test_pauses_excuses_and_a_test_now(page: Page, desk: Desk) -> None:
    clinic = desk.clinic
    start = THURSDAY + timedelta(days=5)
    pauses.request(
        clinic.db,
        clinic.client,
        clinic.client_id,
        start,
        start + timedelta(days=2),
        reason="Resa",
        now=THURSDAY,
    )
    desk.web.clock.at = THURSDAY + timedelta(hours=2)
    sign_in(page, desk)
    page.goto(desk.path)
    page.get_by_role("button", name="Godkänn pausen").click()
    expect(page.locator("#pauses")).to_contain_text("Överenskommen 2026-03-31 11:00")
    page.locator("#excuses summary").click()
    page.locator("#excuse-window").select_option(label="imorgon 19:00 utandningstest")
    page.locator("#excuse-reason").fill("Tandläkare")
    page.get_by_role("button", name="Undanta testet").click()
    expect(page.locator("#excuses")).to_contain_text("Utandningstest 2026-03-27 19:00")
    page.get_by_role("button", name="Ta tillbaka undantaget").click()
    expect(page.locator("#excuses .state")).to_contain_text("Återtag")
    page.locator("#order summary").click()
    page.locator("#order-reason").fill("Vi talade i telefon")
    page.get_by_role("button", name="Beställ testet").click()
    expect(page.get_by_role("status").first).to_contain_text("Testet är beställt")
    assert clinic.rows("SELECT 1 FROM planned_test WHERE reason = 'Vi talade i telefon'")


def test_a_plan_is_for_those_who_care_for_the_client(desk: Desk) -> None:
    path = desk.path.removeprefix(desk.web.url)
    charlie, client, nobody = (
        desk.web.signed_in("charlie"),
        desk.web.signed_in("klient-kommun"),
        desk.web.browser(),
    )
    for one in (path, f"{path}/edit"):
        assert charlie.get(one).status_code == 404
        assert client.get(one).status_code == 403
        assert nobody.get(one).headers["location"].startswith("/login")
    anna = desk.web.signed_in("anna-kommun")
    assert (
        anna.post(f"{path}/edit", data={"act": "set", "reason": "x"}).status_code == 403
    )  # no token of hers
    assert desk.clinic.rows("SELECT 1 FROM plan WHERE reason = 'x'") == []
