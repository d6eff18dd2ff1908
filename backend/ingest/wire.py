"""MQTT's packets in a buffer: readings cut out whole, acknowledgements put together (MQTT 3.1.1 and 5, 3.3 and 3.4).

Nearly all that a broker sends to ingest is PUBLISH. Read here it costs a few microseconds; through paho, which
builds a message object and asks for the length byte by byte, it costs fifty. Every other packet is left to paho.
"""

import struct
from collections.abc import Sequence
from typing import NamedTuple

LARGEST_PACKET = 128 * 1024
"""Of a larger PUBLISH only this much is held; twice what our contract allows, so it is refused as oversized anyway."""

_PUBLISH = 0x30
_PUBACK = 0x40
_TYPE, _QOS = 0xF0, 0x06
_QOS_1 = 0x02
_LENGTH_BYTES = 4


class Published(NamedTuple):
    """One PUBLISH. `packet_id` is 0 for QoS 0, which is not acknowledged."""

    topic: str
    payload: bytes
    packet_id: int


class Taken(NamedTuple):
    """What was cut out of a buffer, and where it ends."""

    found: list[Published]
    end: int
    missing: int
    """Bytes of the last packet found that are still to come and to be thrown away: it is too large to be kept."""


def take_publishes(data: bytes, start: int, most: int, *, properties: bool) -> Taken:
    """The whole PUBLISH packets of QoS 0 and 1 that follow each other from `start`, at most `most`.

    `properties`: whether packets carry them (MQTT 5). Raises ValueError for a packet that is none.
    """
    found: list[Published] = []
    while len(found) < most and start < len(data) and data[start] & _TYPE == _PUBLISH:
        if (qos := data[start] & _QOS) > _QOS_1:
            break
        length = remaining_length(data, start + 1)
        if length is None:
            break
        body, end = length
        if end > len(data):
            if end - start <= LARGEST_PACKET or len(data) - start < LARGEST_PACKET:
                break
            found.append(_published(data, body, len(data), qos, properties=properties))
            return Taken(found, len(data), end - len(data))
        found.append(_published(data, body, end, qos, properties=properties))
        start = end
    return Taken(found, start, 0)


def holds_packet(data: bytes, start: int) -> bool:
    """Whether a whole packet begins at `start`. Raises ValueError for a length that is none."""
    if start >= len(data):
        return False
    length = remaining_length(data, start + 1)
    return length is not None and length[1] <= len(data)


def remaining_length(data: bytes, at: int) -> tuple[int, int] | None:
    """Where the packet's body begins and ends; None while its length is not there yet. Raises ValueError."""
    value = shift = 0
    for position in range(at, min(at + _LENGTH_BYTES, len(data))):
        value |= (data[position] & 0x7F) << shift
        if data[position] < 0x80:
            return position + 1, position + 1 + value
        shift += 7
    if len(data) - at >= _LENGTH_BYTES:
        raise ValueError("a packet's length has more than four bytes")
    return None


def pubacks(packet_ids: Sequence[int]) -> bytes:
    """Acknowledgements of all these, one after the other (the short form, which says success in MQTT 5 too)."""
    return struct.pack(f">{len(packet_ids)}I", *(_PUBACK << 24 | 2 << 16 | one for one in packet_ids))


def _published(data: bytes, at: int, end: int, qos: int, *, properties: bool) -> Published:
    topic_at = at + 2
    at = topic_end = topic_at + (data[at] << 8 | data[at + 1])
    packet_id = 0
    if topic_end + qos > end:  # qos is 0 or 2 here, as the packet id's length is
        raise ValueError("a PUBLISH shorter than its topic")
    if qos:
        packet_id = data[at] << 8 | data[at + 1]
        at += 2
    if properties:
        length = remaining_length(data, at)
        at = length[1] if length else end + 1
    if at > end:
        raise ValueError("a PUBLISH shorter than it says")
    return Published(data[topic_at:topic_end].decode("utf-8", "replace"), data[at:end], packet_id)
