"""The client's page in a real browser at phone width, beside a real gateway process and a virtual breathalyzer."""

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from contracts.check_in import CheckIn
from contracts.topics import Kind
from nykter.runtime.broker import Broker
from simulators.breathalyzers.bactrack_c6 import BactrackC6
from simulators.breathalyzers.breath import Breath
from tests.support.gateway_process import DEVICE, GatewayProcess
from tests.support.radio_thread import RadioThread, radio_in_thread
from tests.support.receipts import ReceiptServer

AXE = (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


@pytest.fixture
def radio() -> Iterator[RadioThread]:
    with radio_in_thread(BactrackC6("C6:00:00:00:00:01", pace=10)) as radio:
        yield radio


@pytest.fixture
def server(mosquitto: Broker) -> Iterator[ReceiptServer]:
    server = ReceiptServer(mosquitto, {})
    server.start()
    yield server
    server.stop()


@pytest.fixture
def gateway(
    tmp_path: Path, mosquitto: Broker, server: ReceiptServer, radio: RadioThread
) -> Iterator[GatewayProcess]:
    gateway = GatewayProcess(tmp_path, mosquitto, server.public_key, radio.address)
    server.know(DEVICE, gateway.public_key)
    gateway.start()
    yield gateway
    gateway.kill()


def test_a_test_is_shown_live_from_the_question_to_the_delivered_value(
    page: Page, gateway: GatewayProcess, radio: RadioThread
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(gateway.url)
    expect(page.get_by_role("heading", level=1)).to_have_text("Dags att blåsa?")
    page.get_by_role("button", name="Nej, inte än").click()
    expect(page.locator("#not-yet-title")).to_be_focused()
    page.get_by_role("button", name="Jag väntar").click()
    expect(page.get_by_role("button", name="Ja, starta testet")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Blås nu", timeout=15_000)
    radio.give(Breath(0.42))
    expect(page.get_by_role("heading", level=1)).to_have_text("Mätaren visade alkohol", timeout=15_000)
    expect(page.locator("#value")).to_have_text("0,42")
    expect(page.get_by_role("timer")).to_contain_text("14:5")
    expect(page.locator(".delivery").first).to_have_text("skickat")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert gateway.state()["view"]["phase"] == "retest_wait"


def test_a_running_test_can_be_stopped(page: Page, gateway: GatewayProcess) -> None:
    page.goto(f"{gateway.url}/?lang=en")
    page.get_by_role("button", name="Yes, start the test").click()
    page.get_by_role("button", name="Stop the test").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The test was stopped")
    expect(page.get_by_role("button", name="Yes, start the test")).to_be_visible()


def test_a_check_in_is_filled_in_by_keyboard(
    page: Page, gateway: GatewayProcess, server: ReceiptServer
) -> None:
    page.goto(f"{gateway.url}/check-in")
    page.locator("input[name=craving][value='3']").focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    page.get_by_label("Nej").check(force=True)
    page.get_by_label("Något mer du vill berätta?").fill("Lugn dag")
    page.get_by_role("button", name="Skicka").click()
    expect(page.get_by_role("status")).to_have_text("Tack! Ditt svar är sparat och skickas.")
    expect(page.locator(".delivery").first).to_have_text("skickat")
    body = next(body for key, body in server.stored.items() if server.kinds[key] is Kind.CHECK_IN)
    kept = CheckIn.read(body).value
    assert [(answer.item, int(answer.value)) for answer in kept.answers] == [("craving", 4)]
    assert (kept.drank, kept.comment) == (False, "Lugn dag")


def test_the_page_finds_the_gateway_again_after_a_restart(
    page: Page, gateway: GatewayProcess, radio: RadioThread
) -> None:
    page.goto(gateway.url)
    port = gateway.url.rsplit(":", 1)[1]
    gateway.kill()
    expect(page.get_by_role("alert")).to_be_visible(timeout=10_000)
    gateway.environment["NYKTER_GATEWAY_PORT"] = port
    gateway.start()
    expect(page.locator("#lost")).to_be_hidden(timeout=15_000)
    page.get_by_role("button", name="Ja, starta testet").click()  # an old token: the page loads itself again
    page.wait_for_load_state()
    page.get_by_role("button", name="Ja, starta testet").click()
    expect(page.get_by_role("button", name="Avbryt testet")).to_be_visible()


def test_a_client_who_cannot_blow_says_so_by_keyboard(
    page: Page, gateway: GatewayProcess, server: ReceiptServer
) -> None:
    page.goto(f"{gateway.url}/?lang=en")
    page.get_by_role("link", name="I cannot blow").press("Enter")
    page.get_by_label("I do not have enough breath").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("it is saved and will be sent")
    expect(page.locator(".what").first).to_have_text("Could not blow")
    expect(page.locator(".delivery").first).to_have_text("sent")
    [body] = [body for key, body in server.stored.items() if server.kinds[key] is Kind.READING]
    assert b'"cannot_blow":"breathless"' in body


@pytest.mark.parametrize("path", ["/", "/check-in", "/cannot-blow"])
def test_the_pages_meet_what_can_be_checked_of_wcag(page: Page, gateway: GatewayProcess, path: str) -> None:
    page.set_viewport_size({"width": 360, "height": 800})
    for language in ("sv", "en"):
        page.goto(f"{gateway.url}{path}?lang={language}")
        # The page's own policy forbids foreign script; the checker is run beside it.
        page.evaluate(AXE)
        found = page.evaluate("axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']})")
        assert [one["id"] for one in found["violations"]] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_whole_test_is_made_without_script(
    page: Page, gateway: GatewayProcess, radio: RadioThread, server: ReceiptServer
) -> None:
    browser = page.context.browser
    assert browser is not None
    with browser.new_context(java_script_enabled=False) as plain:
        own = plain.new_page()
        own.goto(gateway.url)
        own.get_by_role("link", name="Nej, inte än").or_(
            own.get_by_role("button", name="Nej, inte än")
        ).click()
        own.get_by_role("button", name="Starta ändå").click()
        expect(own.get_by_role("button", name="Avbryt testet")).to_be_visible()
        radio.give(Breath(0.0))
        expect(own.get_by_role("heading", level=1)).to_have_text("Ingen alkohol uppmätt", timeout=25_000)
