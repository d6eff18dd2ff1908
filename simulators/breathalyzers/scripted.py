"""The inside shared by all simulated breathalyzers: a test written as a script, run on given time.

A family writes its test as a generator that reads like its protocol document::

    def test_script(self) -> Script:
        yield from self.stage(DeviceState.WARMING_UP, CHARACTERISTIC, countdown(5))
        yield 1.0                           # seconds of the device, divided by its pace
        ...
        breath = yield from self.await_breath(20.0)

Assumptions common to all families (no source): a lost link aborts the test; a device that is switched off forgets a
running test; a breath not used up waits for the next test.
"""

from abc import abstractmethod
from collections.abc import Callable, Generator

from simulators.breathalyzers.breath import TESTING, Blow, Breath, DeviceState, Fault
from simulators.breathalyzers.handled import HandledDevice
from simulators.breathalyzers.script_run import FOREVER, FaultError, Script
from simulators.peripheral import Advertisement, DropLink, Effect, Notify, Service
from simulators.sensor import Sensor, TestFailure


class ScriptedBreathalyzer(HandledDevice):
    """Base of the families, and a `simulators.peripheral.Peripheral`."""

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
        super().__init__(address, serial=serial, pace=pace, battery_mv=battery_mv, use_count=use_count)
        self.sensor = sensor
        self.idle_off_s = idle_off_s
        self.stutters = False
        """Every notification goes out twice."""
        self.pieces_of: int | None = None
        """Frames go out in pieces of so many bytes."""
        self._subscribed: set[str] = set()
        self._commands: list[tuple[str, bytes]] = []
        self._idle_since: float | None = None
        self._time: float | None = None
        self._lived_s = 0.0

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
        self.abort_test()
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
        if self._time is not None:
            self._lived_s += max(0.0, now - self._time) * self._pace
        self._time = now
        commands, self._commands = self._commands, []
        if self._state is not DeviceState.OFF:
            for characteristic, value in commands:
                self._idle_since = None
                self.obey(characteristic, value)
        self._strike_immediate_fault()
        while self._test.running and (self._test.resume_at <= now or self._breath_is_there()):
            self._step(now)
        self._watch_idleness(now)
        effects, self._effects = self._effects, []
        return effects

    def next_due(self) -> float | None:
        """See Peripheral."""
        soonest = min(self._test.resume_at, self._off_at())
        return None if soonest == FOREVER else soonest

    # -- what a family's script uses

    def start_test(self) -> None:
        """Begin the script; ignored while a test runs (assumption)."""
        if not self._test.running:
            self.last_fault = None
            self._test.start(self.test_script(), self._now())

    def send(self, characteristic: str, value: bytes) -> None:
        """Notify, if the client has subscribed; lost otherwise, as on the air."""
        if not self._linked or characteristic not in self._subscribed:
            return
        size = self.pieces_of or len(value) or 1
        for start in range(0, max(len(value), 1), size):
            self._effects += [Notify(characteristic, value[start : start + size])] * (
                2 if self.stutters else 1
            )

    def stage(self, state: DeviceState, characteristic: str, opening: bytes) -> Script:
        """Enter a state and send its first frame; then strike the faults and link cuts prepared for it."""
        self._enter(state)
        self.send(characteristic, opening)
        if self._prepared.take_cut(state):
            yield from self._lose_link(f"forced at {state.value}")
        fault = self._prepared.take_fault(state)
        if fault is not None:
            raise FaultError(fault)

    def await_breath(self, timeout_s: float) -> Generator[float, None, Breath]:
        """Wait for a breath and the person's reaction; a missing one or a pressed button ends the test."""
        self._test.wants_breath = True
        started = self._now()
        yield timeout_s
        self._test.wants_breath = False
        breath = self._prepared.take_breath()
        if breath is not None and breath.blow is Blow.CANCELLED:
            raise FaultError(Fault.CANCELLED)
        if breath is not None and breath.blow is Blow.NONE:
            yield max(0.0, timeout_s - (self._now() - started) * self._pace)
        if breath is None or breath.blow is Blow.NONE:
            raise FaultError(Fault.NO_BLOW)
        yield breath.reaction_s
        return breath

    def measure(self, breath: Breath) -> float:
        """What the sensor makes of a breath, mg/L."""
        if self.sensor is None:
            return breath.true_brac_mg_per_l + breath.mouth_alcohol_mg_per_l
        return self.sensor.sample(
            breath.true_brac_mg_per_l,
            at_s=self._lived_s,
            days_since_calibration=self.days_since_calibration,
            mouth_alcohol_mg_per_l=breath.mouth_alcohol_mg_per_l,
            breath_temperature_c=breath.temperature_c,
        )

    def draw_failure(self) -> Script:
        """Let the sensor's own failure rate strike, once per test."""
        failure = self.sensor.draw_failure() if self.sensor is not None else None
        if failure is TestFailure.FAILED_BLOW:
            raise FaultError(Fault.INSUFFICIENT_BLOW)
        if failure is TestFailure.LINK_DROP:
            yield from self._lose_link("sensor model")

    def raise_fault(self, fault: Fault) -> None:
        """End the test with a fault."""
        raise FaultError(fault)

    def abort_test(self) -> None:
        """A running test ends without a word; an unfinished state becomes idle."""
        if self._test.running:
            self._test.end()
            self._enter(DeviceState.IDLE)

    # -- plumbing

    def _now(self) -> float:
        return self._time if self._time is not None else 0.0

    def _lose_link(self, reason: str) -> Script:
        self._effects.append(DropLink(reason))
        yield FOREVER

    def _breath_is_there(self) -> bool:
        return self._test.wants_breath and self._prepared.breath is not None

    def _step(self, now: float) -> None:
        try:
            self._test.step(now, self._pace)
        except FaultError as error:
            self._end_with(error.fault)

    def _strike_immediate_fault(self) -> None:
        fault = self._prepared.take_immediate_fault()
        if fault is not None and self._test.running:
            self._test.end()
            self._end_with(fault)

    def _end_with(self, fault: Fault) -> None:
        self.last_fault = fault
        self._enter(DeviceState.ERROR)
        self.report_fault(fault)

    def _off_at(self) -> float:
        if self._idle_since is None or self.idle_off_s is None:
            return FOREVER
        return self._idle_since + self.idle_off_s / self._pace

    def _watch_idleness(self, now: float) -> None:
        if self._state in TESTING or self._state is DeviceState.OFF:
            self._idle_since = None
        elif self._idle_since is None:
            self._idle_since = now
        elif now >= self._off_at():
            self._idle_since = None
            self.switch_off()
