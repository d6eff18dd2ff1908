"""A client asks, under Help, that the clinic get in touch: told at once, seen in the list, honest at night."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from backend.errors import NotFound
from backend.notify.channel import Channels
from backend.services import assessment, contact_points, escalations, help_calls
from backend.services.deliveries import deliver_due
from backend.store.pool import Database
from tests.integration.backend.notify.test_delivering import Outbox
from tests.integration.dashboard.test_pages_checked_by_axe import sign_in, violations
from tests.support.browser import own_page
from tests.support.care import START, Clinic, make_clinic
from tests.support.web import Web, running_web

pytestmark = pytest.mark.timeout(150)
TALL: ViewportSize = {"width": 390, "height": 2000}
MORNING = START.replace(hour=9) + timedelta(days=1)
"""A Monday, ten o'clock in Stockholm."""


@dataclass
class Desk:
    clinic: Clinic
    web: Web
    outbox: Outbox

    def work(self, now: datetime) -> None:
        """What the workers do at a moment."""
        self.web.clock.at = now
        assessment.assess_due(self.clinic.db, now=now)
        escalations.escalate_due(self.clinic.db, now=now)
        deliver_due(self.clinic.db, Channels({"email": self.outbox}, "https://x.example"), now=now)

    def told(self) -> int:
        """How many messages about something have left for staff."""
        return sum(message.purpose == "notices" for message in self.outbox.messages)

    def alerts(self) -> list[dict[str, object]]:
        found: list[dict[str, object]] = self.clinic.rows("SELECT kind, tier, state, evidence FROM alert")
        return found


@pytest.fixture
def desk(postgres_database: str) -> Iterator[Desk]:
    with Database(postgres_database) as db:
        clinic = make_clinic(db)
        outbox = Outbox()
        made = contact_points.add(db, clinic.anna, "email", "anna@mail.example", now=MORNING)
        deliver_due(db, Channels({"email": outbox}, "https://x.example"), now=MORNING)
        code = next(
            word.strip(".") for word in outbox.messages[-1].text.split() if word.strip(".").isdecimal()
        )
        contact_points.confirm(db, clinic.anna, made, code, now=MORNING)
        with running_web(db, MORNING) as web:
            yield Desk(clinic, web, outbox)


def ask(page: Page, web: Web) -> None:
    page.goto(f"{web.url}/me/")
    page.locator("summary", has_text="Hjälp").click()
    page.get_by_role("link", name="Be mottagningen höra av sig").click()
    page.locator("main").get_by_role("button").click()


@pytest.mark.browser
def test_a_call_for_contact_rings_at_once_stands_first_and_the_client_reads_when_it_was_seen(
    chromium: Browser, desk: Desk
) -> None:
    clinic, web = desk.clinic, desk.web
    with own_page(chromium) as phone, own_page(chromium) as page:
        phone.set_viewport_size(TALL)
        sign_in(phone, web, "klient-kommun")
        ask(phone, web)
        expect(phone.get_by_role("status").first).to_contain_text("Du har bett mottagningen höra av sig")
        expect(phone.locator(".asked")).to_contain_text("Ingen på mottagningen har sett det än")
        expect(phone.locator("#ask")).to_contain_text("Mottagningen får veta det genast")
        assert [a.get_attribute("href") for a in phone.locator("main .numbers a").all()] == [
            "tel:112",
            "tel:1177",
        ]
        assert violations(phone) == []
        phone.get_by_role("button", name="English", exact=True).click()
        expect(phone.locator("h1")).to_have_text("Help")
        assert violations(phone) == []

        desk.work(MORNING + timedelta(minutes=1))
        assert desk.told() == 1
        text = desk.outbox.messages[-1].text.lower()
        assert "något behöver dig nu" in text and "klient" not in text and "hjälp" not in text

        sign_in(page, web, "anna-kommun")
        row = page.locator(".row").first
        expect(row).to_contain_text("Klienten har tryckt på Hjälp och ber mottagningen höra av sig")
        page.goto(f"{web.url}/clients/{clinic.client_id}")
        card = page.locator(".alert").first
        expect(card.locator("h2")).to_have_text("Ber om att bli kontaktad")
        expect(card).to_contain_text("Sagt av klienten med hjälpknappen")
        card.get_by_role("button", name="Jag har sett den").click()
        phone.goto(f"{web.url}/me/help")
        expect(phone.locator(".asked")).to_contain_text("Somebody at the clinic has seen it.")

    [alert] = desk.alerts()
    assert (alert["kind"], alert["tier"], alert["state"]) == ("help_asked", 1, "seen")


def test_pressing_twice_is_one_call_and_pressing_again_later_rings_anew(desk: Desk) -> None:
    db, clinic = desk.clinic.db, desk.clinic
    for minutes in (0, 1, 14):
        help_calls.ask(db, clinic.client, now=MORNING + timedelta(minutes=minutes))
    assert len(clinic.rows("SELECT 1 FROM help_call")) == 1
    desk.work(MORNING + timedelta(minutes=15))
    clinic.rows("UPDATE alert SET state = 'seen', seen_at = updated_at, escalate_at = NULL RETURNING 1")
    help_calls.ask(db, clinic.client, now=MORNING + timedelta(hours=1))
    desk.work(MORNING + timedelta(hours=1, minutes=1))
    [alert] = desk.alerts()
    assert (alert["state"], len(alert["evidence"])) == ("new", 2)  # type: ignore[arg-type]
    assert desk.told() == 2
    desk.work(MORNING + timedelta(hours=1, minutes=5))
    assert desk.told() == 2


def test_at_night_the_page_says_that_nobody_reads_and_the_morning_finds_it(desk: Desk) -> None:
    night = MORNING.replace(hour=22)
    desk.web.clock.at = night
    client = desk.web.signed_in("klient-kommun")
    page = client.get("/me/help").text
    assert "Ingen läser detta nu. Mottagningen läser igen från" in page and "08:00" in page
    assert page.index("tel:112") < page.index("Be mottagningen höra av sig</h2>")
    form = {"csrf_token": page.split('name="csrf_token" value="')[1].split('"')[0]}
    assert client.post("/me/help", data=form).status_code == 303
    desk.work(night + timedelta(minutes=1))
    [alert] = desk.alerts()
    assert (alert["kind"], alert["tier"]) == ("help_asked", 1)
    desk.work(MORNING + timedelta(days=1))
    assert desk.told() == 1


def test_only_the_client_asks_for_themselves(desk: Desk) -> None:
    for who in (desk.clinic.anna, desk.clinic.bo):
        with pytest.raises(NotFound):
            help_calls.ask(desk.clinic.db, who, now=MORNING)
    assert desk.web.signed_in("anna-kommun").get("/me/help").status_code == 404
    assert desk.web.browser().get("/me/help").headers["location"] == "/login?next=/me/help"
    assert desk.clinic.rows("SELECT 1 FROM help_call") == []
