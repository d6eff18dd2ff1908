"""Readings are cut out of the socket's bytes exactly as they were published, wherever the bytes are divided."""

import random
import struct

import pytest

from backend.ingest.wire import (
    LARGEST_PACKET,
    Published,
    holds_packet,
    pubacks,
    remaining_length,
    take_publishes,
)

PING = b"\xd0\x00"


def length(number: int) -> bytes:
    made = bytearray()
    while True:
        number, digit = divmod(number, 128)
        made.append(digit | (0x80 if number else 0))
        if not number:
            return bytes(made)


def publish(one: Published, *, properties: bytes | None = None) -> bytes:
    topic = one.topic.encode()
    body = struct.pack(">H", len(topic)) + topic
    if one.packet_id:
        body += struct.pack(">H", one.packet_id)
    if properties is not None:
        body += length(len(properties)) + properties
    body += one.payload
    return bytes([0x32 if one.packet_id else 0x30]) + length(len(body)) + body


def messages(seed: int, number: int = 30) -> list[Published]:
    dice = random.Random(seed)
    return [
        Published(
            f"nykter/v1/a/gw-{i}/reading",
            dice.randbytes(dice.choice((0, 1, 119, 130, 20_000))),
            dice.randrange(65_536),
        )
        for i in range(number)
    ]


@pytest.mark.parametrize("properties", [None, b"", b"\x26\x00\x01a\x00\x01b" * 30])
def test_every_message_comes_out_whole_however_the_bytes_are_divided(properties: bytes | None) -> None:
    sent = messages(1)
    stream = b"".join(publish(one, properties=properties) for one in sent)
    found: list[Published] = []
    held, at, dice = b"", 0, random.Random(2)
    while at < len(stream):
        size = dice.choice((1, 7, 1000, 64_000))
        held, at = held + stream[at : at + size], at + size
        taken = take_publishes(held, 0, 1000, properties=properties is not None)
        found += taken.found
        held = held[taken.end :]
    assert found == sent
    assert held == b""


def test_what_is_not_a_publish_is_left_where_it_is() -> None:
    one, two = messages(3, 2)
    stream = publish(one) + PING + publish(two)
    taken = take_publishes(stream, 0, 10, properties=False)
    assert taken.found == [one]
    assert stream[taken.end :].startswith(PING)
    assert holds_packet(stream, taken.end)
    assert take_publishes(stream, taken.end + len(PING), 10, properties=False).found == [two]


def test_no_more_are_taken_than_there_is_room_for() -> None:
    sent = messages(4, 5)
    stream = b"".join(map(publish, sent))
    taken = take_publishes(stream, 0, 2, properties=False)
    assert taken.found == sent[:2]
    assert take_publishes(stream, taken.end, 9, properties=False).found == sent[2:]


def test_of_a_packet_too_large_to_hold_the_beginning_is_kept_and_the_rest_named() -> None:
    stream = publish(Published("t", b"x" * 10_000_000, 7))
    assert take_publishes(stream[:1000], 0, 9, properties=False).found == []
    taken = take_publishes(stream[: LARGEST_PACKET + 5], 0, 9, properties=False)
    assert taken.missing == len(stream) - LARGEST_PACKET - 5
    assert [(one.topic, one.packet_id) for one in taken.found] == [("t", 7)]
    assert len(taken.found[0].payload) > 64 * 1024


def test_a_length_that_is_none_is_refused_and_one_that_is_not_there_yet_waited_for() -> None:
    assert remaining_length(b"\x80\x80", 0) is None
    with pytest.raises(ValueError, match="length"):
        remaining_length(b"\xff\xff\xff\xff\x7f", 0)
    with pytest.raises(ValueError, match="shorter"):
        take_publishes(b"\x32\x04\x00\x09ab", 0, 9, properties=False)


def test_acknowledgements_stand_one_after_the_other() -> None:
    assert pubacks([1, 258, 65_535]) == b"\x40\x02\x00\x01" + b"\x40\x02\x01\x02" + b"\x40\x02\xff\xff"
    assert pubacks([]) == b""


@pytest.mark.parametrize("seed", range(20))
def test_noise_never_ends_in_anything_but_a_refusal(seed: int) -> None:
    noise = b"\x32" + random.Random(seed).randbytes(300)
    try:
        take_publishes(noise, 0, 100, properties=bool(seed % 2))
    except (ValueError, IndexError):
        return
