"""iBlow and AL88 (protocol reference, part 6). Frames and check byte by capture; what the event codes mean, and above
all the result frame, is known from third-party code only and not verified on hardware. Graded by its weakest part.

Twenty ASCII bytes: `02`, three of code, thirteen of data filled up with `#`, battery digit, check byte, `03`.
"""

import re
from datetime import date
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
    BatteryState,
    Blowing,
    Calibrated,
    Countdown,
    Event,
    Failed,
    Identified,
    Ready,
    Unrecognised,
    UseCount,
)
from device_gateway.protocol.identity import printable

SERVICE, NOTIFY, WRITE, OTHERS_SERVICE = (
    f"0000{code}-0000-1000-8000-00805f9b34fb" for code in ("fff0", "fff1", "fff2", "ffa0")
)


def packed(code: str, text: str) -> bytes:
    """A request with its filling and check byte."""
    body = (code + text.ljust(14, "#")).encode("ascii")
    return b"\x02" + body + bytes([-sum(body) & 0xFF, 0x03])


FIRMWARE, USE_COUNT = packed("A01", "INFORMATION"), packed("A03", "0")
CALIBRATED, START = packed("A04", "0"), packed("A20", "TEST,START")
PERMITTED = frozenset({FIRMWARE, USE_COUNT, CALIBRATED, START})
"""Everything this driver may ever write. Calibration (A02), unit, alarm, volume and reset stay out."""

_LENGTH = 20
_HIGHEST_LEVEL = 4
_NAMES = ("AL88", "IBLOW")
_UNITS = MappingProxyType(
    {
        "0": NativeUnit.G_PER_L_BLOOD,
        "1": NativeUnit.PERMILLE,
        "2": NativeUnit.PERCENT_BAC,
        "3": NativeUnit.MG_PER_L,
        "4": NativeUnit.PERCENT_BAC,
        "5": NativeUnit.MG_PER_100ML_BLOOD,
        "6": NativeUnit.UG_PER_100ML,
        "7": NativeUnit.UG_PER_L,
    }
)
_RESULT = re.compile(r"[^,]{0,3},([0-7]),(\d{1,4}(?:\.\d{1,4})?),([01])", re.ASCII)
_DAY = re.compile(r"(\d{4}),(\d\d),(\d\d)", re.ASCII)
_FAILURES = MappingProxyType(
    {
        "T02": Failure.NOT_CALIBRATED,
        "T04": Failure.GENERAL,  # powering off
        "T05": Failure.LOW_BATTERY,
        "T08": Failure.INSUFFICIENT_BLOW,
        "T09": Failure.SENSOR,
        "T20": Failure.GENERAL,  # off
    }
)


class Iblow:
    """Driver for one connection to an iBlow or AL88."""

    name: ClassVar[str] = "iblow"
    version: ClassVar[str] = "1"
    grade: ClassVar[DriverGrade] = DriverGrade.EXPERIMENTAL
    notify: ClassVar[tuple[str, ...]] = (NOTIFY,)
    reads: ClassVar[tuple[str, ...]] = ()
    periodic: ClassVar[Periodic | None] = None
    no_blow_s: ClassVar[float | None] = None

    def __init__(self) -> None:
        self._started = self._blown = False
        self._level: int | None = None
        self._firmware: str | None = None

    @staticmethod
    def matches(advertisement: Advertisement) -> bool:
        """By name: its service FFF0 is used by unrelated devices."""
        return (advertisement.name or "").upper().startswith(_NAMES)

    @staticmethod
    def confirms(services: ServiceTable) -> bool:
        """FFF1 notifies, FFF2 takes writes without response, and the second service of BACtrack Mobile is absent."""
        here = services.get(SERVICE, {})
        fits = "notify" in here.get(NOTIFY, ()) and "write-without-response" in here.get(WRITE, ())
        return fits and OTHERS_SERVICE not in services

    def opening(self) -> tuple[Command, ...]:
        """Firmware, use count and calibration date."""
        asked = ((FIRMWARE, b"\x02B01"), (USE_COUNT, b"\x02B03"), (CALIBRATED, b"\x02B04"))
        return tuple(Command(WRITE, data, False, reply=reply) for data, reply in asked)

    def start(self) -> tuple[Command, ...]:
        """Start a test."""
        self._started, self._blown = True, False
        return (Command(WRITE, START, False, reply=b"\x02B20"),)

    def permits(self, command: Command) -> bool:
        """Only the three questions and the start."""
        return command.characteristic == WRITE and not command.with_response and command.data in PERMITTED

    def identify(self, information: DeviceInformation) -> Identified:
        """Nothing on the air tells the two models apart."""
        return Identified("iBlow/AL88", printable(information.serial), printable(information.firmware))

    def battery(self, information: DeviceInformation) -> BatteryState | None:
        """Told in every frame instead."""
        return None

    def feed(self, characteristic: str, data: bytes) -> list[Event]:
        """One notification to events; see `Driver.feed`."""
        frame = bytes(data)
        if characteristic != NOTIFY or not _is_whole(frame):
            return [Unrecognised(frame.hex())]
        text = frame[1:17].decode("ascii", "replace")
        return [*self._charge(chr(frame[17])), *self._told(text[:3], text[3:].rstrip("#"), frame)]

    def _charge(self, digit: str) -> list[Event]:
        # That the digit runs from 0 to 4 is an assumption; only a 4 was ever captured.
        level = int(digit) if digit.isascii() and digit.isdigit() else None
        if level is None or level > _HIGHEST_LEVEL or level == self._level:
            return []
        self._level = level
        return [BatteryState(level=level)]

    def _told(self, code: str, text: str, frame: bytes) -> list[Event]:
        match code:
            case "B01":
                return [Identified("iBlow/AL88", None, printable(text))]
            case "B03" if _is_number(text):
                return [UseCount(int(text))]
            case "B04":
                return [Calibrated(on)] if (on := _day(text)) is not None else []
            case "B20" | "T01" | "T12" | "T16":
                return []  # start acknowledged; uses since calibration; standby seconds; device wants the date
        return self._in_test(code, text, frame) if self._started else [Unrecognised(frame.hex())]

    def _in_test(self, code: str, text: str, frame: bytes) -> list[Event]:
        if code in _FAILURES:
            return [Failed(_FAILURES[code], frame.hex())]
        match code:
            case "T03":
                return [Countdown(int(text) if _is_number(text) else 0, is_seconds=False)]
            case "T06":
                return [Ready()]
            case "T07":
                self._blown = True
                return [Blowing(strength=min(int(text), 100) if _is_number(text) else None)]
            case "T10":
                return [Analysing()]
            case "T11" if self._blown:
                return [_result(text, frame)]
        return [Unrecognised(frame.hex())]


def _result(text: str, frame: bytes) -> Event:
    found = _RESULT.fullmatch(text)
    if found is None:
        return Failed(Failure.COMM, frame.hex())
    unit, value, calibrating = found.groups()
    if calibrating == "1":  # measured while calibrating: no test of a person
        return Failed(Failure.GENERAL, frame.hex())
    return believable.result(Decimal(value), _UNITS[unit], frame)


def _is_whole(frame: bytes) -> bool:
    ends = len(frame) == _LENGTH and frame[0] == 0x02 and frame[-1] == 0x03
    return ends and sum(frame[1:19]) & 0xFF == 0


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 6


def _day(text: str) -> date | None:
    found = _DAY.fullmatch(text)
    try:
        return date(*(int(part) for part in found.groups())) if found else None
    except ValueError:  # the captured "0000,00,00": never calibrated, or not told
        return None
