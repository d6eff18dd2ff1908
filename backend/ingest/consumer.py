"""The MQTT connection of ingest: the only user of paho in the backend.

One thread owns the paho client and does all its work, because paho's own thread cannot stop reading: when the queue is
full this one leaves the socket alone until there is room, so the broker holds the rest, while acknowledgements and
receipts still go out. Each connection has a client of its own; a message is acknowledged on the connection it came
by or not at all, and then comes again.
"""

import logging
import select
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from typing import Any
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion

from backend.ingest.arrival import Arrival
from contracts.topics import subscriptions

log = logging.getLogger(__name__)

QUEUE_ROWS = 5_000
"""Messages held in memory at most (64 KiB each at worst)."""
_MAX_RECEIPTS_WAITING = 5_000
_KEEPALIVE_S = 30
_CONNECT_TIMEOUT_S = 5.0
_ANSWER_TIMEOUT_S = 30.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.2, 10.0
_PACKETS_PER_ROUND = 64
_READ_BYTES = 64 * 1024
_QOS = 1


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """Where the broker is and how to log in."""

    host: str
    port: int
    username: str | None = None
    password: str | None = None
    tls: bool = False
    ca_file: Path | None = None

    @classmethod
    def from_url(cls, url: str, ca_file: Path | None = None) -> "BrokerAddress":
        """From mqtt://user:password@host:port, or mqtts:// with TLS. Raises ValueError."""
        parts = urlsplit(url)
        if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname:
            raise ValueError("not an MQTT address")
        tls = parts.scheme == "mqtts"
        port = parts.port or (8883 if tls else 1883)
        user = unquote(parts.username) if parts.username else None
        return cls(parts.hostname, port, user, unquote(parts.password or "") if user else None, tls, ca_file)


class _Client(mqtt.Client):
    """paho's client, reading the socket in large pieces.

    paho asks the socket four times or more for each packet, byte by byte for its length. Each of those calls gives the
    interpreter's lock away to threads that compute, and waits to get it back. Should paho stop calling this hook, all
    that is lost is speed.
    """

    _unread: memoryview = memoryview(b"")

    @property
    def holds_unread(self) -> bool:
        """Whether bytes were taken from the socket that no packet was made of yet."""
        return len(self._unread) > 0

    def _sock_recv(self, bufsize: int) -> bytes:
        if not self._unread:
            self._unread = memoryview(super()._sock_recv(max(bufsize, _READ_BYTES)))
        piece = self._unread[:bufsize].tobytes()
        self._unread = self._unread[bufsize:]
        return piece


