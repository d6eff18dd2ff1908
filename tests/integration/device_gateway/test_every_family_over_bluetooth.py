"""Every family on the virtual radio: found, recognised and run through a whole test by the real gateway parts."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import pytest

from contracts.reading import DriverGrade, Failure, NativeUnit
from device_gateway.messages import reading_of, value_of
from device_gateway.protocol.families import FAMILIES
from device_gateway.radio import BleakRadio
from device_gateway.session import Session
from device_gateway.test_run import Limits, Phase, Run
from simulators.bluez import RadioTiming, virtual_radio
from simulators.breathalyzers.bactrack_mobile_v1 import BactrackMobileV1
from simulators.breathalyzers.bactrack_mobile_v2 import BactrackMobileV2
from simulators.breathalyzers.bactrack_vio import BactrackVio
from simulators.breathalyzers.breath import Blow, Breath, DeviceState, Fault
from simulators.breathalyzers.iblow import Iblow
from simulators.breathalyzers.staged import StagedBreathalyzer
from simulators.breathalyzers.titan import Titan
from simulators.breathalyzers.unnamed_ffe2 import UnnamedFfe2
from simulators.device_rack import FAMILIES as RACK
from simulators.device_rack import build_device
from tests.support.gateway import ORIGIN, START

ADDRESS = "D0:00:00:00:00:01"
PACE = 60
LIMITS = Limits(
    connecting_ms=8_000,
    countdown_ms=4_000,
    ready_ms=4_000,
    blowing_ms=3_000,
    analysing_ms=3_000,
    settle_ms=200,
)


@dataclass(frozen=True)
class Family:
    """What a test needs to know of a family."""

    name: str
    build: Callable[[], StagedBreathalyzer]
    unit: NativeUnit
    resolution_mg_per_l: str
    grade: DriverGrade
    serial: str | None
    faults: dict[Fault, Failure]
    """By which name each fault the family has a code for arrives."""


MOBILE = {
    Fault.NO_BLOW: Failure.NO_BLOW,
    Fault.INSUFFICIENT_BLOW: Failure.INSUFFICIENT_BLOW,
    Fault.LOW_BATTERY: Failure.LOW_BATTERY,
    Fault.TEMPERATURE_LOW: Failure.TEMP_LOW,
    Fault.TEMPERATURE_HIGH: Failure.TEMP_HIGH,
    Fault.NOT_CALIBRATED: Failure.NOT_CALIBRATED,
    Fault.GENERAL: Failure.SENSOR,
    Fault.OVER_RANGE: Failure.OVER_RANGE,
    Fault.CANCELLED: Failure.REFUSED,
}
STAGED = (
    Family(
        "bactrack_mobile_v2",
        lambda: BactrackMobileV2(ADDRESS, serial="MV2-00001", pace=PACE, use_count=41),
        NativeUnit.PERCENT_BAC, "0.001", DriverGrade.VENDOR_SOURCE, "MV2-00001", MOBILE,
    ),
    Family(
        "titan",
        lambda: Titan(ADDRESS, pace=PACE, use_count=41),
        NativeUnit.MG_PER_100ML_BLOOD, "0.003", DriverGrade.CAPTURE, "00000350",
        {Fault.INSUFFICIENT_BLOW: Failure.INTERRUPTED, Fault.LOW_BATTERY: Failure.REFUSED},
    ),
    Family(
        "iblow",
        lambda: Iblow(ADDRESS, pace=PACE, use_count=41),
        NativeUnit.MG_PER_L, "0.001", DriverGrade.EXPERIMENTAL, None,
        {
            Fault.INSUFFICIENT_BLOW: Failure.INSUFFICIENT_BLOW,
            Fault.LOW_BATTERY: Failure.LOW_BATTERY,
            Fault.NOT_CALIBRATED: Failure.NOT_CALIBRATED,
            Fault.OVER_RANGE: Failure.SENSOR,
            Fault.CANCELLED: Failure.GENERAL,
        },
    ),
    Family(
        "bactrack_mobile_v1",
        lambda: BactrackMobileV1(ADDRESS, serial="A1B20001", pace=PACE, use_count=41),
        NativeUnit.PERCENT_BAC, "0.001", DriverGrade.VENDOR_SOURCE, "A1B20001",
        {Fault.INSUFFICIENT_BLOW: Failure.INSUFFICIENT_BLOW, Fault.OVER_RANGE: Failure.OVER_RANGE},
    ),
    Family(
        "bactrack_vio",
        lambda: BactrackVio(ADDRESS, pace=PACE, use_count=41),
        NativeUnit.PERCENT_BAC, "0.001", DriverGrade.VENDOR_SOURCE, "VIO00001",
        {
            Fault.INSUFFICIENT_BLOW: Failure.INSUFFICIENT_BLOW,
            Fault.TEMPERATURE_LOW: Failure.TEMP_LOW,
            Fault.LOW_BATTERY: Failure.LOW_BATTERY,
            Fault.CANCELLED: Failure.GENERAL,
        },
    ),
    Family(
        "unnamed_ffe2",
        lambda: UnnamedFfe2(ADDRESS, serial="", pace=PACE),
        NativeUnit.MG_PER_L, "0.001", DriverGrade.EXPERIMENTAL, None, {},
    ),
)  # fmt: skip
BY_NAME = {family.name: family for family in STAGED}
FAULTS = [(family, fault, failure) for family in STAGED for fault, failure in family.faults.items()]


async def blow(
    device: StagedBreathalyzer, *, limits: Limits = LIMITS, changes: list[Run] | None = None
) -> Run:
    """One test over a radio of its own; the device chosen by its address, as in a home."""
    async with virtual_radio(device, timing=RadioTiming(connect_timeout_s=0.3)):
        watch = (changes if changes is not None else []).append
        return await Session(BleakRadio(address=ADDRESS), limits, time.monotonic, watch).perform(
            Run("0f" * 16)
        )


def test_every_driver_has_a_simulated_device() -> None:
    assert {family.name for family in FAMILIES} == {"bactrack_c6", *BY_NAME}
    assert set(RACK) == {"bactrack_c6", "bactrack_c8", *BY_NAME}


@pytest.mark.parametrize("name", RACK)
def test_the_rack_builds_devices_with_addresses_of_their_own(name: str) -> None:
    devices = [build_device(name, number, pace=2.0, seed=1) for number in (0, 1, 65535)]
    others = [build_device(other, 0) for other in RACK if other != name]
    assert len({device.address for device in (*devices, *others)}) == 3 + len(others)
    assert all(device.sensor is not None and device.pace == 2.0 for device in devices)


@pytest.mark.parametrize("family", STAGED, ids=lambda family: family.name)
async def test_a_breath_becomes_a_value_in_the_familys_own_unit(family: Family) -> None:
    device = family.build()
    device.give(Breath(0.42))
    changes: list[Run] = []
    run = await blow(device, changes=changes)
    assert run.phase is Phase.RESULT, (run.failure, run.code)
    assert run.driver == family.name
    assert run.result is not None
    assert run.result.unit is family.unit
    assert abs((value_of(run) or Decimal(0)) - Decimal("0.42")) <= Decimal(family.resolution_mg_per_l)
    assert {Phase.READY, Phase.BLOWING} <= {change.phase for change in changes}
    assert run.identified is not None
    assert run.identified.serial == family.serial
    assert device.forbidden_writes == []
    made = reading_of(
        run, ORIGIN, "0123456789abcdef", 1, measured_at=START, written_at=START, clock_offset_ms=0
    )
    assert (made.native_unit, made.breathalyzer.driver) == (family.unit, family.name)
    assert made.breathalyzer.driver_grade is family.grade
    assert made.brac_mg_per_l == value_of(run)


@pytest.mark.parametrize(("family", "fault", "failure"), FAULTS, ids=lambda part: getattr(part, "name", None))
async def test_a_fault_arrives_by_name(family: Family, fault: Fault, failure: Failure) -> None:
    device = family.build()
    device.give(Breath(0.42))
    device.fail(fault)
    run = await blow(device)
    assert (run.phase, run.failure, run.result) == (Phase.FAILED, failure, None)


@pytest.mark.parametrize("family", STAGED, ids=lambda family: family.name)
@pytest.mark.parametrize("state", [DeviceState.READY, DeviceState.BLOWING, DeviceState.ANALYSING])
async def test_a_link_lost_on_the_way_is_an_aborted_run(family: Family, state: DeviceState) -> None:
    device = family.build()
    device.give(Breath(0.42))
    device.cut_link(state)
    run = await blow(device)
    assert (run.phase, run.failure, run.result) == (Phase.ABORTED, Failure.COMM, None)


@pytest.mark.parametrize("name", ["bactrack_mobile_v2", "titan", "iblow", "bactrack_vio"])
async def test_a_blow_broken_off_gives_no_value(name: str) -> None:
    device = BY_NAME[name].build()
    device.give(Breath(0.42, Blow.INTERRUPTED))
    run = await blow(device)
    assert run.result is None
    assert run.failure in {Failure.INSUFFICIENT_BLOW, Failure.INTERRUPTED}


@pytest.mark.parametrize("family", STAGED, ids=lambda family: family.name)
async def test_nobody_blowing_ends_in_no_blow_or_the_devices_own_word(family: Family) -> None:
    run = await blow(family.build(), limits=replace(LIMITS, ready_ms=1_000))
    assert (run.phase, run.result) == (Phase.FAILED, None)
    assert run.failure in {Failure.NO_BLOW, Failure.GENERAL, Failure.REFUSED}


async def test_use_counts_batteries_and_calibration_dates_are_told() -> None:
    runs = {}
    for name in ("titan", "iblow", "bactrack_mobile_v2", "bactrack_vio"):
        device = BY_NAME[name].build()
        device.give(Breath(0.0))
        runs[name] = await blow(device)
        assert value_of(runs[name]) == Decimal("0.000")
    assert (runs["titan"].use_count, runs["iblow"].use_count, runs["bactrack_vio"].use_count) == (41, 41, 41)
    assert runs["bactrack_mobile_v2"].use_count == 42
    assert runs["titan"].calibrated_on == runs["iblow"].calibrated_on == date(2024, 11, 19)
    assert (runs["titan"].battery.percent, runs["iblow"].battery.level) == (54, 4)
    assert runs["bactrack_mobile_v2"].battery.level == 2


async def test_a_titan_that_does_not_answer_the_handshake_is_a_recorded_failure() -> None:
    class Mute(Titan):
        def obey(self, characteristic: str, value: bytes) -> None:
            return

    run = await blow(Mute(ADDRESS, pace=PACE))
    assert (run.phase, run.failure, run.code) == (Phase.FAILED, Failure.COMM, "handshake_failed")


async def test_a_vio_that_only_speaks_when_asked_is_asked() -> None:
    device = BactrackVio(ADDRESS, pace=3, talkative=False)
    device.give(Breath(0.21))
    run = await blow(device, limits=Limits(settle_ms=200))
    assert (run.phase, value_of(run)) == (Phase.RESULT, Decimal("0.210"))


async def test_an_old_mobile_is_understood_on_its_other_characteristic() -> None:
    device = BactrackMobileV1(ADDRESS, serial="A1B20001", pace=PACE, legacy=True)
    device.give(Breath(0.42))
    run = await blow(device)
    assert run.phase is Phase.RESULT
    assert abs((value_of(run) or Decimal(0)) - Decimal("0.42")) <= Decimal("0.001")


async def test_the_unnamed_device_is_never_taken_up_unless_it_was_chosen() -> None:
    device = UnnamedFfe2(ADDRESS, serial="", pace=PACE)
    device.give(Breath(0.42))
    async with virtual_radio(device):
        session = Session(BleakRadio(), replace(LIMITS, connecting_ms=1_500), time.monotonic, lambda _: None)
        run = await session.perform(Run("0f" * 16))
    assert (run.phase, run.code, run.driver) == (Phase.FAILED, "breathalyzer_absent", None)


@pytest.mark.parametrize("address", [ADDRESS, None])
@pytest.mark.parametrize("name", ["titan", "iblow", "bactrack_mobile_v1"])
async def test_a_name_that_is_heard_late_is_waited_for(name: str, address: str | None) -> None:
    device = BY_NAME[name].build()
    device.give(Breath(0.42))
    async with virtual_radio(device, timing=RadioTiming(late_names=True)):
        session = Session(BleakRadio(address=address), LIMITS, time.monotonic, lambda _: None)
        run = await session.perform(Run("0f" * 16))
    assert (run.phase, run.driver) == (Phase.RESULT, name)
