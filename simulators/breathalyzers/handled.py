"""The outside of a simulated breathalyzer: what a person or a presenter does to it, and what they can see."""

from abc import ABC, abstractmethod
from collections.abc import Callable

from simulators.breathalyzers.breath import Breath, DeviceState, Fault
from simulators.breathalyzers.prepared import Prepared
from simulators.breathalyzers.script_run import ScriptRun
from simulators.breathalyzers.snapshot import DeviceSnapshot, Observer
from simulators.peripheral import DropLink, Effect


class HandledDevice(ABC):
    """State, power, battery, pace, prepared breaths and faults, observers."""

    model = "?"

    def __init__(self, address: str, *, serial: str, pace: float, battery_mv: int, use_count: int) -> None:
        self.address = address
        self.serial = serial
        self.battery_mv = battery_mv
        self.use_count = use_count
        self.temperature_c = 20.0
        self.days_since_calibration = 0.0
        self.forbidden_writes: list[tuple[str, bytes]] = []
        """Writes no product may send (firmware update, settings that stay): tests assert it is empty."""
        self.last_result_mg_per_l: float | None = None
        self.last_fault: Fault | None = None
        self.revision = 0
        self._pace = _checked_pace(pace)
        self._state = DeviceState.IDLE
        self._linked = False
        self._prepared = Prepared()
        self._test = ScriptRun()
        self._effects: list[Effect] = []
        self._wake: Callable[[], None] = lambda: None
        self._observers: list[Observer] = []

    @abstractmethod
    def abort_test(self) -> None:
        """A running test ends without a word."""

    # -- hands on the device

    def give(self, breath: Breath) -> None:
        """Blow this, now if the device waits for it, else as soon as it does."""
        self._prepared.breath = breath
        self._changed()

    def fail(self, fault: Fault, at: DeviceState | None = None) -> None:
        """Make the device report `fault`: at once when a test runs, else at its natural stage of the next test.

        `at`: instead when the (running or next) test enters that state. One fault, one test.
        """
        self._prepared.fault(fault, at, in_test=self._test.running)
        self._changed()

    def cut_link(self, at: DeviceState | None = None) -> None:
        """Drop the Bluetooth link: now, or when a test enters a state."""
        if at is not None:
            self._prepared.cut(at)
        elif self._linked:
            self._effects.append(DropLink("forced"))
            self._wake()

    def calm(self) -> None:
        """Take back every forced fault, link cut and waiting breath that has not struck yet."""
        self._prepared.clear()
        self._changed()

    def adjust(
        self,
        *,
        pace: float | None = None,
        battery_mv: int | None = None,
        temperature_c: float | None = None,
        days_since_calibration: float | None = None,
    ) -> None:
        """Change what the device is like; None leaves as is. A pace applies from the next step of a test."""
        if pace is not None:
            self._pace = _checked_pace(pace)
        if battery_mv is not None:
            self.battery_mv = battery_mv
        if temperature_c is not None:
            self.temperature_c = temperature_c
        if days_since_calibration is not None:
            self.days_since_calibration = days_since_calibration
        self._changed()

    def switch_off(self) -> None:
        """Power off: the link drops, the device is no longer heard."""
        self.abort_test()
        self._enter(DeviceState.OFF)
        if self._linked:
            self._effects.append(DropLink("switched off"))
        self._changed()

    def switch_on(self) -> None:
        """Press the power button. Does nothing when the device is on."""
        if self._state is DeviceState.OFF:
            self._enter(DeviceState.IDLE)
            self._changed()

    # -- eyes on the device

    @property
    def state(self) -> DeviceState:
        """Where the device stands."""
        return self._state

    @property
    def pace(self) -> float:
        """How many times quicker than the real device."""
        return self._pace

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
            breath_waiting=self._prepared.breath is not None,
            last_result_mg_per_l=self.last_result_mg_per_l,
            last_fault=self.last_fault,
            revision=self.revision,
        )

    def observe(self, observer: Observer) -> Callable[[], None]:
        """Call `observer` after every visible change; returns the function that ends it."""
        self._observers.append(observer)
        return lambda: self._observers.remove(observer)

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
