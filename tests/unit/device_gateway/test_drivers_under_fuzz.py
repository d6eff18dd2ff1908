"""Random and mutated frames, a few thousand per driver; `make fuzz` runs a million."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device_gateway.protocol.driver import Driver
from device_gateway.protocol.events import Result
from device_gateway.protocol.families import FAMILIES
from device_gateway.protocol.stream import MAX_HELD, FrameStream
from tests.support.driver_fuzz import MadDevice, Ordeal, corpus

EVERY_DRIVER = pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
GATED = [family for family in FAMILIES if family.name != "bactrack_c6"]
"""The C6 driver leaves the question whether there was a blow to the run alone (see test_run_states)."""


@EVERY_DRIVER
def test_undamaged_conversations_give_results_so_that_the_fuzz_reaches_deep(family: type[Driver]) -> None:
    results = 0
    for talk in corpus(family.name):
        ordeal = Ordeal(family())
        ordeal.begin()
        for frame in talk:
            ordeal.feed(frame)
        results += ordeal.results
    assert results >= 3


@EVERY_DRIVER
@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), length=st.integers(1, 120))
def test_no_sequence_of_frames_does_harm(family: type[Driver], seed: int, length: int) -> None:
    device, ordeal = MadDevice(family.name, random.Random(seed)), Ordeal(family())
    ordeal.begin()
    for _ in range(length):
        ordeal.feed(device.say())
        if ordeal.run.ended:
            ordeal.begin()


@EVERY_DRIVER
@settings(max_examples=150, deadline=None)
@given(frames=st.lists(st.binary(max_size=64), max_size=10))
def test_pure_noise_does_no_harm(family: type[Driver], frames: list[bytes]) -> None:
    ordeal = Ordeal(family())
    ordeal.begin()
    for number, frame in enumerate(frames):
        ordeal.feed((family.notify[number % len(family.notify)], frame))


@pytest.mark.parametrize("family", GATED, ids=lambda family: family.name)
def test_before_a_start_nothing_is_ever_a_result(family: type[Driver]) -> None:
    driver, device = family(), MadDevice(family.name, random.Random(5))
    for _ in range(3000):
        assert not any(isinstance(event, Result) for event in driver.feed(*device.say()))


@pytest.mark.parametrize("start", [b"\x01", b"\x01\xff", b"\x02"])
def test_a_stream_never_holds_more_than_its_limit(start: bytes) -> None:
    stream = FrameStream(2, lambda head: (10_000,) if head[0] == 1 else (), lambda _: True)
    told = [stream.take(start * 50) for _ in range(100)]
    assert all(not frames and len(passed) <= MAX_HELD for frames, passed in told)
