"""Byte encoder of BACtrack C6 and C8: what the device sends, written from the protocol reference, not from a decoder.

Sources (protocol reference 1): the maker's iOS SDK for status codes, result scale, use count, units and battery;
a third-party live capture for states 04 and 05, for the 81 frame and for the buffer tail. Grade: verified by capture
for the status flow and the 81 frame; published (SDK) for the rest.
"""

import struct

from simulators.breathalyzers.breath import Fault

ADVERTISED_SERVICE = "d12efff0-1243-47a9-952c-f962382d49bb"
BREATH_SERVICE = "862bfff0-7d59-4359-8b59-a96db28bc679"
BREATH_CHARACTERISTIC = "862bfff1-7d59-4359-8b59-a96db28bc679"
UPDATE_SERVICE = "f000ffc0-0451-4000-b000-000000000000"
"""Firmware update service of the radio chip; nobody may write there."""
UPDATE_CHARACTERISTICS = ("f000ffc1-0451-4000-b000-000000000000", "f000ffc2-0451-4000-b000-000000000000")

START_TEST = bytes.fromhex("0001")
READ_USE_COUNT = bytes.fromhex("050a")
READ_UNITS = bytes.fromhex("0509")
WRITE_UNITS = bytes.fromhex("0609")
READ_BATTERY = bytes.fromhex("08")

CLEARING, READY, BLOWING, ANALYSING, FINALISING, COMPLETED = range(1, 7)

FAULT_CODES = {
    Fault.NO_BLOW: 0x07,
    Fault.INSUFFICIENT_BLOW: 0x08,
    Fault.GENERAL: 0x09,
    Fault.LOW_BATTERY: 0x0A,
    Fault.TEMPERATURE_LOW: 0x0B,
    Fault.TEMPERATURE_HIGH: 0x0C,
    Fault.CANCELLED: 0x0D,
    Fault.NOT_CALIBRATED: 0x0E,
    Fault.OVER_RANGE: 0x0F,
}

RESULT_PER_PERCENT = 1000
"""ST 06, bytes 3..4: thousandths of a %BAC."""
RAW_PER_PERCENT = 2_560_000
"""81 frame, bytes 1..4, in the u32 little-endian reading of the two captures."""
TAIL_BYTE = 0xE7
"""Byte 5 of every captured 80 frame; meaning unknown."""
CAPTURED_81_WORDS = (468, 72, 1519, 2699, 1585, 26)
"""u16 words from byte 5 of the first captured 81 frame; meaning unknown, sent back as they were seen."""


def status(state: int, count: int, last_result: int) -> bytes:
    """An `80` frame. `last_result` (thousandths of %BAC) stands in the buffer tail of every state, as captured."""
    return struct.pack(">BBBHB", 0x80, state, count, last_result, TAIL_BYTE)


def result_code(percent_bac: float) -> int:
    """%BAC as the u16 of ST 06: rounded to the nearest thousandth, capped at the field."""
    return min(0xFFFF, int(percent_bac * RESULT_PER_PERCENT + 0.5))


def details(raw: int, words: tuple[int, ...] = CAPTURED_81_WORDS) -> bytes:
    """The 17-byte `81` frame that follows a result. Raises ValueError unless six words are given."""
    if len(words) != len(CAPTURED_81_WORDS):
        raise ValueError("an 81 frame carries six words")
    return struct.pack("<BI6H", 0x81, raw, *words)


def details_raw(percent_bac: float) -> int:
    """%BAC as the u32 of the `81` frame."""
    return int(percent_bac * RAW_PER_PERCENT + 0.5)


def use_count(count: int) -> bytes:
    """Reply to the use-count request, u16 little-endian, wrapping like a 16-bit counter."""
    return struct.pack("<BBH", 0x85, 0x0A, count & 0xFFFF)


def units(code: int) -> bytes:
    """Reply to the units request."""
    return bytes((0x85, 0x09, code))


def battery(millivolts: int) -> bytes:
    """Reply to the battery request, u16 little-endian millivolts of the one AAA cell."""
    return struct.pack("<BH", 0x88, millivolts)
