"""What BACtrack Mobile V1 and V2 share: the framed protocol (protocol reference, part 2). Not verified on hardware.

Device to app `02 CMD data CHK E0` (V1 fills up with zeros), CHK = XOR of the data, its place kept but its value not
told for fewer than two data bytes. App to device the same, but without CHK for fewer than two data bytes.
"""

from decimal import Decimal
from types import MappingProxyType

from contracts.reading import Failure, NativeUnit
from device_gateway.protocol import believable
from device_gateway.protocol.driver import DeviceInformation
from device_gateway.protocol.events import (
    Analysing,
    BatteryState,
    Blowing,
    Countdown,
    Event,
    Failed,
    Ready,
    Unrecognised,
    UseCount,
)

BATTERY_LEVEL = "00002a19-0000-1000-8000-00805f9b34fb"
START = bytes.fromhex("027203e0")
"""Power state 03, "restart": begins a test."""

_FIRST, _LAST = 0x02, 0xE0
_DATA_LENGTH = MappingProxyType(
    {0xA0: 0, 0xB0: 0, 0x81: 9, 0x82: 2, 0x83: 2, 0xA1: 3, 0xA2: 3, 0xA3: 3}  # A2: results on V2, A3 on V1
)
_FAILURES = MappingProxyType(
    {
        0x01: Failure.NO_BLOW,
        0x02: Failure.INSUFFICIENT_BLOW,
        0x04: Failure.LOW_BATTERY,
        0x05: Failure.CALIBRATION_FAIL,
        0x06: Failure.NOT_CALIBRATED,
        0x07: Failure.COMM,
        0x08: Failure.INSUFFICIENT_BLOW,  # "inflow": air drawn instead of blown
        0x09: Failure.SENSOR,  # the valve that feeds the sensor
        0x0A: Failure.SENSOR,
        0x0B: Failure.OVER_RANGE,
    }
)
_OUT_OF_TEMPERATURE = 0x03
_TEMPERATURES = MappingProxyType({0x01: Failure.TEMP_HIGH, 0x02: Failure.TEMP_LOW})
_BLOW_STEPS = 5
# Volts below -> level. Source: vendor SDK, which computes the volts as 3.0 + 1.2 x percent / 100 while its comment
# says otherwise; the level is therefore no better than a hint.
_BATTERY_LEVELS = ((Decimal("3.7"), 0), (Decimal("3.8"), 1), (Decimal("4.0"), 2))


def data_of(frame: bytes) -> tuple[int, bytes] | None:
    """Command and data of a frame from the device, or None for bytes that are not one."""
    if len(frame) < 2 or frame[0] != _FIRST:
        return None
    length = _DATA_LENGTH.get(frame[1])
    if length is None or len(frame) < length + 4 or frame[length + 3] != _LAST:
        return None
    data, check, filling = frame[2 : length + 2], frame[length + 2], frame[length + 4 :]
    if any(filling) or (length >= 2 and _xor(data) != check):
        return None
    return frame[1], data


class MobileTalk:
    """What the frames of one connection mean. A value counts only after a blow in the test that was started."""

    def __init__(self, *, tells_rest_of_blow: bool) -> None:
        """`tells_rest_of_blow`: the count in a blow is fifths left (V2)."""
        self._tells_rest_of_blow = tells_rest_of_blow
        self._started = self._blown = False

    def begin(self) -> None:
        """A test is being started."""
        self._started, self._blown = True, False

    def frame(self, frame: bytes) -> list[Event]:
        """One notification of the framed protocol."""
        match data_of(frame):
            case 0x81, data:
                return [
                    self.status(data[0], data[1:3], data[3], frame),
                    UseCount(int.from_bytes(data[4:6], "big")),
                ]
            case 0x82, data:
                return [Failed(_failure(data), frame.hex())]
            case 0xB0, _ if self._started and not self._blown:
                return [Failed(Failure.REFUSED, frame.hex())]
            case 0xA0, _:
                return []
        return [Unrecognised(frame.hex())]

    def status(self, state: int, bac: bytes, count: int, frame: bytes) -> Event:
        """One status. The countdown counts steps of the heater, not seconds."""
        match state:
            case 0x01:
                return Countdown(count, is_seconds=False)
            case 0x02:
                return Ready()
            case 0x03:
                self._blown = True
                told = self._tells_rest_of_blow and count <= _BLOW_STEPS
                return Blowing(count if told else None)
            case 0x04:
                return Analysing()
            case 0x05 if self._started and self._blown:
                return believable.result(
                    Decimal(int.from_bytes(bac, "big")) / 10_000, NativeUnit.PERCENT_BAC, frame
                )
        return Unrecognised(frame.hex())


def battery_of(information: DeviceInformation) -> BatteryState | None:
    """The battery as read from the Battery service, with the vendor SDK's levels (0 to 3)."""
    told = information.others.get(BATTERY_LEVEL, b"")
    if len(told) != 1:
        return None
    volts = Decimal(3) + Decimal("1.2") * told[0] / 100
    level = next((level for below, level in _BATTERY_LEVELS if volts < below), 3)
    return BatteryState(percent=told[0] if told[0] <= 100 else None, level=level)


def _failure(data: bytes) -> Failure:
    if data[0] == _OUT_OF_TEMPERATURE:
        return _TEMPERATURES.get(data[1], Failure.GENERAL)
    return _FAILURES.get(data[0], Failure.GENERAL)


def _xor(data: bytes) -> int:
    check = 0
    for byte in data:
        check ^= byte
    return check
