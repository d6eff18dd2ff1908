"""Titan and Deimos of HLX (protocol reference, part 5). Confidence: vendor's document and captures on the device.

Nordic serial service; `68 ADDRESS 68 C LENGTH DATA CS 16`, then `0D 0A`, in fragments of 20 bytes: put together by
length. Nothing is answered before the handshake (whose address, then "connected"). Values are mg per 100 mL of
blood, checked on the device: 76 is shown as 0.36 mg/L. Not captured: STA 3, 4 and 6, and the unit's error replies
in context.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
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
    Calibrated,
    Event,
    Failed,
    Identified,
    Ready,
    Unrecognised,
    UseCount,
)
from device_gateway.protocol.identity import printable
from device_gateway.protocol.stream import FrameStream

SERVICE = "6e400001-b5a3-f393-e0a9-e50e24dcca9e"
WRITE = "6e400002-b5a3-f393-e0a9-e50e24dcca9e"
NOTIFY = "6e400003-b5a3-f393-e0a9-e50e24dcca9e"
BROADCAST = b"\x99" * 6
FIRMWARE, ADDRESS, CONNECTED = 0xFF00, 0xFF02, 0xFF04
START, RESULT, BATTERY, RECORDS, CALIBRATED = 0x9002, 0x9003, 0x9004, 0x9005, 0x9007

_QUESTIONS = (FIRMWARE, BATTERY, RECORDS, CALIBRATED)
_READ, _WRITE, _READ_OK, _WRITTEN = 0x01, 0x04, 0x81, 0x84
_ERRORS = frozenset({0xC1, 0xC4})
_HEAD, _TAIL, _LONGEST_DATA, _LONGEST_NOTIFICATION = 11, 2, 64, 512
_NAMES = ("HLX", "DEIMOS")


def packed(address: bytes, control: int, data: bytes) -> bytes:
    """A frame with its length and check sum."""
    body = b"\x68" + address + b"\x68" + bytes([control]) + len(data).to_bytes(2, "little") + data
    return body + bytes([sum(body) & 0xFF, 0x16])


def _key(command: int) -> bytes:
    return command.to_bytes(2, "little")


def _lengths_of(head: bytes) -> tuple[int, ...]:
    length = int.from_bytes(head[9:11], "little")
    if head[0] != 0x68 or head[7] != 0x68 or length > _LONGEST_DATA:
        return ()
    told = _HEAD + length + _TAIL
    # The captured answer to FF00 leaves the command's own two bytes out of its length; all others count them.
    return (told, told + 2) if head[8] == _READ_OK and head[11:13] == _key(FIRMWARE) else (told,)


def _is_whole(frame: bytes) -> bool:
    return frame[-1] == 0x16 and sum(frame[:-2]) & 0xFF == frame[-2]


class Titan:
    """Driver for one connection to a Titan or Deimos."""

    name: ClassVar[str] = "titan"
    version: ClassVar[str] = "1"
    grade: ClassVar[DriverGrade] = DriverGrade.CAPTURE
    notify: ClassVar[tuple[str, ...]] = (NOTIFY,)
    reads: ClassVar[tuple[str, ...]] = ()
    periodic: ClassVar[Periodic | None] = None
    no_blow_s: ClassVar[float | None] = None

    def __init__(self) -> None:
        self._stream = FrameStream(_HEAD + _TAIL, _lengths_of, _is_whole)
        self._address: bytes | None = None
        self._firmware: str | None = None
        self._last = b""
        self._started = self._accepted = self._computed = False

    @staticmethod
    def matches(advertisement: Advertisement) -> bool:
        """By name: its service is the Nordic serial one, which says nothing."""
        return (advertisement.name or "").upper().startswith(_NAMES)

    @staticmethod
    def confirms(services: ServiceTable) -> bool:
        """The serial service with both directions."""
        serial = services.get(SERVICE, {})
        return "notify" in serial.get(NOTIFY, ()) and "write-without-response" in serial.get(WRITE, ())

    def opening(self) -> Iterator[Command]:
        """Handshake, then firmware, battery, number of records and last calibration."""
        yield self._command(BROADCAST, _READ, ADDRESS, required=True)
        if self._address is None:
            return
        yield self._command(self._address, _WRITE, CONNECTED, b"\x01", required=True)
        for question in _QUESTIONS:
            yield self._command(self._address, _READ, question)

    def start(self) -> tuple[Command, ...]:
        """Start a test. Nothing can be sent to a device whose address is not known."""
        self._started, self._accepted, self._computed, self._last = True, False, False, b""
        return () if self._address is None else (self._command(self._address, _READ, START),)

    def permits(self, command: Command) -> bool:
        """Only what opening and start send; clock, mode, addresses and stored records stay out."""
        return (
            command.characteristic == WRITE
            and not command.with_response
            and command.data in self._permitted()
        )

    def identify(self, information: DeviceInformation) -> Identified:
        """Serial and firmware are asked for in the opening; the address is the serial."""
        return Identified("Titan/Deimos", _serial(self._address), self._firmware)

    def battery(self, information: DeviceInformation) -> BatteryState | None:
        """Asked for in the opening."""
        return None

    def feed(self, characteristic: str, data: bytes) -> list[Event]:
        """One notification to events; see `Driver.feed`."""
        if characteristic != NOTIFY or len(data) > _LONGEST_NOTIFICATION:
            return [Unrecognised(bytes(data)[:_LONGEST_NOTIFICATION].hex())]
        frames, passed = self._stream.take(bytes(data))
        events: list[Event] = [Unrecognised(passed.hex())] if passed.strip(b"\r\n") else []
        for frame in frames:
            events += self._frame(frame)
        return events

    def _permitted(self) -> set[bytes]:
        permitted = {packed(BROADCAST, _READ, _key(ADDRESS))}
        if self._address is not None:
            permitted.add(packed(self._address, _WRITE, _key(CONNECTED) + b"\x01"))
            permitted |= {packed(self._address, _READ, _key(question)) for question in (*_QUESTIONS, START)}
        return permitted

    def _frame(self, frame: bytes) -> list[Event]:
        address, control, data = frame[1:7], frame[8], frame[_HEAD:-_TAIL]
        if self._address is not None and address not in {self._address, BROADCAST}:
            return [Unrecognised(frame.hex())]
        if control in _ERRORS:
            # An error before the start was accepted is the answer to it; what else one may mean is not known.
            refused = self._started and not self._accepted and control == 0xC1
            return [Failed(Failure.REFUSED, frame.hex()) if refused else Unrecognised(frame.hex())]
        if control == _WRITTEN and not data:
            return [Answered(_key(CONNECTED))]
        if control == _READ_OK and len(data) > 2:
            return self._told(int.from_bytes(data[:2], "little"), data[2:], frame)
        return [Unrecognised(frame.hex())]

    def _told(self, command: int, data: bytes, frame: bytes) -> list[Event]:
        match command:
            case 0x9002 if len(data) == 1:
                return self._status(data[0], frame)
            case 0x9003 if len(data) == 2:
                return self._value(int.from_bytes(data, "little"), frame)
            case 0xFF02 if len(data) == 6 and self._address in {None, data} and data != BROADCAST:
                self._address = data
                return [Answered(_key(ADDRESS)), self._identified()]
            case 0xFF00:
                self._firmware = printable(data.decode("ascii", "replace"))
                return [Answered(_key(FIRMWARE)), self._identified()]
            case 0x9004 if len(data) == 2 and int.from_bytes(data, "little") <= 100:
                return [Answered(_key(BATTERY)), BatteryState(percent=int.from_bytes(data, "little"))]
            case 0x9005 if len(data) == 2:
                return [Answered(_key(RECORDS)), UseCount(int.from_bytes(data, "little"))]
            case 0x9007 if (on := _day(data)) is not None:
                return [Answered(_key(CALIBRATED)), Calibrated(on)]
        return [Unrecognised(frame.hex())]

    def _status(self, status: int, frame: bytes) -> list[Event]:
        if not self._started or frame == self._last:
            return []  # the captures show every status twice
        self._last, self._accepted = frame, True
        match status:
            case 0:
                return [Ready()]
            case 1:
                return [Blowing()]
            case 2:
                return [Analysing()]
            case 3:
                return [Failed(Failure.INTERRUPTED, frame.hex())]
            case 4:
                return [Failed(Failure.REFUSED, frame.hex())]
            case 5:
                self._computed = True
                return [Analysing()]
            case 6:
                return []  # the device looks whether its calibration has run out; what it finds is not told
        return [Unrecognised(frame.hex())]

    def _value(self, value: int, frame: bytes) -> list[Event]:
        if not self._computed:  # an earlier test's value can be read at any time
            return [Unrecognised(frame.hex())]
        self._computed = False
        return [believable.result(Decimal(value), NativeUnit.MG_PER_100ML_BLOOD, frame)]

    def _identified(self) -> Identified:
        return Identified("Titan/Deimos", _serial(self._address), self._firmware)

    @staticmethod
    def _command(
        address: bytes, control: int, command: int, data: bytes = b"", *, required: bool = False
    ) -> Command:
        key = _key(command)
        reply = None if command == START else key
        return Command(WRITE, packed(address, control, key + data), False, reply=reply, required=required)


def _serial(address: bytes | None) -> str | None:
    """As printed on the device: four ASCII digits and four BCD ones; any other address in hex."""
    if address is None:
        return None
    digits = address[:4].decode("ascii", "replace")
    return digits + address[4:].hex() if digits.isascii() and digits.isdigit() else address.hex()


def _day(data: bytes) -> date | None:
    """The day of a BCD `YY MM DD hh mm ss`; None when it is none."""
    digits = data[:3].hex()
    if len(data) != 6 or not digits.isdigit():
        return None
    try:
        return date(2000 + int(digits[:2]), int(digits[2:4]), int(digits[4:6]))
    except ValueError:
        return None
