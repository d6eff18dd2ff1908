"""The JSON API: four callers, the same answers as the pages."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from backend.services import assessment
from backend.store.pool import Database
from tests.support.care import START, Clinic, make_clinic
from tests.support.web import Plain, Web, running_web

EVENING = START.replace(hour=18, minute=30)
BY_A_SECRET_OF_THEIR_OWN = {
    ("/api/v1/logins", "post"),
    ("/api/v1/gateways/enrol", "post"),
    ("/api/v1/gateways/{device_id}/rotate", "post"),
    ("/api/v1/gateways/{device_id}/renew", "post"),
}
"""A password, a one-time code, a signature by the key that is to be changed: who has none is told nothing."""
SPAN = {"since": "2026-02-01T00:00:00Z", "until": "2026-03-02T00:00:00+01:00"}


@pytest.fixture
def served(postgres_database: str) -> Iterator[tuple[Clinic, Web]]:
    with Database(postgres_database) as db:
        clinic = make_clinic(db)
        for minutes, brac in ((0, 0.42), (17, 0.40)):
            at = EVENING + timedelta(minutes=minutes)
            clinic.blow(at, brac)
            assessment.assess_due(db, now=at + timedelta(seconds=5))
        with running_web(db, EVENING + timedelta(minutes=20)) as web:
            yield clinic, web


def paths_of(clinic: Clinic) -> list[tuple[str, dict[str, str]]]:
    client = f"/api/v1/clients/{clinic.client_id}"
    return [(client, {}), (f"{client}/series", SPAN), (f"{client}/access-log", {})]


def test_reading_is_for_the_assigned_clinician_and_the_client(served: tuple[Clinic, Web]) -> None:
    clinic, web = served
    for path, query in paths_of(clinic):
        assert web.bearer("anna-kommun").get(path, params=query).status_code == 200
        assert web.bearer("klient-kommun").get(path, params=query).status_code == 200
        assert web.bearer("bo-kommun").get(path, params=query).status_code == 404
        assert web.browser().get(path, params=query).status_code == 401


def test_over_tls_pages_and_api_take_the_login_by_its_host_name_only(postgres_database: str) -> None:
    """A cookie without the prefix may have been put there by another host of the domain, or on a plain connection."""
    with Database(postgres_database) as db:
        clinic = make_clinic(db)
        client = f"/api/v1/clients/{clinic.client_id}"
        for is_secure, names in ((True, ("__Host-nykter_login", "nykter_login")),
                                 (False, ("nykter_login", "__Host-nykter_login"))):  # fmt: skip
            with running_web(db, EVENING, settings=Plain(cookie_secure=is_secure)) as web:
                token = web.bearer("anna-kommun").headers["authorization"].removeprefix("Bearer ")
                believed, other = ({"cookie": f"{name}={token}"} for name in names)
                assert web.browser().get(client, headers=believed).status_code == 200
                assert web.browser().get("/", headers=believed).status_code == 200
                assert web.browser().get(client, headers=other).status_code == 401
                assert web.browser().get("/", headers=other).status_code == 303


@pytest.mark.requirement("L4")
def test_every_operation_of_the_description_asks_who_calls(served: tuple[Clinic, Web]) -> None:
    clinic, web = served
    description: dict[str, Any] = web.browser().get("/api/v1/openapi.json").json()
    asked = 0
    for path, operations in description["paths"].items():
        address = path.replace("{client_id}", str(clinic.client_id)).replace(
            "{alert_id}", str(clinic.client_id)
        )
        for method in operations:
            if (path, method) not in BY_A_SECRET_OF_THEIR_OWN:
                assert web.browser().request(method, address, json={}).status_code == 401, (method, path)
                asked += 1
    assert asked >= 12


def test_a_wrong_password_is_401_and_a_token_ends(served: tuple[Clinic, Web]) -> None:
    _, web = served
    wrong = web.browser().post("/api/v1/logins", json={"username": "anna-kommun", "password": "fel"})
    assert wrong.status_code == 401
    anna = web.bearer("anna-kommun")
    assert anna.get("/api/v1/logins/current").json() == {
        "display_name": "Anna-Kommun",
        "role": "clinician",
        "language": "sv",
    }
    assert anna.delete("/api/v1/logins/current").status_code == 204
    assert anna.get("/api/v1/logins/current").status_code == 401


def test_an_alert_goes_through_its_life_once(served: tuple[Clinic, Web]) -> None:
    _, web = served
    anna = web.bearer("anna-kommun")
    [alert] = anna.get("/api/v1/alerts").json()
    address = f"/api/v1/alerts/{alert['alert_id']}"
    assert web.bearer("bo-kommun").post(f"{address}/seen").status_code == 404
    assert web.bearer("klient-kommun").post(f"{address}/seen").status_code == 403
    assert anna.post(f"{address}/seen").status_code == 204
    assert anna.post(f"{address}/acting", json={"note": "Ringer"}).status_code == 204
    assert anna.post(f"{address}/closed", json={"reason": "contacted", "note": "x"}).status_code == 422
    assert (
        anna.post(f"{address}/closed", json={"reason": "contacted", "note": "Vi talade"}).status_code == 204
    )
    assert anna.post(f"{address}/closed", json={"reason": "wait", "note": "en gång till"}).status_code == 409
    assert anna.get("/api/v1/alerts").json() == []


def test_a_client_cannot_read_the_list(served: tuple[Clinic, Web]) -> None:
    _, web = served
    assert web.bearer("klient-kommun").get("/api/v1/triage").status_code == 403
    [row] = web.bearer("anna-kommun").get("/api/v1/triage").json()["rows"]
    assert row["group"] == "confirmed_positive"
    assert len(row["strip"]) == 28


def test_a_client_sends_a_check_in(served: tuple[Clinic, Web]) -> None:
    clinic, web = served
    body = {"answers": [{"item": "craving", "value": "7", "low": "0", "high": "10"}], "drank": False}
    assert web.bearer("klient-kommun").post("/api/v1/me/check-ins", json=body).status_code == 201
    assert web.bearer("anna-kommun").post("/api/v1/me/check-ins", json=body).status_code == 404
    assert len(clinic.rows("SELECT 1 FROM check_in")) == 1


def test_a_writing_call_by_cookie_needs_the_logins_own_token(served: tuple[Clinic, Web]) -> None:
    clinic, web = served
    anna = web.signed_in("anna-kommun")
    address = f"/api/v1/clients/{clinic.client_id}/reviews"
    assert anna.post(address).status_code == 403
    [login] = clinic.rows("SELECT csrf_token FROM login")
    assert anna.post(address, headers={"x-csrf-token": str(login["csrf_token"])}).status_code == 204


def test_health_and_readiness(served: tuple[Clinic, Web]) -> None:
    _, web = served
    assert web.browser().get("/healthz").text == "ok"
    ready = web.browser().get("/readyz")
    assert ready.status_code == 503
    assert ready.json()["problems"].keys() >= {"ingest", "worker"}
