"""A simulated BACtrack Mobile V2 (protocol reference 2; published, no capture).

Assumptions: heater steps in the countdown and their speed, length of the analysis, that a cancelled test is simply
not continued (no code is known for it).
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
    SERIAL_NUMBER,
    StagedBreathalyzer,
)
from simulators.peripheral import Advertisement, Characteristic, Service

BREATH_SERVICE = "3caa0001-0060-4787-9da2-533c53b399a0"
BREATH_WRITE = "3caa0002-0060-4787-9da2-533c53b399a0"
BREATH_NOTIFY = "3caa0003-0060-4787-9da2-533c53b399a0"
GENERIC_SERVICE = "3caa1001-0060-4787-9da2-533c53b399a0"
GENERIC_WRITE = "3caa1002-0060-4787-9da2-533c53b399a0"
GENERIC_NOTIFY = "3caa1003-0060-4787-9da2-533c53b399a0"
_SERVICES = (
    Service(DEVICE_INFORMATION, tuple(Characteristic(uuid, ("read",)) for uuid in (SERIAL_NUMBER, FIRMWARE))),
    Service(BATTERY_SERVICE, (Characteristic(BATTERY_LEVEL, ("read",)),)),
    Service(
        BREATH_SERVICE, (Characteristic(BREATH_WRITE, ("write",)), Characteristic(BREATH_NOTIFY, ("notify",)))
    ),
    Service(
        GENERIC_SERVICE,
        (Characteristic(GENERIC_WRITE, ("write",)), Characteristic(GENERIC_NOTIFY, ("notify",))),
    ),
)


class BactrackMobileV2(StagedBreathalyzer):
    """One Mobile V2. Its battery byte is read as percent of 3.0 to 4.2 V."""

    model = "BACtrack Mobile"
    voice: ClassVar[str] = BREATH_NOTIFY
    warm_up_steps: ClassVar[int] = 20
    warm_up_step_s: ClassVar[float] = 0.5
    lowest_battery_mv: ClassVar[int] = 900

    @property
    def services(self) -> tuple[Service, ...]:
        """Information, battery, breath and generic service."""
        return _SERVICES

    def broadcast(self) -> Advertisement:
        """Advertises its breath service."""
        return Advertisement(local_name=self.model, service_uuids=(BREATH_SERVICE,))

    def information(self) -> dict[str, bytes]:
        """See StagedBreathalyzer."""
        return {SERIAL_NUMBER: self.serial.encode("ascii"), FIRMWARE: b"2.10", BATTERY_LEVEL: bytes((75,))}

    def obey(self, characteristic: str, value: bytes) -> None:
        """Framed commands on one characteristic, bare ones on the other."""
        if characteristic == BREATH_WRITE and value == frames.START_TEST:
            self.send(self.voice, frames.acknowledgement())
            self.start_test()
        elif characteristic == BREATH_WRITE and len(value) > 1 and value[1] in frames.DANGEROUS:
            self.forbidden_writes.append((characteristic, value))
        elif characteristic == BREATH_WRITE:
            self.send(self.voice, frames.refusal())
        elif characteristic == GENERIC_WRITE and value == b"\x02":
            self.send(GENERIC_NOTIFY, b"\x82" + (self.use_count & 0xFFFF).to_bytes(2, "little"))

    def report_fault(self, fault: Fault) -> None:
        """An 82 frame."""
        if fault in frames.FAULT_CODES:
            self.send(self.voice, frames.error(fault))
        else:
            self.send(self.voice, frames.refusal())

    def warming_up(self, left: int) -> bytes:
        """See StagedBreathalyzer."""
        return frames.status(frames.COUNTDOWN, left, self.use_count)

    def ready(self) -> bytes:
        """See StagedBreathalyzer."""
        return frames.status(frames.BLOW_NOW, 0, self.use_count)

    def blowing(self, left: int) -> bytes:
        """See StagedBreathalyzer."""
        return frames.status(frames.BLOWING, left, self.use_count)

    def analysing(self) -> bytes:
        """See StagedBreathalyzer."""
        return frames.status(frames.ANALYSING, 0, self.use_count)

    def result(self, brac_mg_per_l: float) -> bytes:
        """See StagedBreathalyzer."""
        code = frames.result_code(units.percent_bac(brac_mg_per_l))
        return frames.status(frames.RESULT, 0, self.use_count, code)
