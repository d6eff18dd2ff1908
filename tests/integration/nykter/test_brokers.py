"""Both brokers are started the same way and let each login do the same."""

import itertools
import time
from collections.abc import Iterator
from contextlib import contextmanager

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from nykter.runtime.broker import Broker, Credentials
from nykter.runtime.local_broker import LocalBroker, MosquittoBroker
from nykter.runtime.ports import wait_until
from tests.support.servers import reachable_folder

_numbers = itertools.count(1)


class Client:
    """A paho client that remembers what came."""

    def __init__(self, broker: Broker, login: Credentials, client_id: str, clean: bool) -> None:
        assert isinstance(broker, LocalBroker)
        self.answers: list[str] = []
        self.messages: list[tuple[str, bytes]] = []
        self.subscribed = 0
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=clean,
            reconnect_on_failure=False,
        )
        self._client.username_pw_set(login.username, login.password)
        self._client.on_connect = self._connected
        self._client.on_subscribe = self._subscribed
        self._client.on_message = lambda _client, _data, message: self.messages.append(
            (message.topic, bytes(message.payload))
        )
        assert broker.port is not None
        self._client.connect("127.0.0.1", broker.port)
        self._client.loop_start()
        assert wait_until(lambda: bool(self.answers), 10.0)

    def subscribe(self, topic_filter: str) -> None:
        wanted = self.subscribed + 1
        self._client.subscribe(topic_filter, qos=1)
        assert wait_until(lambda: self.subscribed >= wanted, 10.0)

    def publish(self, topic: str, payload: str) -> None:
        self._client.publish(topic, payload, qos=1).wait_for_publish(10.0)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _connected(
        self, _client: mqtt.Client, _data: object, _flags: object, code: ReasonCode, _properties: object
    ) -> None:
        self.answers.append(str(code))

    def _subscribed(self, *_rest: object) -> None:
        self.subscribed += 1


@contextmanager
def connected(
    broker: Broker, login: Credentials, client_id: str | None = None, *, clean: bool = True
) -> Iterator[Client]:
    client = Client(broker, login, client_id or f"client-{next(_numbers)}", clean)
    try:
        yield client
    finally:
        client.close()


def test_a_gateway_reaches_the_backend_and_hears_its_own_receipts_only(broker: Broker) -> None:
    own, other = broker.add_gateway("clinic-a", "dev-1"), broker.add_gateway("clinic-a", "dev-2")
    with connected(broker, broker.backend) as backend, connected(broker, own) as gateway:
        backend.subscribe("nykter/v1/+/+/reading")
        for topic_filter in ("nykter/v1/clinic-a/dev-1/receipt", "nykter/v1/clinic-a/dev-2/receipt", "#"):
            gateway.subscribe(topic_filter)
        gateway.publish("nykter/v1/clinic-a/dev-2/reading", "in another's name")
        gateway.publish("nykter/v1/clinic-b/dev-1/reading", "at another clinic")
        gateway.publish("nykter/v1/clinic-a/dev-1/reading", "own")
        backend.publish("nykter/v1/clinic-a/dev-2/receipt", "another's")
        backend.publish("nykter/v1/clinic-a/dev-1/receipt", "own")
        assert wait_until(lambda: bool(backend.messages) and bool(gateway.messages), 10.0)
        time.sleep(0.3)  # long enough for what must not come to come
        assert backend.messages == [("nykter/v1/clinic-a/dev-1/reading", b"own")]
        assert gateway.messages == [("nykter/v1/clinic-a/dev-1/receipt", b"own")]
    assert own != other


@pytest.mark.parametrize(
    "login", [Credentials("backend", "guessed"), Credentials("nobody", "x"), Credentials("", "")]
)
def test_whoever_has_no_login_is_not_let_in(broker: Broker, login: Credentials) -> None:
    with connected(broker, login) as client:
        assert client.answers == ["Not authorized"]


def test_after_a_crash_it_listens_on_the_same_port_with_the_same_logins(broker: Broker) -> None:
    login = broker.add_gateway("clinic-a", "dev-1")
    address = broker.url
    broker.kill()
    assert not broker.is_running()
    assert broker.start() == address
    assert broker.add_gateway("clinic-a", "dev-1") == login
    with connected(broker, login) as client:
        assert client.answers == ["Success"]


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_mosquitto_keeps_its_queue_over_a_stop_and_all_but_the_last_seconds_over_a_crash(
    mosquitto: Broker, end: str
) -> None:
    login = mosquitto.add_gateway("clinic-a", "dev-1")
    with connected(mosquitto, mosquitto.backend, "ingest", clean=False) as backend:
        backend.subscribe("nykter/v1/+/+/reading")
    with connected(mosquitto, login) as gateway:
        for number in range(200):
            gateway.publish("nykter/v1/clinic-a/dev-1/reading", str(number))
    if end == "stop":
        mosquitto.stop()
    else:
        time.sleep(12)  # it saves every ten seconds
        mosquitto.kill()
    mosquitto.start()
    with connected(mosquitto, mosquitto.backend, "ingest", clean=False) as backend:
        assert wait_until(lambda: len(backend.messages) >= 200, 10.0)
        assert [payload for _topic, payload in backend.messages] == [b"%d" % number for number in range(200)]


def test_no_secret_of_a_broker_is_readable_by_others(broker: Broker) -> None:
    assert isinstance(broker, LocalBroker)
    broker.add_gateway("clinic-a", "dev-1")
    files = [path for path in broker.folder.rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {"logins.json"}
    assert [path for path in files if path.stat().st_mode & 0o077] == []


def test_a_login_added_the_moment_the_broker_listens_does_not_end_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A broker that, like Mosquitto under load, listens half a second before it minds SIGHUP."""
    with reachable_folder() as folder:
        program = folder / "late"
        program.write_text(_LISTENS_BEFORE_IT_MINDS)
        program.chmod(0o755)
        monkeypatch.setattr("nykter.runtime.local_broker.mosquitto_program", lambda: str(program))
        broker = MosquittoBroker(folder / "broker")
        broker.start()
        try:
            broker.add_gateway("testkommun", "gw-home-1")
            time.sleep(0.1)
            assert broker.is_running()
        finally:
            broker.stop()


_LISTENS_BEFORE_IT_MINDS = """#!/usr/bin/env -S python3 -I
import signal, socket, sys, time
port = int(open(sys.argv[2]).readline().split()[1])
door = socket.create_server(("127.0.0.1", port))
time.sleep(0.5)
signal.signal(signal.SIGHUP, lambda *_: None)
while True:
    door.accept()[0].close()
"""
