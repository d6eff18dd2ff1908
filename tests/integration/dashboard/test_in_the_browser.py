"""The pages in a real Chromium. The `page` fixture also fails on a foreign host, a refused style or a script error."""

import time
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.care import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


def sign_in(page: Page, evening: Any, username: str = "anna-kommun") -> None:
    page.goto(evening.web.url)
    page.get_by_label("Användarnamn").fill(username)
    page.get_by_label("Lösenord").fill(PASSWORD)
    page.get_by_role("button", name="Logga in").click()


def open_client(page: Page, evening: Any) -> None:
    page.goto(f"{evening.web.url}/clients/{evening.clinic.client_id}?days=7")
    page.wait_for_selector("#graph[data-drawn] .main-svg")
    expect(page.locator("#live")).to_have_class("live is-on")


def until(page: Page, expression: str, seconds: float) -> None:
    """Wait for an expression to be true. Asked from here: the page's own policy forbids waiting inside it by eval."""
    ends = time.monotonic() + seconds
    while not page.evaluate(expression):
        assert time.monotonic() < ends, expression
        time.sleep(0.02)


def readings_shown(page: Page) -> list[float]:
    return page.evaluate(  # type: ignore[no-any-return]
        "document.getElementById('graph').data.filter(t => t.meta.startsWith('reading')).flatMap(t => t.y)"
    )


def test_from_sign_in_over_the_list_to_the_graph(page: Page, evening: Any) -> None:
    sign_in(page, evening)
    expect(page.get_by_role("heading", name="Vem behöver mig")).to_be_visible()
    page.locator("#groups").get_by_role("link", name="K-01").click()
    page.wait_for_selector("#graph[data-drawn] .main-svg")
    assert sorted(readings_shown(page)) == [0.4, 0.42]
    assert page.locator("#graph .main-svg").first.evaluate("e => getComputedStyle(e).position") == "absolute"


def test_a_breath_reaches_the_open_graph_without_reload(page: Page, evening: Any) -> None:
    sign_in(page, evening)
    open_client(page, evening)
    page.evaluate("window.notReloaded = true")
    evening.blow(timedelta(hours=2), 0.31)
    until(page, "document.getElementById('graph').data.some(t => t.y.includes(0.31))", 5.0)
    expect(page.locator("#graph-words")).to_contain_text("3 av 3")
    assert page.evaluate("window.notReloaded") is True


def test_the_list_renews_its_rows_without_moving_them(page: Page, evening: Any) -> None:
    sign_in(page, evening)
    expect(page.locator("#live")).to_have_class("live is-on")
    page.locator(".row .open").focus()
    page.evaluate("window.notReloaded = true")
    evening.blow(timedelta(hours=4), 0.0)
    expect(page.locator(".c-data")).to_contain_text("23:30")
    assert page.evaluate("window.notReloaded") is True
    assert page.evaluate("document.activeElement.className") == "open"


def test_a_page_that_lost_its_connection_catches_up(page: Page, evening: Any) -> None:
    sign_in(page, evening)
    open_client(page, evening)
    evening.web.server.stop()
    expect(page.locator("#live")).to_have_class("live is-off", timeout=15_000)
    evening.blow(timedelta(hours=2), 0.27)
    evening.web.server.start()
    until(page, "document.getElementById('graph').data.some(t => t.y.includes(0.27))", 20.0)


def test_an_alert_is_seen_taken_and_closed(page: Page, evening: Any) -> None:
    sign_in(page, evening)
    open_client(page, evening)
    page.get_by_role("button", name="Jag har sett den").click()
    expect(page.get_by_role("status").first).to_contain_text("Noterat")
    page.get_by_role("button", name="Jag tar den").click()
    expect(page.locator(".alert")).to_contain_text("Pågår")
    page.get_by_text("Avsluta", exact=True).click()
    page.get_by_label("Vi har haft kontakt").check()
    page.locator("#close-note").fill("Vi talade i telefon, hon mår bättre")
    page.get_by_role("button", name="Avsluta signalen").click()
    expect(page.locator(".alert")).to_have_count(0)
    page.locator(".past summary").click()
    expect(page.locator(".past")).to_contain_text("Vi talade i telefon")
    changes = evening.clinic.rows("SELECT new FROM alert_change ORDER BY change_id")
    assert [change["new"] for change in changes] == ["new", "seen", "acting", "closed"]


