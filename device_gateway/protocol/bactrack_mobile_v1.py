"""BACtrack Mobile, first generation (protocol reference, part 2). Vendor source only: not verified on hardware.

A test is started by three writes, the last two seconds after the others; the app keeps the device awake and is the
one that gives up waiting for a breath. Statuses come framed on FFA2, on old firmware as six bytes on FFF5.
"""

from typing import ClassVar

from contracts.reading import DriverGrade
from device_gateway.protocol.bactrack_mobile import BATTERY_LEVEL, START, MobileTalk, battery_of
from device_gateway.protocol.driver import (
    Advertisement,
    Command,
    DeviceInformation,
    Periodic,
    ServiceTable,
)
from device_gateway.protocol.events import BatteryState, Event, Identified, Unrecognised
from device_gateway.protocol.identity import printable


def _short(code: str) -> str:
    return f"0000{code}-0000-1000-8000-00805f9b34fb"


NAME = "Smart Breathalyzer"
SERVICE, FRAMED_SERVICE = _short("fff0"), _short("ffa0")
WRITE, NOTIFY = _short("ffa1"), _short("ffa2")
SERIAL, POWER, LEGACY_NOTIFY, KEEP_AWAKE = _short("fff1"), _short("fff3"), _short("fff5"), _short("fffb")
PADDED_START = START.ljust(20, b"\0")
PERMITTED = frozenset({(WRITE, PADDED_START), (POWER, b"\x01"), (POWER, b"\x02"), (KEEP_AWAKE, b"\x01")})
"""Everything this driver may ever write. Calibration, protection, advertising, LEDs and radio power stay out."""

_LONGEST_FRAME, _LEGACY_LENGTH, _LONGEST_SERIAL = 20, 6, 20


class BactrackMobileV1:
    """Driver for one connection to a Mobile V1 ("Smart Breathalyzer")."""

    name: ClassVar[str] = "bactrack_mobile_v1"
    version: ClassVar[str] = "1"
    grade: ClassVar[DriverGrade] = DriverGrade.VENDOR_SOURCE
    notify: ClassVar[tuple[str, ...]] = (NOTIFY, LEGACY_NOTIFY)
    reads: ClassVar[tuple[str, ...]] = (BATTERY_LEVEL, SERIAL)
    periodic: ClassVar[Periodic | None] = Periodic((Command(KEEP_AWAKE, b"\x01"),), every_s=120.0)
    no_blow_s: ClassVar[float | None] = 5.0

    def __init__(self) -> None:
        self._talk = MobileTalk(tells_rest_of_blow=False)
        self._framed = False

    @staticmethod
    def matches(advertisement: Advertisement) -> bool:
        """By name: the advertised services FFF0 and FFA0 are used by unrelated devices too."""
        return advertisement.name == NAME

    @staticmethod
    def confirms(services: ServiceTable) -> bool:
        """Both services, with the characteristics a test needs."""
        framed, plain = services.get(FRAMED_SERVICE, {}), services.get(SERVICE, {})
        return (
            "notify" in framed.get(NOTIFY, ())
            and "write" in framed.get(WRITE, ())
            and "write" in plain.get(POWER, ())
        )

    def opening(self) -> tuple[Command, ...]:
        """Nothing to ask: serial and battery are read, the use count comes with every status."""
        return ()

    def start(self) -> tuple[Command, ...]:
        """Start a test: the framed command, then power on, then (2 s later) power to "test"."""
        self._talk.begin()
        return (Command(WRITE, PADDED_START), Command(POWER, b"\x01"), Command(POWER, b"\x02", after_s=2.0))

    def permits(self, command: Command) -> bool:
        """Only what a start and staying awake need."""
        return command.with_response and (command.characteristic, command.data) in PERMITTED

    def identify(self, information: DeviceInformation) -> Identified:
        """The serial is raw bytes in a characteristic of its own; shown in hex as the vendor's app does."""
        told = information.others.get(SERIAL, b"")[:_LONGEST_SERIAL]
        serial = told.hex().upper() or printable(information.serial)
        return Identified("BACtrack Mobile (V1)", serial, printable(information.firmware))

    def battery(self, information: DeviceInformation) -> BatteryState | None:
        """From the Battery service."""
        return battery_of(information)

    def feed(self, characteristic: str, data: bytes) -> list[Event]:
        """One notification to events; see `Driver.feed`. Framed statuses, once seen, silence the legacy ones."""
        frame = bytes(data)
        if characteristic == NOTIFY and len(frame) <= _LONGEST_FRAME:
            self._framed = True
            return self._talk.frame(frame)
        if characteristic == LEGACY_NOTIFY and len(frame) == _LEGACY_LENGTH:
            return [] if self._framed else [self._talk.status(frame[0], frame[1:3], frame[3], frame)]
        return [Unrecognised(frame.hex())]
