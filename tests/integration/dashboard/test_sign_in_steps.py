"""Second step, codes, account and phones as pages: what four callers see, and what protects the forms."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count

import httpx
import pyotp
import pytest
from bs4 import BeautifulSoup, Tag

from backend.services.sign_in_steps import REQUIRED
from backend.store.pool import Database
from tests.support.care import PASSWORD, START, Clinic, add_account, make_clinic
from tests.support.servers import TestDatabases
from tests.support.web import Plain, Web, running_web

_NUMBERS = count()
NEW = "två blå igelkottar"


@pytest.fixture(scope="module")
def served(postgres_server: TestDatabases) -> Iterator[tuple[Clinic, Web]]:
    with postgres_server.fresh() as url, Database(url) as db:
        clinic = make_clinic(db, plan=False)
        for name in ("chefen", "chef2"):
            add_account(clinic, name, "manager")
        with running_web(db, START, settings=Plain(sign_in_policy=REQUIRED)) as web:
            yield clinic, web


def tree(answer: httpx.Response) -> BeautifulSoup:
    return BeautifulSoup(answer.text, "html.parser")


def posted(browser: httpx.Client, answer: httpx.Response, action: str, **fields: str) -> httpx.Response:
    """Send the form of a page that goes to `action`."""
    form = tree(answer).select_one(f"form[action='{action}']")
    assert isinstance(form, Tag), (action, answer.text[:2000])
    data = {str(one["name"]): str(one.get("value", "")) for one in form.select("input[type=hidden]")}
    return browser.post(action, data={**data, **fields})


def password(web: Web, name: str, **more: str) -> tuple[httpx.Client, httpx.Response]:
    browser = web.browser()
    return browser, browser.post("/login", data={"username": name, "password": PASSWORD, **more})


def enrolled(web: Web, name: str) -> tuple[httpx.Client, pyotp.TOTP]:
    """Staff signed in with an authenticator app, set up as the page asks for."""
    browser, answer = password(web, name, next="/account")
    assert answer.headers["location"] == "/login/enrol?next=/account"
    page = posted(browser, browser.get(answer.headers["location"]), "/login/enrol/app")
    secret = tree(page).select_one("code.secret")
    assert secret is not None
    app = pyotp.TOTP(secret.get_text().replace(" ", ""))
    assert tree(page).select_one(".qr-frame svg path") is not None
    done = posted(browser, page, "/login/enrol/confirm", code=app.at(datetime.now(UTC)))
    assert done.status_code == 200, done.text
    assert len(tree(done).select(".codes code")) == 8
    assert tree(done).select_one("a.button[href='/account']") is not None
    return browser, app


def staff(clinic: Clinic) -> str:
    name = f"steg{next(_NUMBERS)}"
    add_account(clinic, name, "clinician")
    return name


@pytest.mark.requirement("D5")
def test_with_a_password_alone_staff_reach_the_enrolment_page_and_nothing_else(
    served: tuple[Clinic, Web],
) -> None:
    clinic, web = served
    browser, answer = password(web, staff(clinic))
    assert answer.headers["location"] == "/login/enrol"
    assert "nykter_login" not in browser.cookies
    for path in ("/", f"/clients/{clinic.client_id}", "/account", "/accounts", "/messages"):
        assert browser.get(path).headers["location"].startswith("/login"), path
    assert browser.get("/api/v1/triage").status_code == 401
    assert browser.get("/login/second").headers["location"] == "/login/enrol"
    assert web.browser().get("/login/second").headers["location"] == "/login?problem=started_over"
    assert browser.get("/login/enrol").status_code == 200
    kept = httpx.Client(base_url=web.url, cookies={"nykter_login": browser.cookies["nykter_step"]})
    assert kept.get("/").headers["location"] == "/login"
    kept.close()


def test_the_api_asks_for_the_code_too(served: tuple[Clinic, Web]) -> None:
    clinic, web = served
    name = staff(clinic)
    body = {"username": name, "password": PASSWORD}
    assert web.browser().post("/api/v1/logins", json=body).status_code == 401
    _, app = enrolled(web, name)
    assert web.browser().post("/api/v1/logins", json=body).status_code == 401
    used = app.at(datetime.now(UTC))
    assert web.browser().post("/api/v1/logins", json={**body, "code": used}).status_code == 401
    later = app.generate_otp(int(datetime.now(UTC).timestamp()) // 30 + 1)
    answer = web.browser().post("/api/v1/logins", json={**body, "code": later})
    assert answer.status_code == 201
    token = {"authorization": f"Bearer {answer.json()['token']}"}
    assert web.browser().get("/api/v1/logins/current", headers=token).json()["role"] == "clinician"


@pytest.mark.requirement("D5")
def test_each_proof_gives_a_new_secret_and_none_that_was_brought_along_is_kept(
    served: tuple[Clinic, Web],
) -> None:
    _, web = served
    browser = web.browser()
    browser.cookies["nykter_login"] = browser.cookies["nykter_step"] = "f" * 43
    answer = browser.post("/login", data={"username": "klient-kommun", "password": PASSWORD})
    assert answer.status_code == 303
    first = answer.cookies["nykter_login"]
    assert first != "f" * 43
    again = browser.post("/login", data={"username": "klient-kommun", "password": PASSWORD})
    thief = web.browser()
    thief.cookies["nykter_login"] = first
    assert thief.get("/me/").headers["location"].startswith("/login"), "the login it came with has ended"
    assert again.cookies["nykter_login"] != first


def test_the_forms_of_a_step_need_its_own_token_and_no_other_site_may_send_them(
    served: tuple[Clinic, Web],
) -> None:
    clinic, web = served
    browser, _ = password(web, staff(clinic))
    for form in ({}, {"csrf_token": "x"}):
        assert browser.post("/login/enrol/app", data=form).status_code == 403
    token = tree(browser.get("/login/enrol")).select_one("[name=csrf_token]")
    assert token is not None
    for path in ("/login/enrol/app", "/login/passkey/options", "/login/code", "/l/abcd", "/login"):
        foreign = browser.post(
            path, data={"csrf_token": str(token["value"])}, headers={"sec-fetch-site": "cross-site"}
        )
        assert foreign.status_code == 403, path


def test_no_address_of_the_account_changes_anything_without_the_logins_token(
    served: tuple[Clinic, Web],
) -> None:
    clinic, web = served
    browser, _ = enrolled(web, staff(clinic))
    nothing = "00000000-0000-4000-8000-000000000000"
    for path in (
        "/account/password", "/account/prove", "/account/app", "/account/app/confirm", "/account/app/remove",
        "/account/recovery", "/account/passkeys/00/remove", "/account/logins/end-others", "/account/passkeys",
        f"/account/logins/{nothing}/end", f"/account/phones/{nothing}/end", "/account/passkeys/options",
        f"/account/identities/{nothing}/remove", "/account/identity", "/accounts", f"/accounts/{nothing}/disable",
        f"/accounts/{nothing}/code", f"/accounts/{nothing}/confirm", f"/accounts/{nothing}/sign-out",
        f"/clients/{clinic.client_id}/phones",
    ):  # fmt: skip
        assert browser.post(path, data={"csrf_token": "x"}).status_code == 403, path
        assert web.browser().post(path, data={}).headers.get("location", "").startswith("/login"), path


def test_the_second_step_and_its_words(served: tuple[Clinic, Web]) -> None:
    clinic, web = served
    name = staff(clinic)
    _, app = enrolled(web, name)
    browser, answer = password(web, name, next="/messages")
    page = browser.get(answer.headers["location"])
    wrong = posted(browser, page, "/login/second", code="000000")
    assert wrong.status_code == 401
    assert "stämmer inte" in wrong.text
    code = app.generate_otp(int(datetime.now(UTC).timestamp()) // 30 + 1)
    done = posted(browser, page, "/login/second", code=code)
    assert done.headers["location"] == "/messages"
    assert browser.get("/messages").status_code == 200
    assert posted(browser, page, "/login/second", code=code).status_code in {303, 403}


def test_the_account_page_ends_other_logins_and_shows_what_happened(served: tuple[Clinic, Web]) -> None:
    clinic, web = served
    browser, _ = enrolled(web, staff(clinic))
    page = browser.get("/account")
    assert page.status_code == 200
    assert "Autentiseringsapp tillagd" in page.text
    wrong = posted(browser, page, "/account/password", old="fel", new=NEW)
    assert wrong.status_code == 422
    weak = posted(browser, page, "/account/password", old=PASSWORD, new="sommar2026!")
    assert "gissas först" in weak.text
    former = browser.cookies["nykter_login"]
    assert posted(browser, page, "/account/password", old=PASSWORD, new=NEW).status_code == 303
    assert browser.cookies["nykter_login"] != former
    assert "Lösenordet är bytt" in browser.get("/account?said=password_changed").text


def test_a_manager_invites_and_whoever_was_invited_comes_in(served: tuple[Clinic, Web]) -> None:
    clinic, web = served
    manager, _ = enrolled(web, "chefen")
    page = posted(
        manager,
        manager.get("/accounts"),
        "/accounts",
        display_name="Nora Ny",
        username="nora.ny",
        role="clinician",
    )
    shown = tree(page).select_one("#new-code code")
    assert shown is not None
    assert "Nora Ny" in page.text
    assert shown.get_text() not in manager.get("/accounts").text, "shown once"
    nora = web.browser()
    assert posted(nora, nora.get("/login/code"), "/login/code", code="fel").status_code == 404
    answer = posted(nora, nora.get("/login/code"), "/login/code", code=shown.get_text())
    assert answer.headers["location"] == "/login/password"
    page = nora.get("/login/password")
    assert "gissas först" in posted(nora, page, "/login/password", password="sommar2026!").text
    assert posted(nora, page, "/login/password", password=NEW).headers["location"] == "/login/enrol"

    # Until somebody else has confirmed who that is, it may have been the manager.
    page = manager.get("/accounts")
    assert "mindre än 90 dagar sedan" in page.text
    assert tree(page).select_one("form[action$='/confirm']") is None
    add_account(clinic, "chef3", "manager")
    other, _ = enrolled(web, "chef3")
    form = tree(other.get("/accounts")).select_one("form[action$='/confirm']")
    assert form is not None
    assert "Bekräfta Nora Ny" in form.get_text()
    answer = posted(other, other.get("/accounts"), str(form["action"]))
    assert answer.headers["location"] == "/accounts?said=account_confirmed"
    assert "mindre än 90 dagar sedan" not in manager.get("/accounts").text


def test_who_finds_the_accounts_and_a_clients_phones(served: tuple[Clinic, Web]) -> None:
    clinic, web = served
    anna, _ = enrolled(web, "anna-kommun")
    bo, _ = enrolled(web, "bo-kommun")
    client = web.signed_in("klient-kommun")
    phones = f"/clients/{clinic.client_id}/phones"
    assert anna.get(phones).status_code == 200
    assert bo.get(phones).status_code == 404
    assert client.get(phones).status_code in {303, 404}
    assert web.browser().get(phones).headers["location"] == f"/login?next={phones}"
    for who in (anna, bo, client):
        assert who.get("/accounts").status_code == 404
    assert web.browser().get("/accounts").headers["location"] == "/login?next=/accounts"

    page = posted(anna, anna.get(phones), phones)
    link = tree(page).select_one("#phone-link")
    assert link is not None
    path = link.get_text().removeprefix(web.url)
    assert re.fullmatch(r"/l/[a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{4}", path)
    phone = web.browser()
    for _ in range(2):  # a preview of the link uses nothing up
        assert phone.get(path).status_code == 200
    assert posted(phone, phone.get(path), path).headers["location"] == "/me/"
    assert phone.get("/me/").status_code == 200
    assert web.browser().get(path).status_code == 404

    # The login is gone, the phone is not: it comes back by itself, to where it wanted.
    former = phone.cookies["nykter_phone"]
    del phone.cookies["nykter_login"]
    assert phone.get("/me/").headers["location"] == "/l?next=/me/"
    assert phone.get("/l?next=/me/").headers["location"] == "/me/"
    assert phone.get("/l?next=//elsewhere.test").headers["location"] == "/"
    assert phone.get("/me/").status_code == 200
    assert phone.cookies["nykter_phone"] != former

    # Staff close it, and it is out at once.
    form = tree(anna.get(phones)).select_one("form[action$='/end']")
    assert form is not None
    assert posted(anna, anna.get(phones), str(form["action"])).status_code == 303
    assert phone.get("/me/").headers["location"] == "/l?next=/me/"
    assert phone.get("/l?next=/me/").headers["location"] == "/login?problem=phone_forgotten"
    assert "nykter_phone" not in phone.cookies


@pytest.mark.requirement("D5")
def test_cookies_over_tls_are_for_this_host_only(postgres_database: str) -> None:
    with Database(postgres_database) as db:
        make_clinic(db, plan=False)
        with running_web(db, START, settings=Plain(cookie_secure=True)) as web:
            answer = web.browser().post("/login", data={"username": "klient-kommun", "password": PASSWORD})
    cookies = answer.headers.get_list("set-cookie")
    assert {one.split("=")[0] for one in cookies} >= {"__Host-nykter_login", "__Host-nykter_known"}
    for cookie in cookies:
        assert cookie.startswith("__Host-nykter_")
        assert all(part in cookie for part in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"))
        assert "Domain" not in cookie
