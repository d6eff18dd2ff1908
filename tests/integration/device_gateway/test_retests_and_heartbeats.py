"""The gateway itself over the virtual radio, with a clock set by hand."""

import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import pytest_asyncio

from contracts.device_status import DeviceStatus
from contracts.envelope import open_envelope
from contracts.reading import Failure, NativeUnit, Outcome, Purpose, Reading
from contracts.topics import Kind
from device_gateway.errors import BusyError, RetestWaitError
from device_gateway.gateway import Gateway
from device_gateway.heartbeats import MAX_WAITING_HEARTBEATS
from device_gateway.journal import OPEN_RUN, Journal, journal_text
from device_gateway.outbox import Outbox
from device_gateway.protocol.events import Result
from device_gateway.radio import BleakRadio
from device_gateway.retest import Level, RetestRules
from device_gateway.test_run import Limits, Phase, Run
from simulators.bluez import virtual_radio
from simulators.breathalyzers.bactrack_c6 import BactrackC6
from simulators.breathalyzers.breath import Breath, Fault
from tests.support.gateway import ORIGIN, START, HandClock, opened, receipt_for

LIMITS = Limits(settle_ms=200)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def outbox(tmp_path: Path, clock: HandClock) -> Outbox:
    return opened(tmp_path / "outbox.sqlite3", clock)


@pytest_asyncio.fixture
async def device() -> AsyncIterator[BactrackC6]:
    device = BactrackC6("C6:00:00:00:00:01", pace=100)
    async with virtual_radio(device):
        yield device


def gateway_on(outbox: Outbox, clock: HandClock) -> Gateway:
    return Gateway(ORIGIN, outbox, BleakRadio(), clock, time.monotonic, rules=RetestRules(), limits=LIMITS)


async def blown_to_the_end(gateway: Gateway, purpose: Purpose = Purpose.PLANNED) -> None:
    gateway.start_test(waited_15_min=True, purpose=purpose)
    seen = -1
    while gateway.state().testing or gateway._testing is None or not gateway._testing.done():
        seen = await gateway.changed_since(seen, 0.1)


def readings(outbox: Outbox) -> list[Reading]:
    return [
        Reading.read(open_envelope(row.sealed).body).value
        for row in outbox.waiting(0, 1000)
        if row.kind == Kind.READING
    ]


def statuses(outbox: Outbox) -> list[DeviceStatus]:
    return [
        DeviceStatus.read(open_envelope(row.sealed).body).value
        for row in outbox.waiting(0, 1000)
        if row.kind == Kind.STATUS
    ]


async def test_a_positive_is_followed_by_one_retest_that_confirms_it(
    outbox: Outbox, clock: HandClock, device: BactrackC6
) -> None:
    gateway = gateway_on(outbox, clock)
    device.give(Breath(0.42))
    await blown_to_the_end(gateway)
    assert gateway.state().level is Level.POSITIVE
    with pytest.raises(RetestWaitError):
        gateway.start_test(waited_15_min=True)
    clock.advance(minutes=15)
    device.give(Breath(0.40))
    await blown_to_the_end(gateway)
    assert gateway.state().chain is None
    first, second = readings(outbox)
    assert (first.attempt, first.purpose) == (1, Purpose.PLANNED)
    assert (second.attempt, second.purpose) == (2, Purpose.RETEST)
    assert second.measured_at - first.measured_at == timedelta(minutes=15)


async def test_a_retest_that_differs_much_is_followed_by_another(
    outbox: Outbox, clock: HandClock, device: BactrackC6
) -> None:
    gateway = gateway_on(outbox, clock)
    for value in (0.42, 0.0, 0.0):
        device.give(Breath(value))
        await blown_to_the_end(gateway)
        clock.advance(minutes=15)
    assert [reading.attempt for reading in readings(outbox)] == [1, 2, 3]
    assert gateway.state().chain is None


async def test_a_failed_blow_may_be_tried_again_at_once(
    outbox: Outbox, clock: HandClock, device: BactrackC6
) -> None:
    gateway = gateway_on(outbox, clock)
    device.give(Breath(0.0))
    device.fail(Fault.INSUFFICIENT_BLOW)
    await blown_to_the_end(gateway)
    device.give(Breath(0.0))
    await blown_to_the_end(gateway)
    first, second = readings(outbox)
    assert (first.outcome, first.failure) == (Outcome.FAILED, Failure.INSUFFICIENT_BLOW)
    assert (second.outcome, second.attempt, second.purpose) == (Outcome.COMPLETE, 2, Purpose.PLANNED)


