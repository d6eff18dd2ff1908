"""A simulated Titan/Deimos of HLX (protocol reference 5; frames and whole tests captured, error codes published).

Frames go out in fragments of 20 bytes and every status is told twice, as captured. Assumptions: which error byte a
command before the handshake gets (bit 3, illegal access), which state a fault is told as, durations.
"""

from typing import ClassVar

from simulators import units
from simulators.breathalyzers.breath import DeviceState, Fault
from simulators.breathalyzers.staged import StagedBreathalyzer
from simulators.peripheral import Advertisement, Characteristic, Service
from simulators.sensor import Sensor

SERIAL_SERVICE = "6e400001-b5a3-f393-e0a9-e50e24dcca9e"
RX = "6e400002-b5a3-f393-e0a9-e50e24dcca9e"
TX = "6e400003-b5a3-f393-e0a9-e50e24dcca9e"
BROADCAST = bytes((0x99,)) * 6
FRAGMENT = 20
ACCEPTED, BLOW_BEGUN, BLOW_DONE, BROKEN_OFF, REFUSED, COMPUTED, CHECKING = range(7)
ILLEGAL_ACCESS, UNKNOWN_ID = 0x08, 0x02
_SERVICES = (
    Service(
        SERIAL_SERVICE,
        (Characteristic(RX, ("write", "write-without-response")), Characteristic(TX, ("notify",))),
    ),
)
_STATES = {Fault.INSUFFICIENT_BLOW: BROKEN_OFF}


def frame(address: bytes, control: int, data: bytes) -> bytes:
    """`68 ADDRESS 68 C L L DATA CS 16`."""
    unsummed = b"\x68" + address + b"\x68" + bytes((control, len(data) & 0xFF, len(data) >> 8)) + data
    return unsummed + bytes((sum(unsummed) % 256, 0x16))


def answer(address: bytes, command: int, data: bytes) -> bytes:
    """A read answered, with the line end seen in the captures."""
    return frame(address, 0x81, bytes((command & 0xFF, command >> 8)) + data) + b"\r\n"


def firmware_answer(address: bytes, text: bytes) -> bytes:
    """As captured: the length leaves out the two bytes of the command."""
    unsummed = b"\x68" + address + b"\x68\x81" + len(text).to_bytes(2, "little") + b"\x00\xff" + text
    return unsummed + bytes((sum(unsummed) % 256, 0x16)) + b"\r\n"


class Titan(StagedBreathalyzer):
    """One Titan; the serial is four ASCII digits and four BCD digits."""

    model = "Titan"
    voice: ClassVar[str] = TX
    warm_up_steps: ClassVar[int] = 1
    warm_up_step_s: ClassVar[float] = 2.0
    analysing_s: ClassVar[float] = 6.0

    def __init__(
        self,
        address: str,
        *,
        serial: str = "00000350",
        pace: float = 1.0,
        sensor: Sensor | None = None,
        use_count: int = 0,
        idle_off_s: float | None = None,
        battery_percent: int = 54,
    ) -> None:
        super().__init__(
            address, serial=serial, pace=pace, sensor=sensor, use_count=use_count, idle_off_s=idle_off_s
        )
        self.unit = serial[:4].encode("ascii") + bytes.fromhex(serial[4:])
        self.battery_percent = battery_percent
        self.shaken = False
        self._value = 0

    @property
    def services(self) -> tuple[Service, ...]:
        """The Nordic serial service."""
        return _SERVICES

    def broadcast(self) -> Advertisement:
        """Only the name tells it."""
        return Advertisement(local_name="HLX-BLE-18")

    def disconnected(self) -> None:
        """The handshake ends with the link."""
        self.shaken = False
        super().disconnected()

    def send(self, characteristic: str, value: bytes) -> None:
        """In fragments; a status frame twice."""
        times = 2 if value[8:9] == b"\x81" and value[11:13] == b"\x02\x90" else 1
        for _ in range(times):
            for start in range(0, len(value), FRAGMENT):
                super().send(characteristic, value[start : start + FRAGMENT])

    def obey(self, characteristic: str, value: bytes) -> None:
        """One whole request a write; a damaged one is not answered."""
        if len(value) < 15 or value != frame(value[1:7], value[8], value[11:-2]):
            return
        address, control, command, data = value[1:7], value[8], value[11] | value[12] << 8, value[13:-2]
        if (address, control, command) == (BROADCAST, 0x01, 0xFF02):
            self.send(TX, answer(self.unit, command, self.unit))
        elif address == self.unit and (control, command, data) == (0x04, 0xFF04, b"\x01"):
            self.shaken = True
            self.send(TX, frame(self.unit, 0x84, b"") + b"\r\n")
        elif control == 0x04:
            self.forbidden_writes.append((characteristic, value))
        elif address == self.unit and not self.shaken:
            self.send(TX, frame(self.unit, 0xC1, bytes((ILLEGAL_ACCESS,))) + b"\r\n")
        elif address == self.unit:
            self._answer(command)

    def _answer(self, command: int) -> None:
        told = {
            0xFF00: b"V1.04B_T",
            0x9001: b"\0",
            0x9003: self._value.to_bytes(2, "little"),
            0x9004: self.battery_percent.to_bytes(2, "little"),
            0x9005: self.use_count.to_bytes(2, "little"),
            0x9007: bytes.fromhex("241119101520"),
            0x9008: bytes((round(abs(self.temperature_c)) | (0x80 if self.temperature_c < 0 else 0),)),
        }
        if command == 0x9002:
            self.start_test()
        elif command == 0xFF00:
            self.send(TX, firmware_answer(self.unit, told[command]))
        elif command in told:
            self.send(TX, answer(self.unit, command, told[command]))
        else:
            self.send(TX, frame(self.unit, 0xC1, bytes((UNKNOWN_ID,))) + b"\r\n")

    def report_fault(self, fault: Fault) -> None:
        """Broken off or refused: the family tells no more."""
        if self.state is DeviceState.ERROR and fault is Fault.GENERAL:
            self.send(TX, frame(self.unit, 0xC1, b"\x20") + b"\r\n")
        self.send(TX, self._status(_STATES.get(fault, REFUSED)))

    def warming_up(self, left: int) -> bytes:
        """See StagedBreathalyzer. The device looks at its calibration first."""
        return self._status(CHECKING)

    def ready(self) -> bytes:
        """See StagedBreathalyzer."""
        return self._status(ACCEPTED)

    def blowing(self, left: int) -> bytes:
        """See StagedBreathalyzer."""
        return self._status(BLOW_BEGUN)

    def analysing(self) -> bytes:
        """See StagedBreathalyzer."""
        return self._status(BLOW_DONE)

    def computed(self, brac_mg_per_l: float) -> None:
        """See StagedBreathalyzer."""
        self._value = min(0xFFFF, int(units.mg_per_100_ml(brac_mg_per_l) + 0.5))
        self.send(TX, self._status(COMPUTED))

    def result(self, brac_mg_per_l: float) -> bytes:
        """See StagedBreathalyzer."""
        return answer(self.unit, 0x9003, self._value.to_bytes(2, "little"))

    def _status(self, state: int) -> bytes:
        return answer(self.unit, 0x9002, bytes((state,)))
