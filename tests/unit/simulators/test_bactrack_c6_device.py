"""The C6 as a state machine over given time: no bus, no clock, no loop."""

import numpy as np
import pytest

from simulators.breathalyzers import bactrack_c6 as c6
from simulators.breathalyzers.bactrack_c6_frames import (
    BREATH_CHARACTERISTIC,
    FAULT_CODES,
    UPDATE_CHARACTERISTICS,
)
from simulators.breathalyzers.breath import Blow, Breath, DeviceState, Fault
from simulators.peripheral import AttError
from simulators.sensor import Sensor
from tests.support.peripheral_bench import PeripheralBench

START = bytes.fromhex("0001")
ADDRESS = "C6:00:00:00:00:01"


def bench(**settings: object) -> PeripheralBench:
    return PeripheralBench(c6.BactrackC6(ADDRESS, **settings), BREATH_CHARACTERISTIC)  # type: ignore[arg-type]


def test_a_whole_test_is_sent_byte_for_byte() -> None:
    b = bench(last_result=21)
    b.device.give(Breath(0.42))
    b.write(START)
    b.run(60)
    assert b.hex_frames() == [
        *(f"80010{n}0015e7" for n in (5, 4, 3, 2, 1)),
        "8002000015e7",
        *(f"80030{n}0015e7" for n in (5, 4, 3, 2, 1, 0)),
        "8004000015e7",
        "8005000058e7",
        "8006000058e7",
        "8100720300d4014800ef058b0a31061a00",
    ]
    assert b.device.snapshot().state is DeviceState.RESULT
    assert b.device.use_count == 1


def test_the_real_pace_is_that_of_the_device() -> None:
    b = bench()
    b.write(START)
    b.run(9)
    b.device.give(Breath(0.0))
    b.run(60)
    at = {frame[1] << 8 | frame[2]: second for second, frame in b.frames if frame[0] == 0x80}
    assert at[0x0105] == 0.0
    assert at[0x0200] == 5.0
    assert at[0x0300] - at[0x0305] == pytest.approx(4.0)
    assert 25 <= at[0x0600] <= 40


def test_pace_shortens_every_duration() -> None:
    slow, quick = bench(), bench(pace=10)
    for b in (slow, quick):
        b.device.give(Breath(0.1))
        b.write(START)
        b.run(60)
    assert slow.hex_frames() == quick.hex_frames()
    assert [second for second, _ in quick.frames] == pytest.approx(
        [second / 10 for second, _ in slow.frames], abs=0.001
    )


def test_a_late_call_does_not_stretch_the_test() -> None:
    b = bench()
    b.write(START)
    b.now += 5.5
    b.run(0)
    assert b.hex_frames()[-1].startswith("8002")


def test_a_breath_given_in_the_countdown_waits_until_the_device_is_ready() -> None:
    b = bench()
    b.write(START)
    b.run(2)
    b.device.give(Breath(0.2))
    b.run(3.5)
    assert b.device.snapshot().state is DeviceState.READY
    b.run(1)
    assert b.device.snapshot().state is DeviceState.BLOWING


def test_no_blow_times_out_after_twenty_seconds() -> None:
    b = bench()
    b.write(START)
    b.run(24.9)
    assert b.device.snapshot().state is DeviceState.READY
    b.run(0.2)
    assert b.hex_frames()[-1] == "8007000000e7"
    assert b.device.last_fault is Fault.NO_BLOW


def test_a_person_who_will_not_blow_ends_in_the_same_time_out() -> None:
    b = bench()
    b.device.give(Breath(0.0, Blow.NONE))
    b.write(START)
    b.run(24.9)
    assert b.device.snapshot().state is DeviceState.READY
    b.run(0.2)
    assert b.device.last_fault is Fault.NO_BLOW


@pytest.mark.parametrize(
    ("blow", "fault", "last_frames"),
    [
        (Blow.WEAK, Fault.INSUFFICIENT_BLOW, ["8003010000e7", "8008000000e7"]),
        (Blow.INTERRUPTED, Fault.INSUFFICIENT_BLOW, ["8003030000e7", "8008000000e7"]),
        (Blow.CANCELLED, Fault.CANCELLED, ["8002000000e7", "800d000000e7"]),
    ],
)
def test_a_bad_blow_gives_its_error_and_no_result(blow: Blow, fault: Fault, last_frames: list[str]) -> None:
    b = bench()
    b.device.give(Breath(0.8, blow))
    b.write(START)
    b.run(60)
    assert b.hex_frames()[-2:] == last_frames
    assert b.device.last_fault is fault
    assert b.device.last_result_mg_per_l is None


@pytest.mark.parametrize("fault", list(Fault))
def test_every_forced_fault_ends_the_next_test_and_only_that_one(fault: Fault) -> None:
    b = bench()
    b.device.fail(fault)
    b.device.give(Breath(0.3))
    b.write(START)
    b.run(60)
    assert b.frames[-1][1][1] == FAULT_CODES[fault]
    assert not any(frame[1] == 6 for _, frame in b.frames)
    b.frames.clear()
    b.device.give(Breath(0.3))
    b.write(START)
    b.run(60)
    assert b.frames[-1][1][0] == 0x81


@pytest.mark.parametrize("fault", list(Fault))
def test_a_fault_forced_in_mid_test_strikes_at_once(fault: Fault) -> None:
    b = bench()
    b.write(START)
    b.run(2.5)
    b.device.fail(fault)
    b.run(0)
    assert b.frames[-1] == (2.5, bytes((0x80, FAULT_CODES[fault], 0, 0, 0, 0xE7)))
    b.run(60)
    assert b.frames[-1][0] == 2.5


