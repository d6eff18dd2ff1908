"""Casework through the API: Alice has the client, Bob joins the team, Charlie is a stranger, and somebody is nobody."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from backend.access.principal import SYSTEM
from backend.services import enrolment
from backend.store.pool import Database
from tests.integration.backend.test_applications import WHOLE
from tests.support.care import Clinic, add_account, make_clinic
from tests.support.servers import TestDatabases
from tests.support.web import Web, running_web

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
API = "/api/v1"


@pytest.fixture(scope="module")
def served(postgres_server: TestDatabases) -> Iterator[tuple[Clinic, Web]]:
    with postgres_server.fresh() as url, Database(url) as db:
        clinic = make_clinic(db)
        enrolment.assign(db, SYSTEM, clinic.bo.account_id, clinic.client_id, now=NOW)
        add_account(clinic, "charlie", "clinician", unit="Andra enheten")
        add_account(clinic, "chefen", "manager")
        with running_web(db, NOW) as web:
            yield clinic, web


@pytest.fixture(scope="module")
def people(served: tuple[Clinic, Web]) -> dict[str, httpx.Client]:
    _, web = served
    names = {
        "alice": "anna-kommun",
        "bob": "bo-kommun",
        "charlie": "charlie",
        "client": "klient-kommun",
        "chief": "chefen",
    }
    return {who: web.bearer(name) for who, name in names.items()} | {"nobody": web.browser()}


def statuses(people: dict[str, httpx.Client], method: str, path: str, **more: Any) -> dict[str, int]:
    return {who: one.request(method, f"{API}{path}", **more).status_code for who, one in people.items()}


def test_a_thread_is_the_teams_and_the_clients(
    served: tuple[Clinic, Web], people: dict[str, httpx.Client]
) -> None:
    path = f"/clients/{served[0].client_id}/messages"
    shut = {"charlie": 404, "nobody": 401, "chief": 404}
    assert statuses(people, "POST", path, json={"body": "Hej"}) == {
        "alice": 201,
        "bob": 201,
        "client": 201,
        **shut,
    }
    assert statuses(people, "GET", path) == {"alice": 200, "bob": 200, "client": 200, **shut}
    assert statuses(people, "POST", f"{path}/read", json={}) == {
        "alice": 200,
        "bob": 200,
        "client": 200,
        **shut,
    }
    thread = people["alice"].get(f"{API}{path}").json()
    assert [m["body"] for m in thread["messages"]] == ["Hej"] * 3
    assert thread["desk"]["is_open"] is True
    assert people["charlie"].get(f"{API}/messages/waiting").json() == []
    assert people["client"].get(f"{API}/messages/waiting").status_code == 403
    assert people["charlie"].get(f"{API}/messages/unread").json() == {"by_client": {}}


def test_an_application_is_decided_by_the_unit_it_was_sent_to(people: dict[str, httpx.Client]) -> None:
    alice = people["alice"]
    made = alice.post(f"{API}/applications", json={"source": "paper", "content": WHOLE})
    assert made.status_code == 201, made.text
    path = f"/applications/{made.json()['id']}"
    outside = {"charlie": 404, "client": 404, "chief": 404, "nobody": 401}
    assert statuses(people, "GET", path) == {"alice": 200, "bob": 200, **outside}
    strangers = {who: people[who] for who in outside}
    decision = {"words": "Jag bestämmer", "version": 1, "alias": "K-9"}
    assert statuses(strangers, "POST", f"{path}/approved", json=decision) == outside
    windows = [{"kind": "check_in", "weekdays": [1], "opens": "08:00", "closes": "09:00"}]
    assert statuses(strangers, "POST", f"{path}/changed", json={**decision, "windows": windows}) == outside
    refusal = {"words": "Jag bestämmer", "version": 1}
    assert statuses(strangers, "POST", f"{path}/rejected", json=refusal) == outside
    more = {"content": WHOLE, "reason": "Frågade", "version": 1}
    assert statuses(strangers, "POST", f"{path}/versions", json=more) == outside
    assert people["bob"].post(f"{API}{path}/approved", json={**decision, "words": "x"}).status_code == 422
    assert people["bob"].post(f"{API}{path}/approved", json=decision).status_code == 201
    assert alice.post(f"{API}{path}/approved", json=decision).status_code == 409
    shown = alice.get(f"{API}{path}").json()
    assert shown["decision"]["by"] == "Bo-Kommun"
    assert shown["assessment"]["reasons"][0]["text"]["sv"].startswith("Test morgon")


def test_the_desk_and_its_links_are_for_clinicians(people: dict[str, httpx.Client]) -> None:
    assert statuses(people, "GET", "/applications") == {
        "alice": 200, "bob": 200, "charlie": 200, "client": 403, "chief": 403, "nobody": 401,
    }  # fmt: skip
    made = people["alice"].post(f"{API}/applications/links", json={"written_by": "person"})
    assert len(made.json()["token"]) > 40
    [link] = people["alice"].get(f"{API}/applications").json()["links"]
    assert people["charlie"].delete(f"{API}/applications/links/{link['link_id']}").status_code == 404
    assert people["bob"].delete(f"{API}/applications/links/{link['link_id']}").status_code == 204


def test_a_text_for_the_record_is_the_teams(
    served: tuple[Clinic, Web], people: dict[str, httpx.Client]
) -> None:
    path = f"/clients/{served[0].client_id}/journal-texts"
    period = {"since": "2026-03-01", "until": "2026-03-01", "length": "three_lines"}
    shut = {"charlie": 404, "client": 403, "chief": 404, "nobody": 401}
    assert statuses(people, "POST", path, json=period) == {"alice": 201, "bob": 201, **shut}
    assert statuses(people, "GET", path) == {"alice": 200, "bob": 200, **shut}
    text = people["alice"].get(f"{API}{path}").json()[0]
    one = f"/journal-texts/{text['journal_id']}"
    assert statuses(people, "GET", one) == {"alice": 200, "bob": 200, **shut}
    assert statuses(people, "PUT", one, json={"body": "Mitt"}) == {"alice": 204, "bob": 204, **shut}
    signing = statuses(people, "POST", f"{one}/signed", json={"body": "Mitt"})
    assert signing == {"alice": 204, "bob": 409, **shut}
    assert people["bob"].get(f"{API}{one}").json()["is_genuine"] is True


def test_contact_notes_are_the_teams_and_the_client_may_read_them(
    served: tuple[Clinic, Web], people: dict[str, httpx.Client]
) -> None:
    path = f"/clients/{served[0].client_id}/contacts"
    told = {
        "channel": "phone",
        "reached": True,
        "happened_at": "2026-03-02T08:00:00Z",
        "duration_min": 7,
        "outcome": "talked",
    }
    made = people["alice"].post(f"{API}{path}", json=told)
    assert made.status_code == 201
    assert statuses(people, "GET", path) == {
        "alice": 200, "bob": 200, "client": 200, "charlie": 404, "chief": 404, "nobody": 401,
    }  # fmt: skip
    one, better = f"/contacts/{made.json()['id']}", {**told, "duration_min": 9, "reason": "Fel tid"}
    assert statuses(people, "PUT", one, json=better) == {
        "alice": 204, "bob": 204, "client": 403, "charlie": 404, "chief": 404, "nobody": 401,
    }  # fmt: skip
    assert statuses(people, "GET", f"{one}/corrections")["charlie"] == 404
    assert people["bob"].get(f"{API}{one}/corrections").json()[0]["by"] == "Bo-Kommun"


def test_staff_time_and_settings_are_the_managers(people: dict[str, httpx.Client]) -> None:
    only = {"alice": 403, "bob": 403, "charlie": 403, "client": 403, "nobody": 401}
    assert statuses(people, "GET", "/unit/time/2026/3") == {"chief": 200, **only}
    assert statuses(people, "GET", "/unit/settings") == {"chief": 200, **only}
    minutes = {"minutes": 4, "manual_minutes": 12, "reason": "Uppmätt"}
    assert statuses(people, "PUT", "/unit/minutes/journal_signed", json=minutes) == {"chief": 204, **only}
    limits = {"value": {"audit_c_woman": 4, "audit_c_man": 5}, "reason": "Enligt rutin"}
    assert statuses(people, "PUT", "/unit/settings/cut_offs", json=limits) == {"chief": 204, **only}
    assert people["chief"].get(f"{API}/unit/settings").json()["cut_offs"]["audit_c_man"] == 5
    assert (
        people["chief"].put(f"{API}/unit/settings/cut_offs", json={"value": 7, "reason": "Nej!"}).status_code
        == 422
    )
