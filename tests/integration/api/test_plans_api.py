"""Plans over the API: who may, who finds nothing, and a plan's way from a draft to the client's yes."""

from collections.abc import Iterator
from typing import Any

import pytest

from backend.services import assessment
from backend.store.pool import Database
from tests.support.care import DAILY, START, Clinic, make_clinic
from tests.support.web import Web, running_web

PLAN: dict[str, Any] = {"windows": [DAILY[0]], "reason": "Färre test"}
PAUSE = {"from_at": "2026-03-03T00:00:00Z", "to_at": "2026-03-05T00:00:00Z", "reason": "Resa"}
NOBODY = "00000000-0000-0000-0000-0000000000ff"


@pytest.fixture
def served(postgres_database: str) -> Iterator[tuple[Clinic, Web]]:
    with Database(postgres_database) as db:
        clinic = make_clinic(db)
        assessment.sweep(db, now=START)
        assessment.assess_due(db, now=START)
        with running_web(db, START) as web:
            yield clinic, web


def _calls(clinic: Clinic) -> list[tuple[str, str, dict[str, Any] | None, int]]:
    """Method, address, body, and what the assigned clinician gets."""
    client = f"/api/v1/clients/{clinic.client_id}"
    excuse = {"opens_at": "2026-03-02T06:00:00Z", "reason": "Tandläkare"}
    return [
        ("GET", f"{client}/plans", None, 200),
        ("POST", f"{client}/plans/preview", {"windows": [DAILY[0]]}, 200),
        ("POST", f"{client}/plans/proposals", PLAN, 201),
        ("POST", f"{client}/plans", PLAN | {"valid_from": "2026-03-10T00:00:00+01:00"}, 201),
        ("POST", f"{client}/plans/travel", {"timezone": "Asia/Tokyo", "from_at": "2026-03-20T00:00:00Z",
                                            "reason": "Resa"}, 201),
        ("GET", f"{client}/pauses", None, 200),
        ("POST", f"{client}/pauses", PAUSE, 201),
        ("GET", f"{client}/excuses", None, 200),
        ("POST", f"{client}/excuses", excuse, 201),
        ("DELETE", f"{client}/excuses/{NOBODY}", None, 409),
        ("POST", f"{client}/ordered-tests", {"reason": "Enligt samtal"}, 201),
        ("POST", f"/api/v1/plans/{NOBODY}/agreement", None, 404),
        ("DELETE", f"/api/v1/plans/{NOBODY}/proposal", None, 404),
        ("POST", f"/api/v1/pauses/{NOBODY}/decision", {"granted": True}, 404),
        ("POST", f"/api/v1/pauses/{NOBODY}/end", None, 404),
    ]  # fmt: skip


def test_strangers_find_nothing_and_nobody_is_asked_to_sign_in(served: tuple[Clinic, Web]) -> None:
    clinic, web = served
    bo, nobody, anna = web.bearer("bo-kommun"), web.browser(), web.bearer("anna-kommun")
    for method, path, body, for_anna in _calls(clinic):
        assert nobody.request(method, path, json=body).status_code == 401, path
        assert bo.request(method, path, json=body).status_code == 404, path
        assert anna.request(method, path, json=body).status_code == for_anna, path


def test_a_client_reads_asks_and_agrees_but_sets_nothing(served: tuple[Clinic, Web]) -> None:
    clinic, web = served
    anna, client = web.bearer("anna-kommun"), web.bearer("klient-kommun")
    address = f"/api/v1/clients/{clinic.client_id}"
    for path, body in (
        ("plans", PLAN),
        ("plans/proposals", PLAN),
        ("plans/travel", {"timezone": "Asia/Tokyo", "reason": "Resa"}),
        ("excuses", {"opens_at": "2026-03-02T06:00:00Z", "reason": "x"}),
        ("ordered-tests", {"reason": "x"}),
    ):
        assert client.post(f"{address}/{path}", json=body).status_code == 403, path
    pause = client.post(f"{address}/pauses", json=PAUSE).json()["id"]
    decision = f"/api/v1/pauses/{pause}/decision"
    assert client.post(decision, json={"granted": True}).status_code == 403
    assert anna.post(decision, json={"granted": False}).status_code == 422
    assert anna.post(decision, json={"granted": True}).status_code == 204
    assert client.get(f"{address}/pauses").json()[0]["state"] == "granted"
    assert client.post(f"/api/v1/pauses/{pause}/end").status_code == 204
    proposal = anna.post(f"{address}/plans/proposals", json=PLAN).json()["id"]
    assert len(client.get(f"{address}/plans").json()["drafts"]) == 1
    assert anna.post(f"/api/v1/plans/{proposal}/agreement").status_code == 404
    assert client.post(f"/api/v1/plans/{proposal}/agreement").status_code == 409, "one starts at this moment"
    web.clock.at = START.replace(hour=12)
    other = anna.post(f"{address}/plans/proposals", json=PLAN).json()["id"]
    assert client.post(f"/api/v1/plans/{other}/agreement").status_code == 204
    history = client.get(f"{address}/plans").json()
    assert history["plans"][0]["plan_id"] == other
    assert history["plans"][0]["agreed_by"] == "Klient-Kommun"


def test_a_draft_that_makes_no_sense_is_422_with_words(served: tuple[Clinic, Web]) -> None:
    clinic, web = served
    anna = web.bearer("anna-kommun")
    address = f"/api/v1/clients/{clinic.client_id}/plans"
    for wrong in (
        {"windows": [{"kind": "breath_test"}]},
        {"windows": [], "timezone": "Mars/Olympus"},
        {"windows": [], "rules": {"late_grace_min": 10000}},
        {"windows": [], "random": [{"per_week": 99}]},
        {"windows": [], "surprise": 1},
    ):
        assert anna.post(f"{address}/preview", json=wrong).status_code == 422, wrong
        assert anna.post(address, json=wrong | {"reason": "x"}).status_code == 422, wrong
    both = f"/api/v1/clients/{clinic.client_id}/excuses"
    assert anna.post(both, json={"reason": "vilken?"}).status_code == 422
