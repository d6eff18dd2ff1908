"""paho's client with two shortcuts: readings are cut out of the socket's bytes, acknowledgements leave in one piece.

paho asks the socket four times or more for each packet, builds an object for each message, and writes each
acknowledgement with a call of its own. Everything but PUBLISH and our PUBACKs still goes its way, whole packets only.
"""

import ssl
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from backend.ingest.broker_address import BrokerAddress
from backend.ingest.wire import Published, holds_packet, pubacks, take_publishes

RECEIVE_MAXIMUM = 4_000
"""Messages a broker may have under way to us unacknowledged (MQTT 5): its backpressure. Below the inbox's bound, so
that the socket is always read and the broker's signs of life are seen however long the database takes."""
_MAX_RECEIPTS_WAITING = 5_000
_RECEIPTS_UNDER_WAY = 1_000
_CONNECT_TIMEOUT_S = 5.0
_READ_BYTES = 128 * 1024
_PUBACK = 0x40
_NEVER = 0xFFFFFFFF


class Client(mqtt.Client):
    """One connection. Used by one thread."""

    def __init__(self, address: BrokerAddress, client_id: str, version: MQTTProtocolVersion) -> None:
        modern = version is MQTTProtocolVersion.MQTTv5
        super().__init__(
            CallbackAPIVersion.VERSION2, client_id=client_id, clean_session=None if modern else False,
            protocol=version, manual_ack=True, reconnect_on_failure=False,
        )  # fmt: skip
        self._modern = modern
        self._unread = b""
        self._at = 0
        self._skip = 0
        if address.username is not None:
            self.username_pw_set(address.username, address.password)
        if address.tls:
            self.tls_set(
                ca_certs=_text(address.ca_file),
                certfile=_text(address.certificate_file),
                keyfile=_text(address.certificate_key_file),
            )
        self.connect_timeout = _CONNECT_TIMEOUT_S
        self.max_inflight_messages_set(_RECEIPTS_UNDER_WAY)
        self.max_queued_messages_set(_MAX_RECEIPTS_WAITING)
        # Without this paho writes each packet at once, from whatever it is doing.
        self.on_socket_register_write = _no_need

    def open(self, address: BrokerAddress, keepalive_s: int) -> None:
        """Connect, going on with the session the broker keeps for us. Raises OSError or ValueError."""
        if not self._modern:
            self.connect(address.host, address.port, keepalive=keepalive_s)
            return
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = _NEVER
        properties.ReceiveMaximum = RECEIVE_MAXIMUM
        self.connect(
            address.host, address.port, keepalive=keepalive_s, clean_start=False, properties=properties
        )

    @property
    def holds_unread(self) -> bool:
        """Whether something can be read without waiting for the socket."""
        pending = getattr(self.socket(), "pending", None)
        return holds_packet(self._unread, self._at) or bool(pending and pending())

    def read(self, most: int) -> list[Published]:
        """What the broker has published, at most `most`. Raises OSError, ValueError or IndexError at its end."""
        if not holds_packet(self._unread, self._at):
            self._fill()
        found: list[Published] = []
        while True:
            taken = take_publishes(self._unread, self._at, most - len(found), properties=self._modern)
            self._at, self._skip = taken.end, taken.missing
            found += taken.found
            if len(found) >= most or not holds_packet(self._unread, self._at):
                return found
            # Not ours: one whole packet for paho. (Its `loop_read` might go on into the next one, and stop half-way.)
            if (outcome := self._packet_read()) > 0:
                self._loop_rc_handle(outcome)
                raise ConnectionError("the connection ended")

    def acknowledge(self, packet_ids: Sequence[int]) -> None:
        """Tell the broker that these need not come again."""
        if packet_ids:
            self._packet_queue(_PUBACK, pubacks(packet_ids), 0, 0)

    def _fill(self) -> None:
        """More bytes from the socket, when there are any. Raises ConnectionError when there will be none any more."""
        try:
            more = super()._sock_recv(_READ_BYTES)
        except (BlockingIOError, ssl.SSLWantReadError):
            return
        if not more:
            raise ConnectionError("the broker closed the connection")
        if self._skip:
            skipped = min(self._skip, len(more))
            self._skip -= skipped
            more = more[skipped:]
        self._unread = self._unread[self._at :] + more
        self._at = 0
        with self._msgtime_mutex:  # what paho does for every packet it reads itself
            self._last_bytes_received = mqtt.time_func()

    def _sock_recv(self, bufsize: int) -> bytes:
        piece = self._unread[self._at : self._at + bufsize]
        self._at += len(piece)
        if not piece:
            raise BlockingIOError
        return piece


def _no_need(*_: Any) -> None:
    """What paho asks for is looked up before every wait instead (`want_write`)."""


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)
