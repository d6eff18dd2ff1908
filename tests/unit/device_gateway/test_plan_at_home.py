"""The plan a gateway keeps: only the newest, over restarts, and what the client's page and heartbeat make of it."""

import time
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import httpx
import pytest
from bs4 import BeautifulSoup

from contracts.check_in import About, CheckIn
from contracts.device_status import DeviceStatus
from contracts.envelope import open_envelope, seal
from contracts.plan import Plan, SingleTest
from contracts.reading import CannotBlow, Purpose, Reading
from contracts.topics import Kind
from device_gateway.errors import PlanError, ReceiptError
from device_gateway.gateway import Gateway
from device_gateway.outbox import Outbox
from device_gateway.plan_keeper import PlanKeeper
from device_gateway.retest import RetestRules
from device_gateway.signing import ReceiptVerifier, Signer
from device_gateway.web.app import Page, create_app
from tests.support.contract_examples import BACKEND_KEY, GATEWAY_KEY
from tests.support.gateway import ORIGIN, START, HandClock, opened
from tests.support.home_plans import daily, limits, plan
from tests.unit.device_gateway.test_page_access import OWN, NoRadio

# START is 9 o'clock in Stockholm.
LATER = START + timedelta(minutes=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def outbox(tmp_path: Path, clock: HandClock) -> Outbox:
    return opened(tmp_path / "outbox.sqlite3", clock)


def gateway_on(outbox: Outbox, clock: HandClock, *plans: Plan) -> Gateway:
    gateway = Gateway(ORIGIN, outbox, NoRadio(), clock, time.monotonic, rules=RetestRules())
    for one in plans:
        gateway.take_plan(one)
    return gateway


def page_of(gateway: Gateway, clock: HandClock) -> Page:
    return Page(
        gateway,
        clock,
        device_id="gw-test-1",
        zone="Europe/Stockholm",
        language="sv",
        permille_factor=Decimal("2.0"),
    )


def sent(outbox: Outbox, kind: Kind) -> list[bytes]:
    return [open_envelope(row.sealed).body for row in outbox.waiting(0, 200) if row.kind == kind]


def test_a_newer_plan_replaces_the_one_held_and_an_older_one_is_refused(outbox: Outbox) -> None:
    keeper = PlanKeeper(outbox, ORIGIN.device_id)
    first, second = plan(version=3), plan(version=4, made_at=LATER)
    assert keeper.take(first) and keeper.take(second)
    with pytest.raises(PlanError):
        keeper.take(first)
    assert keeper.plan == second


def test_a_repeated_plan_changes_nothing_and_a_later_making_of_it_does(outbox: Outbox) -> None:
    keeper = PlanKeeper(outbox, ORIGIN.device_id)
    first, again = plan(version=3), plan(version=3, made_at=LATER)
    assert [keeper.take(one) for one in (first, first, again, first)] == [True, False, True, False]
    assert keeper.plan == again


def test_the_plan_is_there_after_a_restart_and_after_a_damaged_file(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite3"
    outbox = opened(path)
    PlanKeeper(outbox, ORIGIN.device_id).take(plan(version=3))
    outbox.close()
    path.write_bytes(b"not a database" * 1000)
    again = opened(path)
    assert again.damaged_at is not None
    held = PlanKeeper(again, ORIGIN.device_id).plan
    assert held == plan(version=3)


def test_only_the_backends_signature_for_this_gateway_makes_a_plan() -> None:
    verifier = ReceiptVerifier([bytes(BACKEND_KEY.verify_key)], ORIGIN.device_id)
    backend, stranger = Signer.of(BACKEND_KEY), Signer.of(GATEWAY_KEY)
    good = plan(daily("07:00", "09:00"))
    sealed = backend.seal(Kind.PLAN, good.canonical_bytes())
    assert verifier.open_plan(sealed) == good
    foreign = good.model_copy(update={"device_id": "gw-other-1"})
    forged = [
        stranger.seal(Kind.PLAN, good.canonical_bytes()),
        seal("plan", good.canonical_bytes(), backend.key_id, stranger.sign),
        backend.seal(Kind.RECEIPT, good.canonical_bytes()),
        backend.seal(Kind.PLAN, foreign.canonical_bytes()),
        sealed.replace(b"07:00", b"08:00"),
        b"{}",
    ]
    for raw in forged:
        with pytest.raises(ReceiptError):
            verifier.open_plan(raw)


async def test_the_heartbeat_says_which_plan_is_held(outbox: Outbox, clock: HandClock) -> None:
    gateway = gateway_on(outbox, clock)
    gateway.beat()
    gateway.take_plan(plan(version=7))
    clock.advance(minutes=2)
    gateway.beat()
    before, after = (DeviceStatus.read(body).value for body in sent(outbox, Kind.STATUS))
    assert (before.plan_version, before.plan_made_at) == (0, None)
    assert (after.plan_version, after.plan_made_at) == (7, START)


async def test_each_reminder_sounds_once_and_stops_when_the_test_is_made(
    outbox: Outbox, clock: HandClock
) -> None:
    gateway = gateway_on(outbox, clock, plan(daily("09:20", "11:00")))
    page = page_of(gateway, clock)
    heard = []
    for _ in range(65):
        gateway.beat()
        view = page.view(gateway.state(), "sv")
        heard.append((view.chime, view.reminder))
        clock.advance(minutes=1)
    assert heard[4] == (0, "")
    assert heard[5] == (1, "Snart dags för test, klockan 09:20.")
    assert heard[20] == heard[64] == (2, "Nu är det dags för test. Du har till klockan 11:00.")
    gateway.cannot_blow(CannotBlow.UNWELL)
    gateway.beat()
    assert page.view(gateway.state(), "sv").reminder == ""
    [reading] = [Reading.read(body).value for body in sent(outbox, Kind.READING)]
    assert reading.purpose is Purpose.PLANNED


async def test_the_page_shows_the_next_window_in_the_plans_zone(outbox: Outbox, clock: HandClock) -> None:
    there = plan(daily("07:00", "09:00"))
    travelled = there.model_copy(
        update={"terms": (there.terms[0].model_copy(update={"timezone": "America/New_York"}),)}
    )
    gateway = gateway_on(outbox, clock, travelled)
    app = create_app(page_of(gateway, clock))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=OWN) as browser:
        page = BeautifulSoup((await browser.get("/?lang=en")).text, "html.parser")
        state = (await browser.get("/api/state")).json()
    assert [line.text for line in page.select("#plan li")] == [
        "Next test: Monday 2 March 07:00–09:00",
    ]
    assert state["next_window"]["opens_at"] == "2026-03-02T12:00:00+00:00"
    assert state["plan_version"] == 1


async def test_a_random_test_is_nowhere_on_the_page_before_it_opens(outbox: Outbox, clock: HandClock) -> None:
    test = SingleTest(
        kind="random",
        window_kind="breath_test",
        opens_at=START + 5 * MINUTE,
        closes_at=START + 65 * MINUTE,
    )
    gateway = gateway_on(outbox, clock, plan(tests=(test,)))
    page = page_of(gateway, clock)
    gateway.beat()
    before = page.state_json("sv")
    clock.advance(minutes=5)
    gateway.beat()
    after = page.state_json("sv")
    assert "08:05" not in str(before) and before["next_window"] is None and before["reminder"] is None
    assert after["reminder"] == "open" and after["open_windows"][0]["source"] == "random"


async def test_limits_and_test_to_zero_come_from_the_plan(outbox: Outbox, clock: HandClock) -> None:
    strict = limits(retest_after_min=20, test_to_zero=True)
    gateway = gateway_on(outbox, clock, plan(limits=strict))
    state = gateway.state()
    assert state.retest_wait_minutes == 20 and state.agenda.to_zero
    assert any("under gränsen" in line for line in page_of(gateway, clock).view(state, "sv").plan)


@pytest.mark.requirement("I6")
async def test_a_window_without_a_test_is_listed_and_may_be_commented_on(
    outbox: Outbox, clock: HandClock
) -> None:
    gateway = gateway_on(outbox, clock, plan(daily("09:10", "10:00")))
    page = page_of(gateway, clock)
    gateway.beat()
    clock.advance(hours=2)
    gateway.beat()
    gateway.beat()
    [row] = page.view(gateway.state(), "sv").rows
    assert row.what == "Inget test gjort här"
    async with httpx.AsyncClient(transport=httpx.ASGITransport(create_app(page)), base_url=OWN) as browser:
        form = BeautifulSoup((await browser.get(row.comment)).text, "html.parser")
        fields = {str(one["name"]): str(one["value"]) for one in form.select("input")}
        answer = await browser.post("/comment", data={**fields, "words": "Jag satt på bussen."})
        forged = await browser.post("/comment", data={**fields, "token": "x", "words": "nej"})
        unknown = await browser.post("/comment", data={"token": page.token, "words": "om intet"})
    assert (answer.status_code, forged.status_code, unknown.status_code) == (303, 403, 422)
    [said] = [CheckIn.read(body).value for body in sent(outbox, Kind.CHECK_IN)]
    assert said.comment == "Jag satt på bussen." and said.answers == ()
    assert said.about == About(window_kind="breath_test", window_opens_at=START + 10 * MINUTE)


async def test_windows_that_closed_while_the_gateway_was_off_are_listed_too(
    outbox: Outbox, clock: HandClock
) -> None:
    gateway_on(outbox, clock, plan(daily("09:10", "10:00"))).beat()
    clock.advance(days=20)
    again = gateway_on(outbox, clock)
    again.beat()
    empty = again.state().agenda.empty
    assert len(empty) == 14 and all(one.opens_at > clock.now() - timedelta(days=14) for one in empty)
