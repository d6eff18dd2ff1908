"""Alerts, contacts and check-ins through the forms of the pages."""

from typing import Any

import httpx
from bs4 import BeautifulSoup

from tests.support.care import add_account


def tree(client: httpx.Client, path: str) -> BeautifulSoup:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return BeautifulSoup(answer.text, "html.parser")


def token(client: httpx.Client) -> str:
    field = tree(client, "/me/" if client.get("/").status_code == 303 else "/").select_one(
        "[name=csrf_token]"
    )
    assert field is not None
    return str(field["value"])


def test_a_positive_and_its_retest_stand_first_with_one_alert(evening: Any) -> None:
    rows = tree(evening.web.signed_in("anna-kommun"), "/").select(".row")
    assert [row["data-group"] for row in rows] == ["confirmed_positive"]
    assert "0,4" in rows[0].get_text()


def test_an_alert_is_seen_taken_and_closed_with_own_words(evening: Any) -> None:
    anna = evening.web.signed_in("anna-kommun")
    client_id = str(evening.clinic.client_id)
    path = f"/clients/{client_id}"
    card = tree(anna, path).select_one(".alert")
    assert card is not None
    form = {"csrf_token": token(anna), "client_id": client_id}
    address = f"/alerts/{card['data-alert']}"
    assert anna.post(f"{address}/see", data=form).headers["location"] == f"{path}?said=seen"
    assert anna.post(f"{address}/act", data=form).headers["location"] == f"{path}?said=acting"
    shown = tree(anna, path).select_one(".alert")
    assert shown is not None
    assert shown["data-state"] == "acting"
    assert (
        anna.post(f"{address}/close", data={**form, "reason": "contacted", "note": "ja"}).status_code == 422
    )
    closed = anna.post(
        f"{address}/close", data={**form, "reason": "contacted", "note": "Vi talade i telefon"}
    )
    assert closed.headers["location"] == f"{path}?said=closed"
    page = tree(anna, path)
    assert page.select(".alert") == []
    assert "Vi talade i telefon" in page.select(".past")[0].get_text()
    again = anna.post(f"{address}/close", data={**form, "reason": "wait", "note": "en gång till"})
    assert again.headers["location"] == f"{path}?said=moved"


def test_a_contact_is_noted_in_the_clients_time(evening: Any) -> None:
    anna = evening.web.signed_in("anna-kommun")
    path = f"/clients/{evening.clinic.client_id}"
    form = {
        "csrf_token": token(anna), "channel": "phone", "reached": "yes", "note": "Ringde",
        "happened_at": "2026-03-01T19:45",
    }  # fmt: skip
    assert anna.post(f"{path}/contacts", data=form).status_code == 303
    [saved] = evening.clinic.rows("SELECT happened_at, channel, reached FROM contact")
    assert str(saved["happened_at"]) == "2026-03-01 18:45:00+00:00"
    assert "Ringde" in tree(anna, path).select("details.table table")[0].get_text()
    for wrong in ({"channel": "pigeon"}, {"happened_at": "yesterday"}, {"happened_at": "2027-01-01T10:00"}):
        assert anna.post(f"{path}/contacts", data={**form, **wrong}).status_code == 422


def test_words_of_a_refused_form_are_given_back_and_no_secret(evening: Any) -> None:
    anna = evening.web.signed_in("anna-kommun")
    path = f"/clients/{evening.clinic.client_id}"
    limit = tree(anna, path).select("#happened")[0]
    assert str(limit["max"])[:10] == "2026-03-01"
    form = {
        "csrf_token": token(anna), "channel": "phone", "happened_at": "2027-01-01T10:00",
        "note": "Ringde & <i>talade</i>", "code": "123456", "password": "hemligt-ord",
    }  # fmt: skip
    answer = anna.post(f"{path}/contacts", data=form)
    assert answer.status_code == 422
    page = BeautifulSoup(answer.text, "html.parser")
    assert [one.text for one in page.select("main textarea[readonly]")] == ["Ringde & <i>talade</i>"]
    assert page.select("header nav a[href='/care']"), "the menu stays"
    assert "hemligt-ord" not in answer.text and "123456" not in answer.text
    empty = {
        "csrf_token": form["csrf_token"],
        "recipient": "Region",
        "words": "Efter samtal",
        "ground": "consent",
    }
    answer = anna.post(f"{path}/rights/disclosures", data=empty)
    assert answer.status_code == 422 and "Efter samtal" in answer.text and "Region" in answer.text
    foreign = anna.post(f"{path}/contacts", data=form | {"csrf_token": "x"})
    assert foreign.status_code == 403 and "Ringde" not in foreign.text


def test_a_period_turned_round_comes_back_with_the_form(evening: Any) -> None:
    anna = evening.web.signed_in("anna-kommun")
    path = f"/clients/{evening.clinic.client_id}/journal"
    told = {"since": "2026-02-20", "until": "2026-02-10", "length": "half_page", "language": "en"}
    answer = anna.post(path, data={"csrf_token": token(anna), **told})
    assert answer.status_code == 422
    page = BeautifulSoup(answer.text, "html.parser")
    kept = {str(one["name"]): one["value"] for one in page.select("[type=date], [type=radio][checked]")}
    assert kept == told and "första dagen" in page.select("#draft-problem")[0].text
    assert evening.web.signed_in("bo-kommun").post(path, data=told).status_code == 403
    assert evening.clinic.rows("SELECT 1 FROM journal_text") == []


