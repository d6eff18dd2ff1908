"""A made-up deployment: its authority, a Mosquitto that trusts nobody without its certificates, and what they show."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from nykter.ca.authority import Authority
from nykter.ca.certificates import Use
from nykter.clock import SystemClock
from nykter.runtime.broker import mosquitto_program
from nykter.runtime.local_broker import MosquittoTlsBroker
from nykter.runtime.ports import wait_until
from tests.support.servers import missing, reachable_folder


@dataclass(frozen=True)
class Shown:
    """Files of one bearer: the authority's certificate, and its own with its key."""

    ca: Path
    certificate: Path | None = None
    key: Path | None = None


@dataclass
class Deployment:
    """An authority and its running broker."""

    folder: Path
    authority: Authority
    broker: MosquittoTlsBroker

    def certificate(self, name: str) -> Shown:
        """A new certificate, known to the broker at once."""
        shown = issued(self.authority, name, self.folder)
        self.broker.reload()
        return shown

    def revoke(self, name: str) -> None:
        self.authority.revoke(name, now=SystemClock().now())
        self.broker.reload()


def issued(authority: Authority, name: str, folder: Path) -> Shown:
    """A certificate and its key as files."""
    certificate, key = authority.issue(name, Use.CLIENT, now=SystemClock().now())
    files = [folder / f"{name}.pem", folder / f"{name}.key"]
    for path, text in zip(files, (certificate, key), strict=True):
        path.write_text(text)
    return Shown(authority.folder / "ca.pem", *files)


@contextmanager
def running_deployment() -> Iterator[Deployment]:
    """Until the block ends."""
    if mosquitto_program() is None:
        missing("mosquitto is not installed")
    now = SystemClock().now()
    with reachable_folder() as folder:
        authority = Authority.create(folder / "ca", "Testkommun", now=now)
        broker = MosquittoTlsBroker(folder / "broker", authority, now=now)
        broker.start()
        try:
            yield Deployment(folder, authority, broker)
        finally:
            broker.stop()


class Visitor:
    """Somebody at the broker's door with whatever they can show."""

    def __init__(
        self, broker: MosquittoTlsBroker, shown: Shown, will: tuple[str, bytes] | None = None
    ) -> None:
        self.received: list[tuple[str, bytes]] = []
        self.acknowledged: list[int] = []
        self.entered = self.granted = self._turned_away = False
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, reconnect_on_failure=False)
        certificate, key = (str(one) if one else None for one in (shown.certificate, shown.key))
        if will is not None:
            self._client.will_set(*will, qos=1, retain=True)
        self._client.tls_set(ca_certs=str(shown.ca), certfile=certificate, keyfile=key)
        self._client.on_connect = self._on_connect
        self._client.on_message = lambda _, __, m: self.received.append((m.topic, bytes(m.payload)))
        self._client.on_publish = lambda _, __, number, *___: self.acknowledged.append(number)
        self._client.on_subscribe = self._on_subscribe
        self._client.on_disconnect = self._on_disconnect
        try:
            assert broker.port is not None
            self._client.connect("127.0.0.1", broker.port)
            self._client.loop_start()
            wait_until(lambda: self.entered or self._turned_away, 5)
        except OSError:
            self.entered = False

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Publish and wait for the broker's acknowledgement, which it gives for what it refuses, too."""
        number = self._client.publish(topic, payload, qos=1, retain=retain).mid
        assert wait_until(lambda: number in self.acknowledged, 5)

    def throw(self, topic: str, payload: bytes) -> None:
        """Publish and wait for nothing."""
        self._client.publish(topic, payload, qos=1)

    def drop(self) -> None:
        """Vanish without a goodbye, as a cut cable does: the broker acts on the last will."""
        found = self._client.socket()
        assert found is not None
        found.close()
        wait_until(lambda: self._turned_away, 5)

    @property
    def was_turned_away(self) -> bool:
        """Whether the broker closed the connection."""
        return self._turned_away

    def subscribe(self, topic: str) -> None:
        self.granted = False
        self._client.subscribe(topic, 1)
        assert wait_until(lambda: self.granted, 5)

    def __enter__(self) -> "Visitor":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _on_connect(self, _: Any, __: Any, ___: Any, reason: Any, ____: Any) -> None:
        self.entered = not reason.is_failure

    def _on_disconnect(self, *_: Any) -> None:
        self._turned_away = True

    def _on_subscribe(self, *_: Any) -> None:
        self.granted = True
