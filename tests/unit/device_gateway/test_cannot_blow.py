"""A client who cannot blow: on record with the reason, a run without a value and never a missed test by itself."""

import time
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import httpx
import pytest
from bs4 import BeautifulSoup

from contracts.envelope import open_envelope
from contracts.reading import CannotBlow, Failure, Outcome, Purpose, Reading
from contracts.topics import Kind
from device_gateway.errors import BusyError
from device_gateway.gateway import Gateway
from device_gateway.journal import CHAIN, chain_text
from device_gateway.outbox import Outbox
from device_gateway.retest import Chain, RetestRules
from device_gateway.web.app import Page, create_app
from tests.support.gateway import ORIGIN, START, HandClock, opened
from tests.unit.device_gateway.test_page_access import OWN, NoRadio


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return opened(tmp_path / "outbox.sqlite3")


def gateway_on(outbox: Outbox, clock: HandClock | None = None) -> Gateway:
    return Gateway(ORIGIN, outbox, NoRadio(), clock or HandClock(), time.monotonic, rules=RetestRules())


def readings(outbox: Outbox) -> list[Reading]:
    rows = outbox.waiting(0, 100)
    return [Reading.read(open_envelope(r.sealed).body).value for r in rows if r.kind == Kind.READING]


@pytest.mark.parametrize("reason", CannotBlow)
@pytest.mark.requirement("I5")
async def test_it_is_recorded_as_a_run_without_a_value_and_with_the_reason(
    outbox: Outbox, reason: CannotBlow
) -> None:
    run_id = gateway_on(outbox).cannot_blow(reason, purpose=Purpose.PLANNED)
    [reading] = readings(outbox)
    assert (reading.run_id, reading.outcome, reading.failure) == (run_id, Outcome.FAILED, Failure.CANNOT_BLOW)
    assert (reading.cannot_blow, reading.brac_mg_per_l, reading.frames) == (reason, None, ())
    assert (reading.purpose, reading.breathalyzer.driver) == (Purpose.PLANNED, "none")


async def test_the_client_may_still_blow_afterwards_as_the_next_attempt(outbox: Outbox) -> None:
    gateway = gateway_on(outbox)
    gateway.cannot_blow(CannotBlow.UNWELL, purpose=Purpose.PLANNED)
    gateway.start_test(waited_15_min=True)
    await gateway.finish()
    first, second = readings(outbox)
    assert (first.attempt, second.attempt, second.purpose) == (1, 2, Purpose.PLANNED)


async def test_during_the_wait_for_a_retest_it_belongs_to_the_retest(outbox: Outbox) -> None:
    due = START + timedelta(minutes=15)
    chain = Chain(1, Purpose.RETEST, START + timedelta(hours=2), due, 1, Decimal("0.42"), START)
    outbox.set_note(CHAIN, chain_text(chain))
    gateway_on(outbox).cannot_blow(CannotBlow.BREATHLESS)
    [reading] = readings(outbox)
    assert (reading.attempt, reading.purpose) == (2, Purpose.RETEST)


async def test_a_running_test_is_cancelled_instead(outbox: Outbox) -> None:
    gateway = gateway_on(outbox)
    gateway.start_test(waited_15_min=None)
    with pytest.raises(BusyError):
        gateway.cannot_blow(CannotBlow.OTHER)
    await gateway.finish()


async def test_the_form_works_without_script_and_wants_a_reason_and_a_token(outbox: Outbox) -> None:
    page = Page(
        gateway_on(outbox),
        HandClock(),
        device_id="gw-test-1",
        zone="Europe/Stockholm",
        language="sv",
        permille_factor=Decimal(2),
    )
    transport = httpx.ASGITransport(app=create_app(page))
    async with httpx.AsyncClient(transport=transport, base_url=OWN) as client:
        form = BeautifulSoup((await client.get("/cannot-blow")).text, "html.parser")
        offered = [field["value"] for field in form.select("input[name=reason]")]
        assert offered == [reason.value for reason in CannotBlow]
        assert (await client.post("/cannot-blow", data={"token": page.token})).status_code == 422
        assert (await client.post("/cannot-blow", data={"reason": "other"})).status_code == 403
        kept = await client.post("/cannot-blow", data={"reason": "other", "token": page.token})
        assert (kept.status_code, kept.headers["location"]) == (303, "/?saved=cannot")
        told = BeautifulSoup((await client.get("/?saved=cannot")).text, "html.parser")
        assert told.find("p", role="status") is not None
    assert [reading.cannot_blow for reading in readings(outbox)] == [CannotBlow.OTHER]


async def test_a_test_can_be_begun_and_stopped_without_script(outbox: Outbox) -> None:
    gateway = gateway_on(outbox)
    page = Page(
        gateway,
        HandClock(),
        device_id="gw-test-1",
        zone="Europe/Stockholm",
        language="en",
        permille_factor=Decimal(2),
    )
    transport = httpx.ASGITransport(app=create_app(page))
    async with httpx.AsyncClient(transport=transport, base_url=OWN) as client:
        not_yet = BeautifulSoup((await client.get("/?not-yet=1")).text, "html.parser")
        assert not_yet.select_one("#ask[hidden]") and not_yet.select_one("#not-yet:not([hidden])")
        assert (await client.post("/test", data={"waited": "yes"})).status_code == 403
        began = await client.post("/test", data={"waited": "no", "token": page.token})
        assert began.status_code == 303
        running = BeautifulSoup((await client.get("/")).text, "html.parser")
        assert running.select_one("noscript meta[http-equiv=refresh]")
        assert (await client.post("/cancel", data={"token": page.token})).status_code == 303
    await gateway.finish()
    [reading] = readings(outbox)
    assert reading.waited_15_min is False