def test_an_invitation_that_cannot_be_made_keeps_what_was_typed(evening: Any) -> None:
    add_account(evening.clinic, "chefen", "manager")
    chief = evening.web.signed_in("chefen")
    told = {"display_name": "Eva Ek", "role": "manager"}
    for username in ("å", "anna-kommun"):
        answer = chief.post("/accounts", data={"csrf_token": token(chief), "username": username, **told})
        assert answer.status_code == 422
        page = BeautifulSoup(answer.text, "html.parser")
        kept = {name: page.select(f"#{name}")[0]["value"] for name in ("display_name", "username")}
        kept["role"] = page.select("#role [selected]")[0]["value"]
        assert kept == {"username": username, **told}


def test_a_client_sends_a_check_in_with_a_comma_in_the_number_of_glasses(evening: Any) -> None:
    client = evening.web.signed_in("klient-kommun")
    form = {
        "csrf_token": token(client), "craving": "7", "mood_valence": "3", "drank": "yes", "drinking_day": "1",
        "drinking_time": "20:30", "glasses": "2,5", "comment": "Kalas",
    }  # fmt: skip
    assert client.post("/me/check-ins", data=form).headers["location"] == "/me/?said=check_in_sent"
    answers = evening.clinic.rows("SELECT item, value::int AS value FROM check_in_answer ORDER BY item")
    assert [(a["item"], a["value"]) for a in answers] == [("craving", 7), ("mood_valence", 3)]
    [told] = evening.clinic.rows("SELECT started_at, amount_g::float AS grams FROM drinking_report")
    assert str(told["started_at"]) == "2026-02-28 19:30:00+00:00"
    assert told["grams"] == 30.0
    for wrong in ({"craving": "11"}, {"craving": "x"}, {"glasses": "many"}, {"drinking_time": "25:00"}):
        assert client.post("/me/check-ins", data={**form, **wrong}).status_code == 422
    assert client.post("/me/check-ins", data={"csrf_token": form["csrf_token"]}).status_code == 422


def test_a_check_in_that_cannot_be_saved_comes_back_as_it_was_written(evening: Any) -> None:
    client = evening.web.signed_in("klient-kommun")
    form = {
        "csrf_token": token(client), "craving": "7", "drank": "yes", "drinking_day": "1", "drinking_time": "20:30",
        "glasses": "en flaska", "comment": "Kalas & <b>tårta</b>", "once_key": "abc",
    }  # fmt: skip
    before = evening.clinic.rows("SELECT count(*) AS n FROM check_in")
    for told, wrong in (
        ({}, "glasses"),
        ({"glasses": "NaN"}, "glasses"),
        ({"glasses": "900"}, "glasses"),
        ({"glasses": "2", "drinking_day": "0", "drinking_time": "23:59"}, "drinking_time"),
    ):
        sent = form | told
        answer = client.post("/me/check-ins", data=sent)
        assert answer.status_code == 422
        page = BeautifulSoup(answer.text, "html.parser")
        assert page.select("nav a[href]"), "the menu stays"
        kept = {
            str(one["name"]): str(one.get("value", ""))
            for one in page.select("#check-in-form input[type=text]")
        }
        kept |= {str(one["name"]): str(one["value"]) for one in page.select("#check-in-form input[checked]")}
        kept["comment"] = page.select("#comment")[0].text
        kept["drinking_day"] = str(page.select("[name=drinking_day] option[selected]")[0]["value"])
        kept["drinking_time"] = str(page.select("[name=drinking_time]")[0]["value"])
        kept["once_key"] = str(page.select("[name=once_key]")[0]["value"])
        assert kept == {name: value for name, value in sent.items() if name != "csrf_token"}
        assert [one["name"] for one in page.select("[aria-invalid]")] == [wrong]
        assert "Inget är borta" in page.select("#check-in-problem")[0].text
    assert evening.clinic.rows("SELECT count(*) AS n FROM check_in") == before


def test_the_graph_of_the_page_holds_the_breaths(evening: Any) -> None:
    figure = (
        evening.web.signed_in("anna-kommun")
        .get(f"/clients/{evening.clinic.client_id}/figure.json?days=7")
        .json()
    )
    values = [y for trace in figure["data"] if trace["meta"].startswith("reading") for y in trace["y"]]
    assert sorted(values) == [0.4, 0.42]
    own = evening.web.signed_in("klient-kommun").get("/me/figure.json?days=7").json()
    assert own["data"] == figure["data"]


def test_pages_and_clients_time_are_swedish_or_english_as_asked(evening: Any) -> None:
    anna = evening.web.signed_in("anna-kommun")
    anna.cookies["nykter_language"] = "en"
    page = tree(anna, f"/clients/{evening.clinic.client_id}")
    assert page.html is not None
    assert page.html["lang"] == "en"
    assert "The course" in page.get_text()
