"""Captures and vectors of the protocol reference, part 5, and of the request log it names."""

from datetime import date
from decimal import Decimal

import pytest

from contracts.reading import Failure, NativeUnit
from device_gateway.protocol.driver import Command
from device_gateway.protocol.events import (
    Analysing,
    Answered,
    BatteryState,
    Blowing,
    Calibrated,
    Event,
    Failed,
    Identified,
    Ready,
    Result,
    Unrecognised,
    UseCount,
)
from device_gateway.protocol.titan import NOTIFY, WRITE, Titan, packed
from simulators.breathalyzers import titan as device

UNIT = bytes.fromhex("303030300350")
HEAD = "6830303030035068"
ADDRESS_TOLD = HEAD + "81080002ff3030303003508016"
SHAKEN = HEAD + "840000" + "6716" + "0d0a"
RESULT_76 = HEAD + "8104000390" + "4c00" + "4716" + "0d0a"
RESULT_0 = HEAD + "8104000390" + "0000" + "fb16" + "0d0a"


def fed(driver: Titan, *told: str) -> list[Event]:
    return [event for part in told for event in driver.feed(NOTIFY, bytes.fromhex(part))]


def status(state: int) -> str:
    return device.answer(UNIT, 0x9002, bytes((state,))).hex()


def started() -> Titan:
    driver = Titan()
    fed(driver, ADDRESS_TOLD)
    driver.start()
    return driver


def test_the_handshake_is_byte_for_byte_that_of_the_reference() -> None:
    driver = Titan()
    opening = driver.opening()
    ask = next(opening)
    assert (ask.data.hex(), ask.required, ask.with_response) == (
        "68999999999999680102" + "0002ff6a16",
        True,
        False,
    )
    assert fed(driver, ADDRESS_TOLD) == [Answered(b"\x02\xff"), Identified("Titan/Deimos", "00000350", None)]
    tell = next(opening)
    assert (tell.data.hex(), tell.required) == (HEAD + "04030004ff01ee16", True)
    assert fed(driver, SHAKEN) == [Answered(b"\x04\xff")]
    asked = [command.data.hex() for command in opening]
    assert asked[0] == HEAD + "01020000ffe516"  # captured
    assert asked[2] == HEAD + "01020005907b16"  # captured
    assert [command.data.hex() for command in driver.start()] == [HEAD + "01020002907816"]


def test_nothing_is_sent_to_a_device_that_did_not_tell_its_address() -> None:
    driver = Titan()
    assert len(list(driver.opening())) == 1
    assert driver.start() == ()
    assert not driver.permits(Command(WRITE, packed(b"\x99" * 6, 1, b"\x02\x90"), False))


def test_the_captured_firmware_arrives_in_its_two_fragments() -> None:
    driver = started()
    assert fed(driver, HEAD + "81080000ff56312e3034425f") == []
    assert fed(driver, "5479160d0a") == [
        Answered(b"\x00\xff"),
        Identified("Titan/Deimos", "00000350", "V1.04B_T"),
    ]


def test_the_firmware_answer_with_the_length_of_the_document_is_read_too() -> None:
    proper = device.answer(UNIT, 0xFF00, b"V1.00").hex()
    assert fed(started(), proper, status(1)) == [
        Answered(b"\x00\xff"), Identified("Titan/Deimos", "00000350", "V1.00"), Blowing(),
    ]  # fmt: skip
    assert device.firmware_answer(UNIT, b"V1.04B_T").hex() == HEAD + "81080000ff56312e3034425f5479160d0a"


@pytest.mark.parametrize(
    ("frame", "told"),
    [
        (HEAD + "81040005905300" + "50160d0a", UseCount(83)),  # captured
        (device.answer(UNIT, 0x9004, b"\x36\x00").hex(), BatteryState(percent=54)),
        (device.answer(UNIT, 0x9007, bytes.fromhex("241119101520")).hex(), Calibrated(date(2024, 11, 19))),
    ],
)
def test_answers_are_read(frame: str, told: Event) -> None:
    assert fed(started(), frame)[1] == told


def test_the_captured_test_with_its_doubled_frames() -> None:
    frames = [status(0), status(1), status(1), status(2), status(2), status(5), status(5), RESULT_0]
    assert fed(started(), *frames) == [
        Ready(), Blowing(), Analysing(), Analysing(),
        Result(Decimal(0), NativeUnit.MG_PER_100ML_BLOOD, RESULT_0[:-4]),
    ]  # fmt: skip


def test_the_vector_of_76() -> None:
    events = fed(started(), status(1), status(2), status(5), RESULT_76)
    assert events[-1] == Result(Decimal(76), NativeUnit.MG_PER_100ML_BLOOD, RESULT_76[:-4])
    assert device.answer(UNIT, 0x9003, b"\x4c\x00").hex() == RESULT_76


@pytest.mark.parametrize("size", [1, 3, 7, 20, 200])
def test_frames_may_be_cut_anywhere(size: int) -> None:
    whole = status(1) + status(2) + status(5) + RESULT_76
    pieces = [whole[start : start + 2 * size] for start in range(0, len(whole), 2 * size)]
    assert [type(event) for event in fed(started(), *pieces)] == [Blowing, Analysing, Analysing, Result]


@pytest.mark.parametrize("states", [(), (0,), (1,), (1, 2)])
def test_a_value_before_it_was_computed_is_not_believed(states: tuple[int, ...]) -> None:
    events = fed(started(), *(status(state) for state in states), RESULT_76)
    assert events[-1] == Unrecognised(RESULT_76[:-4])


def test_a_second_value_in_the_same_test_is_not_believed() -> None:
    driver = started()
    fed(driver, status(1), status(5), RESULT_76)
    assert not any(isinstance(event, Result) for event in fed(driver, RESULT_0))


@pytest.mark.parametrize(("state", "failure"), [(3, Failure.INTERRUPTED), (4, Failure.REFUSED)])
def test_states_that_end_a_test_have_names(state: int, failure: Failure) -> None:
    assert fed(started(), status(state)) == [Failed(failure, status(state)[:-4])]


def test_an_error_reply_refuses_a_start_and_nothing_else() -> None:
    refusal = device.frame(UNIT, 0xC1, b"\x20").hex()
    assert fed(started(), refusal) == [Failed(Failure.REFUSED, refusal)]
    driver = started()
    fed(driver, status(0))
    assert fed(driver, refusal) == [Unrecognised(refusal)]
    assert fed(Titan(), refusal) == [Unrecognised(refusal)]


def test_a_damaged_frame_does_not_swallow_the_next_one() -> None:
    damaged = status(1)[:-10] + "ff" + status(1)[-8:]
    events = fed(started(), damaged, status(2), status(2), status(2), status(2))
    assert Analysing() in events
    assert isinstance(events[0], Unrecognised)


def test_a_start_of_a_frame_repeated_over_and_over_does_not_hang() -> None:
    """As in the captured log, where the app heard every fragment many times."""
    driver = started()
    fragment = HEAD + "81080000ff56312e3034425f"
    fed(driver, *[fragment] * 16, "5479160d0a")
    assert fed(driver, status(1))[-1] == Blowing()


def test_another_units_frames_are_not_ours() -> None:
    frame = device.answer(b"\x31" * 6, 0x9002, b"\x01")
    assert fed(started(), frame.hex()) == [Unrecognised(frame[:-2].hex())]


def test_an_impossible_value_is_a_failure() -> None:
    frame = device.answer(UNIT, 0x9003, b"\x59\x02").hex()
    assert fed(started(), status(1), status(5), frame)[-1] == Failed(Failure.COMM, frame[:-4])
