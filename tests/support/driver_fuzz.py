"""Feeding a driver what no device should send, and watching that nothing bad comes of it.

Used by the hypothesis tests (small) and by `tests/fuzz/drivers.py` (long). A frame is drawn from what a simulated
device really sends in whole tests, then left, damaged, cut, joined or replaced by noise.
"""

import random
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache

from device_gateway.protocol.believable import MAX_BELIEVABLE_MG_PER_L
from device_gateway.protocol.driver import Command, Driver
from device_gateway.protocol.events import BatteryState, Event, Failed, Result
from device_gateway.protocol.families import FAMILIES
from device_gateway.protocol.units import to_mg_per_l
from device_gateway.test_run import Connected, Limits, Phase, Run
from simulators.breathalyzers.bactrack_mobile_v1 import BactrackMobileV1
from simulators.breathalyzers.breath import Blow, Breath, DeviceState, Fault
from simulators.breathalyzers.scripted import ScriptedBreathalyzer
from simulators.peripheral import DropLink, Notify
from tests.support.families import DRIVER_OF, device_of

Frame = tuple[str, bytes]
_LIMITS = Limits()
_MAX_EVENTS_PER_BYTE = 4


def driver_named(name: str) -> type[Driver]:
    """The driver class with this name."""
    return next(family for family in FAMILIES if family.name == name)


def conversation(device: ScriptedBreathalyzer, driver: Driver, breath: Breath | None) -> list[Frame]:
    """Opening, start and a whole test between a driver and a simulated device on made-up time; what was notified."""
    told: list[Frame] = []
    now = 1000.0

    def live(until: float) -> None:
        nonlocal now
        while True:
            for effect in device.advance(now):
                if isinstance(effect, Notify):
                    told.append((effect.characteristic, effect.value))
                    driver.feed(effect.characteristic, effect.value)
                else:
                    assert isinstance(effect, DropLink)
                    device.disconnected()
            due = device.next_due()
            if due is None or due > until:
                now = until
                return
            now = max(now, due)

    def write(command: Command) -> None:
        live(now + command.after_s)
        device.write(command.characteristic, command.data, command.with_response)
        live(now)

    device.connected()
    for characteristic in driver.notify:
        device.set_subscribed(characteristic, True)
    for command in driver.opening():
        write(command)
    if breath is not None:
        device.give(breath)
    for command in driver.start():
        write(command)
    for _ in range(60):
        for command in driver.periodic.commands if driver.periodic else ():
            write(command)
        if device.state in {DeviceState.RESULT, DeviceState.ERROR}:
            live(now + 0.5)  # what still follows
            break
        live(now + 1.0)
    return told


@cache
def corpus(driver_name: str) -> tuple[tuple[Frame, ...], ...]:
    """What the family's simulated devices send in whole conversations: good and bad breaths, every fault."""
    talks = []
    breaths = (Breath(0.0), Breath(0.42), Breath(1.5), Breath(0.3, Blow.WEAK), None)
    for family in (family for family, driver in DRIVER_OF.items() if driver == driver_name):
        talks += [conversation(device_of(family), driver_named(driver_name)(), breath) for breath in breaths]
        for fault in Fault:
            device = device_of(family)
            device.fail(fault)
            talks.append(conversation(device, driver_named(driver_name)(), Breath(0.2)))
    if driver_name == "bactrack_mobile_v1":
        old = BactrackMobileV1("D1:00:00:00:00:09", serial="A1B2", legacy=True)
        talks.append(conversation(old, driver_named(driver_name)(), Breath(0.42)))
    return tuple(tuple(talk) for talk in talks if talk)


@dataclass
class Ordeal:
    """One connection under fuzz: a driver, the run it feeds, and what must always hold of both."""

    driver: Driver
    run: Run = field(default_factory=lambda: Run("0f" * 16).started().step(Connected(), 0, _LIMITS))
    started: bool = False
    results: int = 0
    commands: list[Command] = field(default_factory=list)

    def begin(self) -> None:
        """Opening and start as a session draws them, whatever the device has said so far."""
        self.commands += [*self.driver.opening(), *self.driver.start()]
        self.started = True
        self.run = Run("0f" * 16).started().step(Connected(), 0, _LIMITS)

    def feed(self, frame: Frame) -> list[Event]:
        """Feed one notification and check every event and the run. Raises AssertionError when something is wrong."""
        events = self.driver.feed(*frame)
        assert len(events) <= _MAX_EVENTS_PER_BYTE * (len(frame[1]) + 1) + 64
        for event in events:
            self._check(event)
            before = self.run
            self.run = self.run.step(event, self.run.at_ms + 1, _LIMITS)
            if self.run.result is not before.result:
                self._accepted(before)
        return events

    def _check(self, event: Event) -> None:
        if isinstance(event, Result):
            assert 0 <= to_mg_per_l(event.native_value, event.unit)[0] <= MAX_BELIEVABLE_MG_PER_L
        if isinstance(event, BatteryState):
            assert event.level is None or 0 <= event.level <= 4
            assert event.percent is None or 0 <= event.percent <= 100
        if isinstance(event, Result | Failed):
            assert len(event.raw) <= 1024

    def _accepted(self, before: Run) -> None:
        assert before.phase in {Phase.BLOWING, Phase.ANALYSING}
        assert self.run.result is not None
        value = to_mg_per_l(self.run.result.native_value, self.run.result.unit)[0]
        assert Decimal(0) <= value <= MAX_BELIEVABLE_MG_PER_L
        self.results += 1


class MadDevice:
    """Speaks as the family's devices do, for the most part; else repeats, leaves out, damages, cuts, joins, raves."""

    def __init__(self, driver_name: str, rng: random.Random) -> None:
        self._rng, self._talks = rng, corpus(driver_name)
        self._talk, self._place = rng.choice(self._talks), 0

    def say(self) -> Frame:
        """The next notification."""
        rng = self._rng
        if self._place >= len(self._talk) or rng.randrange(200) == 0:
            self._talk, self._place = rng.choice(self._talks), 0
        characteristic, data = self._talk[self._place]
        self._place += 1
        madness = rng.randrange(24)
        if madness == 0:
            self._place -= 1
        elif madness == 1:
            self._place += rng.randrange(4)
        elif madness in {2, 3} and data:
            return characteristic, _damaged(rng, data)
        elif madness == 4:
            return characteristic, data[: rng.randint(0, len(data))]
        elif madness == 5:
            return characteristic, data + rng.choice(rng.choice(self._talks))[1]
        elif madness == 6:
            return characteristic, rng.randbytes(rng.randint(0, 40))
        elif madness == 7:
            return rng.choice(["", "2a19", characteristic]), rng.randbytes(rng.choice([0, 1, 20, 600]))
        return characteristic, data


def _damaged(rng: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.randint(1, 3)):
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)
