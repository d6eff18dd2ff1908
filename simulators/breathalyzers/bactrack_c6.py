"""A simulated BACtrack C6 or C8 (protocol reference 1).

From sources: order and codes of the states, countdown 5..1, blow 5..0 over 4.0 s, one second between end of blow and
analysis, about 20 s until a missing blow times out, 30 to 40 s for a whole test. Assumptions: the split of the
remaining time between analysing and finalising, the pause before the 81 frame, a use counted when a blow is
analysed, the voltage below which a test is refused (the lowest battery level of the SDK, 1.05 V), the range end of
0.400 %BAC (published for sister models), the temperatures refused, unknown commands ignored.
"""

from simulators import units
from simulators.breathalyzers import bactrack_c6_frames as frames
from simulators.breathalyzers.breath import Blow, Breath, DeviceState, Fault
from simulators.breathalyzers.script_run import Script
from simulators.breathalyzers.scripted import ScriptedBreathalyzer
from simulators.peripheral import Advertisement, AttError, Characteristic, Service
from simulators.sensor import Sensor, warm_up_factor

MODEL_NUMBER = "00002a24-0000-1000-8000-00805f9b34fb"
SERIAL_NUMBER = "00002a25-0000-1000-8000-00805f9b34fb"
FIRMWARE = "00002a26-0000-1000-8000-00805f9b34fb"
HARDWARE = "00002a27-0000-1000-8000-00805f9b34fb"
DEVICE_INFORMATION = "0000180a-0000-1000-8000-00805f9b34fb"

COUNTDOWN = 5
BLOW_TIMEOUT_S = 20.0
BLOW_STEPS = 5
BLOW_STEP_S = 0.8
AFTER_BLOW_S = 1.0
ANALYSING_S = 10.0
FINALISING_S = 4.0
DETAILS_AFTER_S = 0.2
LOWEST_BATTERY_MV = 1050
RANGE_END_PERCENT_BAC = 0.400
LOWEST_TEMPERATURE_C = -10.0
HIGHEST_TEMPERATURE_C = 50.0
_BLOWN_WHEN_INTERRUPTED = 2

_CHAR = frames.BREATH_CHARACTERISTIC
_SERVICES = (
    Service(
        DEVICE_INFORMATION,
        tuple(Characteristic(uuid, ("read",)) for uuid in (MODEL_NUMBER, SERIAL_NUMBER, FIRMWARE, HARDWARE)),
    ),
    Service(frames.BREATH_SERVICE, (Characteristic(_CHAR, ("write", "notify")),)),
    Service(
        frames.UPDATE_SERVICE,
        tuple(
            Characteristic(uuid, ("write", "write-without-response"))
            for uuid in frames.UPDATE_CHARACTERISTICS
        ),
    ),
)


