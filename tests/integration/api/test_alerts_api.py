"""Alerts through the API: Alice and Bob have the client, Charlie is a stranger, and each role has its own routes."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from backend.access.principal import SYSTEM
from backend.services import assessment, enrolment
from backend.store.pool import Database
from tests.support.care import Clinic, add_account, make_clinic
from tests.support.servers import TestDatabases
from tests.support.web import Web, running_web

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday
API = "/api/v1"
NAMES = {
    "alice": "anna-kommun",
    "bob": "bo-kommun",
    "charlie": "charlie",
    "client": "klient-kommun",
    "chief": "chefen",
    "support": "olle",
    "abroad": "anna-annan",
}
POLICY: dict[str, Any] = {
    "timezone": "Europe/Stockholm",
    "working_hours": {"1": ["08:00", "16:30"], "4": ["08:00", "18:00"]},
    "budget_per_week": 6,
}


@pytest.fixture(scope="module")
def served(postgres_server: TestDatabases) -> Iterator[tuple[Clinic, Web]]:
    with postgres_server.fresh() as url, Database(url) as db:
        clinic = make_clinic(db)
        make_clinic(db, tenant_id="annan")
        enrolment.assign(db, SYSTEM, clinic.bo.account_id, clinic.client_id, now=NOW)
        add_account(clinic, "charlie", "clinician", unit="Andra enheten")
        add_account(clinic, "chefen", "manager")
        add_account(clinic, "olle", "operator")
        with running_web(db, NOW) as web:
            yield clinic, web


@pytest.fixture(scope="module")
def people(served: tuple[Clinic, Web]) -> dict[str, httpx.Client]:
    _, web = served
    return {who: web.bearer(name) for who, name in NAMES.items()} | {"nobody": web.browser()}


@pytest.fixture(scope="module")
def alert(served: tuple[Clinic, Web], people: dict[str, httpx.Client]) -> str:
    """The address of an open alert of tier 2."""
    clinic, _ = served
    clinic.blow(NOW - timedelta(hours=1), 0.42)
    clinic.blow(NOW - timedelta(minutes=43), 0.42)
    assessment.assess_due(clinic.db, now=NOW)
    [found] = people["alice"].get(f"{API}/alerts").json()
    assert found["tier"] == 2
    return f"/alerts/{found['alert_id']}"


def statuses(people: dict[str, httpx.Client], method: str, path: str, **more: Any) -> dict[str, int]:
    return {who: one.request(method, f"{API}{path}", **more).status_code for who, one in people.items()}


SHUT = {"charlie": 404, "client": 403, "chief": 404, "support": 404, "abroad": 404, "nobody": 401}


def test_alerts_are_listed_for_those_who_may_see_the_client(
    people: dict[str, httpx.Client], alert: str
) -> None:
    listed = {who: one.get(f"{API}/alerts") for who, one in people.items()}
    assert {who: answer.status_code for who, answer in listed.items()} == {
        "alice": 200, "bob": 200, "charlie": 200, "client": 403, "chief": 200, "support": 200, "abroad": 200,
        "nobody": 401,
    }  # fmt: skip
    assert [who for who, answer in listed.items() if answer.status_code == 200 and answer.json()] == [
        "alice",
        "bob",
    ]


@pytest.mark.parametrize(
    ("method", "deed", "body"),
    [
        ("POST", "seen", None),
        ("POST", "snoozed", {"until": "2026-03-04T08:00:00+01:00", "reason": "Kommer på onsdag"}),
        ("POST", "acting", {"note": "Ringer"}),
    ],
)
def test_what_a_person_does_with_an_alert_is_the_teams(
    people: dict[str, httpx.Client], alert: str, method: str, deed: str, body: object
) -> None:
    assert statuses(people, method, f"{alert}/{deed}", json=body) == {"alice": 204, "bob": 204, **SHUT}


def test_putting_off_has_an_end_and_words_and_is_taken_back_once(
    people: dict[str, httpx.Client], alert: str
) -> None:
    alice, bob, path = people["alice"], people["bob"], f"{API}{alert}/snoozed"
    fine = {"until": "2026-03-04T08:00:00+01:00", "reason": "Kommer på onsdag"}
    for wrong in (
        {**fine, "until": "2026-03-01T08:00:00+01:00"},
        {**fine, "until": "2026-03-20T08:00:00+01:00"},
        {**fine, "until": "2026-03-04T08:00:00"},
        {**fine, "reason": "  x "},
        {**fine, "reason": ""},
        {**fine, "why": "extra"},
    ):
        assert alice.post(path, json=wrong).status_code == 422, wrong
    assert alice.post(path, json=fine).status_code == 204
    [shown] = bob.get(f"{API}/alerts").json()
    assert (shown["snoozed_by"], shown["snooze_reason"]) == ("Anna-Kommun", "Kommer på onsdag")
    strangers = {who: people[who] for who in SHUT}
    assert statuses(strangers, "DELETE", f"{alert}/snoozed") == SHUT
    assert bob.delete(path).status_code == 204
    assert alice.delete(path).status_code == 409


def test_equipment_and_system_alerts_are_technical_supports(people: dict[str, httpx.Client]) -> None:
    only = {
        "alice": 403,
        "bob": 403,
        "charlie": 403,
        "client": 403,
        "chief": 403,
        "abroad": 403,
        "nobody": 401,
    }
    assert statuses(people, "GET", "/alerts/technical") == {"support": 200, **only}
    assert statuses(people, "GET", "/alerts/system") == {
        **dict.fromkeys(("alice", "bob", "charlie", "chief", "support", "abroad"), 200),
        "client": 403,
        "nobody": 401,
    }


def test_the_policy_is_the_units_and_its_managers_decide(
    served: tuple[Clinic, Web], people: dict[str, httpx.Client]
) -> None:
    path = f"/units/{served[0].unit_id}/alert-policy"
    outside = {"charlie": 404, "client": 404, "support": 404, "abroad": 404, "nobody": 401}
    assert statuses(people, "GET", path) == {"alice": 200, "bob": 200, "chief": 200, **outside}
    assert statuses(people, "PUT", path, json=POLICY) == {"alice": 403, "bob": 403, "chief": 204, **outside}
    shown = people["bob"].get(f"{API}{path}").json()
    assert (shown["budget_per_week"], shown["working_hours"]["4"]) == (6, ["08:00", "18:00"])
    for wrong in (
        {"budget_per_week": 0},
        {"budget_per_week": 101},
        {"now_wait_min": 4},
        {"timezone": "Mars/Base"},
        {"working_hours": {"8": ["08:00", "16:30"]}},
        {"working_hours": {"1": ["16:30", "08:00"]}},
        {"half_day_closes": "two"},
        {"half_day_closes": "25:00"},
    ):
        assert people["chief"].put(f"{API}{path}", json=POLICY | wrong).status_code == 422, wrong
    assert people["bob"].get(f"{API}{path}").json() == shown


def test_the_rota_is_the_managers_and_everybody_in_the_unit_may_read_it(
    served: tuple[Clinic, Web], people: dict[str, httpx.Client]
) -> None:
    clinic, _ = served
    path = f"/units/{clinic.unit_id}/duty"
    weekly = {"from_weekday": 1, "from_time": "07:00", "to_weekday": 1, "to_time": "19:00"}
    line = {"place": 1, "account_id": str(clinic.bo.account_id), "weekly": weekly}
    outside = {"charlie": 404, "client": 404, "support": 404, "abroad": 404, "nobody": 401}
    assert statuses(people, "POST", path, json=line) == {"alice": 403, "bob": 403, "chief": 201, **outside}
    assert statuses(people, "GET", path) == {"alice": 200, "bob": 200, "chief": 200, **outside}
    shown = people["alice"].get(f"{API}{path}").json()
    assert (shown["first_now"], shown["second_now"]) == (str(clinic.bo.account_id), None)
    chief = people["chief"]
    stretch = {"from_at": "2026-03-02T08:00:00+01:00", "to_at": "2026-03-02T07:00:00+01:00"}
    for wrong, status in (
        ({"exception": stretch}, 422),
        ({"weekly": None}, 422),
        ({"weekly": None, "exception": stretch}, 422),
        ({"place": 3}, 422),
        ({"account_id": str(clinic.client.account_id)}, 422),
        ({"account_id": str(clinic.client_id)}, 404),
    ):
        assert chief.post(f"{API}{path}", json=line | wrong).status_code == status, wrong
    one = f"{path}/{shown['lines'][0]['duty_id']}"
    assert statuses(people, "DELETE", one) == {"alice": 403, "bob": 403, "chief": 204, **outside}
    assert chief.delete(f"{API}{one}").status_code == 404
    assert chief.get(f"{API}{path}").json()["lines"] == []


def test_thresholds_are_shown_to_the_unit_only(
    served: tuple[Clinic, Web], people: dict[str, httpx.Client]
) -> None:
    assert statuses(people, "GET", f"/units/{served[0].unit_id}/alert-thresholds") == {
        "alice": 200, "bob": 200, "chief": 200, "charlie": 404, "client": 404, "support": 404, "abroad": 404,
        "nobody": 401,
    }  # fmt: skip


def test_closing_is_the_teams_happens_once_and_counts_as_work(
    served: tuple[Clinic, Web], people: dict[str, httpx.Client], alert: str
) -> None:
    clinic, _ = served
    words = {"reason": "contacted", "note": "Vi har talats vid"}
    strangers = {who: people[who] for who in SHUT}
    assert statuses(strangers, "POST", f"{alert}/closed", json=words) == SHUT
    for wrong in ({"note": "x"}, {"reason": "bored"}):
        assert people["bob"].post(f"{API}{alert}/closed", json=words | wrong).status_code == 422
    assert people["bob"].post(f"{API}{alert}/closed", json=words).status_code == 204
    assert statuses({"alice": people["alice"]}, "POST", f"{alert}/closed", json=words) == {"alice": 409}
    later = {"until": "2026-03-04T08:00:00Z", "reason": "Sen"}
    deeds: tuple[tuple[str, object], ...] = (("seen", None), ("acting", {}), ("snoozed", later))
    for deed, body in deeds:
        assert people["alice"].post(f"{API}{alert}/{deed}", json=body).status_code == 409, deed
    logged = clinic.rows(
        "SELECT account_id, client_id, source FROM work_event WHERE kind = 'alert_closed'",
    )
    source = alert.removeprefix("/alerts/")
    assert logged == [{"account_id": clinic.bo.account_id, "client_id": clinic.client_id, "source": source}]
