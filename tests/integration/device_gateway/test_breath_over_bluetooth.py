"""Real bleak, talking to the virtual radio: driver, radio and test run together."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal

import pytest
import pytest_asyncio

from contracts.reading import Failure
from device_gateway.link import Bluetooth
from device_gateway.messages import value_of
from device_gateway.radio import BleakRadio
from device_gateway.session import Session
from device_gateway.test_run import Limits, Phase, Run
from simulators.bluez import RadioTiming, VirtualRadio, virtual_radio
from simulators.breathalyzers.bactrack_c6 import BactrackC6
from simulators.breathalyzers.breath import Blow, Breath, DeviceState, Fault

ADDRESS = "C6:00:00:00:00:01"
LIMITS = Limits(
    connecting_ms=8_000,
    countdown_ms=4_000,
    ready_ms=4_000,
    blowing_ms=3_000,
    analysing_ms=3_000,
    settle_ms=300,
)


@pytest.fixture
def device() -> BactrackC6:
    return BactrackC6(ADDRESS, pace=60, use_count=41, battery_mv=1412)


@pytest_asyncio.fixture
async def radio(device: BactrackC6) -> AsyncIterator[VirtualRadio]:
    timing = RadioTiming(connect_timeout_s=0.3)
    async with virtual_radio(device, timing=timing) as radio:
        yield radio


async def blow(changes: list[Run] | None = None, limits: Limits = LIMITS) -> Run:
    session = Session(BleakRadio(), limits, time.monotonic, (changes if changes is not None else []).append)
    return await session.perform(Run("0f" * 16))


async def test_a_breath_becomes_a_value(radio: VirtualRadio, device: BactrackC6) -> None:
    device.give(Breath(0.42))
    changes: list[Run] = []
    run = await blow(changes)
    assert run.phase is Phase.RESULT
    assert abs((value_of(run) or Decimal(0)) - Decimal("0.42")) <= Decimal("0.003")
    seen = list(dict.fromkeys(change.phase for change in changes))
    assert seen == [
        Phase.CONNECTING, Phase.COUNTDOWN, Phase.READY, Phase.BLOWING, Phase.ANALYSING, Phase.RESULT,
    ]  # fmt: skip
    assert run.identified is not None
    assert (run.identified.model, run.identified.serial) == ("BACtrack C6", device.serial)
    assert (run.use_count, run.battery.millivolts, run.battery.level) == (41, 1412, 3)
    assert device.forbidden_writes == []


async def test_the_frame_behind_the_result_is_kept_raw(radio: VirtualRadio, device: BactrackC6) -> None:
    device.give(Breath(0.42))
    run = await blow()
    assert run.frames[-1].hex.startswith("81")
    assert run.code is None
    assert [frame.hex for frame in run.frames if frame.direction == "out"] == ["050a", "08", "08", "0001"]


@pytest.mark.parametrize(
    ("fault", "failure"),
    [
        (Fault.NO_BLOW, Failure.NO_BLOW),
        (Fault.INSUFFICIENT_BLOW, Failure.INSUFFICIENT_BLOW),
        (Fault.GENERAL, Failure.GENERAL),
        (Fault.LOW_BATTERY, Failure.LOW_BATTERY),
        (Fault.TEMPERATURE_LOW, Failure.TEMP_LOW),
        (Fault.TEMPERATURE_HIGH, Failure.TEMP_HIGH),
        (Fault.CANCELLED, Failure.CANCELLED),
        (Fault.NOT_CALIBRATED, Failure.NOT_CALIBRATED),
        (Fault.OVER_RANGE, Failure.OVER_RANGE),
    ],
)
async def test_every_fault_of_the_device_arrives_by_name(
    radio: VirtualRadio, device: BactrackC6, fault: Fault, failure: Failure
) -> None:
    device.give(Breath(0.42))
    device.fail(fault)
    run = await blow()
    assert (run.failure, run.result) == (failure, None)
    assert run.phase is (Phase.ABORTED if fault is Fault.CANCELLED else Phase.FAILED)


@pytest.mark.parametrize("kind", [Blow.WEAK, Blow.INTERRUPTED])
async def test_a_bad_blow_gives_no_value(radio: VirtualRadio, device: BactrackC6, kind: Blow) -> None:
    device.give(Breath(0.42, blow=kind))
    run = await blow()
    assert (run.phase, run.failure) == (Phase.FAILED, Failure.INSUFFICIENT_BLOW)


@pytest.mark.parametrize(
    "state", [DeviceState.WARMING_UP, DeviceState.READY, DeviceState.BLOWING, DeviceState.ANALYSING]
)
async def test_a_link_lost_at_any_state_is_an_aborted_run(
    radio: VirtualRadio, device: BactrackC6, state: DeviceState
) -> None:
    device.give(Breath(0.42))
    device.cut_link(state)
    run = await blow()
    assert (run.phase, run.failure, run.result) == (Phase.ABORTED, Failure.COMM, None)


async def test_a_link_lost_right_after_the_result_keeps_the_result(
    radio: VirtualRadio, device: BactrackC6
) -> None:
    device.give(Breath(0.42))
    device.cut_link(DeviceState.RESULT)
    run = await blow()
    assert run.phase is Phase.RESULT
    assert run.finished


async def test_left_over_results_in_other_frames_are_not_believed(radio: VirtualRadio) -> None:
    haunted = BactrackC6("C6:00:00:00:00:02", pace=60, last_result=123)
    radio.carry_away(ADDRESS)
    radio.place(haunted)
    haunted.give(Breath(0.0))
    run = await blow()
    assert (run.phase, value_of(run)) == (Phase.RESULT, Decimal("0.000"))


async def test_an_absent_device_ends_in_a_recorded_failure(radio: VirtualRadio, device: BactrackC6) -> None:
    radio.carry_away(ADDRESS)
    run = await blow(limits=replace(LIMITS, connecting_ms=1_500))
    assert (run.phase, run.failure, run.code) == (Phase.FAILED, Failure.COMM, "breathalyzer_absent")


async def test_a_device_switched_on_late_is_still_found(radio: VirtualRadio, device: BactrackC6) -> None:
    radio.carry_away(ADDRESS)
    device.give(Breath(0.1))
    running = asyncio.create_task(blow())
    await asyncio.sleep(0.5)
    radio.bring_back(ADDRESS)
    assert (await running).phase is Phase.RESULT


async def test_bluetooth_switched_on_late_is_enough(radio: VirtualRadio, device: BactrackC6) -> None:
    radio.adapter.set_powered(False)
    device.give(Breath(0.1))
    bluetooth = BleakRadio()
    session = Session(bluetooth, LIMITS, time.monotonic, lambda _: None)
    running = asyncio.create_task(session.perform(Run("0f" * 16)))
    await asyncio.sleep(0.7)
    seen = [bluetooth.bluetooth]
    radio.adapter.set_powered(True)
    assert (await running).phase is Phase.RESULT
    assert [*seen, bluetooth.bluetooth] == [Bluetooth.OFF, Bluetooth.ON]


async def test_an_adapter_pulled_and_put_back_is_survived(radio: VirtualRadio, device: BactrackC6) -> None:
    radio.adapter.unplug()
    run = await blow(limits=replace(LIMITS, connecting_ms=1_000))
    assert run.code in {"bluetooth_absent", "bluetooth_trouble"}
    radio.adapter.plug_in()
    device.give(Breath(0.1))
    assert (await blow()).phase is Phase.RESULT


async def test_cancelling_while_blowing_ends_soon_and_frees_the_device(
    radio: VirtualRadio, device: BactrackC6
) -> None:
    ready = asyncio.Event()
    device.observe(lambda seen: ready.set() if seen.state is DeviceState.READY else None)
    session = Session(BleakRadio(), LIMITS, time.monotonic, lambda _: None)
    running = asyncio.create_task(session.perform(Run("0f" * 16)))
    await ready.wait()
    session.cancel()
    run = await asyncio.wait_for(running, 3)
    assert (run.phase, run.failure) == (Phase.ABORTED, Failure.CANCELLED)
    device.give(Breath(0.1))
    assert (await blow()).phase is Phase.RESULT


async def test_one_test_after_another_works(radio: VirtualRadio, device: BactrackC6) -> None:
    for value in (0.0, 0.2, 0.1):
        device.give(Breath(value))
        run = await blow()
        assert abs(float(value_of(run) or 0) - value) < 0.004


async def test_the_bus_may_die_and_come_back(device: BactrackC6) -> None:
    async with virtual_radio(device):
        device.give(Breath(0.1))
        assert (await blow()).phase is Phase.RESULT
    run = await blow(limits=replace(LIMITS, connecting_ms=800))
    assert (run.phase, run.failure) == (Phase.FAILED, Failure.COMM)
    fresh = BactrackC6(ADDRESS, pace=60)
    async with virtual_radio(fresh):
        fresh.give(Breath(0.2))
        assert (await blow()).phase is Phase.RESULT


async def test_a_bus_that_dies_during_a_test_aborts_the_run(device: BactrackC6) -> None:
    reached_ready = asyncio.Event()

    async def during() -> Run:
        def watch(run: Run) -> None:
            if run.phase is Phase.READY:
                reached_ready.set()

        return await Session(BleakRadio(), LIMITS, time.monotonic, watch).perform(Run("0f" * 16))

    async with virtual_radio(device):
        running = asyncio.create_task(during())
        await asyncio.wait_for(reached_ready.wait(), 5)
    run = await asyncio.wait_for(running, 15)
    assert (run.phase, run.failure, run.result) == (Phase.ABORTED, Failure.COMM, None)
