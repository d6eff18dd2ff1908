"""Sends the outbox over MQTT until every message has its receipt.

Guarantees rest on the receipts alone, whichever broker is used: PUBACK only means that some broker took the bytes.
Messages go out in order within a window; what has no receipt after a while, and everything on a new connection, is
sent again. One thread owns the MQTT client; a new client is made for every connection, so that no half-sent state
of an earlier one lives on.
"""

import logging
import random
import ssl
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.reasoncodes import ReasonCode

from contracts.clock import Clock
from contracts.plan import Plan
from contracts.receipt import Receipt
from contracts.topics import Kind, Topic
from device_gateway.errors import OutboxError, PlanError, ReceiptError
from device_gateway.outbox import Outbox
from device_gateway.outbox_file import MessageRow
from device_gateway.signing import ReceiptVerifier

log = logging.getLogger(__name__)

_LOOP_S = 0.1
_CONNECT_TIMEOUT_S = 10.0
_AT_ONCE = 50
"""So many messages are read from the outbox at a time."""
_TROUBLE = (OSError, ValueError, ssl.SSLError, mqtt.WebsocketConnectionError)


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """Where the broker is and who we are to it."""

    host: str
    port: int
    tls: bool = False
    username: str | None = None
    password: str | None = None
    ca_file: Path | None = None
    certificate_file: Path | None = None
    certificate_key_file: Path | None = None

    @classmethod
    def of(cls, url: str) -> "BrokerAddress":
        """From `mqtt://host[:port]` or `mqtts://…`. Raises ValueError for anything else."""
        parts = urlsplit(url)
        if parts.scheme not in {"mqtt", "mqtts"} or not parts.hostname:
            raise ValueError("the broker's address must look like mqtt://host:1883 or mqtts://host:8883")
        tls = parts.scheme == "mqtts"
        user, password = (unquote(text) if text else None for text in (parts.username, parts.password))
        return cls(parts.hostname, parts.port or (8883 if tls else 1883), tls, user, password)


@dataclass(frozen=True, slots=True)
class Pace:
    """Windows and waits, in seconds of real time. `resend_s` doubles up to its maximum while nobody answers."""

    window: int = 200
    window_bytes: int = 1_000_000
    """So much may be on its way: pictures are large, and memory at home is not."""
    resend_s: float = 15.0
    resend_max_s: float = 300.0
    reconnect_s: float = 1.0
    reconnect_max_s: float = 60.0
    keepalive_s: int = 30
    offset_round_trip_s: float = 2.0
    """A clock offset is taken only from a message answered within this time."""


@dataclass(frozen=True, slots=True)
class PublisherState:
    """What the page and the heartbeat want to know."""

    connected: bool = False
    receipts: int = 0
    refused_receipts: int = 0
    clock_offset_ms: int | None = None
    last_trouble: str | None = None
    refused_plans: int = 0
    """Plans that were forged, unreadable or older than the one held."""


@dataclass(slots=True)
class _Sent:
    row: MessageRow
    times: int
    real_s: float
    domain_at: datetime


