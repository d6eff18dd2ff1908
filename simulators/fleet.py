"""Many simulated homes at a real broker: each with its own login, key and connection, as gateways have.

Delivery follows the same rule as in a real gateway: a message is done only when the backend's signed receipt for
exactly its bytes has arrived; until then it is sent again after every reconnection and after `RESEND_AFTER_S`.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any
from urllib.parse import unquote, urlsplit

import nacl.exceptions
import nacl.signing
import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from contracts.envelope import key_id_of, open_envelope, seal, signed_text
from contracts.errors import ContractError
from contracts.receipt import Receipt
from contracts.topics import Kind, Topic
from simulators.home import Home, Outgoing

log = logging.getLogger(__name__)

RESEND_AFTER_S = 10.0
_KEEPALIVE_S = 60
_MOST_IN_FLIGHT = 1000


@dataclass(frozen=True)
class HomeLogin:
    """What a simulated gateway was given at enrolment. The URL holds its password."""

    tenant_id: str
    mqtt_url: str = field(repr=False)
    signing_key: nacl.signing.SigningKey = field(repr=False)
    receipt_key: nacl.signing.VerifyKey


@dataclass
class _Pending:
    digest: str
    topic: str
    raw: bytes
    sent_at: float


class Station:
    """One home's connection: sends its messages and keeps them until their receipts are in."""

    def __init__(self, home: Home, login: HomeLogin) -> None:
        self.home = home
        self._login = login
        self._key_id = key_id_of(bytes(login.signing_key.verify_key))
        self._pending: dict[tuple[str, int], _Pending] = {}
        self._lock = threading.Lock()
        self._receipt_topic = str(Topic(login.tenant_id, home.device_id, Kind.RECEIPT))
        self.verdicts: dict[str, int] = {}
        self._subscribed = False
        self._client = self._make_client()

    def start(self) -> None:
        """Connect in the background and stay connected."""
        address = urlsplit(self._login.mqtt_url)
        self._client.connect_async(address.hostname or "127.0.0.1", address.port or 1883, _KEEPALIVE_S)
        self._client.loop_start()

    def stop(self) -> None:
        """Disconnect. What has no receipt stays undone."""
        self._client.disconnect()
        self._client.loop_stop()

    @property
    def is_connected(self) -> bool:
        """Whether the broker has taken this home's login and its subscription for receipts."""
        return self._subscribed

    @property
    def waiting(self) -> int:
        """Messages sent and without a receipt."""
        return len(self._pending)

    def seal(self, message: Outgoing) -> "Sealed":
        """Build and sign one message."""
        body = message.build().canonical_bytes()
        raw = seal(
            message.kind, body, self._key_id, lambda text: self._login.signing_key.sign(text).signature
        )
        topic = str(Topic(self._login.tenant_id, self.home.device_id, message.kind))
        return Sealed(self, message.sequence, sha256(body).hexdigest(), topic, raw)

    def send(self, sealed: "Sealed") -> None:
        """Publish one message and keep it until its receipt is in."""
        pending = _Pending(sealed.digest, sealed.topic, sealed.raw, time.monotonic())
        with self._lock:
            self._pending[self.home.boot_id, sealed.sequence] = pending
        self._client.publish(sealed.topic, sealed.raw, qos=1)

    def resend(self, older_than_s: float = RESEND_AFTER_S) -> None:
        """Publish again what has waited too long for its receipt."""
        now = time.monotonic()
        with self._lock:
            late = [p for p in self._pending.values() if now - p.sent_at >= older_than_s]
            for pending in late:
                pending.sent_at = now
        if self._client.is_connected():
            for pending in late:
                self._client.publish(pending.topic, pending.raw, qos=1)

    def _make_client(self) -> mqtt.Client:
        address = urlsplit(self._login.mqtt_url)
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=f"home-{self.home.device_id}", clean_session=True
        )
        if address.username:
            client.username_pw_set(unquote(address.username), unquote(address.password or ""))
        client.max_inflight_messages_set(_MOST_IN_FLIGHT)
        client.reconnect_delay_set(1, 10)
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        return client

    def _on_connect(self, client: mqtt.Client, _userdata: Any, _flags: Any, reason: Any, _props: Any) -> None:
        if reason.is_failure:
            log.warning("gateway %s was refused by the broker", self.home.device_id)
            return
        client.subscribe(self._receipt_topic, qos=1)
        self.resend(older_than_s=1.0)

    def _on_subscribe(self, *_what: Any) -> None:
        self._subscribed = True

    def _on_disconnect(self, *_what: Any) -> None:
        self._subscribed = False

    def _on_message(self, _client: mqtt.Client, _userdata: Any, message: mqtt.MQTTMessage) -> None:
        try:
            envelope = open_envelope(bytes(message.payload))
            self._login.receipt_key.verify(signed_text(Kind.RECEIPT, envelope.body), envelope.signature)
            receipt = Receipt.read(envelope.body).value
        except (ContractError, nacl.exceptions.BadSignatureError):
            log.warning("gateway %s got a receipt it cannot trust", self.home.device_id)
            return
        for entry in receipt.entries:
            key = (entry.boot_id, entry.sequence)
            with self._lock:
                pending = self._pending.get(key)
                if pending is None or pending.digest != entry.body_sha256:
                    continue
                del self._pending[key]
            self.verdicts[entry.verdict] = self.verdicts.get(entry.verdict, 0) + 1


