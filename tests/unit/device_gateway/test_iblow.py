"""Captures and vectors of the protocol reference, part 6, and of the device log it names."""

from datetime import date
from decimal import Decimal

import pytest

from contracts.reading import Failure, NativeUnit
from device_gateway.protocol import iblow
from device_gateway.protocol.events import (
    Analysing,
    BatteryState,
    Blowing,
    Calibrated,
    Countdown,
    Event,
    Failed,
    Identified,
    Ready,
    Result,
    Unrecognised,
    UseCount,
)
from simulators.breathalyzers.iblow import frame

STANDBY = ["02543132323936" + "23" * 10 + "341603", "02543132323935" + "23" * 10 + "341703"]
NO_DATE = "0242303430303030" + "2c30302c3030" + "23232334e503"
RESULT = "02543131302c332c302e3231302c30232334c803"
BLOWING = frame("T07", "40", "4").hex()


def fed(driver: iblow.Iblow, *told: str) -> list[Event]:
    events = [event for part in told for event in driver.feed(iblow.NOTIFY, bytes.fromhex(part))]
    return [event for event in events if not isinstance(event, BatteryState)]


def started() -> iblow.Iblow:
    driver = iblow.Iblow()
    driver.start()
    return driver


def test_requests_are_the_vectors() -> None:
    assert iblow.START.hex() == "0241323054455354" + "2c535441525423232323d703"
    assert iblow.FIRMWARE.hex() == "024130" + "31494e464f524d4154494f4e232323af03"
    assert frame("A20", "TEST,START") == iblow.START
    assert [command.data for command in iblow.Iblow().start()] == [iblow.START]


def test_captured_frames_are_whole_and_say_nothing_about_a_test() -> None:
    driver = iblow.Iblow()
    assert driver.feed(iblow.NOTIFY, bytes.fromhex(STANDBY[0])) == [BatteryState(level=4)]
    assert driver.feed(iblow.NOTIFY, bytes.fromhex(STANDBY[1])) == []
    assert fed(driver, NO_DATE) == []


def test_the_simulated_device_sends_the_captured_frames() -> None:
    assert [frame("T12", left, "4").hex() for left in ("296", "295")] == STANDBY
    assert frame("B04", "0000,00,00", "4").hex() == NO_DATE
    assert frame("T11", "0,3,0.210,0", "4").hex() == RESULT


def test_a_whole_test_is_told_in_order() -> None:
    told = [frame(*part, "4").hex() for part in (("T03", "5"), ("T06", ""), ("T07", "40"), ("T10", ""))]
    assert fed(started(), *told, RESULT) == [
        Countdown(5, is_seconds=False), Ready(), Blowing(strength=40), Analysing(),
        Result(Decimal("0.210"), NativeUnit.MG_PER_L, RESULT),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "unit"),
    [
        ("0", NativeUnit.G_PER_L_BLOOD), ("1", NativeUnit.PERMILLE), ("2", NativeUnit.PERCENT_BAC),
        ("3", NativeUnit.MG_PER_L), ("4", NativeUnit.PERCENT_BAC), ("5", NativeUnit.MG_PER_100ML_BLOOD),
        ("6", NativeUnit.UG_PER_100ML), ("7", NativeUnit.UG_PER_L),
    ],
)  # fmt: skip
def test_every_unit_is_kept_as_it_is(code: str, unit: NativeUnit) -> None:
    told = frame("T11", f"0,{code},0.05,0", "4").hex()
    assert fed(started(), BLOWING, told)[-1] == Result(Decimal("0.05"), unit, told)


@pytest.mark.parametrize(
    ("data", "failure"),
    [
        ("0,3,0.210,1", Failure.GENERAL), ("0,3,9.999,0", Failure.COMM), ("0,9,0.210,0", Failure.COMM),
        ("0,3,-0.1,0", Failure.COMM), ("0,3,1e3,0", Failure.COMM), ("0,3,NaN,0", Failure.COMM), ("", Failure.COMM),
    ],
)  # fmt: skip
def test_what_is_no_value_is_a_failure(data: str, failure: Failure) -> None:
    told = frame("T11", data, "4").hex()
    assert fed(started(), BLOWING, told)[-1] == Failed(failure, told)


@pytest.mark.parametrize("before", [(), ("T03",), ("T06",), ("T10",)])
def test_a_result_without_a_blow_is_not_believed(before: tuple[str, ...]) -> None:
    assert fed(started(), *(frame(code, "", "4").hex() for code in before), RESULT)[-1] == Unrecognised(
        RESULT
    )


@pytest.mark.parametrize(
    ("code", "failure"),
    [
        ("T02", Failure.NOT_CALIBRATED), ("T04", Failure.GENERAL), ("T05", Failure.LOW_BATTERY),
        ("T08", Failure.INSUFFICIENT_BLOW), ("T09", Failure.SENSOR), ("T20", Failure.GENERAL),
    ],
)  # fmt: skip
def test_every_error_has_its_name(code: str, failure: Failure) -> None:
    told = frame(code, "", "4").hex()
    assert fed(started(), told) == [Failed(failure, told)]
    assert fed(iblow.Iblow(), told) == [Unrecognised(told)]


def test_answers_are_read() -> None:
    told = [frame("B01", "V1.02"), frame("B03", "83"), frame("B04", "2024,11,19"), frame("B20", "")]
    assert fed(iblow.Iblow(), *(part.hex() for part in told)) == [
        Identified("iBlow/AL88", None, "V1.02"), UseCount(83), Calibrated(date(2024, 11, 19)),
    ]  # fmt: skip


@pytest.mark.parametrize("place", range(20))
def test_one_changed_byte_is_noticed(place: int) -> None:
    damaged = bytearray.fromhex(RESULT)
    damaged[place] ^= 0x01
    assert fed(started(), BLOWING, damaged.hex())[-1] == Unrecognised(damaged.hex())


@pytest.mark.parametrize("battery", ["5", "9", "#", "x"])
def test_a_battery_digit_out_of_its_assumed_range_is_not_guessed_at(battery: str) -> None:
    assert iblow.Iblow().feed(iblow.NOTIFY, frame("T12", "296", battery)) == []
