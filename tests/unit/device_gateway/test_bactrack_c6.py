"""Captures and rules are those of the protocol reference, part 1."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.reading import Failure, NativeUnit
from device_gateway.protocol.bactrack_c6 import (
    ADVERTISED_SERVICE,
    CHARACTERISTIC,
    MAX_PLAUSIBLE_PERCENT_BAC,
    PERMITTED,
    SERVICE,
    BactrackC6,
)
from device_gateway.protocol.driver import Advertisement, Command, DeviceInformation
from device_gateway.protocol.events import (
    Analysing,
    BatteryState,
    Blowing,
    Countdown,
    Event,
    Failed,
    Ready,
    Result,
    Trailing,
    Unrecognised,
    UseCount,
)

TRAILING_208 = "8130d00000d4014800ef058b0a31061a00"
TRAILING_7 = "81dc070000cf010b009f056409b8050000"


def fed(driver: BactrackC6, *frames: str) -> list[Event]:
    return [event for frame in frames for event in driver.feed(CHARACTERISTIC, bytes.fromhex(frame))]


def test_a_whole_test_is_told_in_order() -> None:
    frames = [f"8001{left:02x}0015e7" for left in (5, 4, 3, 2, 1)]
    frames += ["8002000015e7", "8003050015e7", "8003010015e7", "8003000015e7", "8004000015e7", "8005000015e7"]
    events = fed(BactrackC6(), *frames, "8006000015e7", TRAILING_208)
    assert events[:5] == [Countdown(left) for left in (5, 4, 3, 2, 1)]
    assert events[5:11] == [Ready(), Blowing(5), Blowing(1), Analysing(), Analysing(), Analysing()]
    assert events[11] == Result(Decimal("0.021"), NativeUnit.PERCENT_BAC, "8006000015e7")
    assert events[12] == Trailing(TRAILING_208, disagrees=False)


@pytest.mark.parametrize("status", ["01", "02", "03", "04", "05"])
def test_left_over_bytes_in_other_states_are_no_result(status: str) -> None:
    events = fed(BactrackC6(), f"80{status}030015e7")
    assert not any(isinstance(event, Result) for event in events)


@pytest.mark.parametrize(
    ("status", "failure"),
    [
        ("07", Failure.NO_BLOW),
        ("08", Failure.INSUFFICIENT_BLOW),
        ("09", Failure.GENERAL),
        ("0a", Failure.LOW_BATTERY),
        ("0b", Failure.TEMP_LOW),
        ("0c", Failure.TEMP_HIGH),
        ("0d", Failure.CANCELLED),
        ("0e", Failure.NOT_CALIBRATED),
        ("0f", Failure.OVER_RANGE),
    ],
)
def test_every_error_state_has_its_name(status: str, failure: Failure) -> None:
    frame = f"80{status}000015e7"
    assert fed(BactrackC6(), frame) == [Failed(failure, frame)]


def test_both_captured_trailing_frames_agree_with_their_result() -> None:
    assert fed(BactrackC6(), "800600000100", TRAILING_7)[1] == Trailing(TRAILING_7, disagrees=False)
    assert fed(BactrackC6(), "800600001500", TRAILING_208)[1] == Trailing(TRAILING_208, disagrees=False)


@pytest.mark.parametrize(
    ("result", "disagrees"), [("0013", False), ("0012", True), ("0017", True), ("0000", True)]
)
def test_a_trailing_frame_further_off_than_the_tolerance_is_flagged(result: str, disagrees: bool) -> None:
    assert fed(BactrackC6(), f"800600{result}00", TRAILING_208)[1] == Trailing(
        TRAILING_208, disagrees=disagrees
    )


def test_a_trailing_frame_without_a_result_disagrees_with_nothing() -> None:
    assert fed(BactrackC6(), TRAILING_208) == [Trailing(TRAILING_208, disagrees=False)]


@pytest.mark.parametrize("value", ["0259", "ffff", "8000"])
def test_an_implausible_result_is_a_failure_and_no_value(value: str) -> None:
    frame = f"800600{value}00"
    assert fed(BactrackC6(), frame) == [Failed(Failure.COMM, frame)]


@pytest.mark.parametrize(
    "frame", ["", "80", "8006", "800600", "80060015", "8006000015e7" + "00" * 20, "8010000000e7"]
)
def test_frames_of_the_wrong_shape_are_kept_as_unrecognised(frame: str) -> None:
    assert fed(BactrackC6(), frame) == [Unrecognised(frame)]


def test_another_characteristic_means_nothing() -> None:
    assert BactrackC6().feed("2a19", bytes.fromhex("8006000015e7")) == [Unrecognised("8006000015e7")]


def test_the_use_count_is_little_endian() -> None:
    assert fed(BactrackC6(), "850a0201") == [UseCount(258)]


@pytest.mark.parametrize(
    ("millivolts", "level"),
    [(1049, 0), (1050, 1), (1149, 1), (1150, 2), (1299, 2), (1300, 3), (1799, 3), (1800, 4)],
)
def test_a_battery_level_counts_when_two_readings_agree(millivolts: int, level: int) -> None:
    frame = "88" + millivolts.to_bytes(2, "little").hex()
    driver = BactrackC6()
    assert fed(driver, frame) == [BatteryState(millivolts=millivolts, level=None)]
    assert fed(driver, frame) == [BatteryState(millivolts=millivolts, level=level)]


def test_one_odd_battery_reading_does_not_change_the_level() -> None:
    driver = BactrackC6()
    good, low = "88dc05", "88e803"
    fed(driver, good, good)
    assert fed(driver, low) == [BatteryState(millivolts=1000, level=3)]
    assert fed(driver, low) == [BatteryState(millivolts=1000, level=0)]


def test_everything_the_driver_writes_is_on_the_short_list() -> None:
    driver = BactrackC6()
    commands = (*driver.opening(), *driver.start())
    assert {command.data for command in commands} <= PERMITTED
    assert all(driver.permits(command) for command in commands)
    assert driver.start()[-1].data == bytes.fromhex("0001")


@pytest.mark.parametrize(
    "data", ["060900", "060901", "92", "90", "0000", "0001ff", "", "07"], ids=lambda data: data or "nothing"
)
def test_anything_else_is_not_permitted(data: str) -> None:
    assert not BactrackC6().permits(Command(CHARACTERISTIC, bytes.fromhex(data)))


def test_the_update_service_is_never_permitted() -> None:
    update = "f000ffc1-0451-4000-b000-000000000000"
    assert not BactrackC6().permits(Command(update, bytes.fromhex("0001")))


@given(st.binary(max_size=24))
def test_no_other_bytes_than_the_listed_are_ever_permitted(data: bytes) -> None:
    assert BactrackC6().permits(Command(CHARACTERISTIC, data)) == (data in PERMITTED)


@pytest.mark.parametrize(
    ("serial", "model"), [("0C6000001", "BACtrack C6"), ("1234", "BACtrack C8"), ("X1", "BACtrack C6/C8")]
)
def test_the_serials_first_character_tells_the_model(serial: str, model: str) -> None:
    found = BactrackC6().identify(DeviceInformation(serial=serial, firmware="1.04\0"))
    assert (found.model, found.serial, found.firmware) == (model, serial, "1.04")


def test_a_device_without_information_is_still_identified() -> None:
    assert BactrackC6().identify(DeviceInformation()).serial is None


@pytest.mark.parametrize(
    ("advertisement", "ours"),
    [
        (Advertisement(None, frozenset({ADVERTISED_SERVICE})), True),
        (Advertisement("BACtrack C8"), True),
        (Advertisement("Smart Breathalyzer", frozenset({"0000fff0-0000-1000-8000-00805f9b34fb"})), False),
        (Advertisement(None), False),
    ],
)
def test_it_is_found_by_service_or_name(advertisement: Advertisement, ours: bool) -> None:
    assert BactrackC6.matches(advertisement) is ours


@pytest.mark.parametrize(
    ("properties", "confirmed"), [({"notify", "write"}, True), ({"notify"}, False), (set(), False)]
)
def test_it_is_confirmed_by_its_characteristic(properties: set[str], confirmed: bool) -> None:
    assert BactrackC6.confirms({SERVICE: {CHARACTERISTIC: frozenset(properties)}}) is confirmed
    assert not BactrackC6.confirms({})


STATUS_FRAME = st.builds(
    lambda status, rest: bytes([0x80, status]) + rest, st.integers(0, 255), st.binary(max_size=6)
)
MUTATED = st.tuples(
    st.sampled_from(
        [bytes.fromhex(f) for f in ("8006000015e7", "8003050015e7", TRAILING_208, "850a0201", "88dc05")]
    ),
    st.integers(0, 16),
    st.integers(0, 255),
).map(lambda m: m[0][: m[1]] + bytes([m[2]]) + m[0][m[1] + 1 :])


@settings(max_examples=500, deadline=None)
@given(st.lists(st.one_of(st.binary(max_size=40), STATUS_FRAME, MUTATED), max_size=12))
def test_no_bytes_make_it_raise_or_believe_an_implausible_value(frames: list[bytes]) -> None:
    driver = BactrackC6()
    for frame in frames:
        for event in driver.feed(CHARACTERISTIC, frame):
            if isinstance(event, Result):
                assert frame[:2] == b"\x80\x06"
                assert 0 <= event.native_value <= MAX_PLAUSIBLE_PERCENT_BAC
            if isinstance(event, BatteryState) and event.millivolts is not None:
                assert 0 < event.millivolts <= 5000
