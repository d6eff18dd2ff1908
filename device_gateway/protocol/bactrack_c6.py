"""BACtrack C6 and C8 (protocol reference, part 1). Confidence: status flow by capture and vendor source.

One characteristic carries everything. A notification `80 ST NN HH LL xx` is a status; the value is taken
only from ST 06, bytes 3..4, big endian, / 1000 = %BAC. All other statuses carry left-over bytes at that
place. The `81` frame that may follow is known from one third-party capture only: kept raw, compared, never
used as a value.
"""

from decimal import Decimal
from types import MappingProxyType
from typing import ClassVar

from contracts.reading import DriverGrade, Failure, NativeUnit
from device_gateway.protocol.driver import (
    Advertisement,
    Command,
    DeviceInformation,
    Periodic,
    ServiceTable,
)
from device_gateway.protocol.events import (
    Analysing,
    BatteryState,
    Blowing,
    Countdown,
    Event,
    Failed,
    Identified,
    Ready,
    Result,
    Trailing,
    Unrecognised,
    UseCount,
)

ADVERTISED_SERVICE = "d12efff0-1243-47a9-952c-f962382d49bb"
SERVICE = "862bfff0-7d59-4359-8b59-a96db28bc679"
CHARACTERISTIC = "862bfff1-7d59-4359-8b59-a96db28bc679"

START = bytes.fromhex("0001")
READ_USE_COUNT = bytes.fromhex("050a")
READ_UNITS = bytes.fromhex("0509")
READ_BATTERY = bytes.fromhex("08")
PERMITTED = frozenset({START, READ_USE_COUNT, READ_UNITS, READ_BATTERY})
"""Everything this driver may ever write. Writing units (`06 09`) is persistent and stays out, as does OAD."""

MAX_PLAUSIBLE_PERCENT_BAC = Decimal("0.600")
"""Higher results are taken for a garbled frame. Assumption: the device's scale ends lower (it has its own
over-range status), and 0.6 %BAC lies above what people survive."""
TRAILING_TOLERANCE_PERCENT_BAC = Decimal("0.002")

_SHORTEST_STATUS, _SHORTEST_RESULT, _LONGEST_FRAME, _TRAILING_LENGTH = 3, 5, 20, 17
_MAX_PLAUSIBLE_COUNTDOWN = 120

_FAILURES = MappingProxyType(
    {
        0x07: Failure.NO_BLOW,
        0x08: Failure.INSUFFICIENT_BLOW,
        0x09: Failure.GENERAL,
        0x0A: Failure.LOW_BATTERY,
        0x0B: Failure.TEMP_LOW,
        0x0C: Failure.TEMP_HIGH,
        0x0D: Failure.CANCELLED,
        0x0E: Failure.NOT_CALIBRATED,
        0x0F: Failure.OVER_RANGE,
    }
)
# Source: vendor SDK; one AAA cell, millivolts below -> level.
_BATTERY_LEVELS = ((1050, 0), (1150, 1), (1300, 2), (1800, 3))
_MODELS = MappingProxyType({"0": "BACtrack C6", "1": "BACtrack C8"})


