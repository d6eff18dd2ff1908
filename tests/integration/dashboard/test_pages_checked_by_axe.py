"""Every page looked at by axe (WCAG 2.2 A and AA) in a real Chromium: Swedish on light, English on dark.

Which pages there are is taken from the table of routes: a new one is visited by whom its action is for, and fails where
it needs something in its address that is not here yet (`Served.samples`).
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from importlib.resources import files
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page

from backend.access.matrix import may
from backend.access.principal import Principal
from backend.access.route_actions import ROUTE_ACTIONS
from backend.services import (
    accounts,
    applications,
    assessment,
    journal_texts,
    log_checks,
    phones,
    questionnaires,
    relatives,
)
from backend.services.relative_views import SCOPES
from backend.services.sign_in_steps import REQUIRED
from backend.store.pool import Database
from backend.store.scope import SYSTEM_SCOPE
from nykter.demo import casework
from relapse_model.artifact import COLD_START
from tests.integration.dashboard.test_sign_in_steps import enrolled
from tests.support.browser import own_page
from tests.support.care import PASSWORD, START, Clinic, add_account, make_clinic
from tests.support.servers import TestDatabases
from tests.support.web import Plain, Web, running_web

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

AXE = (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
RULES = "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})"
NOW = datetime(2026, 3, 5, 9, 0, tzinfo=UTC)


@dataclass
class Served:
    clinic: Clinic
    web: Web
    strict: Web
    """The same clinic where everybody needs a second factor."""
    samples: Mapping[str, str]
    codes: Mapping[str, str]
    """A code to choose a password with, by language: each is used up by being looked at."""


@pytest.fixture(scope="module")
def served(postgres_server: TestDatabases) -> Iterator[Served]:
    """Something of everything that a page is about, so that no page is empty."""
    with postgres_server.fresh() as url, Database(url) as db:
        clinic = make_clinic(db)
        chief = add_account(clinic, "chefen", "manager")
        add_account(clinic, "olle", "operator")
        forgot = {code: add_account(clinic, f"forgot-{code}", "clinician") for code in ("sv", "en")}
        add_account(clinic, "ny", "clinician")
        add_account(clinic, "klar", "clinician")
        for minutes in (0, 17):
            clinic.blow(START + timedelta(hours=7, minutes=minutes), 0.42)
        assessment.assess_due(db, now=START + timedelta(hours=8))
        samples = _made(clinic, chief)
        real = datetime.now(UTC)  # codes go by the machine's clock, as logins do
        codes = {
            code: accounts.issue_code(db, chief, who.account_id, "password", now=real).code
            for code, who in forgot.items()
        }
        with (
            running_web(db, NOW) as web,
            running_web(db, NOW, settings=Plain(sign_in_policy=REQUIRED)) as strict,
        ):
            enrolled(strict, "klar")
            yield Served(clinic, web, strict, samples, codes)


def _made(clinic: Clinic, chief: Principal) -> dict[str, str]:
    """One of each kind of thing that stands in an address, by the name it has there."""
    db, anna, client = clinic.db, clinic.anna, clinic.client_id
    _, accepted, _ = relatives.invite(db, clinic.client, "Mamma", "Kim", SCOPES, now=NOW)
    relatives.accept(db, accepted, username="mamma", display_name="M", password=PASSWORD, now=NOW)
    _, invitation, _ = relatives.invite(db, clinic.client, "Pappa", "Kim", ("plan",), now=NOW)
    casework.open_desk(db, anna, clinic.client, NOW)
    week = (date(2026, 3, 1), date(2026, 3, 1))
    model, text = uuid4(), COLD_START.read_text("utf-8")
    with db.transaction(SYSTEM_SCOPE) as conn:
        conn.execute(
            """INSERT INTO dead_letter (received_at, seen_at, tenant_id, topic, device_id, reason, detail, payload,
                   payload_sha256) VALUES (%s, %s, %s, 'nykter/v1/kommun/gw-1/reading', 'gw-1', 'malformed', '',
                   %s, %s)""",
            (NOW, NOW, clinic.tenant_id, b"{}", b"x"),
        )
        conn.execute(
            """INSERT INTO risk_model (model_id, tenant_id, name, version, state, document, document_sha256, created_at)
               VALUES (%s, %s, 'kallstart', '1', 'retired', %s, %s, %s)""",
            (model, clinic.tenant_id, text, sha256(text.encode()).digest(), NOW),
        )
    phone = phones.issue_link(db, anna, client, now=NOW, machine_now=datetime.now(UTC))
    token, _ = applications.issue_link(db, anna, "person", now=NOW)
    return {
        "client_id": str(client),
        "alert_id": str(clinic.rows("SELECT alert_id FROM alert")[0]["alert_id"]),
        "application_id": str(clinic.rows("SELECT application_id FROM application")[0]["application_id"]),
        "letter_id": str(clinic.rows("SELECT letter_id FROM dead_letter")[0]["letter_id"]),
        "journal_id": str(journal_texts.draft(db, anna, client, *week, "half_page", "sv", now=NOW)),
        "request_id": str(questionnaires.ask(db, anna, client, "audit_c", now=NOW)),
        "check_id": str(log_checks.draw(db, chief, date(2026, 3, 1), now=NOW)),
        "instrument": "phq9",
        "model_id": str(model),
        "code": phone.code,
        "/r/{token}": invitation,
        "/apply/{token}": token,
    }


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


NO_PAGES = {
    "/.well-known/security.txt": "plain text",
    "/clients/{client_id}/figure.json": "data",
    "/clients/{client_id}/photos/{device_id}/{boot_id}/{sequence}/picture.jpg": "a picture",
    "/deletions/{case_id}/certificate.json": "data",
    "/guide.pdf": "a file",
    "/healthz": "for machines",
    "/l": "signs a phone in and leads on",
    "/live": "a stream of events",
    "/login/identity": "leads to the identity provider",
    "/login/identity/back": "comes from the identity provider and leads on",
    "/me": "leads to /me/",
    "/me/figure.json": "data",
    "/me/manifest.webmanifest": "data",
    "/me/worker.js": "a script",
    "/n/{delivery_id}": "leads to what the message was about",
    "/practice/figure.json": "data",
    "/readyz": "for machines",
    "/static/{version}/{name:path}": "files",
}
"""Addresses that answer with something else than a page, and what."""
NOBODY, CLIENT, ANNA, CHIEF, SUPPORT, RELATIVE = "", "klient-kommun", "anna-kommun", "chefen", "olle", "mamma"
OWN = {"/me/places": CLIENT, "/me/offline": CLIENT, "/me/away": CLIENT}
"""Pages of one's own account that only some have."""
ON_THE_WAY = {
    "/login/second": ("klar", "strict"),
    "/login/enrol": ("ny", "strict"),
    "/login/password": ("", "code"),
}
"""Steps of signing in, reached by what comes before them."""
ALSO = {
    ANNA: ["/?group=stable&whose=mine", "/clients/{client_id}?days=84&unit=permille"],
    CHIEF: ["/", "/guide", "/account"],
    SUPPORT: ["/", "/account", "/operations/dead-letters"],
    CLIENT: ["/account"],
}
"""Pages that look otherwise to somebody else, or with something in their address."""


