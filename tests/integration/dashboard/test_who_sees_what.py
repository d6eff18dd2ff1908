"""Four callers at every page: the assigned clinician, another clinician, the client, nobody."""

import time
from datetime import timedelta
from typing import Any

import httpx
import pytest
from bs4 import BeautifulSoup

from backend.access.principal import SYSTEM
from dashboard.pages import live

EVERYBODY = ("anna-kommun", "bo-kommun", "klient-kommun", None)


def callers(evening: Any) -> dict[str | None, httpx.Client]:
    return {name: evening.web.signed_in(name) if name else evening.web.browser() for name in EVERYBODY}


def test_a_clients_pages_are_for_the_assigned_clinician_only(evening: Any) -> None:
    path = f"/clients/{evening.clinic.client_id}"
    anna, bo, client, nobody = callers(evening).values()
    assert anna.get(path).status_code == 200
    assert bo.get(path).status_code == 404
    assert client.get(path).headers["location"] == "/me/"
    assert nobody.get(path).headers["location"] == f"/login?next={path}"
    assert anna.get(f"{path}/figure.json").status_code == 200
    assert bo.get(f"{path}/figure.json").status_code == 404
    assert nobody.get(f"{path}/figure.json").status_code == 401


def test_a_stranger_and_a_client_that_does_not_exist_get_the_same_answer(evening: Any) -> None:
    bo = evening.web.signed_in("bo-kommun")
    there = bo.get(f"/clients/{evening.clinic.client_id}")
    nowhere = bo.get("/clients/00000000-0000-4000-8000-000000000000")
    nonsense = bo.get("/clients/nonsense")
    assert there.status_code == nowhere.status_code == nonsense.status_code == 404
    assert there.text == nowhere.text == nonsense.text


@pytest.mark.parametrize("act", ["see", "act", "close"])
def test_a_stranger_cannot_touch_an_alert(evening: Any, act: str) -> None:
    bo = evening.web.signed_in("bo-kommun")
    [alert] = evening.clinic.rows("SELECT alert_id FROM alert")
    token = BeautifulSoup(bo.get("/").text, "html.parser").select_one("[name=csrf_token]")
    assert token is not None
    form = {
        "csrf_token": token["value"],
        "reason": "wait",
        "note": "inte min",
        "client_id": str(evening.clinic.client_id),
    }
    assert bo.post(f"/alerts/{alert['alert_id']}/{act}", data=form).status_code == 404
    assert evening.clinic.rows("SELECT state FROM alert")[0]["state"] == "new"


def test_the_start_page_is_the_list_for_staff_and_the_own_page_for_a_client(evening: Any) -> None:
    anna, bo, client, nobody = callers(evening).values()
    assert "K-01" in anna.get("/").text
    assert "K-01" not in bo.get("/").text
    assert client.get("/").headers["location"] == "/me/"
    assert nobody.get("/").headers["location"] == "/login"
    assert anna.get("/me/").headers["location"] == "/"


def test_live_changes_need_a_login(evening: Any) -> None:
    assert evening.web.browser().get("/live").status_code == 401


def test_an_open_stream_ends_with_its_login(evening: Any) -> None:
    """An account that is closed hears nothing more, not even that something changed."""
    anna = evening.web.signed_in("anna-kommun")
    with anna.stream("GET", "/live") as answer:
        lines = answer.iter_lines()
        assert next(lines) == f"retry: {live.RETRY_MS}"
        with evening.clinic.db.transaction(SYSTEM) as conn:
            conn.execute("UPDATE account SET disabled_at = now() WHERE username = 'anna-kommun'")
        time.sleep(live.CHECK_S + 0.1)
        evening.blow(timedelta(hours=2), 0.30)
        assert not [line for line in lines if line.startswith("data:")]


@pytest.mark.requirement("L2", "L6")
def test_a_look_is_logged_and_shown_to_the_client_without_names(evening: Any) -> None:
    evening.web.signed_in("anna-kommun").get(f"/clients/{evening.clinic.client_id}")
    page = BeautifulSoup(evening.web.signed_in("klient-kommun").get("/me/data").text, "html.parser")
    looked = page.select_one("#looked")
    assert looked is not None
    assert "Behandlare, Öppenvården" in looked.get_text()
    assert "Anna" not in looked.get_text()


def test_each_look_is_logged_and_a_pages_own_refreshes_once_in_five_minutes(evening: Any) -> None:
    anna = evening.web.signed_in("anna-kommun")
    path, refresh = f"/clients/{evening.clinic.client_id}", {"x-nykter-refresh": "1"}

    def logged(action: str) -> int:
        return len(evening.clinic.rows(f"SELECT 1 FROM access_log WHERE action = '{action}'"))

    for _ in range(3):
        assert anna.get(path, headers=refresh).status_code == 200
        assert anna.get(f"{path}/figure.json", headers=refresh).status_code == 200
    assert (logged("client_overview"), logged("client_series")) == (1, 1)
    anna.get(path)
    assert (logged("client_overview"), logged("client_series")) == (2, 2)
    evening.web.clock.at += timedelta(minutes=6)
    anna.get(path, headers=refresh)
    assert (logged("client_overview"), logged("client_series")) == (3, 3)
    stranger = evening.web.signed_in("bo-kommun")
    assert stranger.get(path, headers=refresh).status_code == 404


@pytest.mark.requirement("L1", "L2")
def test_an_export_is_a_post_and_is_logged(evening: Any) -> None:
    anna = evening.web.signed_in("anna-kommun")
    path = f"/clients/{evening.clinic.client_id}/export.csv"
    assert anna.get(path).status_code in {404, 405}
    token = BeautifulSoup(anna.get("/").text, "html.parser").select_one("[name=csrf_token]")
    assert token is not None
    answer = anna.post(path, data={"csrf_token": token["value"], "days": "28"})
    assert answer.status_code == 200
    assert "0.420" in answer.text
    assert evening.clinic.rows("SELECT 1 FROM access_log WHERE action = 'exported'")
