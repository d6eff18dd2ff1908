"""The transdermal sensor's driver: what it may send, what it understands, and that nothing of it is a breath test."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.background import RecordKind
from contracts.reading import DriverGrade
from device_gateway.protocol.driver import Advertisement, Command
from device_gateway.protocol.events import BatteryState, Failed, Result
from device_gateway.protocol.families import FAMILIES, candidates
from device_gateway.protocol.skyn import NOTIFY, SERVICE, WRITE, Clock, Count, Records, Skyn
from device_gateway.protocol.skyn_records import records_of
from tests.support.skyn_fuzz import fuzz_skyn

SAMPLE = bytes.fromhex("010102000bc12d00")
CLOCK = bytes.fromhex("0000008fc86914 00".replace(" ", ""))
AT = datetime.fromtimestamp(0x69C88F00, UTC)


def test_it_is_graded_experimental_and_is_no_breathalyzer() -> None:
    assert Skyn.grade is DriverGrade.EXPERIMENTAL
    assert Skyn.name not in {family.name for family in FAMILIES}
    for uuid in (SERVICE, WRITE):
        advertised = Advertisement("Skyn", frozenset({uuid}))
        assert Skyn.matches(advertised)
        assert candidates(advertised) == ()
    assert not Skyn.matches(Advertisement("Skyn"))


@pytest.mark.parametrize(
    ("frame", "event"),
    [
        ("80008fc869", Clock(0x69C88F00)),
        ("82480f", BatteryState(millivolts=3912)),
        ("9303000000", Count(3)),
        ("94" + CLOCK.hex() + SAMPLE.hex(), Records((CLOCK, SAMPLE))),
    ],
)
def test_each_answer_is_understood(frame: str, event: object) -> None:
    assert Skyn().feed(NOTIFY, bytes.fromhex(frame)) == [event]


@pytest.mark.parametrize("frame", ["", "80", "93ffffffff", "9301", "94", "940102", "97" + "00" * 8, "ff0000"])
def test_what_cannot_be_meant_is_nothing(frame: str) -> None:
    assert Skyn().feed(NOTIFY, bytes.fromhex(frame)) == []


def test_records_keep_their_bytes_and_the_sensors_own_time() -> None:
    records, at, interval_s = records_of(
        [CLOCK, SAMPLE, SAMPLE, bytes.fromhex("0200008fc8690c00"), b"\x03" + bytes(7)]
    )
    kinds = [record.kind for record in records]
    assert kinds == [
        RecordKind.CLOCK,
        RecordKind.SAMPLE,
        RecordKind.SAMPLE,
        RecordKind.EVENT,
        RecordKind.OTHER,
    ]
    first, second = records[1:3]
    assert (first.alcohol_counts, first.temperature_counts, first.motion_counts) == (0x0102, -16117, 45)
    assert (first.device_time, second.device_time) == (AT, AT + timedelta(seconds=20))
    assert (at, interval_s) == (AT + timedelta(seconds=40), 20)
    assert [record.raw for record in records][1] == SAMPLE.hex()


def test_a_later_fetch_goes_on_where_the_time_was() -> None:
    records, _, _ = records_of([SAMPLE], AT, 20)
    assert records[0].device_time == AT


def test_a_sensor_that_lost_its_clock_gives_no_times() -> None:
    records, at, _ = records_of([bytes(6) + b"\x14\x00", SAMPLE])
    assert (records[1].device_time, at) == (None, None)


def test_only_questions_and_a_discard_of_what_is_kept_are_permitted() -> None:
    driver = Skyn()
    assert all(driver.permits(command) for command in driver.opening())
    assert driver.permits(driver.fetch(7))
    discard = Command(WRITE, b"\x16")
    assert not driver.permits(discard)
    assert driver.permits(driver.kept())
    assert not Skyn().permits(discard)


@given(data=st.binary(max_size=12), with_response=st.booleans(), kept=st.booleans())
def test_the_forbidden_is_never_permitted(data: bytes, with_response: bool, kept: bool) -> None:
    driver = Skyn()
    if kept:
        driver.kept()
    if driver.permits(Command(WRITE, data, with_response)):
        assert data[0] in {0x00, 0x02, 0x13, 0x14, 0x15} or (kept and data == b"\x16")
        assert data[0] != 0x01
    assert not driver.permits(Command("f000ffc1-0451-4000-b000-000000000000", data, with_response))


@pytest.mark.parametrize("seed", range(3))
def test_it_takes_whatever_comes(seed: int) -> None:
    assert fuzz_skyn(5_000, random.Random(seed)) > 0


def test_none_of_its_events_is_a_result() -> None:
    driver = Skyn()
    dice = random.Random(5)
    for _ in range(2000):
        events = driver.feed(NOTIFY, dice.randbytes(dice.randrange(30)))
        assert not any(isinstance(event, Result | Failed) for event in events)
