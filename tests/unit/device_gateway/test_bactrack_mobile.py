"""Rules and constructed vectors of the protocol reference, part 2; there is no capture."""

from decimal import Decimal

import pytest

from contracts.reading import Failure, NativeUnit
from device_gateway.protocol import bactrack_mobile_v1 as v1
from device_gateway.protocol import bactrack_mobile_v2 as v2
from device_gateway.protocol.bactrack_mobile import BATTERY_LEVEL, START, data_of
from device_gateway.protocol.driver import DeviceInformation
from device_gateway.protocol.events import (
    Analysing,
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
from simulators.breathalyzers import bactrack_mobile_frames as frames
from simulators.breathalyzers.breath import Fault

RESULT = "02810501a50000110000" + "00b0e0"
COUNTDOWN = "0281010000280011000000" + "38e0"
BLOW_ERROR = "028202000" + "2e0"
BLOWING, READY, ANALYSING = (frames.status(state, 3, 17).hex() for state in (3, 2, 4))


def started() -> v2.BactrackMobileV2:
    driver = v2.BactrackMobileV2()
    driver.start()
    return driver


def fed(driver: v2.BactrackMobileV2, *told: str) -> list[Event]:
    return [event for frame in told for event in driver.feed(v2.NOTIFY, bytes.fromhex(frame))]


def test_the_vectors_mean_what_the_reference_says() -> None:
    events = fed(started(), COUNTDOWN, READY, BLOWING, ANALYSING, RESULT)
    assert [event for event in events if not isinstance(event, UseCount)] == [
        Countdown(40, is_seconds=False),
        Ready(),
        Blowing(3),
        Analysing(),
        Result(Decimal("0.0421"), NativeUnit.PERCENT_BAC, RESULT),
    ]
    assert {event for event in events if isinstance(event, UseCount)} == {UseCount(17)}
    assert fed(started(), BLOW_ERROR) == [Failed(Failure.INSUFFICIENT_BLOW, BLOW_ERROR)]


def test_the_simulated_device_sends_the_same_vectors() -> None:
    assert frames.status(frames.RESULT, 0, 17, 421).hex() == RESULT
    assert frames.status(frames.COUNTDOWN, 40, 17).hex() == COUNTDOWN
    assert frames.error(Fault.INSUFFICIENT_BLOW).hex() == BLOW_ERROR
    assert frames.result_code(0.0421) == 421
    assert frames.START_TEST.hex() == "027203e0"


def test_starting_is_the_vector_of_each_generation() -> None:
    assert [command.data.hex() for command in v2.BactrackMobileV2().start()] == ["027203e0"]
    commands = v1.BactrackMobileV1().start()
    assert [command.data.hex() for command in commands] == ["027203e0" + "00" * 16, "01", "02"]
    assert [command.after_s for command in commands] == [0.0, 0.0, 2.0]
    assert START.hex() == "027203e0"


@pytest.mark.parametrize("before", [(), (COUNTDOWN,), (COUNTDOWN, READY), (ANALYSING,)])
def test_a_result_without_a_blow_is_no_result(before: tuple[str, ...]) -> None:
    assert not any(isinstance(event, Result) for event in fed(started(), *before, RESULT))


def test_a_new_start_forgets_the_blow_before() -> None:
    driver = started()
    fed(driver, BLOWING)
    driver.start()
    assert not any(isinstance(event, Result) for event in fed(driver, RESULT))


@pytest.mark.parametrize(
    ("code", "second", "failure"),
    [
        (1, 0, Failure.NO_BLOW), (2, 0, Failure.INSUFFICIENT_BLOW), (3, 1, Failure.TEMP_HIGH),
        (3, 2, Failure.TEMP_LOW), (3, 9, Failure.GENERAL), (4, 0, Failure.LOW_BATTERY),
        (5, 0, Failure.CALIBRATION_FAIL), (6, 0, Failure.NOT_CALIBRATED), (7, 0, Failure.COMM),
        (8, 0, Failure.INSUFFICIENT_BLOW), (9, 0, Failure.SENSOR), (10, 0, Failure.SENSOR),
        (11, 0, Failure.OVER_RANGE), (99, 0, Failure.GENERAL),
    ],
)  # fmt: skip
def test_every_error_has_its_name(code: int, second: int, failure: Failure) -> None:
    frame = frames.frame(0x82, bytes((code, second))).hex()
    assert fed(started(), frame) == [Failed(failure, frame)]


def test_a_refused_start_is_told_and_an_acknowledgement_is_nothing() -> None:
    assert fed(started(), frames.refusal().hex()) == [Failed(Failure.REFUSED, "02b000e0")]
    assert fed(started(), frames.acknowledgement().hex()) == []
    assert fed(v2.BactrackMobileV2(), frames.refusal().hex()) == [Unrecognised("02b000e0")]


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "02",
        "0281",
        RESULT[:-2],
        RESULT[:-4] + "b1e0",
        "03" + RESULT[2:],
        RESULT + "01",
        "02ff00e0",
        "02a1010203" + "00e1",
    ],
)
def test_damaged_frames_are_kept_as_unrecognised(frame: str) -> None:
    assert fed(started(), BLOWING, frame)[2:] == [Unrecognised(frame)]


def test_filling_zeros_are_part_of_the_first_generations_frames() -> None:
    padded = bytes.fromhex(RESULT).ljust(20, b"\0")
    assert data_of(padded) == data_of(bytes.fromhex(RESULT))
    assert len(frames.status(5, 0, 17, 421, fill_to=20)) == 20


def test_framed_statuses_silence_the_legacy_ones() -> None:
    driver = v1.BactrackMobileV1()
    driver.start()
    assert driver.feed(v1.LEGACY_NOTIFY, frames.legacy_status(2, 0)) == [Ready()]
    assert driver.feed(v1.NOTIFY, frames.status(2, 0, 17, fill_to=20)) == [Ready(), UseCount(17)]
    assert driver.feed(v1.LEGACY_NOTIFY, frames.legacy_status(3, 0)) == []


def test_an_impossible_value_is_a_failure() -> None:
    frame = frames.status(5, 0, 17, 6001).hex()
    assert fed(started(), BLOWING, frame)[2] == Failed(Failure.COMM, frame)


def test_the_use_count_of_the_generic_service_is_little_endian() -> None:
    assert v2.BactrackMobileV2().feed(v2.GENERIC_NOTIFY, bytes.fromhex("820201")) == [UseCount(258)]


@pytest.mark.parametrize(("told", "level"), [(58, 0), (59, 1), (66, 1), (67, 2), (83, 2), (84, 3), (200, 3)])
def test_the_battery_byte_has_a_level(told: int, level: int) -> None:
    battery = v2.BactrackMobileV2().battery(DeviceInformation(others={BATTERY_LEVEL: bytes((told,))}))
    assert battery == BatteryState(percent=told if told <= 100 else None, level=level)


def test_the_first_generations_serial_is_raw_bytes() -> None:
    found = v1.BactrackMobileV1().identify(DeviceInformation(others={v1.SERIAL: bytes.fromhex("a1b2")}))
    assert found.serial == "A1B2"
    assert v1.BactrackMobileV1().identify(DeviceInformation()).serial is None
