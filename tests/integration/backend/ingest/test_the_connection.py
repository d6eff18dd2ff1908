"""The MQTT connection: memory is bounded, nothing unacknowledged is forgotten, receipts find their way."""

import threading
import time
from collections.abc import Iterator

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from backend.ingest.arrival import Arrival
from backend.ingest.broker_address import BrokerAddress
from backend.ingest.consumer import Consumer
from nykter.runtime.broker import Broker, login_url
from nykter.runtime.ports import wait_until

TOPIC = "nykter/v1/testkommun/gw-test-0001/reading"


class Publisher:
    def __init__(self, broker: Broker) -> None:
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="test-publisher")
        self._client.username_pw_set(broker.backend.username, broker.backend.password)
        self.received: list[bytes] = []
        self._client.on_message = lambda _c, _d, message: self.received.append(bytes(message.payload))
        subscribed = threading.Event()
        self._client.on_subscribe = lambda *_: subscribed.set()
        self._client.on_connect = lambda client, *_: client.subscribe("nykter/v1/+/+/receipt", qos=1)
        self._client.connect("127.0.0.1", int(broker.url.rsplit(":", 1)[1]))
        self._client.loop_start()
        assert subscribed.wait(20)

    def publish(self, payloads: list[bytes]) -> None:
        for info in [self._client.publish(TOPIC, payload, qos=1) for payload in payloads]:
            info.wait_for_publish(30)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def publisher(broker: Broker) -> Iterator[Publisher]:
    made = Publisher(broker)
    yield made
    made.close()


@pytest.fixture
def consumer(broker: Broker) -> Iterator[Consumer]:
    made = Consumer(BrokerAddress.from_url(login_url(broker, broker.backend)), "ingest-test")
    made.start()
    assert wait_until(lambda: made.connected, 20)
    yield made
    made.stop()
    assert made.failure is None


def take(consumer: Consumer, number: int, timeout_s: float = 20.0) -> list[Arrival]:
    found: list[Arrival] = []
    deadline = time.monotonic() + timeout_s
    while len(found) < number and time.monotonic() < deadline:
        found += consumer.inbox.take(number - len(found), 0.2)
    return found


def numbered(number: int) -> list[bytes]:
    return [f"message {index}".encode() for index in range(number)]


def test_messages_of_every_size_come_through_whole(consumer: Consumer, publisher: Publisher) -> None:
    payloads = [b"", b"x", b"y" * 127, b"z" * 128, b"w" * 20_000, b"v" * 150_000, b"end"]
    publisher.publish(payloads)
    found = take(consumer, len(payloads))
    assert [one.payload for one in found] == payloads
    assert {one.topic for one in found} == {TOPIC}


def test_a_full_queue_is_not_filled_further_and_nothing_is_lost(
    consumer: Consumer, publisher: Publisher
) -> None:
    consumer.inbox.max_rows = 100
    publisher.publish(numbered(600))
    assert wait_until(lambda: len(consumer.inbox) >= 100, 20)
    time.sleep(0.5)
    assert len(consumer.inbox) < 200
    found: list[Arrival] = []
    while len(found) < 600:
        some = take(consumer, 50, 5)
        assert some, f"{len(found)} came"
        consumer.settle(some, [])
        found += some
    assert {one.payload for one in found} == set(numbered(600))
    assert consumer.connected


def test_receipts_are_published(consumer: Consumer, publisher: Publisher) -> None:
    topic = "nykter/v1/testkommun/gw-test-0001/receipt"
    consumer.settle([], [(topic, b"one"), (topic, b"two")])
    assert wait_until(lambda: len(publisher.received) == 2, 20)
    assert publisher.received == [b"one", b"two"]


@pytest.mark.parametrize("broker", ["mosquitto"], indirect=True)
def test_what_was_not_acknowledged_comes_again_on_the_next_connection_and_the_rest_does_not(
    consumer: Consumer, publisher: Publisher
) -> None:
    publisher.publish(numbered(10))
    first = take(consumer, 10)
    consumer.settle(first[:4], [])
    time.sleep(0.5)
    consumer.pause()
    assert wait_until(lambda: not consumer.connected, 10)
    consumer.settle(first[4:6], [])  # too late: the connection they came by is gone
    consumer.resume()
    again = take(consumer, 6)
    assert {one.payload for one in again} == set(numbered(10)[4:])
    assert {one.connection for one in again} != {one.connection for one in first}
    assert take(consumer, 1, 0.5) == []


@pytest.mark.parametrize("broker", ["mosquitto"], indirect=True)
def test_it_connects_again_by_itself_after_the_broker_was_killed(
    consumer: Consumer, publisher: Publisher, broker: Broker
) -> None:
    broker.kill()
    assert wait_until(lambda: not consumer.connected, 10)
    broker.start()
    assert wait_until(lambda: consumer.connected, 20)
    assert consumer.connections == 2


def test_an_address_without_a_broker_is_refused() -> None:
    with pytest.raises(ValueError, match="MQTT"):
        BrokerAddress.from_url("http://127.0.0.1")
    secure = BrokerAddress.from_url("mqtts://user:a%20b@example.org")
    assert (secure.port, secure.tls, secure.password) == (8883, True, "a b")
