"""The C6 encoder against every capture and rule of the protocol reference, section 1."""

import pytest

from simulators.breathalyzers import bactrack_c6_frames as frames
from simulators.breathalyzers.breath import Fault


def test_status_frames_carry_the_captured_tail() -> None:
    assert frames.status(frames.CLEARING, 5, 21) == bytes.fromhex("80 01 05 00 15 E7")
    assert frames.status(frames.READY, 0, 21) == bytes.fromhex("80 02 00 00 15 E7")
    assert frames.status(frames.COMPLETED, 0, 21) == bytes.fromhex("80 06 00 00 15 E7")


@pytest.mark.parametrize(
    ("raw", "words", "captured"),
    [
        (
            0xD030,
            (468, 72, 1519, 2699, 1585, 26),
            "81 30 D0 00 00 D4 01 48 00 EF 05 8B 0A 31 06 1A 00",
        ),
        (
            0x07DC,
            (463, 11, 1439, 2404, 1464, 0),
            "81 DC 07 00 00 CF 01 0B 00 9F 05 64 09 B8 05 00 00",
        ),
    ],
)
def test_both_captured_81_frames_are_reproduced(raw: int, words: tuple[int, ...], captured: str) -> None:
    assert frames.details(raw, words) == bytes.fromhex(captured)


def test_the_81_value_of_the_captures_reads_as_their_bac() -> None:
    assert frames.details_raw(0.02081875) == 0xD030
    assert int.from_bytes(frames.details(frames.details_raw(0.0208))[2:4], "little") in (207, 208)


@pytest.mark.parametrize(
    ("percent", "code"), [(0.0, 0), (0.0208, 21), (0.0882, 88), (0.4, 400), (99.0, 0xFFFF)]
)
def test_a_result_is_thousandths_of_a_percent(percent: float, code: int) -> None:
    assert frames.result_code(percent) == code


def test_every_fault_has_the_documented_code() -> None:
    assert {fault.value: code for fault, code in frames.FAULT_CODES.items()} == {
        "no_blow": 0x07,
        "insufficient_blow": 0x08,
        "general": 0x09,
        "low_battery": 0x0A,
        "temperature_low": 0x0B,
        "temperature_high": 0x0C,
        "cancelled": 0x0D,
        "not_calibrated": 0x0E,
        "over_range": 0x0F,
    }
    assert set(frames.FAULT_CODES) == set(Fault)


def test_replies_are_little_endian() -> None:
    assert frames.use_count(0x0102) == bytes.fromhex("85 0A 02 01")
    assert frames.use_count(0x10001) == bytes.fromhex("85 0A 01 00")
    assert frames.units(4) == bytes.fromhex("85 09 04")
    assert frames.battery(1487) == bytes.fromhex("88 CF 05")


def test_an_81_frame_needs_its_six_words() -> None:
    with pytest.raises(ValueError, match="six words"):
        frames.details(0, (1, 2, 3))
