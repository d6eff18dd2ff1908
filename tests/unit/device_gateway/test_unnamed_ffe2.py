"""Rules of the protocol reference, part 7: one third-party script, no capture."""

from decimal import Decimal

import pytest

from contracts.reading import Failure, NativeUnit
from device_gateway.protocol import unnamed_ffe2 as ffe2
from device_gateway.protocol.driver import Advertisement
from device_gateway.protocol.events import Blowing, Countdown, Event, Failed, Ready, Result, Unrecognised

RESULT = "aa0900000024" + "0000fe"


def fed(driver: ffe2.UnnamedFfe2, *told: str) -> list[Event]:
    return [event for part in told for event in driver.feed(ffe2.NOTIFY, bytes.fromhex(part))]


def started() -> ffe2.UnnamedFfe2:
    driver = ffe2.UnnamedFfe2()
    assert driver.start() == driver.opening() == ()
    return driver


def test_a_whole_test_is_told_in_order() -> None:
    told = ["aa05a200fe", "aa05a300fe", "aa05a400fe", "aa05a500fe", RESULT]
    assert fed(started(), *told) == [
        Countdown(0, is_seconds=False), Ready(), Blowing(), Result(Decimal("0.036"), NativeUnit.MG_PER_L, RESULT),
    ]  # fmt: skip


def test_a_result_without_a_blow_is_not_believed() -> None:
    assert fed(started(), "aa05a400fe", RESULT)[-1] == Unrecognised(RESULT)


@pytest.mark.parametrize(
    "frame", ["", "aa", "aa05a100fe", "aa05a500ff", "aa06a500fe", "ab05a500fe", RESULT[:-2]]
)
def test_other_bytes_mean_nothing(frame: str) -> None:
    assert fed(started(), frame) == [Unrecognised(frame)]


def test_an_impossible_value_is_a_failure() -> None:
    huge = "aa0900002400" + "0000fe"
    assert fed(started(), "aa05a500fe", huge)[-1] == Failed(Failure.COMM, huge)


def test_it_is_tried_only_when_chosen() -> None:
    assert not ffe2.UnnamedFfe2.matches(
        Advertisement(None, frozenset({"0000ffe0-0000-1000-8000-00805f9b34fb"}))
    )
    assert ffe2.UnnamedFfe2.matches(Advertisement(None, chosen=True))
