"""A colleague leaves: the manager hands the clients over on the page, on a telephone and without a mouse or script."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, Page, expect

from backend.access.principal import SYSTEM
from backend.services import enrolment
from backend.store.pool import Database
from tests.integration.dashboard.test_pages_checked_by_axe import sign_in, violations
from tests.support.browser import own_page
from tests.support.care import START, Clinic, add_account, add_client, make_clinic
from tests.support.servers import TestDatabases
from tests.support.web import Web, running_web

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
NOW = START + timedelta(days=4)


@pytest.fixture(scope="module")
def served(postgres_server: TestDatabases) -> Iterator[tuple[Clinic, Web]]:
    with postgres_server.fresh() as url, Database(url) as db:
        clinic = make_clinic(db)
        add_account(clinic, "chefen", "manager")
        second = add_client(db, clinic.unit_id, "K-02", now=START)
        enrolment.assign(db, SYSTEM, clinic.anna.account_id, second, now=START)
        add_client(db, clinic.unit_id, "K-03", now=START)
        with running_web(db, NOW) as web:
            yield clinic, web


def test_a_manager_hands_over_all_of_a_leaving_colleagues_clients(
    chromium: Browser, served: tuple[Clinic, Web]
) -> None:
    clinic, web = served
    with own_page(chromium) as page:
        page.set_viewport_size({"width": 390, "height": 800})
        sign_in(page, web, "chefen")
        assert _height(page, "header.top") < 64, "one row at 390 px"
        page.locator(".menu summary").focus()
        page.keyboard.press("Enter")
        page.get_by_role("link", name="Vem som följer vem").click()
        expect(page.locator("main")).to_contain_text("1 klient har ingen som följer sig")
        page.get_by_label("Klienter hos").select_option(label=clinic.anna.display_name)
        page.get_by_role("button", name="Visa").click()
        for alias in ("K-01", "K-02"):
            expect(page.get_by_label(alias)).not_to_be_checked()
            page.get_by_label(alias).check()
        expect(page.get_by_label("K-03")).to_have_count(0)
        expect(page.locator("[name=kind]:checked")).to_have_count(0)
        page.get_by_label("Lämna över till en kollega").check()
        page.get_by_label("Kollega", exact=True).select_option(label=clinic.bo.display_name)
        page.get_by_label("Varför").fill("Anna slutar hos oss")
        assert violations(page) == []
        page.get_by_role("button", name="Besluta").click()
        expect(page.locator(".notice").last).to_contain_text("Det är beslutat")
        expect(page.locator(".decided")).to_contain_text(
            f"2 klienter från {clinic.anna.display_name} till {clinic.bo.display_name}"
        )
    with own_page(chromium) as page:
        sign_in(page, web, "bo-kommun")
        expect(page.locator("[data-client]")).to_have_count(2)
        page.goto(f"{web.url}/clients/{clinic.client_id}/care")
        expect(page.locator("main")).to_contain_text("Anna slutar hos oss")
        assert violations(page) == []
    with own_page(chromium) as page:
        sign_in(page, web, "klient-kommun")
        page.goto(f"{web.url}/me/sharing")
        expect(page.locator("#staff")).to_contain_text("Anna slutar hos oss")
        assert violations(page) == []
    assert web.signed_in("anna-kommun").get(f"/clients/{clinic.client_id}").status_code == 404


def test_without_a_colleague_or_a_client_nothing_happens_and_it_is_said(served: tuple[Clinic, Web]) -> None:
    clinic, web = served
    chief = web.signed_in("chefen")
    token = chief.get("/care").text.split('name="csrf_token" value="')[1].split('"')[0]
    before = clinic.rows("SELECT count(*) AS n FROM care_change")
    form = {"csrf_token": token, "kind": "assigned", "words": "För att", "to": str(clinic.bo.account_id)}
    form |= {"day": "2030-01-02", "until": "2030-02-03"}
    one = {"client": [str(clinic.client_id)]}
    wrong: tuple[tuple[dict[str, object], str], ...] = (
        ({"client": []}, "minst en klient"),
        (one | {"to": ""}, "Välj en kollega"),
        (one | {"words": ""}, "Säg varför"),
        (one | {"until": "2029-01-01"}, "inte att besluta så"),
    )
    for left_out, said in wrong:
        answer = chief.post("/care", data={**form, **left_out})
        assert answer.status_code == 422
        page = BeautifulSoup(answer.text, "html.parser")
        assert said in page.select("#care-problem")[0].text
        sent = form | left_out
        assert page.select("#words")[0].text == sent["words"]
        assert [page.select(f"#{name}")[0]["value"] for name in ("day", "until")] == [
            sent["day"],
            sent["until"],
        ]
        assert [box["value"] for box in page.select("[name=client][checked]")] == sent["client"]
        assert [one["value"] for one in page.select("#to [selected]")] == [sent["to"]] * bool(sent["to"])
    assert chief.post("/care", data={**form, "client": ["x"]}).status_code == 422
    assert clinic.rows("SELECT count(*) AS n FROM care_change") == before


def test_a_clinician_finds_nobody_chosen_beforehand(served: tuple[Clinic, Web]) -> None:
    _, web = served
    page = BeautifulSoup(web.signed_in("bo-kommun").get("/care").text, "html.parser")
    assert len(page.select("[name=client]")) > 1
    assert page.select("[name=client][checked], [name=kind][checked]") == []
    chosen = str(page.select("[name=client]")[1]["value"])
    page = BeautifulSoup(web.signed_in("bo-kommun").get(f"/care?client={chosen}").text, "html.parser")
    assert [one["value"] for one in page.select("[name=client][checked]")] == [chosen], (
        "the one they came from"
    )


def _height(page: Page, selector: str) -> float:
    box = page.locator(selector).bounding_box()
    assert box is not None
    return box["height"]
