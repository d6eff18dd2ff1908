"""BACtrack Skyn, a transdermal sensor (protocol reference, part 4; the maker's SDK). Experimental.

Vendor source only, and that contradicts itself: the code reads the alcohol value from bytes 1 and 2 of a record, its
comment says 2 and 3. Units are not known. So records are passed on as they are, counts beside them, and nothing here
is ever a breath alcohol value.

Questions are harmless (clock, battery, calibration, count, rewind, fetch). Discarding what was fetched is permitted
once, after `kept()`: when the records are safe elsewhere. The clock is never set.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import ClassVar

from contracts.reading import DriverGrade
from device_gateway.protocol.driver import Advertisement, Command, DeviceInformation, ServiceTable
from device_gateway.protocol.events import BatteryState, Identified
from device_gateway.protocol.identity import printable

SERVICE = "e8f90001-0708-430d-93c2-37a17a6191fc"
WRITE = "e8f90002-0708-430d-93c2-37a17a6191fc"
NOTIFY = "e8f90003-0708-430d-93c2-37a17a6191fc"
RECORD_BYTES = 8
MOST_RECORDS = 200_000
"""More than a sensor can hold (46 days at 20 s, assumption): a count above it is not believed."""
READ_CLOCK, READ_BATTERY, READ_COUNT, FETCH, REWIND, DISCARD = 0x00, 0x02, 0x13, 0x14, 0x15, 0x16
_QUESTIONS = frozenset(bytes((code,)) for code in (READ_CLOCK, READ_BATTERY, READ_COUNT, REWIND))


@dataclass(frozen=True, slots=True)
class Clock:
    """The sensor's clock, seconds since 1970 as it believes."""

    unix_s: int


@dataclass(frozen=True, slots=True)
class Count:
    """How many records lie in its memory."""

    records: int


@dataclass(frozen=True, slots=True)
class Records:
    """Records of eight bytes, in order."""

    raw: tuple[bytes, ...]


SkynEvent = Clock | Count | Records | BatteryState


@dataclass(slots=True)
class Skyn:
    """One connection."""

    name: ClassVar[str] = "bactrack_skyn"
    version: ClassVar[str] = "1"
    grade: ClassVar[DriverGrade] = DriverGrade.EXPERIMENTAL
    notify: ClassVar[tuple[str, ...]] = (NOTIFY,)
    reads: ClassVar[tuple[str, ...]] = ()
    _safe: bool = field(default=False)

    @staticmethod
    def matches(advertisement: Advertisement) -> bool:
        """By its service, or the same with the number it shows when it wants to be read."""
        return bool({SERVICE, WRITE} & advertisement.service_uuids)

    @staticmethod
    def confirms(services: ServiceTable) -> bool:
        """Its service with both characteristics."""
        characteristics = services.get(SERVICE, {})
        return WRITE in characteristics and "notify" in characteristics.get(NOTIFY, ())

    def opening(self) -> Iterable[Command]:
        """Clock, battery, then back to the oldest record, and how many there are."""
        for code in (READ_CLOCK, READ_BATTERY, REWIND, READ_COUNT):
            yield Command(WRITE, bytes((code,)))

    def fetch(self, records: int) -> Command:
        """Ask for so many records."""
        return Command(WRITE, bytes((FETCH,)) + records.to_bytes(4, "little"))

    def kept(self) -> Command:
        """The records fetched are safe elsewhere: the sensor may forget them. The one command that deletes."""
        self._safe = True
        return Command(WRITE, bytes((DISCARD,)))

    def permits(self, command: Command) -> bool:
        """Questions, a fetch, and a discard after `kept`; nothing that sets, pairs anew, updates or calibrates."""
        if command.characteristic != WRITE or not command.with_response:
            return False
        data = command.data
        if data == bytes((DISCARD,)):
            return self._safe
        return data in _QUESTIONS or (data[:1] == bytes((FETCH,)) and len(data) == 5)

    def identify(self, information: DeviceInformation) -> Identified:
        """Serial and firmware."""
        return Identified("BACtrack Skyn", printable(information.serial), printable(information.firmware))

    def feed(self, characteristic: str, data: bytes) -> list[SkynEvent]:
        """Take one notification. Never raises; what is not understood is nothing."""
        if characteristic != NOTIFY or len(data) < 3:
            return []
        value = int.from_bytes(data[1:5], "little")
        match data[0]:
            case 0x80 if len(data) == 5:
                return [Clock(value)]
            case 0x82:
                return [BatteryState(millivolts=int.from_bytes(data[1:3], "little"))]
            case 0x93 if len(data) == 5 and value <= MOST_RECORDS:
                return [Count(value)]
            case 0x94:
                whole = (len(data) - 1) // RECORD_BYTES
                return [Records(tuple(data[1 + 8 * n : 9 + 8 * n] for n in range(whole)))] if whole else []
        return []
