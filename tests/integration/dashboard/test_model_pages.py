"""A unit manager's page of risk models: who may open it, and what a step leaves behind."""

from typing import Any

import httpx
import pytest
from bs4 import BeautifulSoup

from backend.access import SYSTEM
from backend.services import enrolment, model_training
from relapse_model.train import train
from tests.support.care import PASSWORD


@pytest.fixture
def manager(evening: Any) -> httpx.Client:
    enrolment.create_account(
        evening.clinic.db, SYSTEM, "kommun", username="chef-kommun", display_name="Karin Chef", role="manager",
        password=PASSWORD, now=evening.now,
    )  # fmt: skip
    signed_in: httpx.Client = evening.web.signed_in("chef-kommun")
    return signed_in


def page_of(client: httpx.Client, path: str = "/models") -> BeautifulSoup:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return BeautifulSoup(answer.text, "html.parser")


def post(client: httpx.Client, path: str, **form: str) -> httpx.Response:
    token = page_of(client).select_one("[name=csrf_token]")
    assert token is not None
    return client.post(path, data={"csrf_token": str(token["value"]), **form})


def test_only_managers_open_the_registry_and_all_staff_the_card(evening: Any, manager: httpx.Client) -> None:
    anna, client, nobody = (
        evening.web.signed_in("anna-kommun"), evening.web.signed_in("klient-kommun"), evening.web.browser(),
    )  # fmt: skip
    assert anna.get("/models").status_code == 403
    assert client.get("/models").status_code == 403
    assert nobody.get("/models").headers["location"] == "/login?next=/models"
    assert "Riskmodeller" in page_of(manager).text
    assert "Riskmodeller" not in anna.get("/").text
    assert page_of(anna, "/models/card").select_one("h1") is not None
    assert "Modellkort" in page_of(anna, "/models/card").text
    assert client.get("/models/card").status_code == 403


def test_a_training_that_was_asked_for_stands_there_with_name_and_reason(
    evening: Any, manager: httpx.Client
) -> None:
    asked = post(manager, "/models", reason="Vi har egna data nu")
    assert asked.headers["location"] == "/models?said=model_asked"
    assert post(manager, "/models", reason="En till").headers["location"] == "/models?said=model_moved"
    assert "tränas" in page_of(manager).text
    assert model_training.train_next(evening.clinic.db, train, now=evening.now)
    text = page_of(manager).text
    assert "Träningen gav inget" in text and "Karin Chef" in text and "Vi har egna data nu" in text


def test_scores_are_turned_off_and_on_with_a_reason(evening: Any, manager: httpx.Client) -> None:
    assert post(manager, "/models/switch", is_on="no", reason="Vi ser över modellen").status_code == 303
    assert "Poängen är avstängda för alla här." in page_of(manager).text
    anna = evening.web.signed_in("anna-kommun")
    assert "Riskpoängen är avstängda" in page_of(anna, f"/clients/{evening.clinic.client_id}").text
    assert post(manager, "/models/switch", is_on="yes", reason="Klart").status_code == 303
    assert "Poängen är avstängda" not in page_of(manager).text
    assert post(manager, "/models/switch", is_on="kanske", reason="Klart").status_code == 422
    assert post(manager, "/models/switch", is_on="no", reason="").status_code == 422
