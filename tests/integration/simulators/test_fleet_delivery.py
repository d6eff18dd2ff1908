"""A fleet over a real broker: a message is done only when a trusted receipt for exactly its bytes has arrived."""

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from nacl.signing import SigningKey

from nykter.runtime.broker import Broker, login_url
from simulators.archetypes import demo_profiles
from simulators.fleet import Fleet, HomeLogin, Station
from simulators.home import Home
from simulators.person import Person
from tests.support.receipts import ReceiptServer

TENANT = "demo"
UNTIL = datetime(2026, 3, 9, tzinfo=UTC)


@pytest.fixture
def homes() -> list[tuple[Home, SigningKey]]:
    return [
        (Home(f"gw-{p.key.lower()}", Person(p, 3, date(2026, 3, 2)), 3), SigningKey.generate())
        for p in demo_profiles(3, 4, 30)
    ]


@pytest.fixture
def server(broker: Broker, homes: list[tuple[Home, SigningKey]]) -> Iterator[ReceiptServer]:
    server = ReceiptServer(broker, {home.device_id: bytes(key.verify_key) for home, key in homes})
    server.start()
    yield server
    server.stop()


@pytest.fixture
def fleet(broker: Broker, homes: list[tuple[Home, SigningKey]], server: ReceiptServer) -> Iterator[Fleet]:
    fleet = Fleet(
        [
            Station(
                home,
                HomeLogin(
                    TENANT,
                    login_url(broker, broker.add_gateway(TENANT, home.device_id)),
                    key,
                    server.key.verify_key,
                ),
            )
            for home, key in homes
        ]
    )
    fleet.start()
    yield fleet
    fleet.stop()


def test_every_message_arrives_once_and_is_done_by_its_receipt(fleet: Fleet, server: ReceiptServer) -> None:
    sent = fleet.send_due(UNTIL)
    assert sent > 40
    assert fleet.settle(30)
    assert len(server.stored) == sent
    assert fleet.verdicts() == {"stored": sent}


def test_without_receipts_nothing_is_done_and_everything_is_sent_again(
    fleet: Fleet, server: ReceiptServer
) -> None:
    server.drop_receipts.set()
    sent = fleet.send_due(UNTIL)
    assert not fleet.settle(2)
    assert fleet.waiting == sent
    server.drop_receipts.clear()
    for station in fleet.stations:
        station.resend(older_than_s=0)
    assert fleet.settle(30)
    assert len(server.stored) == sent


def test_a_receipt_signed_by_somebody_else_is_worth_nothing(fleet: Fleet, server: ReceiptServer) -> None:
    honest, server.key = server.key, SigningKey.generate()
    sent = fleet.send_due(UNTIL)
    assert not fleet.settle(2)
    assert fleet.waiting == sent
    server.key = honest
    for station in fleet.stations:
        station.resend(older_than_s=0)
    assert fleet.settle(30)


def test_a_killed_broker_costs_time_and_no_message(
    broker: Broker, fleet: Fleet, server: ReceiptServer
) -> None:
    sent = fleet.send_due(UNTIL)
    broker.kill()
    time.sleep(0.3)
    broker.start()
    assert fleet.settle(45)
    assert len(server.stored) == sent
    assert server.problems == []


def test_what_is_left_out_is_passed_over_for_good(fleet: Fleet, server: ReceiptServer) -> None:
    quiet = fleet.stations[0].home.device_id
    fleet.send_due(UNTIL, leave_out=lambda station, _: station.home.device_id == quiet)
    assert fleet.send_due(UNTIL) == 0
    assert fleet.settle(30)
    assert quiet not in {device for device, _, _ in server.stored}