def visitor_of(path: str, action: str) -> str:
    """Who looks at a page: somebody whom its action is for."""
    if path in OWN:
        return OWN[path]
    if action == "public":
        return NOBODY
    for who, role in (
        (ANNA, "clinician"), (CHIEF, "manager"), (SUPPORT, "operator"), (CLIENT, "client"), (RELATIVE, "relative"),
    ):  # fmt: skip
        if may(role, action):  # type: ignore[arg-type]
            return who
    raise AssertionError(f"nobody may open {path}")


def pages_of(who: str) -> list[str]:
    """The pages in the table of routes that this one looks at."""
    pages = [
        path
        for route, action in ROUTE_ACTIONS.items()
        for method, path in (route.split(" "),)
        if method == "GET"
        and not path.startswith("/api/")
        and path not in NO_PAGES
        and path not in ON_THE_WAY
        if visitor_of(path, action) == who
    ]
    return [*pages, *ALSO.get(who, [])]


def filled(path: str, samples: Mapping[str, str]) -> str:
    """The address with something real in it."""
    return re.sub(r"{(\w+)}", lambda name: samples.get(path) or samples[name[1]], path)


def looked_at(page: Page, url: str, path: str, language: str) -> list[str]:
    """What axe says of a page that must open where it was asked for."""
    answer = page.goto(url + path)
    assert answer is not None and answer.status == 200, path
    assert urlsplit(page.url).path == urlsplit(path).path, f"{path} led to {page.url}"
    assert page.evaluate("document.documentElement.lang") == language
    return [f"{path}: {one}" for one in violations(page)]


@contextmanager
def opened(chromium: Browser, web: Web, language: str) -> Iterator[Page]:
    with own_page(chromium) as page:
        page.context.add_cookies([{"name": "nykter_language", "value": language, "url": web.url}])
        page.emulate_media(color_scheme="light" if language == "sv" else "dark")
        yield page


@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize(
    "who", [NOBODY, CLIENT, ANNA, CHIEF, SUPPORT, RELATIVE], ids=lambda who: who or "nobody"
)
@pytest.mark.requirement("A1")
def test_axe_finds_nothing_on_any_page(chromium: Browser, served: Served, who: str, language: str) -> None:
    found: list[str] = []
    with opened(chromium, served.web, language) as page:
        if who:
            sign_in(page, served.web, who)
        for path in pages_of(who):
            found += looked_at(page, served.web.url, filled(path, served.samples), language)
    assert found == []


@pytest.mark.parametrize("language", ["sv", "en"])
def test_axe_finds_nothing_on_the_steps_of_signing_in(
    chromium: Browser, served: Served, language: str
) -> None:
    for path, (username, way) in ON_THE_WAY.items():
        web = served.strict if way == "strict" else served.web
        with opened(chromium, web, language) as page:
            if way == "strict":
                page.goto(f"{web.url}/login")
                page.locator("[name=username]").fill(username)
                page.locator("[name=password]").fill(PASSWORD)
            else:
                page.goto(f"{web.url}/login/code")
                page.locator("[name=code]").fill(served.codes[language])
            page.locator("main button[type=submit], main form button").first.click()
            page.wait_for_url(lambda url, path=path: path in url)  # type: ignore[misc]
            assert violations(page) == [], path


def test_axe_finds_nothing_where_there_is_nothing(chromium: Browser, served: Served) -> None:
    with opened(chromium, served.web, "sv") as page:
        for path in ("/l/abcd-efgh-jkmn", "/r/unknown", "/apply/unknown"):
            answer = page.goto(served.web.url + path)
            assert answer is not None and answer.status == 404, path
            assert violations(page) == [], path


def test_every_page_of_the_table_is_looked_at_by_somebody() -> None:
    pages = {route.split(" ")[1] for route in ROUTE_ACTIONS if route.startswith("GET ")}
    pages = {path for path in pages if not path.startswith("/api/")}
    visited = {path for who in (NOBODY, CLIENT, ANNA, CHIEF, SUPPORT, RELATIVE) for path in pages_of(who)}
    assert pages - visited - set(NO_PAGES) - set(ON_THE_WAY) == set()
    assert set(NO_PAGES) | set(ON_THE_WAY) | set(OWN) <= pages, "these addresses are gone"
