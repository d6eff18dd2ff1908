"""A simulated BACtrack Vio (protocol reference 3; published, no capture).

It answers when asked and, with `talkative`, also tells every change unasked: which of the two the real device does is
not known. Frames are cut into pieces of seven bytes to be sure that nobody relies on whole ones. It never gives up
waiting for a breath itself. Assumptions: durations, that the last error stays until the next test.
"""

from typing import ClassVar

from simulators import units
from simulators.breathalyzers.breath import DeviceState, Fault
from simulators.breathalyzers.staged import DEVICE_INFORMATION, SERIAL_NUMBER, StagedBreathalyzer
from simulators.peripheral import Advertisement, Characteristic, Service
from simulators.sensor import Sensor

SERVICE = "cd06fd00-4aff-11e3-8f96-0800200c9a66"
WRITE = "cd06fd03-4aff-11e3-8f96-0800200c9a66"
NOTIFY = "cd06fd04-4aff-11e3-8f96-0800200c9a66"
PIECE = 7
IDLE, COUNTDOWN, READY, BLOWING, ANALYSING, DONE = range(6)
FAULT_CODES = {
    Fault.INSUFFICIENT_BLOW: (1, 0),
    Fault.TEMPERATURE_HIGH: (2, 1),
    Fault.TEMPERATURE_LOW: (2, 2),
    Fault.LOW_BATTERY: (3, 0),
    Fault.NOT_CALIBRATED: (5, 0),
    Fault.OVER_RANGE: (9, 0),
    Fault.NO_BLOW: (0, 0),
    Fault.CANCELLED: (0, 0),
}
"""Code and info; the last two have no code: the device is idle again and says nothing more."""
SENSOR_ERROR = (8, 0)
_SERVICES = (
    Service(DEVICE_INFORMATION, (Characteristic(SERIAL_NUMBER, ("read",)),)),
    Service(
        SERVICE, (Characteristic(WRITE, ("write-without-response",)), Characteristic(NOTIFY, ("notify",)))
    ),
)


def frame(command: int, payload: bytes = b"") -> bytes:
    """`10 02 LEN CMD payload CHK 10 17`, CHK over length, command and payload."""
    check = len(payload) + 1 ^ command
    for byte in payload:
        check ^= byte
    return bytes((0x10, 0x02, len(payload) + 1, command, *payload, check, 0x10, 0x17))


class BactrackVio(StagedBreathalyzer):
    """One Vio."""

    model = "BACtrack Vio"
    voice: ClassVar[str] = NOTIFY
    warm_up_steps: ClassVar[int] = 10
    no_blow_s: ClassVar[float] = 600.0
    analysing_s: ClassVar[float] = 8.0

    def __init__(
        self,
        address: str,
        *,
        serial: str = "VIO00001",
        pace: float = 1.0,
        sensor: Sensor | None = None,
        use_count: int = 0,
        idle_off_s: float | None = None,
        talkative: bool = True,
    ) -> None:
        super().__init__(
            address, serial=serial, pace=pace, sensor=sensor, use_count=use_count, idle_off_s=idle_off_s
        )
        self._talkative = talkative
        self._last_status = self._status(IDLE)
        self._last_error = (0, 0)

    @property
    def services(self) -> tuple[Service, ...]:
        """Information and the serial pair."""
        return _SERVICES

    def broadcast(self) -> Advertisement:
        """Advertises its service."""
        return Advertisement(local_name="BACtrack Vio", service_uuids=(SERVICE,))

    def information(self) -> dict[str, bytes]:
        """See StagedBreathalyzer."""
        return {SERIAL_NUMBER: self.serial.encode("ascii")}

    def obey(self, characteristic: str, value: bytes) -> None:
        """The requests of the maker's SDK; settings and control beyond start are traps."""
        match value[3:-3]:
            case b"\x71":
                self._say(self._last_status)
            case b"\x72":
                self._say(frame(0x82, bytes(self._last_error)))
            case b"\x73\x01":
                self._say(frame(0x83, b"\x01\x00" + (self.use_count & 0xFFFF).to_bytes(2, "little")))
            case b"\x76\x00":
                self._last_error = (0, 0)
                self.start_test()
            case _:
                self.forbidden_writes.append((characteristic, value))

    def send(self, characteristic: str, value: bytes) -> None:
        """A change of state: kept for whoever asks, told unasked by a talkative device."""
        self._last_status = value
        if self._talkative:
            self._say(value)

    def abort_test(self) -> None:
        """An aborted test leaves the device idle."""
        super().abort_test()
        if self.state is not DeviceState.RESULT:
            self._last_status = self._status(IDLE)

    def report_fault(self, fault: Fault) -> None:
        """Back to idle; the reason is told to whoever asks."""
        self._last_error = FAULT_CODES.get(fault, SENSOR_ERROR)
        self.send(self.voice, self._status(IDLE))

    def warming_up(self, left: int) -> bytes:
        """See StagedBreathalyzer. Heat counts, two and a half to a step."""
        return self._status(COUNTDOWN, heat=min(255, left * 5 // 2))

    def ready(self) -> bytes:
        """See StagedBreathalyzer."""
        return self._status(READY)

    def blowing(self, left: int) -> bytes:
        """See StagedBreathalyzer."""
        return self._status(BLOWING)

    def analysing(self) -> bytes:
        """See StagedBreathalyzer."""
        return self._status(ANALYSING)

    def result(self, brac_mg_per_l: float) -> bytes:
        """See StagedBreathalyzer."""
        return self._status(DONE, code=min(0xFFFF, int(units.percent_bac(brac_mg_per_l) * 10_000 + 0.5)))

    def _status(self, activity: int, *, heat: int = 0, code: int = 0) -> bytes:
        battery = 0x00 if self.battery_mv < self.lowest_battery_mv else 0xF0
        return frame(0x81, bytes((battery | activity, heat)) + code.to_bytes(2, "little"))

    def _say(self, whole: bytes) -> None:
        for start in range(0, len(whole), PIECE):
            super().send(NOTIFY, whole[start : start + PIECE])
