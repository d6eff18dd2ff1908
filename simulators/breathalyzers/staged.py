"""A test in the stages every family has: warm-up, waiting, blow, analysis, result. A family says what it sends in each.

Durations are assumptions unless the family's module names a source.
"""

from abc import abstractmethod
from typing import ClassVar

from simulators.breathalyzers.breath import Blow, Breath, DeviceState, Fault
from simulators.breathalyzers.script_run import Script
from simulators.breathalyzers.scripted import ScriptedBreathalyzer
from simulators.peripheral import AttError
from simulators.sensor import warm_up_factor

MODEL_NUMBER = "00002a24-0000-1000-8000-00805f9b34fb"
SERIAL_NUMBER = "00002a25-0000-1000-8000-00805f9b34fb"
FIRMWARE = "00002a26-0000-1000-8000-00805f9b34fb"
DEVICE_INFORMATION = "0000180a-0000-1000-8000-00805f9b34fb"
BATTERY_SERVICE = "0000180f-0000-1000-8000-00805f9b34fb"
BATTERY_LEVEL = "00002a19-0000-1000-8000-00805f9b34fb"


class StagedBreathalyzer(ScriptedBreathalyzer):
    """Base of the families whose test runs through the five stages; `voice` is the characteristic it speaks on."""

    voice: ClassVar[str]
    warm_up_steps: ClassVar[int] = 5
    warm_up_step_s: ClassVar[float] = 1.0
    no_blow_s: ClassVar[float] = 20.0
    blow_steps: ClassVar[int] = 5
    blow_step_s: ClassVar[float] = 0.8
    analysing_s: ClassVar[float] = 10.0
    range_end_mg_per_l: ClassVar[float] = 1.905
    """0.400 %BAC, published for sister models of one family; an assumption for the others."""
    lowest_battery_mv: ClassVar[int] = 1050
    lowest_temperature_c: ClassVar[float] = -10.0
    highest_temperature_c: ClassVar[float] = 50.0

    # -- what a family sends

    @abstractmethod
    def warming_up(self, left: int) -> bytes:
        """Warm-up with so many steps left."""

    @abstractmethod
    def ready(self) -> bytes:
        """Waiting for the breath."""

    @abstractmethod
    def blowing(self, left: int) -> bytes:
        """Breath coming in, with so many steps left."""

    @abstractmethod
    def analysing(self) -> bytes:
        """The breath is in."""

    @abstractmethod
    def result(self, brac_mg_per_l: float) -> bytes:
        """The value, in the family's own unit."""

    def information(self) -> dict[str, bytes]:
        """Readable characteristics."""
        return {}

    def read(self, characteristic: str) -> bytes:
        """See ScriptedBreathalyzer."""
        try:
            return self.information()[characteristic]
        except KeyError:
            raise AttError(AttError.READ_NOT_PERMITTED) from None

    def computed(self, brac_mg_per_l: float) -> None:
        """Called just before the result is sent, for families that announce it."""

    # -- the test

    def test_script(self) -> Script:
        """See ScriptedBreathalyzer."""
        self._refuse_what_cannot_work()
        yield from self._warm_up()
        yield from self.stage(DeviceState.READY, self.voice, self.ready())
        breath = yield from self.await_breath(self.no_blow_s)
        yield from self._blow(breath)
        yield from self._analyse(breath)

    def _refuse_what_cannot_work(self) -> None:
        if self.battery_mv < self.lowest_battery_mv:
            self.raise_fault(Fault.LOW_BATTERY)
        if self.temperature_c < self.lowest_temperature_c:
            self.raise_fault(Fault.TEMPERATURE_LOW)
        if self.temperature_c > self.highest_temperature_c:
            self.raise_fault(Fault.TEMPERATURE_HIGH)

    def _warm_up(self) -> Script:
        steps = round(self.warm_up_steps * warm_up_factor(self.temperature_c))
        yield from self.stage(DeviceState.WARMING_UP, self.voice, self.warming_up(steps))
        yield self.warm_up_step_s
        for left in range(steps - 1, 0, -1):
            self.send(self.voice, self.warming_up(left))
            yield self.warm_up_step_s

    def _blow(self, breath: Breath) -> Script:
        yield from self.stage(DeviceState.BLOWING, self.voice, self.blowing(self.blow_steps))
        yield from self.draw_failure()
        yield self.blow_step_s
        for left in range(self.blow_steps - 1, 0, -1):
            too_short = breath.blow is Blow.INTERRUPTED and left < self.blow_steps // 2
            if too_short or breath.blow is Blow.STRONG:
                self.raise_fault(Fault.INSUFFICIENT_BLOW)
            self.send(self.voice, self.blowing(left))
            yield self.blow_step_s
        if breath.blow in {Blow.WEAK, Blow.INTERRUPTED}:
            self.raise_fault(Fault.INSUFFICIENT_BLOW)

    def _analyse(self, breath: Breath) -> Script:
        yield from self.stage(DeviceState.ANALYSING, self.voice, self.analysing())
        self.use_count += 1
        yield self.analysing_s
        measured = self.measure(breath)
        if measured > self.range_end_mg_per_l:
            self.raise_fault(Fault.OVER_RANGE)
        self.computed(measured)
        self.last_result_mg_per_l = measured
        yield from self.stage(DeviceState.RESULT, self.voice, self.result(measured))
