"""One's own places outside the pages: a client's on a phone, those of staff, and what is sent there."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from backend.access.principal import Principal
from backend.notify.channel import Channels
from backend.services import contact_points, notices
from backend.services.deliveries import deliver_due
from backend.services.notices import SubjectKind
from backend.store.pool import Database
from backend.store.scope import SYSTEM_SCOPE
from tests.integration.backend.notify.test_delivering import Outbox
from tests.integration.dashboard.test_pages_checked_by_axe import sign_in, violations
from tests.support.browser import own_page
from tests.support.care import START, Clinic, make_clinic
from tests.support.web import Web, running_web

pytestmark = [pytest.mark.browser, pytest.mark.timeout(150)]
PHONE: ViewportSize = {"width": 390, "height": 800}
WORKDAY = START.replace(hour=10) + timedelta(days=1)
"""A Monday."""
NIGHT = WORKDAY.replace(hour=22)


@dataclass
class Reach:
    clinic: Clinic
    web: Web
    outbox: Outbox

    def deliver(self) -> None:
        channels = Channels({"email": self.outbox, "sms": self.outbox}, "https://x.example")
        deliver_due(self.clinic.db, channels, now=self.web.clock.at)

    def code(self, address: str) -> str:
        """The newest code that was sent there."""
        self.deliver()
        sent = [one for one in self.outbox.messages if one.purpose == "code" and one.address == address]
        text = sent[-1].text
        return next(word.strip(".") for word in text.split() if word.strip(".").isdecimal())

    def tell(self, who: Principal, kind: SubjectKind, tier: int = 2) -> list[str]:
        """Have somebody told of something now; the addresses it went to."""
        before, now = len(self.outbox.messages), self.web.clock.at
        with self.clinic.db.transaction(SYSTEM_SCOPE) as conn:
            notices.plan_notice(
                conn, tenant_id=self.clinic.tenant_id, account_id=who.account_id, client_id=self.clinic.client_id,
                subject_kind=kind, subject_id=uuid4(), step=0, tier=tier, due_at=now, now=now,
            )  # fmt: skip
        self.deliver()
        return [m.address for m in self.outbox.messages[before:] if m.purpose == "notices"]


@pytest.fixture
def reach(postgres_database: str) -> Iterator[Reach]:
    with Database(postgres_database) as db:
        clinic = make_clinic(db)
        with running_web(db, WORKDAY) as web:
            yield Reach(clinic, web, Outbox())


def add(page: Page, kind: str, address: str) -> None:
    if not page.locator("#address").is_visible():
        page.locator("summary", has_text="Lägg till ett ställe").click()
    page.get_by_label(kind, exact=True).check()
    page.locator("#address").fill(address)


def card(page: Page, address: str) -> Any:
    return page.locator(".place", has_text=address)


def test_a_client_gives_a_place_confirms_it_and_decides_what_comes_there(
    chromium: Browser, reach: Reach
) -> None:
    clinic, client = reach.clinic, reach.clinic.client
    with own_page(chromium) as page:
        page.set_viewport_size(PHONE)
        sign_in(page, reach.web, "klient-kommun")
        page.goto(f"{reach.web.url}/me/plan")
        page.get_by_role("link", name="Påminnelser med e-post eller sms").click()
        expect(page.locator("h1")).to_have_text("Så når vi dig")
        expect(page.locator("blockquote")).to_contain_text("En påminnelse: du har något inplanerat.")
        add(page, "Sms", "hemma")
        page.get_by_role("button", name="Skicka en kod dit").click()
        expect(page.locator(".problem")).to_contain_text("Det är inget telefonnummer")
        expect(page.locator("#address")).to_have_value("hemma")
        add(page, "Sms", "070-123 45 67")
        page.get_by_role("button", name="Skicka en kod dit").click()
        place = card(page, "+46701234567")
        expect(place).to_contain_text("inte bekräftat än")
        assert reach.tell(client, "reminder") == []  # nothing but the code goes to what is not confirmed
        code = reach.code("+46701234567")
        place.locator("[name=code]").fill("000000" if code != "000000" else "111111")
        place.get_by_role("button", name="Bekräfta").click()
        expect(place.locator(".problem")).to_contain_text("Koden är fel eller för gammal")
        place.locator("[name=code]").fill(code)
        place.get_by_role("button", name="Bekräfta").click()
        expect(page.get_by_role("status").first).to_contain_text("Det är bekräftat")
        expect(place).to_contain_text("Påminnelser, och besked om nya meddelanden")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        page.set_viewport_size({"width": 390, "height": 2000})  # the bar at the bottom covers nothing
        assert violations(page) == []

        page.reload()
        place.locator("summary", has_text="Till vad och när").click()
        place.get_by_label("Besked om nya meddelanden").uncheck()
        place.get_by_role("button", name="Spara").click()
        expect(place).to_contain_text("Påminnelser")
        reach.web.clock.at += timedelta(hours=1)
        assert reach.tell(client, "message") == []
        assert reach.tell(client, "reminder") == ["+46701234567"]

        place.get_by_role("button", name="Pausa").click()
        expect(place).to_contain_text("pausat")
        reach.web.clock.at += timedelta(hours=1)
        assert reach.tell(client, "reminder") == []
        place.get_by_role("button", name="Ta bort").click()
        expect(page.locator(".place")).to_have_count(0)
    assert clinic.rows("SELECT 1 FROM contact_point") == []
    states = {row["state"] for row in clinic.rows("SELECT state FROM notice WHERE subject_kind = 'message'")}
    assert states == {"told"}


def test_staff_choose_where_and_when_and_what_is_urgent_finds_them_all_the_same(
    chromium: Browser, reach: Reach
) -> None:
    anna = reach.clinic.anna
    with own_page(chromium) as page:
        sign_in(page, reach.web, "anna-kommun")
        page.goto(f"{reach.web.url}/account")
        page.get_by_role("link", name="Signaler med e-post eller sms: var och när").click()
        expect(page.locator(".empty")).to_contain_text("Inget ställe ännu")
        for kind, address, when in (
            ("E-post", "anna@mail.example", "på arbetstid"),
            ("Sms", "+46709999999", "utanför arbetstid, när jag har jour"),
        ):
            reach.web.clock.at += timedelta(minutes=1)
            add(page, kind, address)
            page.locator("details:has(#address)").get_by_label(when).check()
            page.get_by_role("button", name="Skicka en kod dit").click()
            page.locator("[name=code]").fill(reach.code(address))
            page.get_by_role("button", name="Bekräfta").click()
            expect(page.get_by_role("status").first).to_contain_text("Det är bekräftat")
        expect(card(page, "anna@mail.example")).to_contain_text("På arbetstid")
        assert violations(page) == []
        page.reload()
        page.locator("header .menu > summary").click()
        page.get_by_role("button", name="English").click()
        expect(page.locator("h1")).to_have_text("Where I am told")
        assert violations(page) == []
        page.get_by_role("button", name="Use this first +46709999999").click()
        expect(page.locator(".place").first).to_contain_text("+46709999999")

    reach.web.clock.at = WORKDAY + timedelta(hours=1)
    assert reach.tell(anna, "alert", 2) == ["anna@mail.example"]
    reach.web.clock.at = NIGHT
    assert reach.tell(anna, "alert", 1) == ["+46709999999"]
    with reach.clinic.db.transaction(anna) as conn:
        conn.execute(b"DELETE FROM contact_point WHERE kind = 'sms'")
    reach.web.clock.at = NIGHT + timedelta(hours=1)
    assert reach.tell(anna, "alert", 2) == []
    assert reach.tell(anna, "alert", 1) == ["anna@mail.example"]  # rather there than nowhere


def test_nobody_acts_on_the_places_of_others_and_no_page_is_for_two(reach: Reach) -> None:
    db, clinic = reach.clinic.db, reach.clinic
    annas = contact_points.add(db, clinic.anna, "email", "anna@mail.example", now=WORKDAY)
    bo, client = reach.web.signed_in("bo-kommun"), reach.web.signed_in("klient-kommun")
    assert (bo.get("/me/places").status_code, client.get("/account/places").status_code) == (404, 404)
    for who, base in ((bo, "/account/places"), (client, "/me/places")):
        text = who.get(base).text
        assert "anna@mail.example" not in text
        form = {
            "csrf_token": text.split('name="csrf_token" value="')[1].split('"')[0],
            "to": "off",
            "code": "1",
        }
        for act in ("code", "confirm", "settings", "pause", "first", "remove"):
            assert who.post(f"{base}/{annas}/{act}", data=form).status_code == 404, act
    assert len(contact_points.own(db, clinic.anna)) == 1
