"""A stand-in for the backend's ingest, for tests of the gateway: stores what arrives and answers with receipts.

Real MQTT, real signatures on both ways; only the database is a dictionary. `deaf` makes it ignore messages and
`drop_receipts` keep silent after storing, as a crash between commit and receipt would.
"""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import paho.mqtt.client as mqtt
from nacl.signing import SigningKey, VerifyKey
from paho.mqtt.enums import CallbackAPIVersion

from contracts import topics
from contracts.background import Background
from contracts.check_in import CheckIn
from contracts.device_status import DeviceStatus
from contracts.envelope import key_id_of, open_envelope, seal, signed_text
from contracts.reading import Reading
from contracts.receipt import Receipt, ReceiptEntry, Verdict
from nykter.runtime.broker import Broker

Key = tuple[str, str, int]
Upward = Reading | CheckIn | DeviceStatus | Background
MODELS: dict[topics.Kind, type[Reading] | type[CheckIn] | type[DeviceStatus] | type[Background]] = {
    topics.Kind.READING: Reading,
    topics.Kind.CHECK_IN: CheckIn,
    topics.Kind.STATUS: DeviceStatus,
    topics.Kind.BACKGROUND: Background,
}


def sealed_receipt(receipt: Receipt, key: SigningKey) -> bytes:
    """A receipt signed with the backend's key."""
    key_id = key_id_of(bytes(key.verify_key))
    return seal("receipt", receipt.canonical_bytes(), key_id, lambda text: key.sign(text).signature)


class ReceiptServer:
    """Stores and receipts until stopped."""

    def __init__(self, broker: Broker, gateway_keys: dict[str, bytes], key: SigningKey | None = None) -> None:
        """`gateway_keys`: device id -> its public key."""
        self.key = key or SigningKey.generate()
        self.stored: dict[Key, bytes] = {}
        """(device, boot, sequence) -> body."""
        self.kinds: dict[Key, topics.Kind] = {}
        self.order: list[Key] = []
        self.arrivals = 0
        self.problems: list[str] = []
        self.verdicts: dict[int, Verdict] = {}
        """Sequence -> verdict to answer instead of storing."""
        self.deaf = threading.Event()
        self.drop_receipts = threading.Event()
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)
        self._keys = {device: VerifyKey(key) for device, key in gateway_keys.items()}
        self._subscribed = threading.Event()
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="receipts", clean_session=True)
        self._client.username_pw_set(broker.backend.username or None, broker.backend.password or None)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_message = self._on_message
        self._broker = broker

    @property
    def public_key(self) -> bytes:
        """What a gateway is enrolled with."""
        return bytes(self.key.verify_key)

    def know(self, device_id: str, public_key: bytes) -> None:
        """Enrol one more gateway."""
        self._keys[device_id] = VerifyKey(public_key)

    def start(self) -> None:
        """Connect and wait until subscribed."""
        host, port = self._broker.url.removeprefix("mqtt://").split(":")
        self._client.connect_async(host, int(port), keepalive=20)
        self._client.loop_start()
        assert self._subscribed.wait(10), "the receipt server did not get its subscription"

    def stop(self) -> None:
        """Disconnect."""
        self._client.disconnect()
        self._client.loop_stop()

    def send(self, tenant_id: str, device_id: str, receipt: Receipt) -> None:
        """Send a receipt to a gateway's own topic."""
        answer = topics.Topic(tenant_id, device_id, topics.Kind.RECEIPT)
        self._client.publish(str(answer), sealed_receipt(receipt, self.key), qos=1)

    def _on_connect(self, client: mqtt.Client, *_: Any) -> None:
        client.subscribe([(topic, 1) for topic in topics.subscriptions()])

    def _on_message(self, _: mqtt.Client, __: Any, message: mqtt.MQTTMessage) -> None:
        if self.deaf.is_set():
            return
        topic = topics.parse(message.topic)
        try:
            receipt = self._store(topic, bytes(message.payload))
        except Exception as error:
            self.problems.append(repr(error))
            raise
        if not self.drop_receipts.is_set():
            self.send(topic.tenant_id, topic.device_id, receipt)

    def _store(self, topic: topics.Topic, raw: bytes) -> Receipt:
        self.arrivals += 1
        envelope = open_envelope(raw)
        self._keys[topic.device_id].verify(signed_text(topic.kind.value, envelope.body), envelope.signature)
        message: Upward = MODELS[topic.kind].read(envelope.body).value
        assert message.device_id == topic.device_id
        key = (message.device_id, message.boot_id, message.sequence)
        entry = ReceiptEntry(
            boot_id=message.boot_id,
            sequence=message.sequence,
            body_sha256=sha256(envelope.body).hexdigest(),
            verdict=self._verdict(key, envelope.body),
        )
        if entry.verdict is Verdict.STORED:
            self.stored[key] = envelope.body
            self.kinds[key] = topic.kind
            self.order.append(key)
        return Receipt(device_id=topic.device_id, received_at=self.now(), entries=(entry,))

    def _verdict(self, key: Key, body: bytes) -> Verdict:
        if key[2] in self.verdicts:
            return self.verdicts[key[2]]
        if key not in self.stored:
            return Verdict.STORED
        return Verdict.DUPLICATE if self.stored[key] == body else Verdict.CONFLICT
