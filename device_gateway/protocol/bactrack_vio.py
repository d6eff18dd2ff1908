"""BACtrack Vio (protocol reference, part 3). Vendor source only: not verified on hardware.

A serial stream, cut anywhere: `10 02 LENGTH CMD payload CHK 10 17` without byte stuffing. Whether the device tells its
state unasked is not known, so state and last error are asked for every second. An error left over from earlier is
told from a new one by what was told before the start.
"""

from decimal import Decimal
from types import MappingProxyType
from typing import ClassVar

from contracts.reading import DriverGrade, Failure, NativeUnit
from device_gateway.protocol import believable
from device_gateway.protocol.driver import (
    Advertisement,
    Command,
    DeviceInformation,
    Periodic,
    ServiceTable,
)
from device_gateway.protocol.events import (
    Analysing,
    Answered,
    BatteryState,
    Blowing,
    Countdown,
    Event,
    Failed,
    Identified,
    Ready,
    Unrecognised,
    UseCount,
)
from device_gateway.protocol.identity import printable
from device_gateway.protocol.stream import FrameStream

SERVICE = "cd06fd00-4aff-11e3-8f96-0800200c9a66"
WRITE = "cd06fd03-4aff-11e3-8f96-0800200c9a66"
NOTIFY = "cd06fd04-4aff-11e3-8f96-0800200c9a66"


def packed(command: int, payload: bytes = b"") -> bytes:
    """A frame with its length and check byte."""
    body = bytes([1 + len(payload), command]) + payload
    check = 0
    for byte in body:
        check ^= byte
    return b"\x10\x02" + body + bytes([check, 0x10, 0x17])


ASK_STATUS, ASK_ERROR, ASK_USE_COUNT = packed(0x71), packed(0x72), packed(0x73, b"\x01")
START = packed(0x76, b"\x00")
PERMITTED = frozenset({ASK_STATUS, ASK_ERROR, ASK_USE_COUNT, START})
"""Everything this driver may ever write. Settings (74) stay out; cancelling and shutting down are not needed."""

_FRAME, _LONGEST = 6, 32
_FAILURES = MappingProxyType(
    {
        1: Failure.INSUFFICIENT_BLOW,
        3: Failure.LOW_BATTERY,
        4: Failure.CALIBRATION_FAIL,
        5: Failure.NOT_CALIBRATED,
        6: Failure.COMM,
        7: Failure.INSUFFICIENT_BLOW,
        8: Failure.SENSOR,
        9: Failure.OVER_RANGE,
    }
)
_OUT_OF_TEMPERATURE = 2
# As in the Mobile's protocol; that the Vio counts the same way is an assumption.
_TEMPERATURES = MappingProxyType({1: Failure.TEMP_HIGH, 2: Failure.TEMP_LOW})
_IDLE, _IN_TEST = 0, frozenset({1, 2, 3, 4})


def _lengths_of(head: bytes) -> tuple[int, ...]:
    return (head[2] + _FRAME,) if head[:2] == b"\x10\x02" and 1 <= head[2] <= _LONGEST else ()


def _is_whole(frame: bytes) -> bool:
    return frame == packed(frame[3], frame[4:-3])