class BactrackC6(ScriptedBreathalyzer):
    """One C6 (`generation` 6, serial starting with 0) or C8 (`generation` 8, serial starting with 1)."""

    def __init__(
        self,
        address: str,
        *,
        generation: int = 6,
        serial: str | None = None,
        firmware: str = "1.04",
        pace: float = 1.0,
        sensor: Sensor | None = None,
        battery_mv: int = 1500,
        use_count: int = 0,
        idle_off_s: float | None = None,
        last_result: int = 0,
    ) -> None:
        """`last_result`: thousandths of %BAC left in the frame buffer from earlier.

        Raises ValueError for a serial that does not start with the digit of its generation.
        """
        digit = {6: "0", 8: "1"}[generation]
        serial = serial or digit + address.replace(":", "")[-9:]
        if not serial.startswith(digit):
            raise ValueError(f"the serial of a C{generation} starts with {digit}")
        super().__init__(
            address,
            serial=serial,
            pace=pace,
            sensor=sensor,
            battery_mv=battery_mv,
            use_count=use_count,
            idle_off_s=idle_off_s,
        )
        self.model = f"BACtrack C{generation}"
        self.unit_code = 0
        self._generation = generation
        self._firmware = firmware
        self._last_result = last_result

    @property
    def services(self) -> tuple[Service, ...]:
        """Device information, breath service, and the update service as a trap for forbidden writes."""
        return _SERVICES

    def broadcast(self) -> Advertisement:
        """The advertised service differs from the GATT one, as on the device."""
        return Advertisement(local_name=self.model, service_uuids=(frames.ADVERTISED_SERVICE,))

    def read(self, characteristic: str) -> bytes:
        """Device information strings."""
        values = {
            MODEL_NUMBER: f"C{self._generation}",
            SERIAL_NUMBER: self.serial,
            FIRMWARE: self._firmware,
            HARDWARE: "1",
        }
        if characteristic not in values:
            raise AttError(AttError.READ_NOT_PERMITTED)
        return values[characteristic].encode("ascii")

    def obey(self, characteristic: str, value: bytes) -> None:
        """Commands of the one breath characteristic."""
        if characteristic != _CHAR:
            self.forbidden_writes.append((characteristic, value))
        elif value == frames.START_TEST:
            self.start_test()
        elif value == frames.READ_USE_COUNT:
            self.send(_CHAR, frames.use_count(self.use_count))
        elif value == frames.READ_UNITS:
            self.send(_CHAR, frames.units(self.unit_code))
        elif value == frames.READ_BATTERY:
            self.send(_CHAR, frames.battery(self.battery_mv))
        elif value[:2] == frames.WRITE_UNITS and len(value) == 3:
            self.forbidden_writes.append((characteristic, value))
            self.unit_code = value[2]

    def report_fault(self, fault: Fault) -> None:
        """An `80` frame with the error state."""
        self._status(frames.FAULT_CODES[fault])

    def test_script(self) -> Script:
        """Countdown, waiting, blow, analysis, result."""
        self._refuse_what_cannot_work()
        yield from self._warm_up()
        yield from self.stage(DeviceState.READY, _CHAR, self._frame(frames.READY))
        breath = yield from self.await_breath(BLOW_TIMEOUT_S)
        yield from self._blow(breath)
        yield from self._analyse(breath)

    def _refuse_what_cannot_work(self) -> None:
        if self.battery_mv < LOWEST_BATTERY_MV:
            self.raise_fault(Fault.LOW_BATTERY)
        if self.temperature_c < LOWEST_TEMPERATURE_C:
            self.raise_fault(Fault.TEMPERATURE_LOW)
        if self.temperature_c > HIGHEST_TEMPERATURE_C:
            self.raise_fault(Fault.TEMPERATURE_HIGH)

    def _warm_up(self) -> Script:
        seconds = round(COUNTDOWN * warm_up_factor(self.temperature_c))
        yield from self.stage(DeviceState.WARMING_UP, _CHAR, self._frame(frames.CLEARING, seconds))
        yield 1.0
        for left in range(seconds - 1, 0, -1):
            self._status(frames.CLEARING, left)
            yield 1.0

    def _blow(self, breath: Breath) -> Script:
        yield from self.stage(DeviceState.BLOWING, _CHAR, self._frame(frames.BLOWING, BLOW_STEPS))
        yield from self.draw_failure()
        yield BLOW_STEP_S
        for left in range(BLOW_STEPS - 1, 0, -1):
            too_short = breath.blow is Blow.INTERRUPTED and left < BLOW_STEPS - _BLOWN_WHEN_INTERRUPTED
            if too_short or breath.blow is Blow.STRONG:
                self.raise_fault(Fault.INSUFFICIENT_BLOW)
            self._status(frames.BLOWING, left)
            yield BLOW_STEP_S
        if breath.blow is Blow.WEAK:
            self.raise_fault(Fault.INSUFFICIENT_BLOW)

    def _analyse(self, breath: Breath) -> Script:
        yield from self.stage(DeviceState.ANALYSING, _CHAR, self._frame(frames.BLOWING, 0))
        self.use_count += 1
        yield AFTER_BLOW_S
        self._status(frames.ANALYSING)
        yield ANALYSING_S
        measured = self.measure(breath)
        percent = units.percent_bac(measured)
        if percent > RANGE_END_PERCENT_BAC:
            self.raise_fault(Fault.OVER_RANGE)
        self._last_result = frames.result_code(percent)
        self._status(frames.FINALISING)
        yield FINALISING_S
        self.last_result_mg_per_l = measured
        yield from self.stage(DeviceState.RESULT, _CHAR, self._frame(frames.COMPLETED))
        yield DETAILS_AFTER_S
        self.send(_CHAR, frames.details(frames.details_raw(percent)))

    def _frame(self, state: int, count: int = 0) -> bytes:
        return frames.status(state, count, self._last_result)

    def _status(self, state: int, count: int = 0) -> None:
        self.send(_CHAR, self._frame(state, count))
