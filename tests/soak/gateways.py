"""Simulated gateways as a process that can be killed: each has a connection of its own and a log of what it sent.

The log is the soak's independent account: a line is written before a message is first published, and the audit reads
nothing else about what was sent. On a new start what the log holds without a receipt is sent again. Sent messages are
doubled, held back and overtaken, and preceded by damaged copies, by lot.

    python -m tests.soak.gateways CONFIG.json
"""

import json
import random
import signal
import sys
import threading
import time
from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
from nacl.signing import VerifyKey
from paho.mqtt.enums import CallbackAPIVersion

from contracts.envelope import open_envelope, signed_text
from contracts.topics import Kind
from nykter.clock import SharedClock
from tests.support.messages import MadeUpGateway

Key = tuple[str, str, int]
DOUBLED, HELD_BACK, DAMAGED = 0.05, 0.05, 0.03
_RESEND_S = 4.0
_AT_ONCE = 40
_BEAT_S = 20.0


def blows_in(device_id: str, hour: datetime) -> bool:
    """Whether this client takes the hour's test: three in four, by a fixed lot that the audit draws again."""
    return sha256(f"{device_id} {hour:%Y%m%d%H}".encode()).digest()[0] % 4 != 0


@dataclass
class _Waiting:
    topic: str
    payload: bytes
    digest: str
    due_s: float