class BactrackVio:
    """Driver for one connection to a Vio."""

    name: ClassVar[str] = "bactrack_vio"
    version: ClassVar[str] = "1"
    grade: ClassVar[DriverGrade] = DriverGrade.VENDOR_SOURCE
    notify: ClassVar[tuple[str, ...]] = (NOTIFY,)
    reads: ClassVar[tuple[str, ...]] = ()
    periodic: ClassVar[Periodic | None] = Periodic(
        (Command(WRITE, ASK_STATUS, False), Command(WRITE, ASK_ERROR, False)), every_s=1.0
    )
    no_blow_s: ClassVar[float | None] = 5.0

    def __init__(self) -> None:
        self._stream = FrameStream(_FRAME + 1, _lengths_of, _is_whole)
        self._old_error = 0
        self._battery_low: bool | None = None
        self._started = self._active = self._blown = self._stopped = False

    @staticmethod
    def matches(advertisement: Advertisement) -> bool:
        """By advertised service, which is nobody else's."""
        return SERVICE in advertisement.service_uuids

    @staticmethod
    def confirms(services: ServiceTable) -> bool:
        """The serial pair of characteristics."""
        serial = services.get(SERVICE, {})
        return "notify" in serial.get(NOTIFY, ()) and "write-without-response" in serial.get(WRITE, ())

    def opening(self) -> tuple[Command, ...]:
        """State (for the battery), the error left over from earlier, use count."""
        asked = ((ASK_STATUS, b"\x81"), (ASK_ERROR, b"\x82"), (ASK_USE_COUNT, b"\x83"))
        return tuple(Command(WRITE, data, False, reply=reply) for data, reply in asked)

    def start(self) -> tuple[Command, ...]:
        """Start a test."""
        self._started = True
        self._active = self._blown = self._stopped = False
        return (Command(WRITE, START, False),)

    def permits(self, command: Command) -> bool:
        """Only the three questions and the start."""
        return command.characteristic == WRITE and not command.with_response and command.data in PERMITTED

    def identify(self, information: DeviceInformation) -> Identified:
        """From the Device Information service; the layout of the device's own answer is not known."""
        return Identified("BACtrack Vio", printable(information.serial), printable(information.firmware))

    def battery(self, information: DeviceInformation) -> BatteryState | None:
        """Told in every state instead."""
        return None

    def feed(self, characteristic: str, data: bytes) -> list[Event]:
        """One notification to events; see `Driver.feed`."""
        frame = bytes(data)
        if characteristic != NOTIFY or len(frame) > 512:
            return [Unrecognised(frame[:512].hex())]
        frames, passed = self._stream.take(frame)
        events: list[Event] = [Unrecognised(passed.hex())] if passed else []
        for whole in frames:
            events += self._told(whole[3], whole[4:-3], whole)
        return events

    def _told(self, command: int, payload: bytes, frame: bytes) -> list[Event]:
        match command:
            case 0x81 if len(payload) == 4:
                return [Answered(b"\x81"), *self._charge(payload[0] >> 4), *self._status(payload, frame)]
            case 0x82 if len(payload) == 2:
                return [Answered(b"\x82"), *self._error(payload, frame)]
            case 0x83 if len(payload) == 4 and payload[0] == 0x01:
                return [Answered(b"\x83"), UseCount(int.from_bytes(payload[2:4], "little"))]
            case 0x80 | 0x83 | 0x86:
                return []
        return [Unrecognised(frame.hex())]

    def _charge(self, nibble: int) -> list[Event]:
        low = nibble == 0
        if low is self._battery_low:
            return []
        self._battery_low = low
        return [BatteryState(level=0 if low else None)]

    def _status(self, payload: bytes, frame: bytes) -> list[Event]:
        if not self._started:
            return []
        activity = payload[0] & 0x0F
        self._stopped = self._active and activity == _IDLE
        self._active = self._active or activity in _IN_TEST
        match activity:
            case 1:
                return [
                    Countdown(payload[1] * 2 // 5, is_seconds=False)
                ]  # the SDK divides the heat count by 2.5
            case 2:
                return [Ready()]
            case 3:
                self._blown = True
                return [Blowing()]
            case 4:
                return [Analysing()]
            case 5 if self._blown:
                value = Decimal(int.from_bytes(payload[2:4], "little")) / 10_000
                return [believable.result(value, NativeUnit.PERCENT_BAC, frame)]
            case 0 | 5 | 7:
                return []  # idle, a value from an earlier test, or going off
        return [Unrecognised(frame.hex())]

    def _error(self, payload: bytes, frame: bytes) -> list[Event]:
        code = payload[0]
        if not self._started:
            self._old_error = code
            return []
        fresh = code not in {0, self._old_error}
        if not fresh and not self._stopped:
            return []
        if code == _OUT_OF_TEMPERATURE:
            return [Failed(_TEMPERATURES.get(payload[1], Failure.GENERAL), frame.hex())]
        return [Failed(_FAILURES.get(code, Failure.GENERAL), frame.hex())]
