"""Signing in by a real OpenID Connect provider in a process of its own, honest and wrong in every way we know."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from bs4 import BeautifulSoup

from backend.services.identity_provider import ProviderSettings, looks_like_personal_number
from backend.services.sign_in_steps import REQUIRED
from backend.store.pool import Database
from tests.support.care import START, Clinic, add_account, make_clinic
from tests.support.identity_provider import CLIENT_ID, CLIENT_SECRET, Provider, running_provider
from tests.support.servers import TestDatabases
from tests.support.web import Plain, Web, running_web


@dataclass
class Place:
    clinic: Clinic
    web: Web
    provider: Provider


@pytest.fixture(scope="module")
def place(postgres_server: TestDatabases) -> Iterator[Place]:
    """A clinic whose provider must be sure to level 3; the client has linked `person-1`."""
    with postgres_server.fresh() as url, Database(url) as db, running_provider() as provider:
        clinic = make_clinic(db, plan=False)
        settings = ProviderSettings(
            provider.issuer,
            CLIENT_ID,
            CLIENT_SECRET,
            "BankID",
            acr_values="loa3",
            required_acr=("loa3", "loa4"),
        )
        with running_web(
            db, START, settings=Plain(identity_provider=settings, sign_in_policy=REQUIRED)
        ) as web:
            found = Place(clinic, web, provider)
            client = web.signed_in("klient-kommun")
            assert link(found, client).headers["location"] == "/account?said=identity_linked"
            yield found


@pytest.fixture(autouse=True)
def honest(place: Place) -> None:
    place.provider.say()


def there_and_back(place: Place, browser: httpx.Client, path: str = "/login/identity") -> httpx.Response:
    """Follow the browser to the provider and back; the answer of our own page."""
    left = browser.get(path)
    assert left.status_code == 303, left.text
    return back(browser, left.headers["location"])


def back(browser: httpx.Client, address: str) -> httpx.Response:
    returned = httpx.get(address)
    assert returned.status_code == 302
    return browser.get(returned.headers["location"])


def link(place: Place, browser: httpx.Client) -> httpx.Response:
    page = BeautifulSoup(browser.get("/account").text, "html.parser")
    token = page.select_one("[name=csrf_token]")
    assert token is not None
    away = browser.post("/account/identity", data={"csrf_token": str(token["value"])})
    assert away.status_code == 200, away.text
    address = BeautifulSoup(away.text, "html.parser").select_one("main a.button")
    assert address is not None
    return back(browser, str(address["href"]))


def test_who_linked_an_identity_signs_in_with_it_and_nothing_else_is_kept(place: Place) -> None:
    browser = place.web.browser()
    answer = there_and_back(place, browser, "/login/identity?next=/account")
    assert answer.headers["location"] == "/account"
    page = browser.get("/account")
    assert "e-legitimation" in page.text
    [row] = place.clinic.rows("SELECT * FROM account_identity")
    kept = str(row)
    assert place.provider.issuer in kept
    for secret in ("person-1", "Namn Som", "199001012385"):
        assert secret not in kept
        assert secret not in page.text


def test_what_is_asked_for_is_asked_safely(place: Place) -> None:
    left = place.web.browser().get("/login/identity").headers["location"]
    asked = {name: values[0] for name, values in parse_qs(urlsplit(left).query).items()}
    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert asked["acr_values"] == "loa3"
    assert min(len(asked[name]) for name in ("state", "nonce", "code_challenge")) >= 43
    assert "openid" in asked["scope"].split()


@pytest.mark.parametrize(
    "wrong",
    ["issuer", "audience", "two audiences", "expired", "old", "nonce", "unsigned", "symmetric", "signature"],
)
@pytest.mark.requirement("D5")
def test_a_token_that_is_wrong_in_one_way_is_refused(place: Place, wrong: str) -> None:
    place.provider.say(wrong=wrong)
    browser = place.web.browser()
    assert there_and_back(place, browser).headers["location"] == "/login?problem=identity_failed"
    assert "nykter_login" not in browser.cookies


@pytest.mark.parametrize(("acr", "is_enough"), [("loa2", False), ("", False), (None, False), ("loa4", True)])
@pytest.mark.requirement("D5")
def test_a_level_below_what_is_asked_is_refused(place: Place, acr: str | None, is_enough: bool) -> None:
    place.provider.say(acr=acr)
    answer = there_and_back(place, place.web.browser())
    assert answer.headers["location"] == ("/" if is_enough else "/login?problem=identity_failed")


def test_somebody_unknown_is_told_to_link_first_and_gets_no_account(place: Place) -> None:
    place.provider.say(sub="somebody else")
    before = place.clinic.rows("SELECT count(*) AS n FROM account")
    answer = there_and_back(place, place.web.browser())
    assert answer.headers["location"] == "/login?problem=identity_unknown"
    assert place.clinic.rows("SELECT count(*) AS n FROM account") == before


def test_an_answer_counts_once_in_the_browser_that_asked_and_with_its_own_state(place: Place) -> None:
    browser, other = place.web.browser(), place.web.browser()
    left = browser.get("/login/identity").headers["location"]
    answer = httpx.get(left).headers["location"]
    other.get("/login/identity")
    assert other.get(answer).headers["location"] == "/login?problem=identity_failed", "another browser's"
    assert browser.get(answer + "x").headers["location"].startswith("/login")
    assert browser.get(answer).headers["location"] == "/"
    browser.cookies.delete("nykter_login")
    assert browser.get(answer).headers["location"] == "/login?problem=identity_failed"


def test_a_person_who_says_no_comes_back_to_the_form(place: Place) -> None:
    browser = place.web.browser()
    left = browser.get("/login/identity").headers["location"]
    state = parse_qs(urlsplit(left).query)["state"][0]
    answer = browser.get(f"/login/identity/back?state={state}&error=access_denied")
    assert answer.headers["location"] == "/login?problem=identity_failed"


def test_an_identity_belongs_to_one_account_and_a_link_to_the_person_who_asked(place: Place) -> None:
    add_account(place.clinic, "dagny", "clinician")
    other = place.web.browser()
    # With the required level an identity is both factors, so staff come in by it alone once it is linked.
    again = place.web.signed_in("klient-kommun")
    assert link(place, again).headers["location"] == "/account?said=identity_taken"
    page = BeautifulSoup(again.get("/account").text, "html.parser").select_one("[name=csrf_token]")
    assert page is not None
    away = again.post("/account/identity", data={"csrf_token": str(page["value"])})
    address = BeautifulSoup(away.text, "html.parser").select_one("main a.button")
    assert address is not None
    place.provider.say(sub="person-9")
    answer = httpx.get(str(address["href"])).headers["location"]
    other.cookies.update(again.cookies)
    other.cookies.delete("nykter_login")
    assert other.get(answer).headers["location"] == "/login?problem=identity_failed", (
        "nobody is signed in there"
    )


@pytest.mark.requirement("D5")
def test_a_subject_that_is_a_personal_number_is_refused(place: Place) -> None:
    place.provider.say(sub="199001012385")
    assert there_and_back(place, place.web.browser()).headers["location"] == "/login?problem=identity_failed"


def test_a_provider_that_changes_its_key_is_believed_again(place: Place) -> None:
    assert there_and_back(place, place.web.browser()).headers["location"] == "/"
    place.provider.say(**{"new key": True})
    assert there_and_back(place, place.web.browser()).headers["location"] == "/"


def test_without_a_provider_there_is_nothing(postgres_database: str) -> None:
    with Database(postgres_database) as db, running_web(db, START) as web:
        assert web.browser().get("/login/identity").status_code == 404
        assert web.browser().get("/login/identity/back?state=x&code=y").status_code == 404


@pytest.mark.parametrize(
    ("subject", "is_one"),
    [("199001012385", True), ("9001012385", True), ("900101-2385", True), ("900161-2382", True),
     ("199001012384", False), ("9e1d6f0a-11aa", False), ("123456789012", False), ("199013012385", False)],
)  # fmt: skip
def test_what_looks_like_a_personal_number(subject: str, is_one: bool) -> None:
    assert looks_like_personal_number(subject) is is_one