async def test_the_retest_is_remembered_over_a_restart(
    tmp_path: Path, outbox: Outbox, clock: HandClock, device: BactrackC6
) -> None:
    device.give(Breath(0.42))
    await blown_to_the_end(gateway_on(outbox, clock))
    outbox.close()
    again = gateway_on(opened(tmp_path / "outbox.sqlite3", clock), clock)
    with pytest.raises(RetestWaitError):
        again.start_test(waited_15_min=None)


async def test_only_one_test_runs_at_a_time(outbox: Outbox, clock: HandClock, device: BactrackC6) -> None:
    gateway = gateway_on(outbox, clock)
    gateway.start_test(waited_15_min=None)
    with pytest.raises(BusyError):
        gateway.start_test(waited_15_min=None)
    await gateway.finish()
    assert readings(outbox)[0].failure is Failure.CANCELLED


async def test_a_full_disk_keeps_the_run_until_there_is_room(
    tmp_path: Path, clock: HandClock, device: BactrackC6
) -> None:
    outbox = opened(tmp_path / "small.sqlite3", clock, limit_bytes=300_000)
    gateway = gateway_on(outbox, clock)
    while gateway.state().last_error is None:
        for number in range(20):
            gateway.submit_check_in({"craving": number % 11}, drank=None, comment="x" * 1900)
    assert gateway.state().last_error == ("disk_full", START)
    unwritten = gateway.state().unwritten
    device.give(Breath(0.0))
    await blown_to_the_end(gateway)
    assert gateway.state().unwritten == unwritten + 1
    outbox.settle(receipt_for(*outbox.waiting(0, 400)))
    gateway.beat()
    assert gateway.state().unwritten == 0
    assert len(readings(outbox)) == 1


async def test_heartbeats_come_every_minute_and_thin_out_while_nobody_answers(
    outbox: Outbox, clock: HandClock
) -> None:
    gateway = gateway_on(outbox, clock)
    for _ in range(MAX_WAITING_HEARTBEATS * 60):
        gateway.beat()
        clock.advance(seconds=1)
    assert len(statuses(outbox)) == MAX_WAITING_HEARTBEATS
    for _ in range(24 * 60):
        gateway.beat()
        clock.advance(minutes=1)
    assert MAX_WAITING_HEARTBEATS + 90 < len(statuses(outbox)) <= MAX_WAITING_HEARTBEATS + 97
    outbox.settle(receipt_for(*outbox.waiting(0, 400)))
    before = len(statuses(outbox))
    for _ in range(16 * 60):
        gateway.beat()
        clock.advance(seconds=1)
    assert len(statuses(outbox)) > before


async def test_a_clock_set_back_does_not_silence_the_heartbeat(outbox: Outbox, clock: HandClock) -> None:
    gateway = gateway_on(outbox, clock)
    gateway.beat()
    clock.advance(days=-30)
    gateway.beat()
    assert len(statuses(outbox)) == 2


async def test_the_heartbeat_names_device_battery_and_last_error(
    outbox: Outbox, clock: HandClock, device: BactrackC6
) -> None:
    gateway = gateway_on(outbox, clock)
    device.give(Breath(0.0))
    await blown_to_the_end(gateway)
    gateway.beat()
    status = statuses(outbox)[0]
    assert (status.driver, status.breathalyzer_serial) == ("bactrack_c6", device.serial)
    assert (status.breathalyzer_seen_at, status.battery.millivolts) == (START, 1500)
    assert (status.outbox_depth, status.bluetooth) == (1, "on")


async def test_a_result_on_disk_is_not_lost_with_the_process(outbox: Outbox, clock: HandClock) -> None:
    result = Result(Decimal("0.021"), NativeUnit.PERCENT_BAC, "8006000015e7")
    run = replace(Run("0f" * 16).started(), phase=Phase.RESULT, result=result, blow_began_ms=1)
    outbox.set_note(OPEN_RUN, journal_text(Journal(run, START - timedelta(hours=1))))
    gateway = gateway_on(outbox, clock)
    reading = readings(outbox)[0]
    assert (reading.outcome, str(reading.brac_mg_per_l)) == (Outcome.COMPLETE, "0.100")
    assert reading.measured_at == START - timedelta(hours=1)
    assert outbox.note(OPEN_RUN) is None
    assert gateway.state().chain is not None
    gateway_on(outbox, clock)
    assert len(readings(outbox)) == 1


async def test_an_unreadable_note_does_not_stop_the_start(outbox: Outbox, clock: HandClock) -> None:
    outbox.set_note(OPEN_RUN, "{")
    assert gateway_on(outbox, clock).state().last_error == ("run_not_recorded", START)
    assert outbox.note("unreadable_run") == "{"
