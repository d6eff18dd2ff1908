"""BACtrack Mobile, second generation (protocol reference, part 2). Vendor source only: not verified on hardware."""

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
from device_gateway.protocol.events import BatteryState, Event, Identified, Unrecognised, UseCount
from device_gateway.protocol.identity import printable

SERVICE = "3caa0001-0060-4787-9da2-533c53b399a0"
WRITE = "3caa0002-0060-4787-9da2-533c53b399a0"
NOTIFY = "3caa0003-0060-4787-9da2-533c53b399a0"
GENERIC_SERVICE = "3caa1001-0060-4787-9da2-533c53b399a0"
GENERIC_WRITE = "3caa1002-0060-4787-9da2-533c53b399a0"
GENERIC_NOTIFY = "3caa1003-0060-4787-9da2-533c53b399a0"
READ_USE_COUNT = b"\x02"
PERMITTED = frozenset({(WRITE, START), (GENERIC_WRITE, READ_USE_COUNT)})
"""Everything this driver may ever write. Calibration and factory reset (90 to 92) and settings (74) stay out."""

_LONGEST_FRAME = 20


class BactrackMobileV2:
    """Driver for one connection to a Mobile V2. Frames have their exact length."""

    name: ClassVar[str] = "bactrack_mobile_v2"
    version: ClassVar[str] = "1"
    grade: ClassVar[DriverGrade] = DriverGrade.VENDOR_SOURCE
    notify: ClassVar[tuple[str, ...]] = (NOTIFY, GENERIC_NOTIFY)
    reads: ClassVar[tuple[str, ...]] = (BATTERY_LEVEL,)
    periodic: ClassVar[Periodic | None] = None
    no_blow_s: ClassVar[float | None] = None

    def __init__(self) -> None:
        self._talk = MobileTalk(tells_rest_of_blow=True)

    @staticmethod
    def matches(advertisement: Advertisement) -> bool:
        """By advertised service, which is nobody else's."""
        return SERVICE in advertisement.service_uuids

    @staticmethod
    def confirms(services: ServiceTable) -> bool:
        """The breath service must notify and take writes; the generic one may be missing."""
        breath = services.get(SERVICE, {})
        return "notify" in breath.get(NOTIFY, ()) and "write" in breath.get(WRITE, ())

    def opening(self) -> tuple[Command, ...]:
        """Nothing: the use count comes with every status, and asking for it needs the generic service."""
        return ()

    def start(self) -> tuple[Command, ...]:
        """Start a test. No command that cancels one is known; the link is closed instead."""
        self._talk.begin()
        return (Command(WRITE, START),)

    def permits(self, command: Command) -> bool:
        """Only the start, and the question for the use count."""
        return command.with_response and (command.characteristic, command.data) in PERMITTED

    def identify(self, information: DeviceInformation) -> Identified:
        """Serial and firmware as the device tells them."""
        return Identified("BACtrack Mobile", printable(information.serial), printable(information.firmware))

    def battery(self, information: DeviceInformation) -> BatteryState | None:
        """From the Battery service."""
        return battery_of(information)

    def feed(self, characteristic: str, data: bytes) -> list[Event]:
        """One notification to events; see `Driver.feed`."""
        frame = bytes(data)
        if characteristic == NOTIFY and len(frame) <= _LONGEST_FRAME:
            return self._talk.frame(frame)
        if characteristic == GENERIC_NOTIFY and len(frame) == 3 and frame[0] == 0x82:
            return [UseCount(int.from_bytes(frame[1:3], "little"))]
        return [Unrecognised(frame.hex())]
