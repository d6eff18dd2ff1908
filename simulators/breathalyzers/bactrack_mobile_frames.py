"""Byte encoder of BACtrack Mobile V1 and V2, from the protocol reference 2 (the maker's iOS SDK; published)."""

from functools import reduce
from operator import xor

from simulators.breathalyzers.breath import Fault

COUNTDOWN, BLOW_NOW, BLOWING, ANALYSING, RESULT = range(1, 6)
START_TEST = bytes((0x02, 0x72, 0x03, 0xE0))
DANGEROUS = frozenset({0x74, 0x90, 0x91, 0x92})
"""Settings, calibration, factory reset."""
RESULT_PER_PERCENT = 10_000

FAULT_CODES = {
    Fault.NO_BLOW: (0x01, 0),
    Fault.INSUFFICIENT_BLOW: (0x02, 0),
    Fault.TEMPERATURE_HIGH: (0x03, 0x01),
    Fault.TEMPERATURE_LOW: (0x03, 0x02),
    Fault.LOW_BATTERY: (0x04, 0),
    Fault.NOT_CALIBRATED: (0x06, 0),
    Fault.GENERAL: (0x0A, 0),
    Fault.OVER_RANGE: (0x0B, 0),
}
"""Code and second byte. A cancelled test has no code; a general fault is sent as one of the sensor."""


def frame(command: int, data: bytes, *, fill_to: int = 0) -> bytes:
    """`02 CMD data CHK E0`, filled up with zeros."""
    return (bytes((0x02, command)) + data + bytes((reduce(xor, data, 0), 0xE0))).ljust(fill_to, b"\0")


def status(state: int, count: int, uses: int, code: int = 0, *, fill_to: int = 0) -> bytes:
    """The 81 frame. `code`: ten-thousandths of %BAC."""
    data = bytes((state,)) + code.to_bytes(2, "big") + bytes((count,)) + (uses & 0xFFFF).to_bytes(2, "big")
    return frame(0x81, data + bytes(3), fill_to=fill_to)


def legacy_status(state: int, count: int, code: int = 0) -> bytes:
    """The six bytes of V1's FFF5."""
    return bytes((state,)) + code.to_bytes(2, "big") + bytes((count, 0, 0))


def error(fault: Fault, *, fill_to: int = 0) -> bytes:
    """The 82 frame. Raises KeyError for a fault the family has no code for."""
    return frame(0x82, bytes(FAULT_CODES[fault]), fill_to=fill_to)


def refusal(*, fill_to: int = 0) -> bytes:
    """B0: the last command was not taken."""
    return frame(0xB0, b"", fill_to=fill_to)


def acknowledgement(*, fill_to: int = 0) -> bytes:
    """A0: the last command was taken."""
    return frame(0xA0, b"", fill_to=fill_to)


def result_code(percent_bac: float) -> int:
    """%BAC as the u16 of a result."""
    return min(0xFFFF, int(percent_bac * RESULT_PER_PERCENT + 0.5))
