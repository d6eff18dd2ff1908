"""A simulated iBlow/AL88 (protocol reference 6): framing captured, event codes from third-party code only.

Assumptions: order of the events, that T03 counts down, durations, that faults without a code of their own are told
as sensor errors and a pressed button as "powering off".
"""

from typing import ClassVar

from simulators.breathalyzers.breath import Fault
from simulators.breathalyzers.staged import StagedBreathalyzer
from simulators.peripheral import Advertisement, Characteristic, Service
from simulators.sensor import Sensor

SERVICE, NOTIFY, WRITE = (f"0000{code}-0000-1000-8000-00805f9b34fb" for code in ("fff0", "fff1", "fff2"))
_SERVICES = (
    Service(
        SERVICE,
        (Characteristic(NOTIFY, ("notify",)), Characteristic(WRITE, ("write", "write-without-response"))),
    ),
)
FAULT_CODES = {
    Fault.LOW_BATTERY: "T05",
    Fault.INSUFFICIENT_BLOW: "T08",
    Fault.NOT_CALIBRATED: "T02",
    Fault.CANCELLED: "T04",
    Fault.NO_BLOW: "T20",
}
SENSOR_ERROR = "T09"
BLOW_STEPS = 5


def frame(code: str, data: str, battery: str = "#") -> bytes:
    """Twenty bytes with the check byte that brings the sum of bytes 1 to 18 to zero."""
    middle = f"{code}{data:#<13}{battery}".encode("ascii")
    return bytes((0x02, *middle, (256 - sum(middle) % 256) % 256, 0x03))


class Iblow(StagedBreathalyzer):
    """One iBlow, set to mg/L."""

    model = "iBlow"
    voice: ClassVar[str] = NOTIFY
    warm_up_steps: ClassVar[int] = 5

    def __init__(
        self,
        address: str,
        *,
        serial: str = "",
        pace: float = 1.0,
        sensor: Sensor | None = None,
        use_count: int = 0,
        idle_off_s: float | None = None,
        calibrated: str = "2024,11,19",
    ) -> None:
        super().__init__(
            address, serial=serial, pace=pace, sensor=sensor, use_count=use_count, idle_off_s=idle_off_s
        )
        self.calibrated = calibrated
        self.lost_its_clock = False
        """It asks for the date (T16) before it lets anybody blow, as after a change of batteries (assumption)."""

    @property
    def services(self) -> tuple[Service, ...]:
        """FFF0 with its pair."""
        return _SERVICES

    def broadcast(self) -> Advertisement:
        """The name tells it."""
        return Advertisement(local_name="IBLOW10", service_uuids=(SERVICE,))

    def obey(self, characteristic: str, value: bytes) -> None:
        """Requests with a right check byte."""
        if len(value) != 20 or sum(value[1:19]) % 256 != 0:
            return
        match value[1:4]:
            case b"A01":
                self.send(NOTIFY, self._say("B01", "V1.02"))
            case b"A03":
                self.send(NOTIFY, self._say("B03", str(self.use_count)))
            case b"A04":
                self.send(NOTIFY, self._say("B04", self.calibrated))
            case b"A20":
                self.send(NOTIFY, self._say("B20", ""))
                self.start_test()
            case b"A02" | b"A05" | b"A06" | b"A19":
                self.forbidden_writes.append((characteristic, value))

    def report_fault(self, fault: Fault) -> None:
        """The family's code."""
        self.send(NOTIFY, self._say(FAULT_CODES.get(fault, SENSOR_ERROR), ""))

    def warming_up(self, left: int) -> bytes:
        """See StagedBreathalyzer."""
        return self._say("T03", str(left))

    def ready(self) -> bytes:
        """See StagedBreathalyzer."""
        if self.lost_its_clock:
            self.send(NOTIFY, self._say("T16", ""))
        return self._say("T06", "")

    def blowing(self, left: int) -> bytes:
        """See StagedBreathalyzer. Progress in percent."""
        return self._say("T07", str(100 * (BLOW_STEPS - left) // BLOW_STEPS))

    def analysing(self) -> bytes:
        """See StagedBreathalyzer."""
        return self._say("T10", "")

    def result(self, brac_mg_per_l: float) -> bytes:
        """See StagedBreathalyzer. Unit 3 is mg/L."""
        return self._say("T11", f"0,3,{brac_mg_per_l:.3f},0")

    def _say(self, code: str, data: str) -> bytes:
        return frame(code, data, "4")
