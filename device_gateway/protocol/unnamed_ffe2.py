"""An unnamed device of the Brazilian market on FFE2 (protocol reference, part 7). Experimental: one third-party script,
no capture, not verified on hardware.

It has no name and no service of its own, so it is tried only when staff chose the device by its address. It takes no
commands: the test is started by its button. The script reads bytes 2..5 of the result frame while its own comment
says 3..6; the code is followed.
"""

from decimal import Decimal
from typing import ClassVar

from contracts.reading import DriverGrade, NativeUnit
from device_gateway.protocol import believable
from device_gateway.protocol.driver import (
    Advertisement,
    Command,
    DeviceInformation,
    Periodic,
    ServiceTable,
)
from device_gateway.protocol.events import (
    BatteryState,
    Blowing,
    Countdown,
    Event,
    Identified,
    Ready,
    Unrecognised,
)
from device_gateway.protocol.identity import printable

NOTIFY = "0000ffe2-0000-1000-8000-00805f9b34fb"

_STATUS_LENGTH, _RESULT_LENGTH = 5, 9


class UnnamedFfe2:
    """Driver for one connection."""

    name: ClassVar[str] = "unnamed_ffe2"
    version: ClassVar[str] = "1"
    grade: ClassVar[DriverGrade] = DriverGrade.EXPERIMENTAL
    notify: ClassVar[tuple[str, ...]] = (NOTIFY,)
    reads: ClassVar[tuple[str, ...]] = ()
    periodic: ClassVar[Periodic | None] = None
    no_blow_s: ClassVar[float | None] = None

    def __init__(self) -> None:
        self._started = self._blown = False

    @staticmethod
    def matches(advertisement: Advertisement) -> bool:
        """Never by what it broadcasts."""
        return advertisement.chosen

    @staticmethod
    def confirms(services: ServiceTable) -> bool:
        """FFE2 notifies, in whatever service (FFE0 is likely)."""
        return any("notify" in characteristics.get(NOTIFY, ()) for characteristics in services.values())

    def opening(self) -> tuple[Command, ...]:
        """No question is known."""
        return ()

    def start(self) -> tuple[Command, ...]:
        """Nothing is sent; only what follows belongs to the test."""
        self._started, self._blown = True, False
        return ()

    def permits(self, command: Command) -> bool:
        """Nothing."""
        return False

    def identify(self, information: DeviceInformation) -> Identified:
        """Whatever it tells."""
        model = printable(information.model) or "unnamed (FFE2)"
        return Identified(model, printable(information.serial), printable(information.firmware))

    def battery(self, information: DeviceInformation) -> BatteryState | None:
        """Not known."""
        return None

    def feed(self, characteristic: str, data: bytes) -> list[Event]:
        """One notification to events; see `Driver.feed`."""
        frame = bytes(data)
        fits = characteristic == NOTIFY and len(frame) in {_STATUS_LENGTH, _RESULT_LENGTH}
        if not fits or frame[0] != 0xAA or frame[1] != len(frame) or frame[-1] != 0xFE:
            return [Unrecognised(frame[:512].hex())]
        return self._status(frame) if len(frame) == _STATUS_LENGTH else self._result(frame)

    def _status(self, frame: bytes) -> list[Event]:
        match frame[2]:
            case 0xA2:
                return []
            case 0xA3:
                return [Countdown(0, is_seconds=False)]
            case 0xA4:
                return [Ready()]
            case 0xA5:
                self._blown = self._started
                return [Blowing()]
        return [Unrecognised(frame.hex())]

    def _result(self, frame: bytes) -> list[Event]:
        if not self._blown:
            return [Unrecognised(frame.hex())]
        return [
            believable.result(Decimal(int.from_bytes(frame[2:6], "big")) / 1000, NativeUnit.MG_PER_L, frame)
        ]