@dataclass(frozen=True, slots=True)
class Sealed:
    """A message built and signed, ready to go."""

    station: Station
    sequence: int
    digest: str
    topic: str
    raw: bytes


class Fleet:
    """All homes of a demo or a load test."""

    def __init__(self, stations: Sequence[Station]) -> None:
        self.stations = tuple(stations)

    def start(self) -> None:
        """Connect every home."""
        for station in self.stations:
            station.start()

    @property
    def is_connected(self) -> bool:
        """Whether every home is connected and would hear its receipts."""
        return all(station.is_connected for station in self.stations)

    def stop(self) -> None:
        """Disconnect every home."""
        for station in self.stations:
            station.stop()

    def seal_due(
        self,
        until: datetime,
        *,
        after: datetime | None = None,
        leave_out: Callable[[Station, Outgoing], bool] = lambda _station, _message: False,
    ) -> list[Sealed]:
        """What became due up to `until`, in each home's order, ready to go.

        What was due no later than `after`, and what `leave_out` names, is passed over for good.
        """
        return [
            station.seal(message)
            for station in self.stations
            for message in station.home.due(until)
            if (after is None or message.due_at > after) and not leave_out(station, message)
        ]

    def send(self, ready: Sequence[Sealed]) -> None:
        """Publish messages that were sealed before."""
        for sealed in ready:
            sealed.station.send(sealed)

    def send_due(
        self,
        until: datetime,
        *,
        after: datetime | None = None,
        leave_out: Callable[[Station, Outgoing], bool] = lambda _station, _message: False,
    ) -> int:
        """Seal and send what became due up to `until` (see `seal_due`); returns how many messages that were."""
        ready = self.seal_due(until, after=after, leave_out=leave_out)
        self.send(ready)
        return len(ready)

    @property
    def waiting(self) -> int:
        """Messages without a receipt, over all homes."""
        return sum(station.waiting for station in self.stations)

    def settle(self, timeout_s: float) -> bool:
        """Wait until every message has its receipt; False when time ran out."""
        deadline = time.monotonic() + timeout_s
        pause = 0.002
        while self.waiting:
            if time.monotonic() > deadline:
                return False
            for station in self.stations:
                if station.waiting:
                    station.resend()
            time.sleep(pause)
            pause = min(pause * 1.5, 0.05)
        return True

    def verdicts(self) -> dict[str, int]:
        """How many receipts of each verdict have arrived."""
        total: dict[str, int] = {}
        for station in self.stations:
            for verdict, count in station.verdicts.items():
                total[verdict] = total.get(verdict, 0) + count
        return total
