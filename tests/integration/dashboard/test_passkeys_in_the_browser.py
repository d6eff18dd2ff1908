"""Passkeys in a real Chromium with a virtual authenticator, and signing in without any script."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from backend.services.sign_in_steps import REQUIRED
from backend.store.pool import Database
from tests.support.browser import own_page
from tests.support.care import PASSWORD, START, Clinic, add_account, make_clinic
from tests.support.servers import TestDatabases
from tests.support.web import Plain, running_web

pytestmark = [pytest.mark.browser, pytest.mark.timeout(150)]


@pytest.fixture(scope="module")
def served(postgres_server: TestDatabases) -> Iterator[tuple[Clinic, str]]:
    with postgres_server.fresh() as url, Database(url) as db:
        clinic = make_clinic(db, plan=False)
        with running_web(db, START, settings=Plain(sign_in_policy=REQUIRED)) as web:
            # Browsers make passkeys for names, not for numbers.
            yield clinic, web.url.replace("127.0.0.1", "localhost")


class Authenticator:
    """A security key that only this page has. It answers by itself; `is_there` says whether the person is."""

    def __init__(self, page: Page) -> None:
        self._cdp = page.context.new_cdp_session(page)
        self._cdp.send("WebAuthn.enable")
        self.id = self._cdp.send("WebAuthn.addVirtualAuthenticator", {"options": {
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
            "isUserVerified": True, "automaticPresenceSimulation": True,
        }})["authenticatorId"]  # fmt: skip

    def verified(self, is_there: bool) -> None:
        self._cdp.send("WebAuthn.setUserVerified", {"authenticatorId": self.id, "isUserVerified": is_there})

    def credentials(self) -> list[dict[str, Any]]:
        found = self._cdp.send("WebAuthn.getCredentials", {"authenticatorId": self.id})
        return list(found["credentials"])

    def put(self, credential: dict[str, Any]) -> None:
        self._cdp.send("WebAuthn.clearCredentials", {"authenticatorId": self.id})
        self._cdp.send("WebAuthn.addCredential", {"authenticatorId": self.id, "credential": credential})


@contextmanager
def desk(chromium: Browser) -> Iterator[tuple[Page, Authenticator]]:
    with own_page(chromium) as page:
        yield page, Authenticator(page)


def password(page: Page, url: str, name: str) -> None:
    page.goto(f"{url}/login")
    page.locator("[name=username]").fill(name)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main form button[type=submit]").click()


@pytest.mark.requirement("D5")
def test_staff_make_a_passkey_when_asked_and_sign_in_with_it_alone(
    chromium: Browser, served: tuple[Clinic, str]
) -> None:
    clinic, url = served
    with desk(chromium) as (page, key):
        password(page, url, "anna-kommun")
        page.wait_for_url("**/login/enrol**")
        page.locator("[data-passkey=create] button").click()
        page.wait_for_url(f"{url}/")
        [made] = key.credentials()
        assert made["isResidentCredential"]
        assert made["rpId"] == "localhost"

        page.context.clear_cookies()
        page.goto(f"{url}/login?next=/account")
        page.locator("[data-passkey=get] button").click()
        page.wait_for_url(f"{url}/account")
        expect(page.locator("main")).to_contain_text("nyckel (passkey)")

        # A copy whose counter lags behind is refused, and so is a key that did not check who holds it.
        page.context.clear_cookies()
        now = key.credentials()[0]
        key.put({**now, "signCount": 0})
        page.goto(f"{url}/login")
        page.locator("[data-passkey=get] button").click()
        expect(page.locator("[data-passkey=get] .problem")).to_be_visible()
        key.put({**now, "signCount": now["signCount"] + 5})
        key.verified(False)
        page.locator("[data-passkey=get] button").click()
        expect(page.locator("[data-passkey=get] .problem")).to_be_visible()
        key.verified(True)
        page.locator("[data-passkey=get] button").click()
        page.wait_for_url(f"{url}/")
    assert len(clinic.rows("SELECT 1 FROM passkey")) == 1
    assert clinic.rows("SELECT 1 FROM passkey_challenge WHERE purpose = 'register'") == []


def test_a_passkey_is_the_second_step_too_and_can_be_removed(
    chromium: Browser, served: tuple[Clinic, str]
) -> None:
    clinic, url = served
    add_account(clinic, "cissi", "clinician")
    with desk(chromium) as (page, _key):
        password(page, url, "cissi")
        page.locator("[data-passkey=create] button").click()
        page.wait_for_url(f"{url}/")
        page.goto(f"{url}/account")
        answers: list[int] = []
        page.on(
            "response",
            lambda one: answers.append(one.status) if one.url.endswith("/account/passkeys") else None,
        )
        page.locator(
            "[data-passkey=create] button"
        ).click()  # the same authenticator again: the browser says no
        expect(page.locator("[data-passkey=create] .problem")).to_be_visible()
        assert answers == []

        page.context.clear_cookies()
        password(page, url, "cissi")
        page.wait_for_url("**/login/second**")
        page.locator("[data-passkey=get] button").click()
        page.wait_for_url(f"{url}/")
        page.goto(f"{url}/account")
        page.locator("form[action$='/remove'] button").click()
        expect(page.get_by_role("status")).to_contain_text("Borttaget")
        page.context.clear_cookies()
        page.goto(f"{url}/login")
        page.locator("[data-passkey=get] button").click()
        expect(page.locator("[data-passkey=get] .problem")).to_be_visible()


def test_an_answer_cannot_be_shown_twice_or_from_another_browser(
    chromium: Browser, served: tuple[Clinic, str]
) -> None:
    clinic, url = served
    add_account(clinic, "disa", "clinician")
    with desk(chromium) as (page, _key):
        password(page, url, "disa")
        page.locator("[data-passkey=create] button").click()
        page.wait_for_url(f"{url}/")
        page.context.clear_cookies()
        page.goto(f"{url}/login")
        with page.expect_request(lambda one: "/login/passkey?next" in one.url) as asked:
            page.locator("[data-passkey=get] button").click()
        page.wait_for_url(f"{url}/")
        body = asked.value.post_data or ""
        again = page.request.post(
            f"{url}/login/passkey", data=body, headers={"content-type": "application/json"}
        )
        assert again.status == 401
    with own_page(chromium) as other:
        other.goto(f"{url}/login")
        other.request.post(f"{url}/login/passkey/options", data="{}")
        answer = other.request.post(f"{url}/login/passkey", data=body)
        assert answer.status == 401


def test_without_scripts_the_other_ways_remain(chromium: Browser, served: tuple[Clinic, str]) -> None:
    _, url = served
    context = chromium.new_context(java_script_enabled=False, locale="sv-SE")
    page = context.new_page()
    try:
        page.goto(f"{url}/login")
        assert not page.locator("[data-passkey]").is_visible()
        password(page, url, "klient-kommun")
        page.wait_for_url("**/me/")
        page.goto(f"{url}/account")
        assert "Mitt konto" in page.inner_text("h1")
    finally:
        context.close()
