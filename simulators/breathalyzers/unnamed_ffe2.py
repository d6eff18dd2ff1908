"""A simulated unnamed FFE2 device (protocol reference 7): one third-party script, no capture.

It takes no commands, so its test begins by its button: `press`, or by itself when somebody subscribes. Faults have no
frames of their own and end the test in silence. Durations are assumptions.
"""

from typing import ClassVar

from simulators.breathalyzers.breath import Fault
from simulators.breathalyzers.staged import StagedBreathalyzer
from simulators.peripheral import Advertisement, Characteristic, Service

SERVICE = "0000ffe0-0000-1000-8000-00805f9b34fb"
NOTIFY = "0000ffe2-0000-1000-8000-00805f9b34fb"
ON, WAIT, READY, BLOWING = 0xA2, 0xA3, 0xA4, 0xA5
_SERVICES = (Service(SERVICE, (Characteristic(NOTIFY, ("notify",)),)),)


def status(state: int) -> bytes:
    """`AA 05 ST 00 FE`."""
    return bytes((0xAA, 0x05, state, 0x00, 0xFE))


def measured(brac_mg_per_l: float) -> bytes:
    """`AA 09`, thousandths of mg/L in four bytes, two unknown ones, `FE`."""
    return bytes((0xAA, 0x09)) + int(brac_mg_per_l * 1000 + 0.5).to_bytes(4, "big") + b"\0\0\xfe"


class UnnamedFfe2(StagedBreathalyzer):
    """One such device."""

    model = "unnamed (FFE2)"
    voice: ClassVar[str] = NOTIFY
    warm_up_steps: ClassVar[int] = 5

    @property
    def services(self) -> tuple[Service, ...]:
        """One characteristic."""
        return _SERVICES

    def broadcast(self) -> Advertisement:
        """Says nothing about itself."""
        return Advertisement(service_uuids=(SERVICE,))

    def set_subscribed(self, characteristic: str, on: bool) -> None:
        """Somebody listens: the person presses the button a moment later."""
        super().set_subscribed(characteristic, on)
        if on:
            self.press()

    def press(self) -> None:
        """The button."""
        self.start_test()
        self._wake()

    def obey(self, characteristic: str, value: bytes) -> None:
        """Takes nothing."""
        self.forbidden_writes.append((characteristic, value))

    def report_fault(self, fault: Fault) -> None:
        """No frame is known."""

    def warming_up(self, left: int) -> bytes:
        """See StagedBreathalyzer."""
        return status(WAIT)

    def ready(self) -> bytes:
        """See StagedBreathalyzer."""
        return status(READY)

    def blowing(self, left: int) -> bytes:
        """See StagedBreathalyzer."""
        return status(BLOWING)

    def analysing(self) -> bytes:
        """See StagedBreathalyzer. No state of its own is known."""
        return status(BLOWING)

    def result(self, brac_mg_per_l: float) -> bytes:
        """See StagedBreathalyzer."""
        return measured(brac_mg_per_l)
