"""Several ingests on one stream: killed at random, nothing is lost or stored twice; and memory has an end."""

import os
import random
import time
from pathlib import Path

import pytest

from backend.ingest.broker_address import BrokerAddress, Version
from backend.ingest.consumer import Consumer
from backend.ingest.dialect import SharingUnavailable
from backend.ingest.inbox import Inbox
from nykter.runtime.broker import Broker, login_url
from nykter.runtime.brokers import make_broker
from nykter.runtime.ports import wait_until
from tests.integration.backend.ingest.test_nothing_lost_nothing_twice import Stream
from tests.integration.backend.ingest.test_the_connection import Publisher, numbered, take
from tests.support.ingest_process import IngestProcess
from tests.support.servers import reachable_folder

SHARE = {"NYKTER_INGEST_SHARE": "test", "NYKTER_INGEST_JUDGES": "1"}
pytestmark = pytest.mark.timeout(180)


def sharing(broker: Broker, name: str, version: Version = Version.AUTO) -> Consumer:
    address = BrokerAddress.from_url(login_url(broker, broker.backend), version=version)
    return Consumer(address, name, share="test")


@pytest.mark.parametrize("version", [Version.V5, Version.V311])
def test_each_message_goes_to_one_of_them(mosquitto: Broker, version: Version) -> None:
    both = [sharing(mosquitto, name, version) for name in ("ingest", "ingest-2")]
    for one in both:
        one.start()
    assert wait_until(lambda: all(one.connected for one in both), 20)
    publisher = Publisher(mosquitto)
    publisher.publish(numbered(200))
    found = [take(one, 200, 1.0) for one in both]
    publisher.close()
    for one in both:
        one.stop()
    assert sorted(a.payload for part in found for a in part) == sorted(numbered(200))
    assert all(len(part) > 50 for part in found)


@pytest.mark.slow
def test_a_broker_without_shared_subscriptions_takes_one_ingest_and_refuses_a_second_in_words() -> None:
    with reachable_folder() as folder:
        broker = make_broker(folder / "broker", kind="amqtt")
        broker.start()
        first, second = sharing(broker, "ingest"), sharing(broker, "ingest-2")
        try:
            first.start()
            second.start()
            assert wait_until(lambda: first.connected and second.failure is not None, 30)
            assert isinstance(second.failure, SharingUnavailable)
            assert "only one ingest" in str(second.failure)
        finally:
            first.stop()
            second.stop()
            broker.stop()


@pytest.mark.slow
def test_two_processes_share_and_are_killed_in_turn(
    postgres_database: str, mosquitto: Broker, tmp_path: Path
) -> None:
    seed = int(os.environ.get("TEST_SEED", random.randrange(2**32)))
    print(f"TEST_SEED={seed}")
    dice = random.Random(seed)
    stream = Stream(postgres_database, mosquitto)
    both = [
        IngestProcess(postgres_database, mosquitto, tmp_path, name, **SHARE)
        for name in ("ingest", "ingest-2")
    ]
    with both[0], both[1], stream.outbox as outbox:
        for turn, depth in enumerate(stream.kill_points(dice, 4)):
            assert outbox.wait_for_depth(depth, 60), both[turn % 2].log.read_text()
            both[turn % 2].kill()
            time.sleep(dice.random() * 0.3)
            both[turn % 2].start()
        assert outbox.wait_until_empty(90), both[0].log.read_text()
    stream.assert_stored_exactly_once()


def test_memory_has_an_end_however_long_the_database_takes(mosquitto: Broker) -> None:
    """Nobody takes anything from the inbox, as when the database stands still: the broker keeps what does not fit."""
    number, size = int(os.environ.get("TEST_BACKLOG", "20000")), 2_000
    inbox = Inbox(rows=5_000, size=3_000_000)
    consumer = Consumer(
        BrokerAddress.from_url(login_url(mosquitto, mosquitto.backend)), "ingest", inbox=inbox
    )
    consumer.start()
    assert wait_until(lambda: consumer.connected, 20)
    publisher = Publisher(mosquitto)
    before = _resident()
    sent = [index.to_bytes(4, "big") + bytes(size) for index in range(number)]
    for start in range(0, number, 1000):
        publisher.publish(sent[start : start + 1000])
    assert wait_until(lambda: inbox.room() == 0, 5), (len(inbox), inbox.held_bytes, consumer.connections)
    time.sleep(1.0)
    assert inbox.held_bytes < 3_000_000 + 256 * (size + 4)
    assert _resident() - before < number * size + 40e6  # our own copy of what was sent, and little more
    found = 0
    while found < number:
        some = inbox.take(1000, 10.0)
        assert some, f"{found} came"
        consumer.settle(some, [])
        found += len(some)
    publisher.close()
    consumer.stop()
    assert consumer.failure is None
    assert consumer.connections == 1


def test_a_shared_stream_leaves_no_subscription_of_its_own_behind(mosquitto: Broker) -> None:
    """An ingest that took everything and now shares must not be given everything once more."""
    alone = Consumer(BrokerAddress.from_url(login_url(mosquitto, mosquitto.backend)), "ingest")
    alone.start()
    assert wait_until(lambda: alone.connected, 20)
    alone.stop()
    one = sharing(mosquitto, "ingest")
    one.start()
    assert wait_until(lambda: one.connected, 20)
    publisher = Publisher(mosquitto)
    publisher.publish(numbered(20))
    assert len(take(one, 40, 1.5)) == 20
    publisher.close()
    one.stop()


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return float(pages * os.sysconf("SC_PAGE_SIZE"))
