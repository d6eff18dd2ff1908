"""A simulated BACtrack Skyn (protocol reference 4; published, no capture).

Its memory holds records of eight bytes; it answers only a bonded client, and sends what is fetched in pieces. What no
product may send (setting its clock) is noted in `forbidden_writes`. Assumption: fetching goes on from the last record
fetched, rewinding goes back to the oldest, discarding forgets what was fetched.
"""

from collections.abc import Callable

from simulators.peripheral import (
    Advertisement,
    AttError,
    Characteristic,
    DropLink,
    Effect,
    Notify,
    Service,
)

SERVICE = "e8f90001-0708-430d-93c2-37a17a6191fc"
WRITE = "e8f90002-0708-430d-93c2-37a17a6191fc"
NOTIFY = "e8f90003-0708-430d-93c2-37a17a6191fc"
_INFORMATION = "0000180a-0000-1000-8000-00805f9b34fb"
_SERIAL = "00002a25-0000-1000-8000-00805f9b34fb"
_FIRMWARE = "00002a26-0000-1000-8000-00805f9b34fb"
_PER_NOTIFICATION = 20


def clock_record(unix_s: int, interval_s: int) -> bytes:
    """Samples follow, from this second on, so far apart."""
    return b"\x00\x00" + unix_s.to_bytes(4, "little") + interval_s.to_bytes(2, "little")


def sample_record(alcohol: int, temperature: int, motion: int) -> bytes:
    """One sample, in counts."""
    place = alcohol.to_bytes(2, "big") + b"\x00"
    return b"\x01" + place + temperature.to_bytes(2, "little", signed=True) + motion.to_bytes(2, "little")


def event_record(unix_s: int, code: int, payload: int = 0) -> bytes:
    """Something happened."""
    return b"\x02\x00" + unix_s.to_bytes(4, "little") + bytes((code, payload))


class Skyn:
    """One sensor on a wrist. See `Peripheral`."""

    mtu = 185

    def __init__(self, address: str, *, serial: str = "SKYN00001", unix_s: int = 0) -> None:
        self.address, self.serial = address, serial
        self.unix_s = unix_s
        self.memory: list[bytes] = []
        self.battery_mv = 3912
        self.wants_sync = True
        self.silent_after: int | None = None
        """Drop the link after so many records were sent, once."""
        self.forbidden_writes: list[tuple[str, bytes]] = []
        self.discarded = 0
        self.bonded = False
        self._fetched = 0
        self._subscribed = False
        self._effects: list[Effect] = []
        self._wake: Callable[[], None] = lambda: None

    @property
    def advertisement(self) -> Advertisement | None:
        """Its service; another number while it wants to be read."""
        return Advertisement(local_name="Skyn", service_uuids=(WRITE if self.wants_sync else SERVICE,))

    @property
    def services(self) -> tuple[Service, ...]:
        """Information and the serial pair."""
        information = (Characteristic(_SERIAL, ("read",)), Characteristic(_FIRMWARE, ("read",)))
        pair = (Characteristic(WRITE, ("write",)), Characteristic(NOTIFY, ("notify",)))
        return Service(_INFORMATION, information), Service(SERVICE, pair)

    def attach(self, wake: Callable[[], None]) -> None:
        """See Peripheral."""
        self._wake = wake

    def pair(self) -> None:
        """The client bonds."""
        self.bonded = True

    def connected(self) -> None:
        """See Peripheral."""

    def disconnected(self) -> None:
        """See Peripheral."""
        self._subscribed = False

    def set_subscribed(self, characteristic: str, on: bool) -> None:
        """See Peripheral."""
        self._subscribed = on

    def read(self, characteristic: str) -> bytes:
        """See Peripheral."""
        told = {_SERIAL: self.serial.encode(), _FIRMWARE: b"1.2.3"}
        if characteristic not in told:
            raise AttError(AttError.READ_NOT_PERMITTED)
        return told[characteristic]

    def write(self, characteristic: str, value: bytes, with_response: bool) -> None:
        """See Peripheral."""
        if not self.bonded:
            raise AttError(AttError.WRITE_NOT_PERMITTED)
        self._obey(value)
        self._wake()

    def advance(self, now: float) -> list[Effect]:
        """See Peripheral."""
        effects, self._effects = self._effects, []
        return effects

    def next_due(self) -> float | None:
        """See Peripheral."""
        return None

    def _obey(self, value: bytes) -> None:
        match value[0]:
            case 0x00:
                self._say(b"\x80" + self.unix_s.to_bytes(4, "little"))
            case 0x02:
                self._say(b"\x82" + self.battery_mv.to_bytes(2, "little"))
            case 0x13:
                self._say(b"\x93" + (len(self.memory) - self._fetched).to_bytes(4, "little"))
            case 0x14:
                self._fetch(int.from_bytes(value[1:5], "little"))
            case 0x15:
                self._fetched = 0
            case 0x16:
                self.discarded += self._fetched
                del self.memory[: self._fetched]
                self._fetched = 0
            case _:
                self.forbidden_writes.append((WRITE, value))

    def _fetch(self, wanted: int) -> None:
        records = self.memory[self._fetched : self._fetched + wanted]
        for start in range(0, len(records), _PER_NOTIFICATION):
            if self.silent_after is not None and start >= self.silent_after:
                self.silent_after = None
                self._effects.append(DropLink("out of reach"))
                return
            piece = records[start : start + _PER_NOTIFICATION]
            self._fetched += len(piece)
            self._say(b"\x94" + b"".join(piece))

    def _say(self, value: bytes) -> None:
        if self._subscribed:
            self._effects.append(Notify(NOTIFY, value))