class Gateway:
    """One connection, one log of what was sent and one of what was answered."""

    def __init__(self, told: dict[str, Any], shared: dict[str, Any], dice: random.Random) -> None:
        self.made = MadeUpGateway(
            told["device"], told["tenant"], seed=bytes.fromhex(told["seed"]),
            boot_id=dice.randbytes(16).hex(),
        )  # fmt: skip
        self._dice, self._backend = dice, VerifyKey(bytes.fromhex(shared["backend_key"]))
        folder = Path(shared["folder"])
        self._sent_log = folder / f"{told['device']}.sent"
        self._answered_log = folder / f"{told['device']}.answered"
        self._guard = threading.Lock()
        self._waiting: dict[Key, _Waiting] = {}
        self._remember()
        self._sent = self._sent_log.open("a", encoding="ascii")
        self._answered = self._answered_log.open("a", encoding="ascii")
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=f"soak-{told['device']}", clean_session=True
        )
        self._client.username_pw_set(told["username"], told["password"])
        self._client.reconnect_delay_set(1, 2)
        self._client.on_connect = lambda client, *_: client.subscribe(self.made.topic(Kind.RECEIPT), qos=1)
        self._client.on_message = self._on_receipt
        self._client.connect_async("127.0.0.1", shared["port"], keepalive=20)
        self._client.loop_start()

    def blow(self, at: datetime) -> None:
        """One reading into the log and on its way."""
        reading = self.made.reading(f"0.{self._dice.randrange(900):03d}", measured_at=at)
        payload = self.made.seal(Kind.READING, reading)
        self._log(Kind.READING, payload, reading.boot_id, reading.sequence, at)

    def beat(self, at: datetime) -> None:
        """A heartbeat, so that silence is not taken for a broken gateway."""
        status = self.made.status(sent_at=at)
        self._log(Kind.STATUS, self.made.seal(Kind.STATUS, status), status.boot_id, status.sequence, at)

    def send_due(self) -> None:
        """Publish what is new or has waited too long; doubled, held back or after a damaged copy, by lot."""
        now = time.monotonic()
        with self._guard:
            due = [one for one in self._waiting.values() if one.due_s <= now][:_AT_ONCE]
        if not self._client.is_connected():
            return
        self._dice.shuffle(due)
        for one in due:
            if self._dice.random() < HELD_BACK:
                one.due_s = now + self._dice.random() * 2
                continue
            one.due_s = now + _RESEND_S
            if self._dice.random() < DAMAGED:
                self._client.publish(one.topic, self._damaged(one.payload), qos=1)
            for _ in range(2 if self._dice.random() < DOUBLED else 1):
                self._client.publish(one.topic, one.payload, qos=1)

    def stop(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _damaged(self, payload: bytes) -> bytes:
        if self._dice.random() < 0.3:
            return payload[: self._dice.randrange(len(payload))]
        # In the body: a changed last character of the signature may stand for the same bits.
        place = self._dice.randrange(9, len(payload) - 160)
        return (
            payload[:place] + bytes([payload[place] ^ (1 << self._dice.randrange(7))]) + payload[place + 1 :]
        )

    def _log(self, kind: Kind, payload: bytes, boot_id: str, sequence: int, at: datetime) -> None:
        digest = sha256(open_envelope(payload).body).hexdigest()
        line = {
            "kind": kind.value, "device": self.made.device_id, "boot": boot_id, "sequence": sequence,
            "at": at.isoformat(), "sha256": digest, "payload": b64encode(payload).decode(),
        }  # fmt: skip
        self._sent.write(json.dumps(line) + "\n")
        self._sent.flush()
        with self._guard:
            key = (self.made.device_id, boot_id, sequence)
            self._waiting[key] = _Waiting(self.made.topic(kind), payload, digest, 0.0)

    def _remember(self) -> None:
        answered = {key for key, _ in answers(self._answered_log)}
        for line in whole_lines(self._sent_log):
            key = (line["device"], line["boot"], line["sequence"])
            if key not in answered:
                topic = self.made.topic(Kind(line["kind"]))
                self._waiting[key] = _Waiting(topic, b64decode(line["payload"]), line["sha256"], 0.0)

    def _on_receipt(self, _client: Any, _data: Any, message: mqtt.MQTTMessage) -> None:
        envelope = open_envelope(bytes(message.payload))
        self._backend.verify(signed_text(Kind.RECEIPT.value, envelope.body), envelope.signature)
        for entry in json.loads(envelope.body)["entries"]:
            key = (self.made.device_id, entry["boot_id"], entry["sequence"])
            with self._guard:
                held = self._waiting.get(key)
                if held is None or held.digest != entry["body_sha256"]:
                    continue
                del self._waiting[key]
            self._answered.write(json.dumps([*key, entry["verdict"]]) + "\n")
            self._answered.flush()


def whole_lines(path: Path) -> list[dict[str, Any]]:
    """What a log holds; a line cut off by a kill was never published and does not count."""
    text = path.read_text(encoding="ascii") if path.exists() else ""
    if text and not text.endswith("\n"):
        text = text[: text.rfind("\n") + 1]
        path.write_text(text, encoding="ascii")
    return [json.loads(line) for line in text.splitlines()]


def answers(path: Path) -> list[tuple[Key, str]]:
    """What the backend answered."""
    return [((one[0], one[1], one[2]), one[3]) for one in whole_lines(path)]  # type: ignore[index]


def main(config: Path) -> None:
    shared = json.loads(config.read_text(encoding="utf-8"))
    dice = random.Random(f"{shared['seed']} {time.time_ns()}")
    clock = SharedClock(Path(shared["clock"]))
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    gateways = [Gateway(told, shared, dice) for told in shared["gateways"]]
    next_beat: dict[str, float] = {}
    while not ended.wait(0.05):
        now, real = clock.now(), time.monotonic()
        goes_on = not Path(shared["quiet"]).exists()
        for gateway in gateways:
            device = gateway.made.device_id
            # Tests are planned for the first half of every hour.
            wants = goes_on and now.minute < 29 and dice.random() < shared["rate"] * 0.05
            if wants and blows_in(device, now):
                gateway.blow(now)
            if goes_on and real > next_beat.setdefault(device, real + _BEAT_S * dice.random()):
                next_beat[device] = real + _BEAT_S
                gateway.beat(now)
            gateway.send_due()
    for gateway in gateways:
        gateway.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
