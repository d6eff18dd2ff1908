"""The clinician's morning in a real Chromium, by keyboard: the list, a client's page with months of data, the signal.

One clinic, browser and sign-in for all; the day the clock changes lies in what is shown (2026-03-29, Stockholm).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from backend.services import assessment
from backend.store.pool import Database
from tests.integration.dashboard.test_in_the_browser import until
from tests.support.browser import own_page
from tests.support.care import PASSWORD, Clinic, make_clinic
from tests.support.servers import TestDatabases
from tests.support.web import Web, running_web

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
BEGUN = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
NOW = datetime(2026, 4, 1, 6, 0, tzinfo=UTC)


@dataclass
class Desk:
    clinic: Clinic
    web: Web
    page: Page


@pytest.fixture(scope="module")
def desk(postgres_server: TestDatabases, chromium: Browser) -> Iterator[Desk]:
    with postgres_server.fresh() as url, Database(url) as db:
        clinic = make_clinic(db, now=BEGUN)
        for back in range(84, 0, -3):
            clinic.blow(NOW - timedelta(days=back, hours=12), 0.0)
        for at, brac in ((NOW - timedelta(hours=2), 0.42), (NOW - timedelta(hours=1, minutes=43), 0.40)):
            clinic.blow(at, brac)
        assessment.sweep(db, now=NOW)
        assessment.assess_due(db, now=NOW)
        with running_web(db, NOW) as web, own_page(chromium) as page:
            page.goto(f"{web.url}/login")
            page.get_by_label("Användarnamn").fill("anna-kommun")
            page.get_by_label("Lösenord").fill(PASSWORD)
            page.keyboard.press("Enter")
            page.wait_for_selector(".row")
            yield Desk(clinic, web, page)


def opened(desk: Desk, query: str = "") -> Page:
    desk.page.goto(f"{desk.web.url}/clients/{desk.clinic.client_id}{query}")
    desk.page.wait_for_selector("#graph[data-drawn] .main-svg")
    return desk.page


def test_the_list_is_worked_through_by_keys_filtered_and_kept_as_a_view(desk: Desk) -> None:
    page = desk.page
    expect(page.locator("#morning")).to_contain_text("1 ny signal")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()  # it closes a moment later, and takes keys until then
    page.keyboard.press("j")
    expect(page.locator(".row .open")).to_be_focused()
    page.keyboard.press("f")
    page.get_by_label("Bekräftad alkohol eller säkerhet 1").check(force=True)
    page.wait_for_url("**group=confirmed_positive**")
    expect(page.locator("#bar summary")).to_contain_text("1 av 1 visas")
    page.get_by_label("Spara vyn som").fill("Allvarligt")
    page.keyboard.press("Enter")
    expect(page.locator(".view a")).to_have_text("Allvarligt")
    page.get_by_role("button", name="Jag har gått igenom det").click()
    expect(page.locator("#morning")).to_contain_text("Inget har ändrats")


def test_a_takes_the_signal_and_shortcuts_can_be_turned_off(desk: Desk) -> None:
    page = desk.page
    page.goto(desk.web.url)
    page.keyboard.press("?")
    page.get_by_label("Enstaka tangenter").uncheck()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()  # it closes a moment later, and takes keys until then
    page.keyboard.press("j")
    expect(page.locator(".row .open")).not_to_be_focused()
    page.locator("#show-keys").click()
    page.get_by_label("Enstaka tangenter").check()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()  # it closes a moment later, and takes keys until then
    page.keyboard.press("j")
    page.keyboard.press("a")
    page.wait_for_selector("#graph[data-drawn]")
    expect(page.locator(".alert .state")).to_contain_text("Pågår")
    expect(page.locator(".basis").first).to_contain_text("ingen modell var med")


def test_the_graph_is_moved_and_scaled_by_keys_and_keeps_its_place_while_data_comes(desk: Desk) -> None:
    page = opened(desk, "?days=28")
    shown = "document.getElementById('graph').layout.xaxis.range.map(String)"
    page.keyboard.press("g")
    before = page.evaluate(shown)
    page.keyboard.press("ArrowLeft")
    until(page, f"{shown}[1] < '{before[1]}'", 5)
    earlier = page.evaluate(shown)
    page.keyboard.press("+")
    until(page, f"{shown}[0] > '{earlier[0]}'", 5)
    moved = page.evaluate(shown)
    assert moved[1] == earlier[1]
    desk.clinic.blow(NOW - timedelta(minutes=5), 0.0)
    assessment.assess_due(desk.clinic.db, now=NOW)
    until(page, "document.getElementById('graph').data.some(t => t.x.includes('2026-04-01T07:55:00'))", 10)
    assert page.evaluate(shown) == moved
    page.keyboard.press("3")
    until(page, "document.getElementById('graph').layout.uirevision.startsWith('85|')", 10)


def test_the_day_the_clock_changes_is_drawn_by_the_clients_clock(desk: Desk) -> None:
    desk.clinic.blow(datetime(2026, 3, 29, 1, 30, tzinfo=UTC), 0.11)
    page = opened(desk, "?days=28")
    until(page, "document.getElementById('graph').data.some(t => t.x.includes('2026-03-29T03:30:00'))", 10)
    page.locator("details.table > summary").click()
    row = page.locator("details.table tr", has_text="2026-03-29 03:30")
    expect(row).to_contain_text("utanför planen")
    expect(row).to_contain_text("kalibrerad")


def test_a_life_event_and_the_next_contact_are_noted_and_drawn(desk: Desk) -> None:
    page = opened(desk)
    page.get_by_text("Notera läkemedel eller en händelse").click()
    page.locator("#life-text").fill("Antabus <200> mg")
    page.locator("#life button", has_text="Spara").click()
    page.wait_for_selector("#graph[data-drawn]")
    until(page, "document.getElementById('graph').data.some(t => (t.meta || '') === 'noted:medication')", 10)
    page.keyboard.press("c")
    page.keyboard.type("Talade om veckan")
    page.locator("#next-day").fill("2026-04-03")
    page.get_by_role("button", name="Spara kontakten").click()
    expect(page.locator(".facts")).to_contain_text("2026-04-03 09:00 · Anna-Kommun")
    page.goto(desk.web.url)
    expect(page.locator(".c-own")).to_contain_text("2026-04-03 09:00")


def test_closing_as_contacted_notes_the_contact_in_the_same_step(desk: Desk) -> None:
    page = opened(desk)
    page.get_by_text("Avsluta", exact=True).click()
    page.get_by_label("Vi har haft kontakt").check()
    page.locator(".via").get_by_label("Besök").check()
    page.locator("#close-note").fill("Hembesök, mår bättre")
    page.get_by_role("button", name="Avsluta signalen").click()
    expect(page.locator(".alert")).to_have_count(0)
    noted = desk.clinic.rows("SELECT channel, note FROM contact WHERE note LIKE 'Hembesök%%'")
    assert [(one["channel"], one["note"]) for one in noted] == [("visit", "Hembesök, mår bättre")]


def test_nothing_scrolls_sideways_at_twice_the_size_and_paper_gets_the_whole_graph(desk: Desk) -> None:
    page = desk.page
    page.set_viewport_size({"width": 720, "height": 450})
    for path in ("/", "/leave", f"/clients/{desk.clinic.client_id}"):
        page.goto(desk.web.url + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 720, path
    page.set_viewport_size({"width": 1440, "height": 900})
    opened(desk)
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    until(page, "document.querySelector('#graph .main-svg').getBoundingClientRect().width <= 700", 5)
    assert page.pdf(format="A4").startswith(b"%PDF")


def test_every_printed_sheet_says_whose_it_is_which_period_by_whom_and_when(desk: Desk) -> None:
    page = opened(desk, "?days=28")
    head = page.locator("#print-head")
    expect(head).to_be_hidden()
    page.emulate_media(media="print")
    # as the head of a table it is repeated on every sheet
    assert head.evaluate("e => getComputedStyle(e).display") == "table-header-group"
    for said in (
        "K-01",
        str(desk.clinic.client_id),
        "2026-03-04–2026-04-01",
        "Anna-Kommun",
        "2026-04-01 08:00",
    ):
        expect(head).to_contain_text(said)
    sheets = page.pdf(format="A4", prefer_css_page_size=True)
    assert sheets.count(b"/Type /Page\n") >= 2
    page.emulate_media(media="screen")
