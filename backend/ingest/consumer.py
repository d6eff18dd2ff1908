"""The MQTT connection of ingest.

One thread owns the paho client and does all its work, because paho's own thread cannot stop reading: when the inbox is
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
from collections.abc import Iterable, Sequence
from typing import Any

from paho.mqtt.enums import MQTTErrorCode

from backend.ingest.arrival import Arrival
from backend.ingest.broker_address import BrokerAddress, filters
from backend.ingest.dialect import Dialect, SharingUnavailable
from backend.ingest.inbox import Inbox
from backend.ingest.mqtt_client import Client

log = logging.getLogger(__name__)

_KEEPALIVE_S = 30
_ANSWER_TIMEOUT_S = 30.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.2, 10.0
_PACKETS_PER_ROUND = 256
_QOS = 1
_UNSUPPORTED = "Unsupported protocol version"
FIRST = "ingest"
"""The ingest that may work alone."""


class Consumer:
    """Receives into `queue` and sends what is settled. Start it once; `failure` is set when its thread has died."""

    def __init__(
        self, address: BrokerAddress, name: str, *, share: str | None = None, inbox: Inbox | None = None
    ) -> None:
        """`name` is the fixed client id: the broker keeps what is unacknowledged for it.

        `share`: the group whose members divide the stream among them; without one each ingest is given everything.
        """
        self._address = address
        self._name = name
        self._client_id = f"nykter-{name}"
        self._share = share
        self._dialect = Dialect(address.version)
        self.inbox = Inbox() if inbox is None else inbox
        """What arrived and was not taken yet."""
        self._settled: deque[tuple[Sequence[Arrival], Iterable[tuple[str, bytes]]]] = deque()
        self._wake_out, self._wake_in = socket.socketpair()
        for end in (self._wake_out, self._wake_in):
            end.setblocking(False)
        self._client: Client | None = None
        self._connection = 0
        self._subscribed = False
        self._lost = False
        self._answered = False
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
            client.open(self._address, _KEEPALIVE_S)
        except (OSError, ValueError) as error:
            self._warn("the broker cannot be reached: %s", error)
            return False
        self._client = client
        return True

    def _warn(self, text: str, *details: object) -> None:
        # Loud for the first attempt of a row of them, quiet after.
        level = logging.WARNING if self._pause_s == _FIRST_PAUSE_S else logging.DEBUG
        log.log(level, text, *details)

    def _new_client(self) -> Client:
        client = Client(self._address, self._client_id, self._dialect.version)
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_disconnect = self._on_disconnect
        return client

    def _on_connect(self, client: Any, _data: Any, _flags: Any, reason: Any, properties: Any) -> None:
        self._answered = True
        if not reason.is_failure:
            self._dialect.answered()
            self._subscribe(client, properties)
            return
        self._warn("the broker refused the connection: %s", reason)
        self._lost = True
        if str(reason) == _UNSUPPORTED:
            self._dialect.refused()

    def _subscribe(self, client: Client, properties: Any) -> None:
        group = self._share
        if group is not None and not self._dialect.can_share(properties):
            if self._name != FIRST:
                raise SharingUnavailable
            log.warning("this broker has no shared subscriptions: this must stay the only ingest")
            group = None
        if group is not None:  # what an earlier life without a group had subscribed to
            client.unsubscribe(list(filters(None)))
        client.subscribe([(topic, _QOS) for topic in filters(group)])

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

    def _room(self) -> int:
        return min(self.inbox.room(), _PACKETS_PER_ROUND) if self._reading else 0

    def _serve(self) -> None:
        """Receive and answer until the connection is lost or given up.

        Also before the subscription is confirmed: a broker that remembers us sends what it has kept first, and one of
        them (amqtt) does nothing else until that is acknowledged.
        """
        client = self._client
        assert client is not None
        self._answered = False
        began = time.monotonic()
        while not self._lost and not self._paused:
            waited_s = time.monotonic() - began
            if not self._answered and waited_s > self._dialect.patience_s:
                self._dialect.refused()
                return
            if not self._subscribed and waited_s > _ANSWER_TIMEOUT_S:
                self._warn("the broker did not confirm the subscription")
                return
            self._send_settled(client)
            if self._ended.is_set() and not self._settled and not client.want_write():
                return
            self._round(client, reading=self._room() > 0)
        if not self._answered and not self._paused:
            self._dialect.closed()

    def _round(self, client: Client, *, reading: bool) -> None:
        """Wait for something to do, at most a moment, and do it."""
        sock = client.socket()
        if sock is None:
            self._lost = True
            return
        wants = [self._wake_out, sock] if reading else [self._wake_out]
        pending = reading and client.holds_unread
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

    def _read(self, client: Client) -> None:
        try:
            found = client.read(self._room())
        except (OSError, ValueError, IndexError) as error:
            self._lost = True
            self._warn("the connection to the broker was lost: %s", error)
            return
        now = time.monotonic()
        self.inbox.put(
            [Arrival(one.topic, one.payload, self._connection, one.packet_id, now) for one in found]
        )

    def _send_settled(self, client: Client) -> None:
        while self._settled:
            arrivals, receipts = self._settled.popleft()
            client.acknowledge(
                [one.packet_id for one in arrivals if one.packet_id and one.connection == self._connection]
            )
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
