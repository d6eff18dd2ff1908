"""Who may use the page beside the device: CSRF, host names, headers. Real app, real outbox, no radio in reach."""

import time
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from bs4 import BeautifulSoup

from contracts.check_in import CheckIn
from contracts.envelope import open_envelope
from device_gateway.errors import RadioError
from device_gateway.gateway import Gateway
from device_gateway.link import Bluetooth, Link
from device_gateway.outbox import Outbox
from device_gateway.retest import RetestRules
from device_gateway.web.app import Page, create_app
from tests.support.gateway import ORIGIN, HandClock, opened

OWN = "http://127.0.0.1:8765"


class NoRadio:
    """A radio that never finds anything."""

    bluetooth = Bluetooth.ABSENT

    def connect(self, timeout_s: float) -> "NoRadio":
        return self

    async def __aenter__(self) -> Link:
        raise RadioError("nothing here", code="bluetooth_absent")

    async def __aexit__(self, *_: object) -> None:
        pass


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return opened(tmp_path / "outbox.sqlite3")


@pytest.fixture
def own_page(outbox: Outbox) -> Page:
    clock = HandClock()
    gateway = Gateway(ORIGIN, outbox, NoRadio(), clock, time.monotonic, rules=RetestRules())
    return Page(
        gateway,
        clock,
        device_id="gw-test-1",
        zone="Europe/Stockholm",
        language="sv",
        permille_factor=Decimal(2),
    )


@pytest_asyncio.fixture
async def browser(own_page: Page) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=create_app(own_page))
    async with httpx.AsyncClient(transport=transport, base_url=OWN) as client:
        yield client
    await own_page.gateway.finish()


async def test_the_page_is_swedish_first_and_remembers_english(browser: httpx.AsyncClient) -> None:
    first = BeautifulSoup((await browser.get("/")).text, "html.parser")
    assert first.html is not None
    assert first.html["lang"] == "sv"
    assert first.find("h1", string="Dags att blåsa?")
    await browser.get("/?lang=en")
    again = BeautifulSoup((await browser.get("/")).text, "html.parser")
    assert again.find("h1", string="Time to blow?")


@pytest.mark.parametrize("path", ["/", "/check-in"])
async def test_pages_carry_no_inline_code_and_load_nothing_from_elsewhere(
    browser: httpx.AsyncClient, path: str
) -> None:
    answer = await browser.get(path)
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    tree = BeautifulSoup(answer.text, "html.parser")
    assert all(script.get("src") and not script.string for script in tree.find_all("script"))
    assert not tree.find_all("style")
    for element in tree.find_all(True):
        assert not any(name.startswith("on") or name == "style" for name in element.attrs)
        for name in ("src", "href", "action"):
            assert str(element.get(name) or "/").startswith(("/", "#"))


async def test_every_field_of_the_form_has_a_name_for_screen_readers(browser: httpx.AsyncClient) -> None:
    tree = BeautifulSoup((await browser.get("/check-in")).text, "html.parser")
    for field in tree.select("input[type=radio]"):
        assert field.find_parent("label") is not None
        fieldset = field.find_parent("fieldset")
        assert fieldset is not None
        assert fieldset.legend is not None
    assert tree.select_one("label[for=comment]")


async def test_a_local_program_may_start_and_cancel(browser: httpx.AsyncClient) -> None:
    assert (await browser.post("/api/test/start", json={"waited_15_min": None})).status_code == 202
    assert (await browser.post("/api/test/start", json={})).status_code == 409
    assert (await browser.post("/api/test/cancel", json={})).json() == {"cancelled": True}


async def test_this_page_may_post_with_its_token(browser: httpx.AsyncClient, own_page: Page) -> None:
    headers = {"Origin": OWN, "Sec-Fetch-Site": "same-origin", "X-Nykter-Token": own_page.token}
    assert (await browser.post("/api/test/start", json={}, headers=headers)).status_code == 202


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "http://evil.example", "X-Nykter-Token": "right"},
        {"Origin": OWN},
        {"Origin": OWN, "X-Nykter-Token": "wrong"},
        {"Origin": OWN, "Sec-Fetch-Site": "cross-site", "X-Nykter-Token": "right"},
        {"Sec-Fetch-Site": "same-site", "X-Nykter-Token": "right"},
        {"Origin": "null", "X-Nykter-Token": "right"},
        {"Referer": "http://evil.example/"},
        {"Content-Type": "text/plain"},
    ],
)
async def test_other_pages_may_not_post(
    browser: httpx.AsyncClient, own_page: Page, headers: dict[str, str]
) -> None:
    sent = {name: own_page.token if value == "right" else value for name, value in headers.items()}
    answer = await browser.post(
        "/api/test/start", content=b"{}", headers={"Content-Type": "application/json", **sent}
    )
    assert answer.status_code == 403
    assert not own_page.gateway.state().testing


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "192.168.1.7:8765"])
async def test_other_host_names_are_refused(browser: httpx.AsyncClient, host: str) -> None:
    assert (await browser.get("/api/state", headers={"Host": host})).status_code == 421


@pytest.mark.parametrize(
    "body", [b"[]", b"{", b'{"waited_15_min": "maybe"}', b'{"purpose": "retest"}', b'{"x": 1}']
)
async def test_a_wrong_body_is_refused(browser: httpx.AsyncClient, body: bytes) -> None:
    answer = await browser.post("/api/test/start", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422


async def test_the_form_is_kept_as_a_signed_check_in(
    browser: httpx.AsyncClient, own_page: Page, outbox: Outbox
) -> None:
    form = {"token": own_page.token, "craving": "7", "drank": "no", "comment": "Lugn dag"}
    answer = await browser.post("/check-in", data=form, headers={"Origin": OWN})
    assert (answer.status_code, answer.headers["location"]) == (303, "/?saved=yes")
    row = outbox.waiting(0, 1)[0]
    kept = CheckIn.read(open_envelope(row.sealed).body).value
    assert [(a.item, int(a.value)) for a in kept.answers] == [("craving", 7)]
    assert (kept.drank, kept.comment) == (False, "Lugn dag")


async def test_an_empty_form_sends_nothing(
    browser: httpx.AsyncClient, own_page: Page, outbox: Outbox
) -> None:
    answer = await browser.post("/check-in", data={"token": own_page.token})
    assert answer.headers["location"] == "/?saved=empty"
    assert outbox.depth().waiting == 0


@pytest.mark.parametrize("form", [{"token": "wrong", "craving": "7"}, {"craving": "7"}])
async def test_a_form_without_the_token_is_refused(
    browser: httpx.AsyncClient, outbox: Outbox, form: dict[str, str]
) -> None:
    assert (await browser.post("/check-in", data=form)).status_code == 403
    assert outbox.depth().waiting == 0


@pytest.mark.parametrize("value", ["11", "-1", "x"])
async def test_a_value_off_the_scale_is_not_kept(
    browser: httpx.AsyncClient, own_page: Page, outbox: Outbox, value: str
) -> None:
    answer = await browser.post("/check-in", data={"token": own_page.token, "craving": value})
    assert answer.status_code == 422
    assert outbox.depth().waiting == 0


async def test_the_state_is_there_for_programs(browser: httpx.AsyncClient) -> None:
    state = (await browser.get("/api/state")).json()
    assert (state["phase"], state["testing"], state["waiting"]) == ("idle", False, 0)
    assert (await browser.get("/healthz")).json()["status"] == "ok"
