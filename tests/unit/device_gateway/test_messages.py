from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from contracts.envelope import MAX_MESSAGE_BYTES
from contracts.reading import (
    BlowQuality,
    CalibrationState,
    DriverGrade,
    Failure,
    NativeUnit,
    Outcome,
    Purpose,
    RawFrame,
    Reading,
)
from contracts.topics import Kind
from device_gateway.messages import check_in_of, reading_of, value_of
from device_gateway.protocol.driver import Driver
from device_gateway.protocol.events import BatteryState, Identified, Result
from device_gateway.protocol.families import FAMILIES
from device_gateway.test_run import MAX_FRAMES, Phase, Run
from tests.support.gateway import ORIGIN, SIGNER, START

BOOT = "0123456789abcdef"
DONE = Run(
    "0f" * 16,
    attempt=2,
    purpose=Purpose.RETEST,
    waited_15_min=True,
    phase=Phase.RESULT,
    settled=True,
    result=Result(Decimal("0.088"), NativeUnit.PERCENT_BAC, "800600005800"),
    blow_began_ms=9000,
    blow_ended_ms=13_010,
    driver="bactrack_c6",
    identified=Identified("BACtrack C6", "0C6", "1.04"),
    battery=BatteryState(1412, None, 3),
    use_count=41,
)


def reading(run: Run) -> Reading:
    later = START + timedelta(seconds=1)
    return reading_of(run, ORIGIN, BOOT, 1, measured_at=START, written_at=later, clock_offset_ms=-35)


def test_a_calibration_date_is_passed_on_without_a_verdict() -> None:
    calibration = reading(
        replace(DONE, driver="titan", calibrated_on=date(2024, 11, 19))
    ).breathalyzer.calibration
    assert (calibration.state, calibration.calibrated_on) == (CalibrationState.UNKNOWN, date(2024, 11, 19))


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_the_drivers_grade_goes_into_the_reading(family: type[Driver]) -> None:
    assert reading(replace(DONE, driver=family.name)).breathalyzer.driver_grade is family.grade


def test_a_complete_run_becomes_a_reading_with_native_and_normalised_value() -> None:
    made = reading(DONE)
    assert (made.native_value, made.native_unit) == (Decimal("0.088"), NativeUnit.PERCENT_BAC)
    assert (str(made.brac_mg_per_l), made.conversion) == ("0.419", "percent_bac_2100_v1")
    assert (made.attempt, made.purpose, made.waited_15_min) == (2, Purpose.RETEST, True)
    assert (made.blow.quality, made.blow.duration_ms) == (BlowQuality.GOOD, 4010)
    assert made.breathalyzer.driver_grade is DriverGrade.CAPTURE
    assert made.breathalyzer.battery.level == 3
    assert (made.measured_at, made.gateway_time) == (START, START + timedelta(seconds=1))


@pytest.mark.parametrize(
    ("failure", "quality"),
    [
        (Failure.NO_BLOW, BlowQuality.NONE),
        (Failure.INSUFFICIENT_BLOW, BlowQuality.WEAK),
        (Failure.INTERRUPTED, BlowQuality.INTERRUPTED),
        (Failure.LOW_BATTERY, BlowQuality.UNKNOWN),
    ],
)
def test_a_run_without_a_value_is_kept_with_its_reason(failure: Failure, quality: BlowQuality) -> None:
    made = reading(replace(DONE, phase=Phase.FAILED, result=None, failure=failure))
    assert (made.outcome, made.failure, made.brac_mg_per_l) == (Outcome.FAILED, failure, None)
    assert made.blow.quality is quality


def test_a_run_that_never_met_a_device_is_a_reading_too() -> None:
    made = reading(Run("0f" * 16, phase=Phase.FAILED, failure=Failure.COMM, settled=True))
    assert (made.breathalyzer.driver, made.breathalyzer.model) == ("none", "unknown")


@pytest.mark.requirement("I3")
def test_an_uncalibrated_device_is_said_to_be_uncalibrated() -> None:
    made = reading(replace(DONE, phase=Phase.FAILED, result=None, failure=Failure.NOT_CALIBRATED))
    assert made.breathalyzer.calibration.state is CalibrationState.UNCALIBRATED


def test_an_unfinished_run_is_no_reading() -> None:
    with pytest.raises(ValueError, match="finished"):
        reading(replace(DONE, settled=False))


def test_the_largest_run_fits_a_message() -> None:
    frame = RawFrame(
        after_ms=86_000_000,
        direction="in",
        characteristic="862bfff1-7d59-4359-8b59-a96db28bc679",
        hex="00" * 512,
    )
    made = reading(replace(DONE, frames=(frame,) * MAX_FRAMES))
    assert len(SIGNER.seal(Kind.READING, made.canonical_bytes())) < MAX_MESSAGE_BYTES
    assert made.frames


def test_a_value_is_rounded_once() -> None:
    assert value_of(DONE) == Decimal("0.419")
    assert value_of(replace(DONE, result=None)) is None


def test_unanswered_items_are_absent_from_a_check_in() -> None:
    made = check_in_of(
        ORIGIN, BOOT, 1, answered_at=START, answers={"craving": Decimal(3)}, drank=None, comment=None
    )
    assert [answer.item for answer in made.answers] == ["craving"]
    assert made.drank is None
