"""Many gateways' outboxes in one: keeps every message until the backend's signed receipt for it is in.

The same promise as the real gateway's, in memory and over one connection, so that a test can have thousands of
messages under way.
"""

import json
import math
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from contracts.envelope import open_envelope
from contracts.receipt import Verdict
from contracts.topics import Kind, parse
from nykter.runtime.broker import Broker
from tests.support.messages import read_receipt

Key = tuple[str, str, int]


@dataclass
class _Waiting:
    topic: str
    payload: bytes
    body_sha256: str
    sent_at: float = -math.inf  # not 0: that is when the machine was switched on


@dataclass
class Outbox:
    """Sends, and sends again what is not receipted after `again_after_s`."""

    broker: Broker
    backend_public_key: bytes
    again_after_s: float = 2.0
    at_once: int = 400
    """Messages under way at a time."""
    verdicts: dict[Key, Verdict] = field(default_factory=dict)
    sent: int = 0

    def __post_init__(self) -> None:
        self._waiting: dict[Key, _Waiting] = {}
        self._guard = threading.Lock()
        self._ended = threading.Event()
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="test-outbox", clean_session=True)
        self._client.username_pw_set(self.broker.backend.username, self.broker.backend.password)
        self._client.reconnect_delay_set(1, 1)
        self._client.max_inflight_messages_set(200)
        self._client.on_connect = self._on_connect
        self._client.on_message = self._on_receipt
        self._sender = threading.Thread(target=self._keep_sending, name="outbox", daemon=True)

    def add(self, topic: str, payload: bytes) -> None:
        """Put a message in."""
        body = open_envelope(payload).body
        told = json.loads(body)
        key = (parse(topic).device_id, told["boot_id"], told["sequence"])
        with self._guard:
            self._waiting[key] = _Waiting(topic, payload, sha256(body).hexdigest())

    def start(self) -> None:
        port = int(self.broker.url.rsplit(":", 1)[1])
        self._client.connect_async("127.0.0.1", port, keepalive=10)
        self._client.loop_start()
        self._sender.start()

    def stop(self) -> None:
        self._ended.set()
        self._sender.join(5)
        self._client.disconnect()
        self._client.loop_stop()

    @property
    def depth(self) -> int:
        """How many messages wait for their receipt."""
        with self._guard:
            return len(self._waiting)

    def wait_until_empty(self, timeout_s: float) -> bool:
        return self.wait_for_depth(0, timeout_s)

    def wait_for_depth(self, depth: int, timeout_s: float) -> bool:
        """Until at most `depth` messages wait."""
        deadline = time.monotonic() + timeout_s
        while self.depth > depth and time.monotonic() < deadline:
            time.sleep(0.01)
        return self.depth <= depth

    def __enter__(self) -> "Outbox":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _on_connect(self, client: mqtt.Client, *_: Any) -> None:
        client.subscribe(f"nykter/v1/+/+/{Kind.RECEIPT.value}", qos=1)

    def _on_receipt(self, _client: Any, _data: Any, message: mqtt.MQTTMessage) -> None:
        receipt = read_receipt(bytes(message.payload), self.backend_public_key)
        with self._guard:
            for entry in receipt.entries:
                key = (receipt.device_id, entry.boot_id, entry.sequence)
                held = self._waiting.get(key)
                if held is not None and held.body_sha256 == entry.body_sha256:
                    del self._waiting[key]
                    self.verdicts[key] = entry.verdict

    def _keep_sending(self) -> None:
        while not self._ended.wait(0.02):
            if self._client.is_connected():
                for one in self._due():
                    self._client.publish(one.topic, one.payload, qos=1)
                    self.sent += 1

    def _due(self) -> Iterable[_Waiting]:
        now = time.monotonic()
        with self._guard:
            head = list(self._waiting.values())[: self.at_once]
            due = [one for one in head if now - one.sent_at > self.again_after_s]
            for one in due:
                one.sent_at = now
        return due
