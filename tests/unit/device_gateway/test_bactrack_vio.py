"""Rules and constructed vectors of the protocol reference, part 3; there is no capture."""

from decimal import Decimal

import pytest

from contracts.reading import Failure, NativeUnit
from device_gateway.protocol import bactrack_vio as vio
from device_gateway.protocol.events import (
    Analysing,
    Answered,
    BatteryState,
    Blowing,
    Countdown,
    Event,
    Failed,
    Ready,
    Result,
    Unrecognised,
    UseCount,
)
from simulators.breathalyzers.bactrack_vio import frame

RESULT = "10020581f500a501d51017"


def status(activity: int, heat: int = 0, code: int = 0) -> str:
    return frame(0x81, bytes((0xF0 | activity, heat)) + code.to_bytes(2, "little")).hex()


def error(code: int, info: int = 0) -> str:
    return frame(0x82, bytes((code, info))).hex()


def fed(driver: vio.BactrackVio, *told: str) -> list[Event]:
    events = [event for part in told for event in driver.feed(vio.NOTIFY, bytes.fromhex(part))]
    return [event for event in events if not isinstance(event, Answered | BatteryState)]


def started(*before: str) -> vio.BactrackVio:
    driver = vio.BactrackVio()
    fed(driver, *before)
    driver.start()
    return driver


def test_requests_and_the_result_are_the_vectors() -> None:
    assert vio.START.hex() == "1002027600741017"
    assert vio.ASK_STATUS.hex() == "10020171701017"
    assert frame(0x76, b"\0") == vio.START
    assert status(5, 0, 421) == RESULT


def test_a_whole_test_is_told_in_order() -> None:
    told = [status(1, 25), status(2), status(3), status(4), RESULT]
    assert fed(started(), *told) == [
        Countdown(10, is_seconds=False), Ready(), Blowing(), Analysing(),
        Result(Decimal("0.0421"), NativeUnit.PERCENT_BAC, RESULT),
    ]  # fmt: skip


@pytest.mark.parametrize("size", [1, 2, 5, 20])
def test_frames_may_be_cut_anywhere(size: int) -> None:
    whole = status(2) + status(3) + RESULT
    pieces = [whole[start : start + 2 * size] for start in range(0, len(whole), 2 * size)]
    assert [type(event) for event in fed(started(), *pieces)] == [Ready, Blowing, Result]


def test_a_value_from_before_the_test_is_not_believed() -> None:
    assert fed(vio.BactrackVio(), RESULT) == []
    assert fed(started(), RESULT, status(1), RESULT, status(2), RESULT) == [Countdown(0, False), Ready()]


@pytest.mark.parametrize(
    ("code", "info", "failure"),
    [
        (1, 0, Failure.INSUFFICIENT_BLOW), (2, 1, Failure.TEMP_HIGH), (2, 2, Failure.TEMP_LOW),
        (2, 0, Failure.GENERAL), (3, 0, Failure.LOW_BATTERY), (4, 0, Failure.CALIBRATION_FAIL),
        (5, 0, Failure.NOT_CALIBRATED), (6, 0, Failure.COMM), (7, 0, Failure.INSUFFICIENT_BLOW),
        (8, 0, Failure.SENSOR), (9, 0, Failure.OVER_RANGE), (77, 0, Failure.GENERAL),
    ],
)  # fmt: skip
def test_every_error_has_its_name(code: int, info: int, failure: Failure) -> None:
    assert fed(started(), error(code, info)) == [Failed(failure, error(code, info))]


def test_an_error_left_over_from_earlier_counts_only_when_the_test_stopped() -> None:
    driver = started(error(1))
    assert fed(driver, error(1), status(2), error(1)) == [Ready()]
    assert fed(driver, status(0), error(1)) == [Failed(Failure.INSUFFICIENT_BLOW, error(1))]


def test_a_test_that_stops_without_a_reason_has_failed() -> None:
    assert fed(started(), status(2), error(0), status(0), error(0))[-1] == Failed(Failure.GENERAL, error(0))


def test_the_battery_is_only_told_when_it_is_low_or_no_longer() -> None:
    driver = vio.BactrackVio()
    low = frame(0x81, bytes(4)).hex()
    told = [event for part in (status(0), low, low) for event in driver.feed(vio.NOTIFY, bytes.fromhex(part))]
    assert [event for event in told if isinstance(event, BatteryState)] == [
        BatteryState(),
        BatteryState(level=0),
    ]


def test_the_use_count_is_little_endian() -> None:
    assert fed(vio.BactrackVio(), frame(0x83, b"\x01\x00\x02\x01").hex()) == [UseCount(258)]


@pytest.mark.parametrize("place", range(11))
def test_one_changed_byte_is_noticed(place: int) -> None:
    damaged = bytearray.fromhex(RESULT)
    damaged[place] ^= 0x40
    driver = started()
    events = fed(driver, status(3), damaged.hex())
    assert not any(isinstance(event, Result) for event in events)


def test_a_damaged_frame_does_not_swallow_the_next_one() -> None:
    events = fed(started(), "1002" + "05" + "81", status(2), status(3), status(3))
    assert Blowing() in events
    assert any(isinstance(event, Unrecognised) for event in events)


def test_an_impossible_value_is_a_failure() -> None:
    frame = status(5, 0, 6001)
    assert fed(started(), status(3), frame)[-1] == Failed(Failure.COMM, frame)
