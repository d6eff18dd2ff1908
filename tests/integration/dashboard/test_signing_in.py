"""Logins, cookies, and what protects a form."""

from typing import Any

from bs4 import BeautifulSoup

from tests.support.care import PASSWORD


def token_of(page: str) -> str:
    field = BeautifulSoup(page, "html.parser").select_one("[name=csrf_token]")
    assert field is not None
    return str(field["value"])


def test_a_login_sets_a_cookie_scripts_cannot_read_and_leads_where_one_wanted_to(evening: Any) -> None:
    answer = evening.web.browser().post(
        "/login", data={"username": "anna-kommun", "password": PASSWORD, "next": "/clients/x"}
    )
    assert answer.status_code == 303
    assert answer.headers["location"] == "/clients/x"
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("nykter_login=")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/" in cookie


def test_a_wrong_name_and_a_wrong_password_give_the_same_answer(evening: Any) -> None:
    wrong = evening.web.browser().post("/login", data={"username": "anna-kommun", "password": "fel"})
    unknown = evening.web.browser().post("/login", data={"username": "anna-kommuX", "password": "fel"})
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.text.replace("anna-kommun", "") == unknown.text.replace("anna-kommuX", "")
    assert "set-cookie" not in wrong.headers


def test_guessing_is_slowed_down_in_words(evening: Any) -> None:
    browser = evening.web.browser()
    answers = [browser.post("/login", data={"username": "bo-kommun", "password": "fel"}) for _ in range(6)]
    assert answers[-1].status_code == 429
    assert "Vänta en minut" in answers[-1].text


def test_signing_out_ends_the_login_on_the_server(evening: Any) -> None:
    anna = evening.web.signed_in("anna-kommun")
    kept = anna.cookies["nykter_login"]
    assert anna.post("/logout", data={"csrf_token": token_of(anna.get("/").text)}).status_code == 303
    thief = evening.web.browser()
    thief.cookies["nykter_login"] = kept
    assert thief.get("/").headers["location"] == "/login"


def test_a_post_without_the_token_changes_nothing(evening: Any) -> None:
    anna = evening.web.signed_in("anna-kommun")
    path = f"/clients/{evening.clinic.client_id}/review"
    for form in (
        {},
        {"csrf_token": "x"},
        {"csrf_token": token_of(evening.web.signed_in("bo-kommun").get("/").text)},
    ):
        assert anna.post(path, data=form).status_code == 403
    assert evening.clinic.rows("SELECT 1 FROM review") == []
    assert anna.post(path, data={"csrf_token": token_of(anna.get("/").text)}).status_code == 303
    assert len(evening.clinic.rows("SELECT 1 FROM review")) == 1


def test_a_form_from_another_site_is_refused(evening: Any) -> None:
    anna = evening.web.signed_in("anna-kommun")
    form = {"csrf_token": token_of(anna.get("/").text)}
    path = f"/clients/{evening.clinic.client_id}/review"
    assert anna.post(path, data=form, headers={"origin": "https://elsewhere.test"}).status_code == 403


def test_no_address_that_is_read_changes_anything(evening: Any) -> None:
    anna = evening.web.signed_in("anna-kommun")
    tables = ("alert_change", "review", "contact", "check_in")
    before = [evening.clinic.rows(f"SELECT count(*) AS n FROM {table}") for table in tables]
    schema = anna.get("/api/v1/openapi.json").json()
    for path in ("/", f"/clients/{evening.clinic.client_id}", *schema["paths"]):
        anna.get(path.replace("{client_id}", str(evening.clinic.client_id)))
    assert [evening.clinic.rows(f"SELECT count(*) AS n FROM {table}") for table in tables] == before


def test_the_language_switch_holds_for_this_browser(evening: Any) -> None:
    browser = evening.web.browser()
    assert 'lang="sv"' in browser.get("/login").text
    assert (
        browser.post("/language", data={"language": "en", "back": "/login"}).headers["location"] == "/login"
    )
    assert 'lang="en"' in browser.get("/login").text
    assert browser.post("/language", data={"language": "xx"}).status_code == 422


def test_the_language_switch_keeps_where_one_was_going(evening: Any) -> None:
    browser = evening.web.browser()
    page = BeautifulSoup(browser.get("/login?next=/me/").text, "html.parser")
    back = page.select_one("form[action='/language'] [name=back]")
    assert back is not None and back["value"] == "/login?next=/me/"
    there = browser.post("/language", data={"language": "en", "back": back["value"]}).headers["location"]
    assert there == "/login?next=/me/"
    wanted = BeautifulSoup(browser.get(there).text, "html.parser").select_one("main [name=next]")
    assert wanted is not None and wanted["value"] == "/me/"


def test_an_error_page_shows_nothing_of_the_inside(evening: Any) -> None:
    answer = evening.web.signed_in("anna-kommun").get("/clients/nonsense")
    assert answer.status_code == 404
    assert "Sidan finns inte" in answer.text
    assert "Traceback" not in answer.text
    assert "content-security-policy" in answer.headers