@pytest.mark.parametrize(
    "state",
    [
        DeviceState.WARMING_UP,
        DeviceState.READY,
        DeviceState.BLOWING,
        DeviceState.ANALYSING,
        DeviceState.RESULT,
    ],
)
def test_the_link_can_be_cut_in_every_state(state: DeviceState) -> None:
    b = bench()
    b.device.cut_link(at=state)
    b.device.give(Breath(0.3))
    b.write(START)
    b.run(60)
    assert b.drops == [f"forced at {state.value}"]
    assert b.frames[-1][1][0] == 0x80
    b.link()
    b.device.give(Breath(0.3))
    b.write(START)
    b.run(60)
    assert b.frames[-1][1][0] == 0x81


def test_calm_takes_back_what_has_not_struck() -> None:
    b = bench()
    b.device.fail(Fault.GENERAL)
    b.device.cut_link(at=DeviceState.READY)
    b.device.give(Breath(2.0))
    b.device.calm()
    b.device.give(Breath(0.1))
    b.write(START)
    b.run(60)
    assert b.drops == []
    assert b.device.last_result_mg_per_l == 0.1


def test_a_flat_battery_refuses_the_test() -> None:
    b = bench(battery_mv=1049)
    b.write(START)
    b.run(1)
    assert b.hex_frames() == ["800a000000e7"]


@pytest.mark.parametrize(("celsius", "code"), [(-11.0, 0x0B), (51.0, 0x0C)])
def test_a_temperature_out_of_range_refuses_the_test(celsius: float, code: int) -> None:
    b = bench()
    b.device.temperature_c = celsius
    b.write(START)
    b.run(1)
    assert b.frames[-1][1][1] == code


def test_frost_makes_the_countdown_longer() -> None:
    b = bench()
    b.device.temperature_c = -10.0
    b.write(START)
    assert b.hex_frames() == ["80010f0000e7"]


def test_more_than_the_range_is_an_error_not_a_number() -> None:
    b = bench()
    b.device.give(Breath(1.95))
    b.write(START)
    b.run(60)
    assert b.frames[-1][1][1] == 0x0F
    assert b.device.last_result_mg_per_l is None


def test_queries_are_answered() -> None:
    b = bench(battery_mv=1487, use_count=300)
    for command in ("050a", "0509", "08"):
        b.write(bytes.fromhex(command))
    assert b.hex_frames() == ["850a2c01", "850900", "88cf05"]


def test_unknown_commands_and_a_second_start_are_ignored() -> None:
    b = bench()
    b.write(bytes.fromhex("7203"))
    b.write(START)
    b.write(START)
    b.run(1.5)
    assert b.hex_frames() == ["8001050000e7", "8001040000e7"]


def test_nothing_is_sent_to_a_client_that_has_not_subscribed() -> None:
    b = bench()
    b.device.set_subscribed(BREATH_CHARACTERISTIC, False)
    b.device.give(Breath(0.1))
    b.write(START)
    b.run(60)
    assert b.frames == []
    assert b.device.last_result_mg_per_l == 0.1


def test_forbidden_writes_are_remembered() -> None:
    b = bench()
    b.device.write(UPDATE_CHARACTERISTICS[0], b"\x00" * 16, True)
    b.write(bytes.fromhex("060901"))
    assert b.device.forbidden_writes == [
        (UPDATE_CHARACTERISTICS[0], b"\x00" * 16),
        (BREATH_CHARACTERISTIC, bytes.fromhex("060901")),
    ]


def test_an_idle_device_switches_itself_off_and_is_no_longer_heard() -> None:
    b = bench(idle_off_s=60)
    b.write(START)
    b.device.give(Breath(0.1))
    b.run(70)
    assert b.device.snapshot().state is DeviceState.RESULT
    b.run(30)
    assert b.device.snapshot().state is DeviceState.OFF
    assert b.drops == ["switched off"]
    assert b.device.advertisement is None
    b.device.switch_on()
    assert b.device.advertisement is not None


def test_a_switched_off_device_answers_nothing() -> None:
    b = bench()
    b.device.switch_off()
    b.run(0)
    b.write(START)
    b.run(30)
    assert b.frames == []


def test_the_serial_tells_c6_from_c8() -> None:
    six, eight = c6.BactrackC6(ADDRESS), c6.BactrackC6(ADDRESS, generation=8)
    assert six.read(c6.SERIAL_NUMBER)[:1] == b"0"
    assert eight.read(c6.SERIAL_NUMBER)[:1] == b"1"
    assert six.read(c6.FIRMWARE) == b"1.04"
    with pytest.raises(ValueError, match="starts with 1"):
        c6.BactrackC6(ADDRESS, generation=8, serial="0123")


def test_the_breath_characteristic_cannot_be_read() -> None:
    with pytest.raises(AttError):
        c6.BactrackC6(ADDRESS).read(BREATH_CHARACTERISTIC)


def test_the_same_seed_gives_the_same_bytes() -> None:
    def life(seed: int) -> list[str]:
        b = bench(sensor=Sensor(np.random.default_rng(seed)))
        for number in range(8):
            b.device.give(Breath(0.05 * number))
            b.write(START)
            b.run(60)
        return b.hex_frames()

    assert life(7) == life(7)
    assert life(7) != life(8)


def test_a_negative_breath_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        Breath(-0.1)


def test_a_pace_of_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="pace"):
        bench(pace=0)