class Publisher:
    """Owns the thread that talks to the broker."""

    def __init__(
        self,
        outbox: Outbox,
        verifier: ReceiptVerifier,
        broker: BrokerAddress,
        tenant_id: str,
        device_id: str,
        clock: Clock,
        *,
        pace: Pace | None = None,
        monotonic_s: Callable[[], float] = time.monotonic,
        on_change: Callable[[], None] = lambda: None,
        on_plan: Callable[[Plan], bool] = lambda _plan: False,
    ) -> None:
        """`on_plan` takes a verified plan in the same thread; True when it is new.
        `on_change` is called from the publisher's thread after receipts and connection changes.
        """
        self._outbox, self._verifier, self._broker = outbox, verifier, broker
        self._tenant_id, self._device_id, self._clock = tenant_id, device_id, clock
        self._pace, self._monotonic, self._on_change = pace or Pace(), monotonic_s, on_change
        self._on_plan = on_plan
        self._state = PublisherState()
        self._stopping, self._new = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="publisher", daemon=True)
        self._in_flight: OrderedDict[int, _Sent] = OrderedDict()
        self._last_position = 0
        self._resend_s = self._pace.resend_s

    @property
    def state(self) -> PublisherState:
        """A snapshot."""
        return self._state

    def start(self) -> None:
        """Begin; returns at once, whether or not the broker is reachable."""
        self._thread.start()

    def wake(self) -> None:
        """A new message stands in the outbox."""
        self._new.set()

    def stop(self) -> None:
        """Disconnect and end the thread. What is unsent stays in the outbox."""
        self._stopping.set()
        self._new.set()
        if self._thread.is_alive():
            self._thread.join(_CONNECT_TIMEOUT_S + 5)

    def _run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            try:
                receipts_before = self._state.receipts
                trouble = self._one_connection()
            except _TROUBLE as error:
                trouble = type(error).__name__
            except (
                Exception
            ) as error:  # the edge of a thread: whatever it is, what waits must go on being sent
                log.exception("the publisher broke in a way it should not")
                trouble = type(error).__name__
            if self._stopping.is_set():
                return
            failures = 0 if self._state.receipts > receipts_before else failures + 1
            self._note(connected=False, last_trouble=trouble)
            log.log(
                logging.WARNING if failures <= 1 else logging.DEBUG,
                "no connection to the broker: %s",
                trouble,
            )
            longest = min(self._pace.reconnect_s * 2 ** min(failures, 16), self._pace.reconnect_max_s)
            self._stopping.wait(random.uniform(longest / 2, longest))

    def _one_connection(self) -> str | None:
        """Connect, send and receive until the connection ends; returns why it ended."""
        client = self._client()
        ended: list[str] = []
        ready = threading.Event()
        heard: dict[Kind, Callable[[bytes], None]] = {
            Kind.RECEIPT: self._on_receipt,
            Kind.RESEND: self._on_resend,
            Kind.PLAN: self._on_plan_message,
        }
        handlers = {str(Topic(self._tenant_id, self._device_id, kind)): take for kind, take in heard.items()}

        def on_connect(client: mqtt.Client, _: Any, __: Any, reason: ReasonCode, ___: Any) -> None:
            if reason.is_failure:
                ended.append("refused_by_broker")
            else:
                client.subscribe([(topic, 1) for topic in handlers])

        def on_subscribe(_: mqtt.Client, __: Any, ___: int, reasons: list[ReasonCode], ____: Any) -> None:
            # A broker set up before there were plans or requests to send again may refuse those; receipts it must not.
            if reasons[0].is_failure:
                ended.append("subscription_refused")
            else:
                ready.set()

        client.on_connect, client.on_subscribe = on_connect, on_subscribe
        client.on_disconnect = lambda *_: ended.append("disconnected")
        client.on_message = lambda _, __, message: handlers[message.topic](bytes(message.payload))
        self._in_flight.clear()
        self._last_position = 0
        self._resend_s = self._pace.resend_s
        client.connect(self._broker.host, self._broker.port, keepalive=self._pace.keepalive_s)
        gives_up_at = self._monotonic() + _CONNECT_TIMEOUT_S
        try:
            while not ended and not self._stopping.is_set():
                if client.loop(timeout=_LOOP_S) is not MQTTErrorCode.MQTT_ERR_SUCCESS:
                    ended.append("connection_lost")
                elif ready.is_set():
                    self._serve(client)
                elif self._monotonic() > gives_up_at:
                    ended.append("no_answer")
        finally:
            self._part(client)
        return ended[0] if ended else None

    def _client(self) -> mqtt.Client:
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=self._device_id, clean_session=True, protocol=mqtt.MQTTv311
        )
        client.connect_timeout = _CONNECT_TIMEOUT_S
        client.max_inflight_messages_set(self._pace.window)
        client.max_queued_messages_set(2 * self._pace.window)
        if self._broker.username:
            client.username_pw_set(self._broker.username, self._broker.password)
        if self._broker.tls:
            client.tls_set(
                ca_certs=_text(self._broker.ca_file),
                certfile=_text(self._broker.certificate_file),
                keyfile=_text(self._broker.certificate_key_file),
            )
        return client

    def _part(self, client: mqtt.Client) -> None:
        client.on_disconnect = None
        client.disconnect()
        client.loop(timeout=_LOOP_S)  # lets the DISCONNECT packet out, so that no last will is due

    def _serve(self, client: mqtt.Client) -> None:
        if not self._state.connected:
            self._note(connected=True, last_trouble=None)
            self._new.set()
        now_s = self._monotonic()
        try:
            self._send_again(client, now_s)
            if self._new.is_set():
                self._new.clear()
                self._send_more(client, now_s)
        except OutboxError as error:
            self._note(last_trouble=error.code)

    def _send_again(self, client: mqtt.Client, now_s: float) -> None:
        """Whatever has waited for its receipt too long goes out again, oldest first."""
        due = [sent for sent in self._in_flight.values() if now_s - sent.real_s >= self._resend_s]
        if not due:
            return
        for sent in due:
            if not self._publish(client, sent.row):
                break
            sent.times += 1
            sent.real_s = now_s
        self._resend_s = min(self._resend_s * 2, self._pace.resend_max_s)

    def _send_more(self, client: mqtt.Client, now_s: float) -> None:
        under_way = sum(len(sent.row.sealed) for sent in self._in_flight.values())
        while (free := self._pace.window - len(self._in_flight)) > 0:
            rows = self._outbox.waiting(self._last_position, min(free, _AT_ONCE))
            for row in rows:
                if under_way >= self._pace.window_bytes:
                    return  # a receipt makes room and wakes us
                under_way += len(row.sealed)
                if not self._publish(client, row):
                    self._new.set()
                    return
                self._last_position = row.position
                self._in_flight[row.position] = _Sent(row, 1, now_s, self._clock.now())
            if len(rows) < min(free, _AT_ONCE):
                return

    def _publish(self, client: mqtt.Client, row: MessageRow) -> bool:
        topic = str(Topic(self._tenant_id, self._device_id, Kind(row.kind)))
        return client.publish(topic, row.sealed, qos=1).rc is MQTTErrorCode.MQTT_ERR_SUCCESS

    def _on_receipt(self, payload: bytes) -> None:
        try:
            receipt = self._verifier.open(payload)
            gone = self._outbox.settle(receipt)
        except ReceiptError:
            self._note(refused_receipts=self._state.refused_receipts + 1)
            return
        except OutboxError as error:  # the messages stay and are sent again
            self._note(last_trouble=error.code)
            return
        offset_ms = self._offset_ms(receipt, gone)
        for position in gone:
            self._in_flight.pop(position, None)
        if gone:
            self._resend_s = self._pace.resend_s
            self._new.set()
        self._note(
            receipts=self._state.receipts + 1,
            clock_offset_ms=self._state.clock_offset_ms if offset_ms is None else offset_ms,
        )

    def _on_resend(self, payload: bytes) -> None:
        try:
            recalled = self._outbox.recall(self._verifier.open_resend(payload))
        except ReceiptError:
            self._note(refused_receipts=self._state.refused_receipts + 1)
        except OutboxError as error:  # nothing was changed; the broker tells us again on the next connection
            self._note(last_trouble=error.code)
        else:
            if recalled:
                log.warning("the backend was restored; %d delivered messages are sent again", recalled)
                self._new.set()

    def _on_plan_message(self, payload: bytes) -> None:
        try:
            new = self._on_plan(self._verifier.open_plan(payload))
        except (ReceiptError, PlanError) as error:
            log.warning("a plan was refused: %s", error)
            self._note(refused_plans=self._state.refused_plans + 1)
        except OutboxError as error:  # the one held stays; the next heartbeat tells the backend so
            self._note(last_trouble=error.code)
        else:
            if new:
                self._on_change()

    def _offset_ms(self, receipt: Receipt, gone: list[int]) -> int | None:
        """Server clock minus ours, taken at the middle of a short round trip of a message sent only once."""
        now_s, now = self._monotonic(), self._clock.now()
        sent = [self._in_flight[position] for position in gone if position in self._in_flight]
        quick = [s for s in sent if s.times == 1 and now_s - s.real_s <= self._pace.offset_round_trip_s]
        if not quick:
            return None
        newest = max(quick, key=lambda s: s.real_s)
        middle = newest.domain_at + (now - newest.domain_at) / 2
        return round((receipt.received_at - middle) / timedelta(milliseconds=1))

    def _note(self, **changed: Any) -> None:
        after = replace(self._state, **changed)
        if after != self._state:
            self._state = after
            self._on_change()


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)