class Consumer:
    """Receives into `queue` and sends what is settled. Start it once; `failure` is set when its thread has died."""

    def __init__(self, address: BrokerAddress, name: str) -> None:
        """`name` is the fixed client id: the broker keeps what is unacknowledged for it."""
        self._address = address
        self._client_id = f"nykter-{name}"
        self.queue: Queue[Arrival] = Queue()
        """What arrived. Bounded by not reading on: paho hands over what it has read, whether there is room or not."""
        self._settled: deque[tuple[Sequence[Arrival], Iterable[tuple[str, bytes]]]] = deque()
        self._wake_out, self._wake_in = socket.socketpair()
        for end in (self._wake_out, self._wake_in):
            end.setblocking(False)
        self._client: _Client | None = None
        self._connection = 0
        self._subscribed = False
        self._lost = False
        self._paused = False
        self._reading = True
        self._ended = threading.Event()
        self._pause_s = _FIRST_PAUSE_S
        self.connections = 0
        """How often a connection was made and subscribed."""
        self.receipts_dropped = 0
        """Receipts that found no connection; their gateways will send again and be answered then."""
        self.failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="mqtt", daemon=True)

    @property
    def connected(self) -> bool:
        """Whether messages are arriving, as far as we know."""
        return self._subscribed and not self._lost

    def start(self) -> None:
        """Connect, and keep connecting."""
        self._thread.start()

    def settle(self, arrivals: Sequence[Arrival], receipts: Iterable[tuple[str, bytes]]) -> None:
        """Acknowledge committed messages and publish their receipts. Returns at once."""
        self._settled.append((arrivals, receipts))
        self._wake()

    def pause(self) -> None:
        """Give up the connection and everything unacknowledged, and make no new one until `resume`."""
        self._paused = True
        self._wake()

    def resume(self) -> None:
        """Connect again."""
        self._paused = False
        self._wake()

    def stop_reading(self) -> None:
        """Take no more messages; what is settled still goes out."""
        self._reading = False
        self._wake()

    def stop(self, timeout_s: float = 5.0) -> None:
        """Send what is settled, disconnect, and end the thread. Safe to call twice."""
        self._reading = False
        self._ended.set()
        self._wake()
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        if not self._thread.is_alive():
            self._wake_in.close()
            self._wake_out.close()

    def _wake(self) -> None:
        try:
            self._wake_in.send(b"\0")
        except OSError:
            return  # full: it is awake; closed: it is gone

    def _run(self) -> None:
        try:
            while not self._ended.is_set():
                if self._paused:
                    self._sleep(1.0)
                    continue
                before = self.connections
                if self._connect():
                    self._serve()
                    self._disconnect()
                if self.connections == before and not self._ended.is_set():
                    self._sleep(self._pause_s)
                    self._pause_s = min(self._pause_s * 2, _LONGEST_PAUSE_S)
        except BaseException as error:
            self.failure = error
            log.exception("the MQTT thread died")
        finally:
            self._subscribed = False
            self._drop_settled()

    def _sleep(self, seconds: float) -> None:
        """Until something changes, at most so long. Settling for a lost connection is dropped meanwhile."""
        select.select([self._wake_out], [], [], seconds)
        self._drain_wake()
        self._drop_settled()

    def _connect(self) -> bool:
        self._connection += 1
        self._lost, self._subscribed = False, False
        client = self._new_client()
        try:
            client.connect(self._address.host, self._address.port, keepalive=_KEEPALIVE_S)
        except (OSError, ValueError) as error:
            self._warn("the broker cannot be reached: %s", error)
            return False
        self._client = client
        return True

    def _warn(self, text: str, *details: object) -> None:
        # Loud for the first attempt of a row of them, quiet after.
        level = logging.WARNING if self._pause_s == _FIRST_PAUSE_S else logging.DEBUG
        log.log(level, text, *details)

    def _new_client(self) -> _Client:
        client = _Client(
            CallbackAPIVersion.VERSION2, client_id=self._client_id, clean_session=False,
            protocol=MQTTProtocolVersion.MQTTv311, manual_ack=True, reconnect_on_failure=False,
        )  # fmt: skip
        if self._address.username is not None:
            client.username_pw_set(self._address.username, self._address.password)
        if self._address.tls:
            client.tls_set(ca_certs=str(self._address.ca_file) if self._address.ca_file else None)
        client.connect_timeout = _CONNECT_TIMEOUT_S
        client.max_inflight_messages_set(1000)
        client.max_queued_messages_set(_MAX_RECEIPTS_WAITING)
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_disconnect = self._on_disconnect
        client.on_message = self._receiver(self._connection)
        # Without this paho writes each packet at once, from whatever it is doing.
        client.on_socket_register_write = _no_need
        return client

    def _on_connect(
        self, client: mqtt.Client, _data: Any, _flags: Any, reason: Any, _properties: Any
    ) -> None:
        if reason.is_failure:
            self._warn("the broker refused the connection: %s", reason)
            self._lost = True
        else:
            client.subscribe([(topic, _QOS) for topic in subscriptions()])

    def _on_subscribe(self, _client: Any, _data: Any, _mid: int, reasons: Any, _properties: Any) -> None:
        if any(reason.is_failure for reason in reasons):
            self._warn("the broker refused the subscription: %s", reasons)
            self._lost = True
        else:
            self._subscribed = True
            self._pause_s = _FIRST_PAUSE_S
            self.connections += 1
            log.info("connected to the broker")

    def _on_disconnect(self, client: Any, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        self._lost = True
        if client is self._client:  # and not one that we have given up ourselves
            self._warn("the connection to the broker was lost: %s", reason)

    def _receiver(self, connection: int) -> Callable[[Any, Any, mqtt.MQTTMessage], None]:
        put, monotonic = self.queue.put_nowait, time.monotonic

        def receive(_client: Any, _data: Any, message: mqtt.MQTTMessage) -> None:
            try:
                topic = message.topic
            except UnicodeDecodeError:
                topic = ""
            put(Arrival(topic, bytes(message.payload), connection, message.mid, monotonic()))

        return receive

    def _room(self) -> int:
        return min(QUEUE_ROWS - self.queue.qsize(), _PACKETS_PER_ROUND) if self._reading else 0

    def _serve(self) -> None:
        """Receive and answer until the connection is lost or given up.

        Also before the subscription is confirmed: a broker that remembers us sends what it has kept first, and one of
        them (amqtt) does nothing else until that is acknowledged.
        """
        client = self._client
        assert client is not None
        answer_by = time.monotonic() + _ANSWER_TIMEOUT_S
        while not self._lost and not self._paused:
            if not self._subscribed and time.monotonic() > answer_by:
                self._warn("the broker did not confirm the subscription")
                return
            self._send_settled(client)
            if self._ended.is_set() and not self._settled and not client.want_write():
                return
            self._round(client, reading=self._room() > 0)

    def _round(self, client: _Client, *, reading: bool) -> None:
        """Wait for something to do, at most a moment, and do it."""
        sock = client.socket()
        if sock is None:
            self._lost = True
            return
        wants = [self._wake_out, sock] if reading else [self._wake_out]
        pending = reading and (client.holds_unread or getattr(sock, "pending", _nothing)() > 0)
        wait_s = 0.0 if pending else (1.0 if reading else 0.02)
        readable, writable, _ = select.select(wants, [sock] if client.want_write() else [], [], wait_s)
        if self._wake_out in readable:
            self._drain_wake()
        if sock in readable or pending:
            self._read(client)
        if writable and client.loop_write() != MQTTErrorCode.MQTT_ERR_SUCCESS:
            self._lost = True
        if client.loop_misc() != MQTTErrorCode.MQTT_ERR_SUCCESS:
            self._lost = True

    def _read(self, client: mqtt.Client) -> None:
        """Read packets until none is whole, a round is full, or the queue is. One call reads one packet or a few."""
        for _ in range(max(self._room(), 1)):
            before = self.queue.qsize()
            if client.loop_read() != MQTTErrorCode.MQTT_ERR_SUCCESS:
                self._lost = True
                return
            if self.queue.qsize() <= before:
                return

    def _send_settled(self, client: mqtt.Client) -> None:
        while self._settled:
            arrivals, receipts = self._settled.popleft()
            for arrival in arrivals:
                if arrival.connection == self._connection:
                    client.ack(arrival.packet_id, _QOS)
            for topic, payload in receipts:
                sent = client.publish(topic, payload, qos=_QOS)
                self.receipts_dropped += sent.rc == MQTTErrorCode.MQTT_ERR_QUEUE_SIZE

    def _drop_settled(self) -> None:
        while self._settled:
            _, receipts = self._settled.popleft()
            self.receipts_dropped += sum(1 for _ in receipts)

    def _drain_wake(self) -> None:
        try:
            while self._wake_out.recv(4096):
                pass
        except OSError:
            return

    def _disconnect(self) -> None:
        client, self._client = self._client, None
        self._subscribed = False
        if client is not None:
            client.disconnect()
            client.loop_write()


def _no_need(*_: Any) -> None:
    """What paho asks for is looked up before every wait instead (`want_write`)."""


def _nothing() -> int:
    return 0
