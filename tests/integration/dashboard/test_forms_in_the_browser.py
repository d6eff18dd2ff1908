"""Questionnaires in a real Chromium: asked for, answered, typed in from paper; an answer that asks for safety."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from backend.services import assessment, questionnaires
from backend.store.pool import Database
from tests.support.care import PASSWORD, Clinic, add_account, make_clinic
from tests.support.servers import TestDatabases
from tests.support.web import Web, running_web

pytestmark = pytest.mark.timeout(120)
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass
class Desk:
    clinic: Clinic
    web: Web

    @property
    def path(self) -> str:
        return f"{self.web.url}/clients/{self.clinic.client_id}/forms"


@pytest.fixture(scope="module")
def desk(postgres_server: TestDatabases) -> Iterator[Desk]:
    with postgres_server.fresh() as url, Database(url) as db:
        clinic = make_clinic(db)
        add_account(clinic, "charlie", "clinician", unit="Andra enheten")
        with running_web(db, MONDAY) as web:
            yield Desk(clinic, web)


def sign_in(page: Page, desk: Desk, username: str) -> None:
    page.context.clear_cookies()
    page.goto(f"{desk.web.url}/login")
    page.get_by_label("Användarnamn").fill(username)
    page.get_by_label("Lösenord").fill(PASSWORD)
    page.get_by_role("button", name="Logga in").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


@pytest.mark.browser
def test_an_answer_that_asks_for_safety_shows_numbers_at_once_and_raises_an_alert_now(
    page: Page, desk: Desk
) -> None:
    clinic = desk.clinic
    sign_in(page, desk, "anna-kommun")
    page.goto(desk.path)
    page.locator("[name=instrument][value=phq9]").check(force=True)
    page.get_by_role("button", name="Be klienten fylla i det").click()
    expect(page.get_by_role("status").first).to_contain_text("ombeds fylla i det")
    sign_in(page, desk, "klient-kommun")
    page.goto(f"{desk.web.url}/own/forms")
    page.get_by_role("link", name="Fyll i PHQ-9").click()
    for number in range(1, 9):
        page.locator(f"[name=item_{number}][value='1']").check(force=True)
    page.get_by_role("button", name="Skicka").click()
    expect(page.locator(".unanswered")).to_contain_text("bättre om du var död")
    assert clinic.rows("SELECT 1 FROM questionnaire") == []
    page.locator("[name=item_9][value='1']").check(force=True)
    page.get_by_role("button", name="Skicka").click()
    expect(page.locator(".help")).to_contain_text("90101")
    expect(page.locator(".help")).to_contain_text("får veta det nu")
    assessment.assess_due(clinic.db, now=MONDAY)
    [alert] = clinic.rows("SELECT kind, tier, state FROM alert")
    assert alert == {"kind": "safety_answer", "tier": 1, "state": "new"}
    sign_in(page, desk, "anna-kommun")
    page.goto(f"{desk.web.url}/clients/{clinic.client_id}")
    expect(page.locator("#cards")).to_contain_text(
        "Tankar på död eller självskada enligt PHQ-9, fråga 9: 1 av 3"
    )
    page.goto(desk.path)
    expect(page.get_by_role("alert")).to_contain_text("besvarades med 1 av 3")


@pytest.mark.browser
def test_paper_is_typed_in_scores_stand_over_time_and_a_mistake_counts_no_more(
    page: Page, desk: Desk
) -> None:
    clinic = desk.clinic
    questionnaires.enter(
        clinic.db,
        clinic.anna,
        clinic.client_id,
        "audit_c",
        (4, 3, 3),
        "talk",
        MONDAY - timedelta(days=90),
        now=MONDAY,
    )
    sign_in(page, desk, "anna-kommun")
    page.goto(desk.path)
    page.get_by_role("link", name="AUDIT-C").click()
    page.get_by_label("Ifyllt den").fill("2026-02-20")
    page.locator("[name=sex][value=man]").check(force=True)
    for number, points in ((1, 2), (2, 1), (3, 1)):
        page.locator(f"[name=item_{number}][value='{points}']").check(force=True)
    page.get_by_role("button", name="Spara formuläret").click()
    card = page.locator(".scale-card", has_text="AUDIT-C")
    expect(card).to_contain_text("4 av 12: under gränsen −6 sedan förra gången")
    expect(card.locator("svg circle")).to_have_count(2)
    card.locator("summary").first.click()
    card.get_by_label("Felskrivet, eftersom").first.fill("Fel persons blankett")
    card.get_by_role("button", name="Låt det inte räknas längre").first.click()
    expect(card).to_contain_text("10 av 12")
    expect(card).to_contain_text("Räknas inte: Fel persons blankett")


def test_forms_are_for_the_client_and_those_who_care_for_them(desk: Desk) -> None:
    clinic, path = desk.clinic, desk.path.removeprefix(desk.web.url)
    request = questionnaires.ask(clinic.db, clinic.anna, clinic.client_id, "gad7", now=MONDAY)
    charlie, client, nobody = (
        desk.web.signed_in("charlie"),
        desk.web.signed_in("klient-kommun"),
        desk.web.browser(),
    )
    for one in (path, f"{path}/fill/phq9"):
        assert charlie.get(one).status_code == 404
        assert client.get(one).status_code == 403
        assert nobody.get(one).headers["location"].startswith("/login")
    assert client.get(f"/own/forms/{request}").status_code == 200
    assert charlie.get(f"/own/forms/{request}").status_code == 404
    assert charlie.get("/own/forms").status_code == 404
    assert desk.web.signed_in("anna-kommun").get(f"{path}/fill/madrs").status_code == 404
