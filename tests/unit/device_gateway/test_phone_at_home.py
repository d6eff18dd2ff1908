"""The page from a phone on the home network: only with the code, only from home, only under a name of the home."""

import time
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from nacl.public import PrivateKey
from PIL import Image

from contracts.topics import Kind
from device_gateway.gateway import Gateway
from device_gateway.outbox import Outbox
from device_gateway.retest import RetestRules
from device_gateway.test_run import Phase, Run
from device_gateway.web.app import Page, create_app
from device_gateway.web.home_access import COOKIE, FILE, HomeAccess, is_a_home_name, is_at_home
from tests.support.gateway import ORIGIN, HandClock, opened
from tests.support.home_plans import limits, plan
from tests.unit.device_gateway.test_page_access import NoRadio

ADDRESS = "http://192.168.1.7:8765"
Phone = Callable[..., httpx.AsyncClient]


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return opened(tmp_path / "outbox.sqlite3")


@pytest.fixture
def page(outbox: Outbox) -> Page:
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


@pytest.fixture
def home(tmp_path: Path) -> HomeAccess:
    return HomeAccess.at(tmp_path, lambda: 0.0)


@pytest_asyncio.fixture
async def phone(page: Page, home: HomeAccess) -> AsyncIterator[Phone]:
    made: list[httpx.AsyncClient] = []

    def connect(
        address: str = "192.168.1.20", base_url: str = ADDRESS, *, opened: bool = True
    ) -> httpx.AsyncClient:
        app = create_app(page, home if opened else None)
        transport = httpx.ASGITransport(app=app, client=(address, 50000))
        made.append(httpx.AsyncClient(transport=transport, base_url=base_url))
        return made[-1]

    yield connect
    for one in made:
        await one.aclose()
    await page.gateway.finish()


async def test_a_phone_types_the_code_once_and_may_do_all_the_page_does(
    phone: Phone, home: HomeAccess, page: Page
) -> None:
    browser = phone()
    assert (await browser.get("/")).headers["location"] == "/open"
    assert (await browser.get("/api/state")).status_code == 401
    assert (await browser.post("/api/test/start", json={})).status_code == 401
    asked = await browser.get("/open")
    assert "Skriv koden" in asked.text
    assert (await browser.get("/static/gateway.css")).status_code == 200
    typed = f" {home.code[:5]}-{home.code[5:]} "
    answer = await browser.post("/open", data={"code": typed}, headers={"Origin": ADDRESS})
    assert answer.headers["location"] == "/"
    assert {"HttpOnly", "SameSite=strict"} <= set(answer.headers["set-cookie"].split("; "))
    assert "Dags att blåsa?" in (await browser.get("/")).text
    headers = {"Origin": ADDRESS, "X-Nykter-Token": page.token}
    assert (await browser.post("/api/test/start", json={}, headers=headers)).status_code == 202
    foreign = {"Origin": "http://evil.example", "X-Nykter-Token": page.token}
    assert (await browser.post("/api/test/cancel", json={}, headers=foreign)).status_code == 403


async def test_wrong_codes_are_slowed_down_and_the_right_one_too(phone: Phone, home: HomeAccess) -> None:
    browser = phone()
    for _ in range(5):
        assert (await browser.post("/open", data={"code": "0"})).status_code == 422
    assert (await browser.post("/open", data={"code": home.code})).status_code == 429
    home.monotonic_s = lambda: 61.0
    assert (await browser.post("/open", data={"code": home.code})).status_code == 303


async def test_a_cookie_of_before_a_new_code_opens_nothing(
    phone: Phone, home: HomeAccess, tmp_path: Path
) -> None:
    before = home.secret
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
    assert HomeAccess.at(tmp_path, time.monotonic).secret == before
    later = HomeAccess.at(tmp_path, time.monotonic, new=True)
    assert not later.knows(before)
    assert later.code != home.code
    browser = phone()
    browser.cookies.set(COOKIE, "made up")
    assert (await browser.get("/api/state")).status_code == 401


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("8.8.8.8", ADDRESS),
        ("192.168.1.20", "http://evil.example:8765"),
        ("192.168.1.20", "http://8.8.8.8:8765"),
        ("192.168.1.20", "http://192.168.1.7.evil.example"),
        ("not an address", ADDRESS),
    ],
)
async def test_the_internet_and_its_names_are_refused_even_with_the_cookie(
    phone: Phone, home: HomeAccess, address: str, url: str
) -> None:
    browser = phone(address, url)
    browser.cookies.set(COOKIE, home.secret)
    for path in ("/", "/open", "/api/state"):
        assert (await browser.get(path)).status_code == 421


async def test_unless_it_is_opened_to_the_home_only_this_machine_is_answered(phone: Phone) -> None:
    assert (await phone(opened=False).get("/")).status_code == 421
    assert (await phone("127.0.0.1", "http://127.0.0.1:8765", opened=False).get("/")).status_code == 200
    assert (await phone("127.0.0.1", "http://127.0.0.1:8765").get("/api/state")).status_code == 200


def test_names_and_addresses_of_a_home() -> None:
    assert all(map(is_at_home, ("192.168.1.2", "10.0.0.4", "fe80::1", "fd00::2")))
    assert not any(map(is_at_home, ("8.8.8.8", "2001:4860::8", "")))
    assert all(map(is_a_home_name, ("192.168.1.7", "nykter.local", "nykter.home.arpa")))
    assert not any(map(is_a_home_name, ("evil.example", "nykter.local.evil.example", "local")))


async def test_the_phone_brings_the_picture_of_the_test_that_is_on_the_page_and_of_no_other(
    phone: Phone, page: Page, outbox: Outbox
) -> None:
    key = bytes(PrivateKey.generate().public_key).hex()
    browser = phone("127.0.0.1", "http://127.0.0.1:8765")
    into = BytesIO()
    Image.new("RGB", (300, 200), (90, 120, 90)).save(into, "JPEG")

    async def bring(run_id: str, picture: bytes = into.getvalue(), token: str = page.token) -> str:
        sent = await browser.post(
            "/photo", data={"token": token, "run": run_id}, files={"photo": ("me.jpg", picture, "image/jpeg")}
        )
        return str(sent.headers.get("location", sent.status_code))

    done = Run("0e" * 16, phase=Phase.RESULT, settled=True)
    page.gateway._run, page.gateway._run_s = done, time.monotonic()
    assert "photo-file" in (await browser.get("/")).text
    assert await bring(done.run_id) == "/?photo=refused"  # no plan asks for one
    page.gateway.take_plan(plan(limits=limits(photo=True), photo_key=key))
    assert await bring("0f" * 16) == "/?photo=refused"
    assert await bring(done.run_id, token="wrong") == "403"
    assert await bring(done.run_id, picture=b"no picture") == "/?photo=refused"
    assert outbox.waiting_of(Kind.PHOTO) == 0
    assert await bring(done.run_id) == "/"
    assert outbox.waiting_of(Kind.PHOTO) == 1
    assert "Bilden är tagen" in (await browser.get("/")).text
    assert await bring(done.run_id) == "/?photo=refused"  # one is enough
    page.gateway._run, page.gateway._run_s = (
        Run("0d" * 16, phase=Phase.RESULT, settled=True),
        time.monotonic() - 301,
    )
    assert await bring("0d" * 16) == "/?photo=refused"  # minutes later it says nothing any more
