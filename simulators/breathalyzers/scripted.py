"""The machinery shared by all simulated breathalyzers: a test written as a script, run on given time.

A family writes its test as a generator that reads like its protocol document::

    def test_script(self) -> Script:
        yield from self.stage(DeviceState.WARMING_UP, CHARACTERISTIC, countdown(5))
        yield 1.0                           # seconds of the device, divided by its pace
        ...
        breath = yield from self.await_breath(20.0)

Assumptions common to all families (no source): a lost link aborts the test; a device that is switched off forgets a
running test; a breath not used up waits for the next test.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator
from dataclasses import dataclass

from simulators.breathalyzers.breath import NATURAL_STAGE, TESTING, Blow, Breath, DeviceState, Fault
from simulators.peripheral import Advertisement, DropLink, Effect, Notify, Service
from simulators.sensor import Sensor, TestFailure

Script = Generator[float, None, None]
_FOREVER = math.inf


class _FaultError(Exception):
    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True)
class DeviceSnapshot:
    """What a presenter sees of a device. Last result in mg/L as the device measured it; None before the first."""

    address: str
    model: str
    serial: str
    state: DeviceState
    connected: bool
    battery_mv: int
    use_count: int
    pace: float
    breath_waiting: bool
    last_result_mg_per_l: float | None
    last_fault: Fault | None
    revision: int


class ScriptedBreathalyzer(ABC):
    """Base of the families: power, link, subscriptions, commands, breaths, faults, and the running script."""

    model = "?"
    mtu = 23

    def __init__(
        self,
        address: str,
        *,
        serial: str,
        pace: float = 1.0,
        sensor: Sensor | None = None,
        battery_mv: int = 1500,
        use_count: int = 0,
        idle_off_s: float | None = None,
    ) -> None:
        """`sensor` None shows the true value. `idle_off_s`: switches itself off after so many idle device seconds."""
        self.address = address
        self.serial = serial
        self.battery_mv = battery_mv
        self.use_count = use_count
        self.temperature_c = 20.0
        self.days_since_calibration = 0.0
        self.idle_off_s = idle_off_s
        self.forbidden_writes: list[tuple[str, bytes]] = []
        """Writes no product may send (firmware update, settings that stay): tests assert it is empty."""
        self.last_result_mg_per_l: float | None = None
        self.last_fault: Fault | None = None
        self.revision = 0
        self._pace = _checked_pace(pace)
        self._sensor = sensor
        self._state = DeviceState.IDLE
        self._linked = False
        self._subscribed: set[str] = set()
        self._commands: list[tuple[str, bytes]] = []
        self._breath: Breath | None = None
        self._armed_faults: dict[DeviceState, Fault] = {}
        self._armed_cuts: set[DeviceState] = set()
        self._fault_now: Fault | None = None
        self._script: Script | None = None
        self._resume_at = _FOREVER
        self._wants_breath = False
        self._idle_since: float | None = None
        self._effects: list[Effect] = []
        self._time = 0.0
        self._lived_s = 0.0
        self._wake: Callable[[], None] = lambda: None
        self._observers: list[Callable[[DeviceSnapshot], None]] = []

    # -- what a family provides

    @property
    @abstractmethod
    def services(self) -> tuple[Service, ...]:
        """GATT table."""

    @abstractmethod
    def broadcast(self) -> Advertisement:
        """What the device advertises while it is on."""

    @abstractmethod
    def read(self, characteristic: str) -> bytes:
        """Value of a readable characteristic. Raises AttError."""

    @abstractmethod
    def obey(self, characteristic: str, value: bytes) -> None:
        """Act on a command; unknown ones are ignored, as far as is known of real devices."""

    @abstractmethod
    def test_script(self) -> Script:
        """One whole test, from the start command to the result; ends by `raise_fault` otherwise."""

    @abstractmethod
    def report_fault(self, fault: Fault) -> None:
        """Send the family's error frame."""

    # -- what a person or presenter does

    def give(self, breath: Breath) -> None:
        """Blow this, now if the device waits for it, else as soon as it does."""
        self._breath = breath
        self._changed()

    def fail(self, fault: Fault, at: DeviceState | None = None) -> None:
        """Make the device report `fault`: at once when a test runs, else at its natural stage of the next test.

        `at`: instead when the (running or next) test enters that state. One fault, one test.
        """
        if at is None and self._script is not None:
            self._fault_now = fault
        else:
            self._armed_faults[at or NATURAL_STAGE[fault]] = fault
        self._changed()

    def calm(self) -> None:
        """Take back every forced fault, link cut and waiting breath that has not struck yet."""
        self._armed_faults.clear()
        self._armed_cuts.clear()
        self._fault_now = None
        self._breath = None
        self._changed()

    def cut_link(self, at: DeviceState | None = None) -> None:
        """Drop the Bluetooth link: now, or when a test enters a state."""
        if at is not None:
            self._armed_cuts.add(at)
        elif self._linked:
            self._effects.append(DropLink("forced"))
            self._wake()

    def switch_off(self) -> None:
        """Power off: the link drops, the device is no longer heard."""
        self._abort()
        self._enter(DeviceState.OFF)
        if self._linked:
            self._effects.append(DropLink("switched off"))
        self._changed()

    def switch_on(self) -> None:
        """Press the power button. Does nothing when the device is on."""
        if self._state is DeviceState.OFF:
            self._enter(DeviceState.IDLE)
            self._changed()

    @property
    def pace(self) -> float:
        """How many times quicker than the real device; applies from the next step of a running test."""
        return self._pace

    @pace.setter
    def pace(self, pace: float) -> None:
        self._pace = _checked_pace(pace)
        self._changed()

    @property
    def state(self) -> DeviceState:
        """Where the device stands."""
        return self._state

    def snapshot(self) -> DeviceSnapshot:
        """Everything visible at this moment."""
        return DeviceSnapshot(
            address=self.address,
            model=self.model,
            serial=self.serial,
            state=self._state,
            connected=self._linked,
            battery_mv=self.battery_mv,
            use_count=self.use_count,
            pace=self._pace,
            breath_waiting=self._breath is not None,
            last_result_mg_per_l=self.last_result_mg_per_l,
            last_fault=self.last_fault,
            revision=self.revision,
        )

    def observe(self, observer: Callable[[DeviceSnapshot], None]) -> Callable[[], None]:
        """Call `observer` after every visible change; returns the function that ends it."""
        self._observers.append(observer)
        return lambda: self._observers.remove(observer)

    # -- Peripheral

    @property
    def advertisement(self) -> Advertisement | None:
        """None while switched off."""
        return None if self._state is DeviceState.OFF else self.broadcast()

    def attach(self, wake: Callable[[], None]) -> None:
        """See Peripheral."""
        self._wake = wake

    def connected(self) -> None:
        """See Peripheral."""
        self._linked = True
        self._idle_since = None
        self._changed()

    def disconnected(self) -> None:
        """See Peripheral. A running test is aborted."""
        self._linked = False
        self._subscribed.clear()
        self._commands.clear()
        self._abort()
        self._idle_since = None
        self._changed()

    def set_subscribed(self, characteristic: str, on: bool) -> None:
        """See Peripheral."""
        (self._subscribed.add if on else self._subscribed.discard)(characteristic)

    def write(self, characteristic: str, value: bytes, with_response: bool) -> None:
        """See Peripheral."""
        self._commands.append((characteristic, value))
        self._wake()

    def advance(self, now: float) -> list[Effect]:
        """See Peripheral."""
        self._lived_s += max(0.0, now - self._time) * self._pace if self._time else 0.0
        self._time = now
        for characteristic, value in self._take_commands():
            self._idle_since = None
            self.obey(characteristic, value)
        if self._script is not None and self._fault_now is not None:
            self._throw(self._fault_now)
        while self._script is not None and (self._resume_at <= now or (self._wants_breath and self._breath)):
            self._step()
        self._watch_idleness(now)
        effects, self._effects = self._effects, []
        return effects

    def next_due(self) -> float | None:
        """See Peripheral."""
        due = [self._resume_at] if self._script is not None else []
        if self._idle_since is not None and self.idle_off_s is not None:
            due.append(self._idle_since + self.idle_off_s / self._pace)
        soonest = min(due, default=_FOREVER)
        return None if soonest == _FOREVER else soonest

    # -- what a family's script uses

    def start_test(self) -> None:
        """Begin the script; ignored while a test runs (assumption)."""
        if self._script is None:
            self.last_fault = None
            self._script = self.test_script()
            self._resume_at = self._time

    def send(self, characteristic: str, value: bytes) -> None:
        """Notify, if the client has subscribed; lost otherwise, as on the air."""
        if self._linked and characteristic in self._subscribed:
            self._effects.append(Notify(characteristic, value))

    def stage(self, state: DeviceState, characteristic: str, opening: bytes) -> Script:
        """Enter a state of the test and send its first frame; forced faults and link cuts of that state strike then."""
        self._enter(state)
        self.send(characteristic, opening)
        if state in self._armed_cuts:
            self._armed_cuts.discard(state)
            self._effects.append(DropLink(f"forced at {state.value}"))
            yield _FOREVER
        fault = self._armed_faults.pop(state, None)
        if fault is not None:
            raise _FaultError(fault)

    def await_breath(self, timeout_s: float) -> Generator[float, None, Breath]:
        """Wait for a breath and the person's reaction; a missing one or a pressed button ends the test."""
        self._wants_breath = True
        started = self._time
        yield timeout_s
        self._wants_breath = False
        breath, self._breath = self._breath, None
        if breath is None:
            raise _FaultError(Fault.NO_BLOW)
        if breath.blow is Blow.CANCELLED:
            raise _FaultError(Fault.CANCELLED)
        if breath.blow is Blow.NONE:
            yield max(0.0, timeout_s - (self._time - started) * self._pace)
            raise _FaultError(Fault.NO_BLOW)
        yield breath.reaction_s
        return breath

    def measure(self, breath: Breath) -> float:
        """What the sensor makes of a breath, mg/L."""
        if self._sensor is None:
            return breath.true_brac_mg_per_l + breath.mouth_alcohol_mg_per_l
        return self._sensor.sample(
            breath.true_brac_mg_per_l,
            at_s=self._lived_s,
            days_since_calibration=self.days_since_calibration,
            mouth_alcohol_mg_per_l=breath.mouth_alcohol_mg_per_l,
        )

    def draw_failure(self) -> Script:
        """Let the sensor's own failure rate strike, once per test."""
        failure = self._sensor.draw_failure() if self._sensor is not None else None
        if failure is TestFailure.FAILED_BLOW:
            raise _FaultError(Fault.INSUFFICIENT_BLOW)
        if failure is TestFailure.LINK_DROP:
            self._effects.append(DropLink("sensor model"))
            yield _FOREVER

    def raise_fault(self, fault: Fault) -> None:
        """End the test with a fault."""
        raise _FaultError(fault)

    # -- plumbing

    def _take_commands(self) -> list[tuple[str, bytes]]:
        commands, self._commands = self._commands, []
        return commands if self._state is not DeviceState.OFF else []

    def _step(self) -> None:
        assert self._script is not None
        # Continue from when the step was due, so that a late call does not stretch the test; a breath comes now.
        base = min(self._resume_at, self._time)
        try:
            self._resume_at = base + next(self._script) / self._pace
        except StopIteration:
            self._end()
        except _FaultError as error:
            self._end()
            self._fault(error.fault)

    def _throw(self, fault: Fault) -> None:
        self._fault_now = None
        self._abort()
        self._fault(fault)

    def _fault(self, fault: Fault) -> None:
        self.last_fault = fault
        self._enter(DeviceState.ERROR)
        self.report_fault(fault)

    def _abort(self) -> None:
        if self._script is not None:
            self._script.close()
            self._end()
            self._enter(DeviceState.IDLE)

    def _end(self) -> None:
        self._script = None
        self._resume_at = _FOREVER
        self._wants_breath = False

    def _watch_idleness(self, now: float) -> None:
        if self._state in TESTING or self._state is DeviceState.OFF:
            self._idle_since = None
        elif self._idle_since is None:
            self._idle_since = now
        elif self.idle_off_s is not None and now >= self._idle_since + self.idle_off_s / self._pace:
            self._idle_since = None
            self.switch_off()

    def _enter(self, state: DeviceState) -> None:
        if state is not self._state:
            self._state = state
            self._tell()

    def _changed(self) -> None:
        self._tell()
        self._wake()

    def _tell(self) -> None:
        self.revision += 1
        if self._observers:
            snapshot = self.snapshot()
            for observer in tuple(self._observers):
                observer(snapshot)


def _checked_pace(pace: float) -> float:
    if not pace > 0:
        raise ValueError("pace must be above 0")
    return pace
