"""Every page looked at by axe (WCAG 2.2 A and AA) in a real Chromium: Swedish on light, English on dark."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files

import pytest
from playwright.sync_api import Browser, Page

from backend.services import assessment, journal_texts, relatives
from backend.services.relative_views import SCOPES
from backend.store.pool import Database
from backend.store.scope import SYSTEM_SCOPE
from dashboard.pages.operations import PATH as DEAD_LETTERS
from nykter.demo import casework
from tests.support.browser import own_page
from tests.support.care import PASSWORD, START, Clinic, add_account, make_clinic
from tests.support.servers import TestDatabases
from tests.support.web import Web, running_web

pytestmark = [pytest.mark.browser, pytest.mark.timeout(150)]

AXE = (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
RULES = "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})"
NOW = datetime(2026, 3, 5, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def served(postgres_server: TestDatabases) -> Iterator[tuple[Clinic, Web]]:
    """A client with an open alert, a message that waits, an application and a draft; and a letter nobody could read."""
    with postgres_server.fresh() as url, Database(url) as db:
        clinic = make_clinic(db)
        add_account(clinic, "chefen", "manager")
        add_account(clinic, "olle", "operator")
        for minutes in (0, 17):
            clinic.blow(START + timedelta(hours=7, minutes=minutes), 0.42)
        assessment.assess_due(db, now=START + timedelta(hours=8))
        _, invitation, _ = relatives.invite(db, clinic.client, "Mamma", "Kim", SCOPES, now=NOW)
        relatives.accept(db, invitation, username="mamma", display_name="M", password=PASSWORD, now=NOW)
        relatives.invite(db, clinic.client, "Pappa", "Kim", ("plan",), now=NOW)
        casework.open_desk(db, clinic.anna, clinic.client, NOW)
        week = (date(2026, 3, 1), date(2026, 3, 1))
        journal_texts.draft(db, clinic.anna, clinic.client_id, *week, "half_page", "sv", now=NOW)
        with db.transaction(SYSTEM_SCOPE) as conn:
            conn.execute(
                """INSERT INTO dead_letter (received_at, seen_at, tenant_id, topic, device_id, reason, detail, payload,
                       payload_sha256) VALUES (%s, %s, %s, 'nykter/v1/kommun/gw-1/reading', 'gw-1', 'malformed', '',
                       %s, %s)""",
                (NOW, NOW, clinic.tenant_id, b"{}", b"x"),
            )
        with running_web(db, NOW) as web:
            yield clinic, web


def violations(page: Page) -> list[str]:
    """What axe objects to on the page as it stands, with everything that can be unfolded unfolded."""
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    page.evaluate(AXE)
    found = page.evaluate(RULES)
    return [f"{one['id']}: {node['html'][:160]}" for one in found["violations"] for node in one["nodes"]]


def sign_in(page: Page, web: Web, username: str) -> None:
    page.goto(f"{web.url}/login")
    page.locator("[name=username]").fill(username)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main button[type=submit]").click()
    page.wait_for_url(lambda url: "/login" not in url)


@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.requirement("A1")
def test_axe_finds_nothing_on_any_page(chromium: Browser, served: tuple[Clinic, Web], language: str) -> None:
    clinic, web = served
    client = f"/clients/{clinic.client_id}"
    [one] = clinic.rows("SELECT application_id FROM application")
    [text] = clinic.rows("SELECT journal_id FROM journal_text")
    [letter] = clinic.rows("SELECT letter_id FROM dead_letter")
    seen_by = {
        None: ["/login", "/login/code", "/l/abcd-efgh-jkmn"],
        "anna-kommun": [
            "/?group=stable&whose=mine", "/leave", "/care", f"{client}/care",
            "/", client, "/messages", "/applications", "/applications/new", f"/applications/{one['application_id']}",
            f"{client}/plan", f"{client}/plan/edit", f"{client}/forms",
            f"{client}/forms/fill/phq9", "/journal-check", "/guide",
            f"{client}/corrections", f"{client}/rights", f"{client}/protection", "/deletions",
            f"{client}/journal", f"/journal/{text['journal_id']}",
            "/models/card",
            "/account", "/account/prove", "/account/places", f"{client}/phones",
        ],
        "chefen": [
            "/", "/care", "/manager/unit", "/manager/time", "/manager/numbers", "/models", "/accounts",
            "/manager/access", "/deletions", "/manager/rota", "/manager/settings", "/manager/settings/hours",
            "/manager/settings/cut-offs", "/manager/settings/safety-text", "/manager/settings/budget",
        ],
        "olle": ["/operations", "/operations/breathalyzers", DEAD_LETTERS, f"{DEAD_LETTERS}/{letter['letter_id']}"],
        "klient-kommun": [
            "/me/", "/me/check-in", "/me/days", "/me/graph", "/me/messages", "/me/plan", "/me/data", "/me/sharing",
            "/me/places", "/me/offline", "/me/away", "/own/forms", "/own/forms/help", "/account",
        ],
        "mamma": ["/shared/", f"/shared/{clinic.client_id}"],
    }  # fmt: skip
    found: dict[str, list[str]] = {}
    for username, paths in seen_by.items():
        with own_page(chromium) as page:
            page.context.add_cookies([{"name": "nykter_language", "value": language, "url": web.url}])
            page.emulate_media(color_scheme="light" if language == "sv" else "dark")
            if username is not None:
                sign_in(page, web, username)
            for path in paths:
                answer = page.goto(web.url + path)
                assert answer is not None and answer.status == (404 if path.startswith("/l/") else 200), path
                assert page.evaluate("document.documentElement.lang") == language
                if wrong := violations(page):
                    found[f"{username} {path}"] = wrong
    assert found == {}
