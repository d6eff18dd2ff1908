"""The page that says why an alert rang: as it was then, with whom it was sent to, for those who give care."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from bs4 import BeautifulSoup

from backend.access.principal import SYSTEM
from backend.services import alerts, enrolment, escalations
from tests.support.care import DAILY

pytestmark = pytest.mark.timeout(90)


def the_alert(evening: Any) -> str:
    return str(evening.clinic.rows("SELECT alert_id FROM alert WHERE state <> 'closed'")[0]["alert_id"])


def page(evening: Any, alert_id: str, who: str = "anna-kommun") -> BeautifulSoup:
    answer = evening.web.signed_in(who).get(f"/alerts/{alert_id}/why")
    assert answer.status_code == 200, answer.text
    return BeautifulSoup(answer.text, "html.parser")


def words(tree: BeautifulSoup, selector: str = "main") -> str:
    found = tree.select_one(selector)
    assert found is not None
    return " ".join(found.get_text(" ").split())


def test_the_card_leads_to_the_rule_the_breaths_and_the_limits(evening: Any) -> None:
    alert_id = the_alert(evening)
    card = evening.web.signed_in("anna-kommun").get(f"/clients/{evening.clinic.client_id}").text
    assert f'href="/alerts/{alert_id}/why"' in card
    said = words(page(evening, alert_id))
    assert "ett test på eller över gränsen, och ett omtest" in said
    assert "0,42 mg/L" in said and "0,40 mg/L" in said and "0,10 mg/L" in said
    assert "hade det inte varit bekräftat" in said


def test_what_is_changed_or_closed_later_changes_nothing_of_what_it_says(evening: Any) -> None:
    alert_id, clinic, now = the_alert(evening), evening.clinic, evening.web.clock.at
    before = page(evening, alert_id)
    stricter = {"positive_mg_per_l": 0.3, "trace_mg_per_l": 0.2}
    enrolment.set_plan(clinic.db, SYSTEM, clinic.client_id, DAILY, rules=stricter, reason="Nytt", now=now)
    alerts.close(clinic.db, clinic.anna, UUID(alert_id), "contacted", "Vi talade", now=now)
    after = page(evening, alert_id)
    for part in (".cause", "[aria-labelledby=record-heading]"):
        assert words(before, part) == words(after, part)
    assert "Ingen sådan signal har avslutats" in words(after, "[aria-labelledby=record-heading]")


def test_it_names_whom_it_was_told_to_and_how_each_message_went(evening: Any) -> None:
    clinic = evening.clinic
    morning = evening.now + timedelta(hours=14)  # Monday, office hours
    escalations.escalate_due(clinic.db, now=morning)
    evening.web.clock.at = morning + timedelta(minutes=1)
    said = words(page(evening, the_alert(evening)), "[aria-labelledby=told-heading]")
    assert "Anna-Kommun" in said
    assert "väntar på att skickas" in said or "på sidan" in said


@pytest.mark.parametrize(("who", "status"), [("bo-kommun", 404), ("klient-kommun", 403)])
def test_strangers_find_nothing_and_the_client_is_told_it_is_for_staff(
    evening: Any, who: str, status: int
) -> None:
    assert evening.web.signed_in(who).get(f"/alerts/{the_alert(evening)}/why").status_code == status


def test_looking_it_up_stands_among_who_has_looked(evening: Any) -> None:
    page(evening, the_alert(evening))
    rows = evening.clinic.rows("SELECT client_id FROM access_log WHERE action = 'alert_explained'")
    assert [row["client_id"] for row in rows] == [evening.clinic.client_id]


def test_the_practice_signal_is_explained_the_same_way_and_marked(evening: Any) -> None:
    tree = BeautifulSoup(evening.web.signed_in("anna-kommun").get("/practice/why").text, "html.parser")
    assert "Övningsdata" in words(tree, ".practice-mark")
    assert len(tree.select(".cause")) == 3
    assert evening.clinic.rows("SELECT FROM access_log WHERE action = 'alert_explained'") == []
