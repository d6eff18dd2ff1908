"""Training on a made-up client: the tour with and without scripts, and nothing of it reaches the database."""

from typing import Any

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, Page, expect

from tests.integration.dashboard.test_pages_checked_by_axe import sign_in, violations
from tests.support.browser import own_page

pytestmark = [pytest.mark.timeout(120)]
STEPS = 8


def test_the_practice_client_is_marked_on_every_part_and_stands_on_no_other_page(evening: Any) -> None:
    anna = evening.web.signed_in("anna-kommun")
    tree = BeautifulSoup(anna.get("/practice").text, "html.parser")
    assert "Övningsdata" in tree.select_one(".practice-mark").get_text()  # type: ignore[union-attr]
    assert len(tree.select(".tour-step")) == STEPS
    assert len(tree.select(".exhibit")) == len(tree.select(".exhibit-mark")) == 6
    assert "Bekräftad alkohol" in tree.select_one("#step-alert .alert h2").get_text()  # type: ignore[union-attr]
    # what could be pressed on a real page is shown, and shut
    for button in tree.select(".alert button, .review button"):
        assert button.has_attr("disabled") or button.find_parent("fieldset", disabled=True)
    assert not tree.select("a[href^='/clients']")
    for page in ("/", "/messages", "/guide"):
        assert "Övningsklient" not in anna.get(page).text, page


def test_training_reads_and_writes_nothing_about_anybody(evening: Any) -> None:
    anna = evening.web.signed_in("anna-kommun")
    before = _counts(evening)
    assert anna.get("/practice?days=84").status_code == 200
    figure = anna.get("/practice/figure.json?days=84").json()
    assert figure["data"]
    assert _counts(evening) == before


@pytest.mark.parametrize(
    ("who", "status"), [("anna-kommun", 200), ("klient-kommun", 404)], ids=["clinician", "client"]
)
def test_training_is_for_staff(evening: Any, who: str, status: int) -> None:
    visitor = evening.web.signed_in(who)
    assert visitor.get("/practice").status_code == status
    assert visitor.get("/practice/figure.json").status_code == status


@pytest.mark.browser
def test_the_tour_leads_by_keys_alone_is_taken_up_again_and_can_be_closed(
    evening: Any, chromium: Browser
) -> None:
    with own_page(chromium) as page:
        _open(page, evening)
        expect(page.locator("#graph")).to_have_attribute("data-drawn", "1", timeout=20_000)
        page.get_by_role("button", name="Börja rundturen").focus()
        page.keyboard.press("Enter")
        expect(page.locator("#heading-list")).to_be_focused()
        _press(page, "Nästa")
        _press(page, "Nästa")
        expect(page.locator("#heading-graph")).to_be_focused()
        expect(page.locator("#tour-says")).to_have_text(f"Steg 3 av {STEPS}")
        page.reload()
        expect(page.locator("#tour-says")).to_have_text(f"Du var vid steg 3 av {STEPS}")
        _press(page, "Fortsätt")
        expect(page.locator("#heading-graph")).to_be_focused()
        _press(page, "Tillbaka")
        expect(page.locator("#heading-head")).to_be_focused()
        page.locator("#tour-bar [value=next]").focus()
        page.keyboard.press("Escape")
        expect(page.locator("#tour-bar")).to_be_hidden()
        expect(page.get_by_role("button", name="Öppna rundturen")).to_be_focused()
        page.reload()
        expect(page.locator("#tour-bar")).to_be_hidden()
        page.get_by_role("button", name="Öppna rundturen").press("Enter")
        expect(page.locator("#tour-says")).to_have_text(f"Du var vid steg 2 av {STEPS}")


@pytest.mark.browser
def test_without_scripts_the_tour_is_a_numbered_page(evening: Any, chromium: Browser) -> None:
    context = chromium.new_context(locale="sv-SE", java_script_enabled=False)
    try:
        page = context.new_page()
        _open(page, evening)
        expect(page.locator("#tour-bar")).to_be_hidden()
        expect(page.locator(".tour-step > h2")).to_have_count(STEPS)
        for heading in page.locator(".tour-step > h2").all():
            expect(heading).to_be_visible()
        page.get_by_role("link", name="Övningsklient").click()
        assert page.url.endswith("#step-head")
    finally:
        context.close()


@pytest.mark.browser
@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_tour_is_accessible_on_each_width(
    evening: Any, chromium: Browser, language: str, width: int
) -> None:
    with own_page(chromium) as page:
        page.set_viewport_size({"width": width, "height": 800})
        page.context.add_cookies([{"name": "nykter_language", "value": language, "url": evening.web.url}])
        _open(page, evening)
        expect(page.locator("#graph")).to_have_attribute("data-drawn", "1", timeout=20_000)
        page.locator("#tour-bar [value=next]").click()
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def _open(page: Page, evening: Any) -> None:
    sign_in(page, evening.web, "anna-kommun")
    page.goto(f"{evening.web.url}/practice")


def _press(page: Page, name: str) -> None:
    page.locator("#tour-bar").get_by_role("button", name=name, exact=True).press("Enter")


def _counts(evening: Any) -> dict[str, int]:
    """Rows of every table, but for the login's own mark of having been seen."""
    names = [
        row["relname"]
        for row in evening.clinic.rows(
            """SELECT c.oid::regclass::text AS relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE c.relkind IN ('r', 'p') AND n.nspname = 'public' ORDER BY 1"""
        )
    ]
    return {name: evening.clinic.rows(f"SELECT count(*) AS n FROM {name}")[0]["n"] for name in names}