class BactrackC6:
    """Driver for one connection to a C6 or C8."""

    name: ClassVar[str] = "bactrack_c6"
    version: ClassVar[str] = "1"
    grade: ClassVar[DriverGrade] = DriverGrade.CAPTURE
    notify: ClassVar[tuple[str, ...]] = (CHARACTERISTIC,)
    reads: ClassVar[tuple[str, ...]] = ()
    periodic: ClassVar[Periodic | None] = None
    no_blow_s: ClassVar[float | None] = None

    def __init__(self) -> None:
        self._result: Decimal | None = None
        self._last_level: int | None = None
        self._level: int | None = None

    @staticmethod
    def matches(advertisement: Advertisement) -> bool:
        """By advertised service; the name alone (it is shared with other BACtrack models) is a candidate."""
        named = "bactrack" in (advertisement.name or "").lower()
        return ADVERTISED_SERVICE in advertisement.service_uuids or named

    @staticmethod
    def confirms(services: ServiceTable) -> bool:
        """The one characteristic must be there and both notify and take writes with response."""
        return {"notify", "write"} <= services.get(SERVICE, {}).get(CHARACTERISTIC, frozenset())

    def opening(self) -> tuple[Command, ...]:
        """Use count, then the battery twice: a level counts only when two readings agree (vendor SDK)."""
        return (
            Command(CHARACTERISTIC, READ_USE_COUNT, reply=b"\x85\x0a"),
            Command(CHARACTERISTIC, READ_BATTERY, reply=b"\x88"),
            Command(CHARACTERISTIC, READ_BATTERY, reply=b"\x88"),
        )

    def start(self) -> tuple[Command, ...]:
        """Start a test. No command that cancels one is known; the link is closed instead."""
        self._result = None
        return (Command(CHARACTERISTIC, START),)

    def permits(self, command: Command) -> bool:
        """Only the four known harmless commands, only there, only with response."""
        here = command.characteristic == CHARACTERISTIC and command.with_response
        return here and command.data in PERMITTED

    def identify(self, information: DeviceInformation) -> Identified:
        """C6 or C8 by the serial's first character (vendor SDK); anything else stays `C6/C8`."""
        serial = (information.serial or "").strip("\0 ") or None
        firmware = "".join(c for c in information.firmware or "" if c.isascii() and c.isprintable()).strip()
        model = _MODELS.get(serial[0] if serial else "", "BACtrack C6/C8")
        return Identified(model, serial[:60] if serial else None, firmware[:60] or None)

    def battery(self, information: DeviceInformation) -> BatteryState | None:
        """Told in answer to a question instead."""
        return None

    def feed(self, characteristic: str, data: bytes) -> list[Event]:
        """One notification to events; see `Driver.feed`."""
        frame = bytes(data)
        if characteristic != CHARACTERISTIC or not frame or len(frame) > _LONGEST_FRAME:
            return [Unrecognised(frame.hex())]
        match frame[0]:
            case 0x80 if len(frame) >= _SHORTEST_STATUS:
                return [self._status(frame)]
            case 0x81 if len(frame) == _TRAILING_LENGTH:
                return [self._trailing(frame)]
            case 0x85 if len(frame) >= 4 and frame[1] == 0x0A:
                return [UseCount(int.from_bytes(frame[2:4], "little"))]
            case 0x88 if len(frame) >= 3:
                return [self._battery(int.from_bytes(frame[1:3], "little"), frame)]
        return [Unrecognised(frame.hex())]

    def _status(self, frame: bytes) -> Event:
        status, count = frame[1], frame[2]
        if status in _FAILURES:
            return Failed(_FAILURES[status], frame.hex())
        match status:
            case 0x01 if count <= _MAX_PLAUSIBLE_COUNTDOWN:
                return Countdown(count)
            case 0x02:
                return Ready()
            case 0x03:
                return Blowing(count) if count else Analysing()
            case 0x04 | 0x05:
                return Analysing()
            case 0x06 if len(frame) >= _SHORTEST_RESULT:
                return self._completed(frame)
        return Unrecognised(frame.hex())

    def _completed(self, frame: bytes) -> Event:
        value = Decimal(int.from_bytes(frame[3:5], "big")) / 1000
        if value > MAX_PLAUSIBLE_PERCENT_BAC:
            return Failed(Failure.COMM, frame.hex())
        self._result = value.quantize(Decimal("0.001"))
        return Result(self._result, NativeUnit.PERCENT_BAC, frame.hex())

    def _trailing(self, frame: bytes) -> Event:
        # Third-party reading of the 0x81 frame: u16le(bytes 2..3) / 10000; its capture agrees with ST 06.
        seems = Decimal(int.from_bytes(frame[2:4], "little")) / 10000
        differs = self._result is not None and abs(seems - self._result) > TRAILING_TOLERANCE_PERCENT_BAC
        return Trailing(frame.hex(), disagrees=differs)

    def _battery(self, millivolts: int, frame: bytes) -> Event:
        if not 0 < millivolts <= 5000:
            return Unrecognised(frame.hex())
        level = next((level for below, level in _BATTERY_LEVELS if millivolts < below), 4)
        if level == self._last_level:
            self._level = level
        self._last_level = level
        return BatteryState(millivolts=millivolts, level=self._level)
