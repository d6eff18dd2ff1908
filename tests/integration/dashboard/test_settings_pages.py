"""The manager's settings: default and source shown, tried before saving, saved with a reason, told in history."""

from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest
from bs4 import BeautifulSoup

from backend.store.pool import Database
from tests.support.care import Clinic, add_account, make_clinic
from tests.support.servers import TestDatabases
from tests.support.web import running_web

NOW = datetime(2026, 3, 5, 9, 0, tzinfo=UTC)
HERE = "/manager/settings"


@pytest.fixture(scope="module")
def chief(postgres_server: TestDatabases) -> Iterator[tuple[Clinic, httpx.Client]]:
    with postgres_server.fresh() as url, Database(url) as db:
        clinic = make_clinic(db)
        add_account(clinic, "chefen", "manager")
        with running_web(db, NOW) as web:
            yield clinic, web.signed_in("chefen")


def fields(page: str) -> dict[str, str]:
    """What the form on a page would send as it stands."""
    form = BeautifulSoup(page, "html.parser").select_one("main form")
    assert form is not None
    found = {str(one["name"]): str(one.get("value", "")) for one in form.select("input[name]")}
    return {**found, **{str(one["name"]): one.get_text() for one in form.select("textarea[name]")}}


def said(page: str) -> str:
    return BeautifulSoup(page, "html.parser").get_text(" ", strip=True)


def test_the_overview_says_what_counts_and_that_nobody_has_decided(
    chief: tuple[Clinic, httpx.Client],
) -> None:
    text = said(chief[1].get(HERE).text)
    assert "AUDIT 6/8, 16, 20" in text and "mån 08:00–16:30" in text
    assert text.count("Projektets förval") == 5


@pytest.mark.parametrize(
    ("name", "change", "shown", "kept"),
    [
        ("hours", {"opens_5": "", "closes_5": "", "closed": "2026-03-10"}, "enhetens lediga dag", "1 egen ledig dag"),
        ("cut-offs", {"phq9": "12"}, "Ingen av enhetens klienter har något formulär", "PHQ-9 12"),
        ("safety-text", {"text": "Ring psykjouren 0123-456 78"}, "med 2 av 3. Ring psykjouren", "psykjouren"),
        ("budget", {"budget_per_week": "4,5"}, "4,5 signaler i veckan på enheten", "4,5 förutseende"),
    ],
)  # fmt: skip
def test_a_setting_is_tried_saved_and_told(
    chief: tuple[Clinic, httpx.Client], name: str, change: dict[str, str], shown: str, kept: str
) -> None:
    clinic, browser = chief
    path = f"{HERE}/{name}"
    before = clinic.rows("SELECT count(*) AS n FROM unit_setting")
    form = {**fields(browser.get(path).text), **change, "reason": "Ett utkast"}
    tried = browser.post(path, data={**form, "step": "preview"})
    assert tried.status_code == 200 and shown in said(tried.text) and "Inte sparat ännu" in said(tried.text)
    assert fields(tried.text) == form, "what was typed still stands there"
    assert browser.post(path, data={**form, "reason": "", "step": "save"}).status_code == 422, (
        "a reason is needed"
    )
    assert clinic.rows("SELECT count(*) AS n FROM unit_setting") == before
    saved = browser.post(path, data={**form, "step": "save", "reason": "Vi har enats om det"})
    assert saved.headers["location"] == f"{HERE}?said=setting_saved"
    assert kept in said(browser.get(HERE).text)
    assert "Chefen: Vi har enats om det" in said(browser.get(path).text)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("hours", {"closed": "torsdag"}),
        ("hours", {"opens_1": "17:00"}),
        ("cut-offs", {"phq9": "många"}),
        ("cut-offs", {"audit_harmful": "40"}),
        ("safety-text", {"text": "kort"}),
        ("budget", {"budget_per_week": "nan"}),
        ("budget", {"budget_per_week": "1000"}),
    ],
)
def test_what_cannot_be_meant_is_said_in_words(
    chief: tuple[Clinic, httpx.Client], name: str, wrong: dict[str, str]
) -> None:
    browser, path = chief[1], f"{HERE}/{name}"
    form = {**fields(browser.get(path).text), "reason": "Vi har enats om det", "step": "save"}
    answer = browser.post(path, data={**form, **wrong})
    assert answer.status_code == 422
    problem = BeautifulSoup(answer.text, "html.parser").select_one("main .problem[role=alert]")
    assert problem is not None
    sent = {key: value for key, value in (form | wrong).items() if key != "step"}
    assert fields(answer.text) == sent, "nothing that was typed is gone"
    named = {"torsdag": "Lediga dagar", "många": "PHQ-9", "nan": "Förutseende"}
    for value, label in named.items():
        if value in wrong.values():
            assert "Titta på:" in problem.text and label.lower()[:6] in problem.text.lower()
