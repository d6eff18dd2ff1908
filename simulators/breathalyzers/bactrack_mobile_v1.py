"""A simulated BACtrack Mobile V1, "Smart Breathalyzer" (protocol reference 2; published, no capture).

It starts only on the full sequence: framed command, `01` to FFF3, and `02` to FFF3 not earlier than 2 s after it.
It never gives up waiting for a breath itself: the maker's app does that, 5 s after the device is ready. Assumptions:
that the pause is enforced, heater steps and their speed, length of the analysis.
"""

from typing import ClassVar

from simulators import units
from simulators.breathalyzers import bactrack_mobile_frames as frames
from simulators.breathalyzers.breath import Fault
from simulators.breathalyzers.staged import (
    BATTERY_LEVEL,
    BATTERY_SERVICE,
    DEVICE_INFORMATION,
    FIRMWARE,
    StagedBreathalyzer,
)
from simulators.peripheral import Advertisement, Characteristic, Service
from simulators.sensor import Sensor

FILL = 20
PAUSE_S = 1.99  # two seconds, less what a clock's grain may take


def _short(code: str) -> str:
    return f"0000{code}-0000-1000-8000-00805f9b34fb"


PLAIN_SERVICE, FRAMED_SERVICE = _short("fff0"), _short("ffa0")
FRAMED_WRITE, FRAMED_NOTIFY = _short("ffa1"), _short("ffa2")
SERIAL, POWER, LEGACY, KEEP_AWAKE = _short("fff1"), _short("fff3"), _short("fff5"), _short("fffb")
TRAPS = tuple(_short(code) for code in ("fff9", "fffa", "fffc", "fffd", "fffe"))
"""Protection, advertising, calibration, power management, radio power: settings that stay."""
_SERVICES = (
    Service(DEVICE_INFORMATION, (Characteristic(FIRMWARE, ("read",)),)),
    Service(BATTERY_SERVICE, (Characteristic(BATTERY_LEVEL, ("read",)),)),
    Service(
        PLAIN_SERVICE,
        (
            Characteristic(SERIAL, ("read",)),
            Characteristic(POWER, ("write",)),
            Characteristic(LEGACY, ("notify",)),
            Characteristic(KEEP_AWAKE, ("write",)),
            *(Characteristic(uuid, ("write",)) for uuid in TRAPS),
        ),
    ),
    Service(
        FRAMED_SERVICE,
        (Characteristic(FRAMED_WRITE, ("write",)), Characteristic(FRAMED_NOTIFY, ("notify",))),
    ),
)


class BactrackMobileV1(StagedBreathalyzer):
    """One Mobile V1; `legacy`: old firmware that tells its state on FFF5 only."""

    model = "Smart Breathalyzer"
    voice: ClassVar[str] = FRAMED_NOTIFY
    warm_up_steps: ClassVar[int] = 20
    warm_up_step_s: ClassVar[float] = 0.5
    no_blow_s: ClassVar[float] = 600.0
    blow_step_s: ClassVar[float] = 0.74
    """The maker's app draws a blow of 3.7 s."""
    lowest_battery_mv: ClassVar[int] = 900

    def __init__(
        self,
        address: str,
        *,
        serial: str,
        pace: float = 1.0,
        sensor: Sensor | None = None,
        use_count: int = 0,
        idle_off_s: float | None = None,
        legacy: bool = False,
    ) -> None:
        super().__init__(
            address, serial=serial, pace=pace, sensor=sensor, use_count=use_count, idle_off_s=idle_off_s
        )
        self.kept_awake = 0
        self._legacy = legacy
        self._asked = False
        self._powered_at: float | None = None

    @property
    def services(self) -> tuple[Service, ...]:
        """Information, battery, and the two services of a test, with the settings as traps."""
        return _SERVICES

    def broadcast(self) -> Advertisement:
        """The name tells it; both services are in the list."""
        return Advertisement(local_name=self.model, service_uuids=(PLAIN_SERVICE, FRAMED_SERVICE))

    def information(self) -> dict[str, bytes]:
        """See StagedBreathalyzer. The serial is raw bytes."""
        return {SERIAL: bytes.fromhex(self.serial), FIRMWARE: b"1.6", BATTERY_LEVEL: bytes((75,))}

    def obey(self, characteristic: str, value: bytes) -> None:
        """The three writes of a start, the keep-awake, and the traps."""
        if characteristic in TRAPS or (
            characteristic == FRAMED_WRITE and value[1:2] and value[1] in frames.DANGEROUS
        ):
            self.forbidden_writes.append((characteristic, value))
        elif characteristic == FRAMED_WRITE and value == frames.START_TEST.ljust(FILL, b"\0"):
            self._asked = True
        elif characteristic == POWER and value == b"\x01" and self._asked:
            self._powered_at = self._now()
        elif characteristic == POWER and value == b"\x02" and self._powered_at is not None:
            if self._now() - self._powered_at >= PAUSE_S:
                self.start_test()
            self._asked, self._powered_at = False, None
        elif characteristic == KEEP_AWAKE and value == b"\x01":
            self.kept_awake += 1

    def send(self, characteristic: str, value: bytes) -> None:
        """Old firmware says statuses on FFF5, six bytes, and has no words for errors."""
        if not self._legacy:
            super().send(characteristic, value)
        elif value[1] == 0x81:
            super().send(LEGACY, frames.legacy_status(value[2], value[5], int.from_bytes(value[3:5], "big")))

    def report_fault(self, fault: Fault) -> None:
        """An 82 frame; the app's own time-out has none."""
        if fault in frames.FAULT_CODES:
            self.send(self.voice, frames.error(fault, fill_to=FILL))
        else:
            self.send(self.voice, frames.refusal(fill_to=FILL))

    def warming_up(self, left: int) -> bytes:
        """See StagedBreathalyzer."""
        return frames.status(frames.COUNTDOWN, left, self.use_count, fill_to=FILL)

    def ready(self) -> bytes:
        """See StagedBreathalyzer."""
        return frames.status(frames.BLOW_NOW, 0, self.use_count, fill_to=FILL)

    def blowing(self, left: int) -> bytes:
        """See StagedBreathalyzer."""
        return frames.status(frames.BLOWING, 0, self.use_count, fill_to=FILL)

    def analysing(self) -> bytes:
        """See StagedBreathalyzer."""
        return frames.status(frames.ANALYSING, 0, self.use_count, fill_to=FILL)

    def result(self, brac_mg_per_l: float) -> bytes:
        """See StagedBreathalyzer."""
        code = frames.result_code(units.percent_bac(brac_mg_per_l))
        return frames.status(frames.RESULT, 0, self.use_count, code, fill_to=FILL)