def test_news_do_not_wipe_out_what_somebody_is_writing(page: Page, evening: Any) -> None:
    sign_in(page, evening)
    open_client(page, evening)
    page.get_by_text("Avsluta", exact=True).click()
    page.locator("#close-note").fill("Jag håller på att skriva")
    evening.blow(timedelta(hours=2), 0.5)
    evening.blow(timedelta(hours=2, minutes=17), 0.5)
    expect(page.locator("#newer")).to_be_visible()
    assert page.locator("#close-note").input_value() == "Jag håller på att skriva"


def test_the_morning_by_keyboard_alone(page: Page, evening: Any) -> None:
    page.goto(evening.web.url)
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.get_by_label("Användarnamn").focus()
    page.keyboard.type("anna-kommun")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator(".row")).to_have_count(1)
    page.wait_for_selector("#live.is-on")
    page.keyboard.press("j")
    expect(page.locator(".row .open")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_selector("#graph[data-drawn]")
    button = page.get_by_role("button", name="Jag har sett den")
    for _ in range(60):
        page.keyboard.press("Tab")
        if button.evaluate("e => e === document.activeElement"):
            break
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".alert .state")).to_contain_text("Sedd")


def test_units_and_periods_switch_without_reload(page: Page, evening: Any) -> None:
    sign_in(page, evening)
    open_client(page, evening)
    page.get_by_label("‰ (beräknad)").check()
    until(page, "document.getElementById('graph').data.some(t => t.y.includes(0.84))", 10.0)
    assert "unit=permille" in page.url
    page.get_by_label("12 veckor").check()
    until(page, "document.getElementById('graph').layout.uirevision.startsWith('85|')", 10.0)


@pytest.mark.parametrize("username", ["anna-kommun", "klient-kommun"])
@pytest.mark.parametrize("width", [390, 1440])
def test_nothing_scrolls_sideways(page: Page, evening: Any, username: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    sign_in(page, evening, username)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    if username.startswith("anna"):
        open_client(page, evening)
    else:
        page.goto(f"{evening.web.url}/me/graph")
        page.wait_for_selector("#graph[data-drawn] .main-svg")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_client_answers_in_a_few_clicks_and_sees_who_has_looked(page: Page, evening: Any) -> None:
    evening.web.signed_in("anna-kommun").get(f"/clients/{evening.clinic.client_id}")
    sign_in(page, evening, "klient-kommun")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Hej Klient-Kommun")
    page.get_by_role("link", name="Svara nu").click()
    for question in ("craving", "mood_valence", "sleep_quality", "self_efficacy"):
        page.locator(f"[name={question}][value='6']").check(force=True)
    page.locator("[name=drank][value=no]").check(force=True)
    page.get_by_role("button", name="Skicka", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("Dina svar är sparade")
    assert len(evening.clinic.rows("SELECT 1 FROM check_in_answer")) == 4
    page.goto(f"{evening.web.url}/me/data")
    expect(page.locator("main")).to_contain_text("Öppenvården")


def test_the_page_speaks_english_after_the_switch(page: Page, evening: Any) -> None:
    sign_in(page, evening)
    page.locator("header .menu > summary").click()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Who needs me")).to_be_visible()
    assert page.locator("html").get_attribute("lang") == "en"
    open_client(page, evening)
    lanes = page.evaluate("document.getElementById('graph').layout.yaxis2.ticktext")
    assert [name for name in lanes if name != "Visits"] == ["Tests", "Check-ins", "Drinking", "Contacts"]
