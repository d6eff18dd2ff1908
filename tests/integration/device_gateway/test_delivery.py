"""The publisher against real brokers: what is written arrives once, whatever happens on the way."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from contracts.receipt import Receipt, Verdict
from contracts.topics import Kind
from device_gateway.outbox import Outbox
from device_gateway.publisher import BrokerAddress, Pace, Publisher
from device_gateway.signing import ReceiptVerifier
from nykter.runtime.broker import Broker
from tests.support.gateway import GATEWAY_KEY, ORIGIN, HandClock, opened, status
from tests.support.receipts import ReceiptServer

TENANT = "testkommun"
QUICK = Pace(window=50, resend_s=0.6, resend_max_s=1.2, reconnect_s=0.1, reconnect_max_s=0.4)


def until(condition: Callable[[], bool], timeout_s: float = 30.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)


def publisher_for(
    broker: Broker, outbox: Outbox, server_key: bytes, clock: HandClock | None = None
) -> Publisher:
    login = broker.add_gateway(TENANT, ORIGIN.device_id)
    address = BrokerAddress.of(broker.url)
    return Publisher(
        outbox,
        ReceiptVerifier([server_key], ORIGIN.device_id),
        BrokerAddress(address.host, address.port, username=login.username, password=login.password),
        TENANT,
        ORIGIN.device_id,
        clock or HandClock(),
        pace=QUICK,
    )


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return opened(tmp_path / "outbox.sqlite3")


@pytest.fixture
def server(broker: Broker) -> Iterator[ReceiptServer]:
    broker.add_gateway(TENANT, ORIGIN.device_id)
    server = ReceiptServer(broker, {ORIGIN.device_id: bytes(GATEWAY_KEY.verify_key)})
    server.start()
    yield server
    server.stop()


@pytest.fixture
def publisher(broker: Broker, outbox: Outbox, server: ReceiptServer) -> Iterator[Publisher]:
    publisher = publisher_for(broker, outbox, server.public_key)
    yield publisher
    publisher.stop()


def test_messages_arrive_in_order_and_leave_the_outbox(
    outbox: Outbox, server: ReceiptServer, publisher: Publisher
) -> None:
    for uptime_s in range(120):
        outbox.write(Kind.STATUS, status(uptime_s))
    publisher.start()
    until(lambda: outbox.depth().waiting == 0)
    assert [sequence for _, _, sequence in server.order] == list(range(1, 121))
    assert server.problems == []


def test_a_new_message_goes_out_at_once(outbox: Outbox, server: ReceiptServer, publisher: Publisher) -> None:
    publisher.start()
    until(lambda: publisher.state.connected)
    began = time.monotonic()
    outbox.write(Kind.STATUS, status())
    publisher.wake()
    until(lambda: outbox.depth().waiting == 0)
    assert time.monotonic() - began < 1.5


@pytest.mark.requirement("D3", "H5")
def test_an_acknowledgement_by_the_broker_frees_nothing(
    outbox: Outbox, server: ReceiptServer, publisher: Publisher
) -> None:
    server.drop_receipts.set()
    for uptime_s in range(10):
        outbox.write(Kind.STATUS, status(uptime_s))
    publisher.start()
    until(lambda: len(server.stored) == 10)
    until(lambda: server.arrivals >= 20)  # sent again, since nobody said that they are stored
    assert outbox.depth().waiting == 10
    server.drop_receipts.clear()
    until(lambda: outbox.depth().waiting == 0)
    assert len(server.order) == 10


def test_nothing_is_lost_or_doubled_when_the_broker_is_killed(
    broker: Broker, outbox: Outbox, server: ReceiptServer, publisher: Publisher
) -> None:
    publisher.start()
    for uptime_s in range(300):
        outbox.write(Kind.STATUS, status(uptime_s))
        publisher.wake()
        if uptime_s in {60, 180}:
            until(lambda: bool(server.order))
            broker.kill()
            broker.start()
    until(lambda: outbox.depth().waiting == 0, 45)
    assert sorted(sequence for _, _, sequence in server.stored) == list(range(1, 301))
    assert len(server.order) == 300
    assert server.problems == []


def test_a_broker_that_comes_late_is_awaited(broker: Broker, outbox: Outbox, server: ReceiptServer) -> None:
    broker.stop()
    publisher = publisher_for(broker, outbox, server.public_key)
    outbox.write(Kind.STATUS, status())
    publisher.start()
    try:
        until(lambda: publisher.state.last_trouble is not None)
        assert not publisher.state.connected
        broker.start()
        until(lambda: outbox.depth().waiting == 0)
    finally:
        publisher.stop()


def test_receipts_signed_by_somebody_else_are_ignored(
    broker: Broker, outbox: Outbox, server: ReceiptServer
) -> None:
    publisher = publisher_for(broker, outbox, bytes(32))
    outbox.write(Kind.STATUS, status())
    publisher.start()
    try:
        until(lambda: publisher.state.refused_receipts > 0)
        assert outbox.depth().waiting == 1
    finally:
        publisher.stop()


@pytest.mark.parametrize("verdict", [Verdict.REFUSED, Verdict.CONFLICT])
def test_what_the_backend_does_not_accept_is_kept_apart_and_not_sent_again(
    outbox: Outbox, server: ReceiptServer, publisher: Publisher, verdict: Verdict
) -> None:
    server.verdicts[2] = verdict
    for uptime_s in range(3):
        outbox.write(Kind.STATUS, status(uptime_s))
    publisher.start()
    until(lambda: outbox.depth().waiting == 0)
    assert (outbox.depth().refused, len(server.stored)) == (1, 2)


def test_the_clock_offset_is_measured_and_nothing_is_shifted(
    broker: Broker, outbox: Outbox, server: ReceiptServer
) -> None:
    clock = HandClock()
    server.now = lambda: clock.now() + timedelta(seconds=90)
    publisher = publisher_for(broker, outbox, server.public_key, clock)
    publisher.start()
    try:
        outbox.write(Kind.STATUS, status())
        publisher.wake()
        until(lambda: publisher.state.clock_offset_ms is not None)
        assert publisher.state.clock_offset_ms == 90_000
        body = next(iter(server.stored.values()))
        assert b'"sent_at":"2026-03-02T08:00:00Z"' in body
    finally:
        publisher.stop()


def test_a_month_offline_is_delivered_in_one_go(
    outbox: Outbox, server: ReceiptServer, publisher: Publisher
) -> None:
    for uptime_s in range(600):
        outbox.write(Kind.STATUS, status(uptime_s))
    publisher.start()
    began = time.monotonic()
    until(lambda: outbox.depth().waiting == 0)
    assert time.monotonic() - began < 25
    assert [sequence for _, _, sequence in server.order] == list(range(1, 601))


def test_receipts_of_another_gateway_do_not_touch_ours(
    outbox: Outbox, server: ReceiptServer, publisher: Publisher
) -> None:
    outbox.write(Kind.STATUS, status())
    row = outbox.waiting(0, 1)[0]
    publisher.start()
    until(lambda: outbox.depth().waiting == 0)
    foreign = Receipt.read(
        b'{"device_id":"gw-other-1","received_at":"2026-03-02T08:00:00Z","entries":[{"boot_id":"%s",'
        b'"sequence":1,"body_sha256":"%s","verdict":"stored"}]}'
        % (row.boot_id.encode(), row.body_sha256.encode())
    ).value
    outbox.write(Kind.STATUS, status())
    server.deaf.set()
    server.send(TENANT, ORIGIN.device_id, foreign)
    until(lambda: publisher.state.refused_receipts == 1)
    assert outbox.depth().waiting == 1
