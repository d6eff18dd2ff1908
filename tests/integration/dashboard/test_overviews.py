"""The manager's overview with the rota, technical support's overview, and the guide: what they say, and to whom."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

import httpx
import pytest
from bs4 import BeautifulSoup

from backend.access.principal import SYSTEM
from backend.domain.rota import Weekly
from backend.services import alert_policy, alerts, assessment
from backend.store.pool import Database
from tests.support.care import START, Clinic, add_account, make_clinic
from tests.support.servers import TestDatabases
from tests.support.web import Web, running_web

NOW = datetime(2026, 3, 5, 9, 0, tzinfo=UTC)


@dataclass
class Desk:
    clinic: Clinic
    web: Web


@pytest.fixture(scope="module")
def desk(postgres_server: TestDatabases) -> Iterator[Desk]:
    with postgres_server.fresh() as url, Database(url) as db:
        clinic = make_clinic(db)
        add_account(clinic, "chefen", "manager")
        add_account(clinic, "olle", "operator")
        for minutes in (0, 17):
            clinic.blow(START + timedelta(hours=7, minutes=minutes), 0.42)
        assessment.assess_due(db, now=START + timedelta(hours=8))
        [alert] = clinic.rows("SELECT alert_id FROM alert")
        alerts.close(db, clinic.anna, alert["alert_id"], "contacted", "Ringde", now=NOW)  # type: ignore[arg-type]
        assessment.sweep(db, now=NOW)
        assessment.assess_due(db, now=NOW)
        with running_web(db, NOW) as web:
            yield Desk(clinic, web)


def text(client: httpx.Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return BeautifulSoup(answer.text, "html.parser").get_text(" ", strip=True)


def test_the_manager_sees_the_burden_of_the_unit_and_nobody_ranked(desk: Desk) -> None:
    said = text(desk.web.signed_in("chefen"), "/manager/unit")
    assert "1 signaler om personer på 12 veckor: 0,1 per behandlare och vecka, 1 behandlare." in said
    assert "2026-W09 1 0 1 100 % 1 0 0 0" in said
    assert "Av 0 avslutade signaler från beräknad risk" in said
    assert "Ingen säger emot datorn" not in said
    assert "1 klienter följs" in said and "Anna-Kommun K-01 2026-03-01 ansvarig" in said


def test_the_rota_is_edited_on_the_page_and_says_who_is_on_duty(desk: Desk) -> None:
    chief = desk.web.signed_in("chefen")
    page = BeautifulSoup(chief.get("/manager/rota").text, "html.parser")
    token = str(page.select_one("[name=csrf_token]")["value"])  # type: ignore[index]
    form = {
        "csrf_token": token, "kind": "weekly", "account": str(desk.clinic.anna.account_id), "place": "1",
        "from_weekday": "4", "from_time": "08:00", "to_weekday": "5", "to_time": "08:00",
    }  # fmt: skip
    assert chief.post("/manager/unit/duty", data=form).headers["location"] == "/manager/rota?said=duty_saved"
    said = text(chief, "/manager/rota")
    assert "Först i jour nu: Anna-Kommun" in said and "varje vecka tors 08:00 till fre 08:00" in said
    once = {**form, "kind": "once", "account": "", "from_at": "2026-03-05T09:00", "to_at": "2026-03-05T12:00"}
    assert chief.post("/manager/unit/duty", data=once).status_code == 303
    assert "Först i jour nu: ingen" in text(chief, "/manager/rota")
    assert chief.post("/manager/unit/duty", data={**once, "to_at": "2026-03-05T08:00"}).status_code == 422
    [line] = desk.clinic.rows("SELECT duty_id FROM duty WHERE from_at IS NOT NULL")
    assert (
        chief.post(f"/manager/unit/duty/{line['duty_id']}/withdraw", data={"csrf_token": token}).status_code
        == 303
    )
    assert "Först i jour nu: Anna-Kommun" in text(chief, "/manager/unit")


def test_technical_support_sees_gateways_and_no_client(desk: Desk) -> None:
    said = text(desk.web.signed_in("olle"), "/operations")
    assert "gw-kommun-1" in said and "Ingen mätning har kommit det senaste dygnet." in said
    assert "K-01" not in said and str(desk.clinic.client_id) not in said


def test_each_overview_is_for_its_own_role_and_the_guide_for_staff(desk: Desk) -> None:
    for username, allowed in (
        ("anna-kommun", {"/guide", "/guide.pdf"}),
        ("chefen", {"/guide", "/guide.pdf", "/manager/unit"}),
        ("olle", {"/guide", "/guide.pdf", "/operations"}),
        ("klient-kommun", set()),
    ):
        who = desk.web.signed_in(username)
        for path in ("/guide", "/guide.pdf", "/manager/unit", "/operations"):
            status = who.get(path).status_code
            assert (status == 200) == (path in allowed), (username, path, status)
            assert status in {200, 403, 404}
    assert desk.web.browser().get("/operations").headers["location"].startswith("/login")


@pytest.mark.parametrize("language", ["sv", "en"])
def test_the_guide_is_one_printed_page_with_its_fonts_in_either_language(desk: Desk, language: str) -> None:
    anna = desk.web.signed_in("anna-kommun")
    anna.cookies["nykter_language"] = language
    answer = anna.get("/guide.pdf")
    assert answer.headers["content-type"] == "application/pdf"
    assert f"nykter-guide-{language}.pdf" in answer.headers["content-disposition"]
    assert answer.content.startswith(b"%PDF") and b"/FontFile2" in answer.content
    assert answer.content.count(b"/Type /Page\n") == 1 and b"/Count 1" in answer.content
    assert (b"sv-SE" if language == "sv" else b"en-GB") in answer.content


def test_the_rota_as_a_calendar_names_gaps_and_leads_to_the_form(desk: Desk) -> None:
    chief = desk.web.signed_in("chefen")
    alert_policy.add_duty(
        desk.clinic.db,
        SYSTEM,
        desk.clinic.unit_id,
        1,
        desk.clinic.bo.account_id,
        Weekly(5, time(16, 30), 7, time(20)),
        now=NOW,
    )
    page = BeautifulSoup(chief.get("/manager/rota?since=2026-04-03&span=week").text, "html.parser")
    cells = {str(one.select_one("a")["aria-label"])[-10:]: one for one in page.select("table.rota td")}  # type: ignore[index]
    assert list(cells) == [
        f"2026-0{month}-{day:02d}" for month, day in [(3, 30), (3, 31), *((4, n) for n in range(1, 6))]
    ]
    sunday = cells["2026-04-05"].get_text(" ", strip=True)
    assert "Påskdagen" in sunday and "00:00–20:00 Bo-Kommun" in sunday and "20:00–24:00 ingen" in sunday
    assert "lucka" in sunday and "lucka" not in cells["2026-04-04"].get_text()
    link = str(cells["2026-04-05"].select_one("a")["href"])  # type: ignore[index]
    form = BeautifulSoup(chief.get(link.split("#", maxsplit=1)[0]).text, "html.parser").select_one("#change")
    assert form is not None and form.has_attr("open")
    assert form.select_one("[name=from_at]")["value"] == "2026-04-05T00:00"  # type: ignore[index]
    assert chief.get("/manager/rota?since=torsdag").status_code == 422
    assert chief.get("/manager/rota?since=1900-01-01").status_code == 422
    assert desk.web.signed_in("anna-kommun").get("/manager/rota").status_code == 403
