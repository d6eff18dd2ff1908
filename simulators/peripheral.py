"""What a simulated Bluetooth LE device is, without any transport and without any clock of its own.

A transport (today `simulators.bluez`) drives a `Peripheral` like this:

1. inputs (`write`, `set_subscribed`, `connected`, `disconnected`, and whatever a family adds, such as a breath) only
   note what happened and call the `wake` function given to `attach`;
2. the transport then calls `advance(now)` with its own monotonic seconds, sends the returned effects, and calls
   again at `next_due()`.

So a device is a pure state machine over (inputs, time): a unit test drives it with plain numbers, and the same seed
and the same inputs give the same bytes on every transport.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable


@dataclass(frozen=True)
class Advertisement:
    """What the device broadcasts while nobody is connected. UUIDs in full lower-case form."""

    local_name: str | None = None
    service_uuids: tuple[str, ...] = ()
    manufacturer_data: Mapping[int, bytes] = field(default_factory=dict)
    service_data: Mapping[str, bytes] = field(default_factory=dict)
    tx_power_dbm: int | None = None


@dataclass(frozen=True)
class Characteristic:
    """One GATT characteristic. `flags` are BlueZ words: read, write, write-without-response, notify, indicate."""

    uuid: str
    flags: tuple[str, ...]

    @property
    def notifies(self) -> bool:
        """Whether a client may subscribe to it."""
        return "notify" in self.flags or "indicate" in self.flags


@dataclass(frozen=True)
class Service:
    """One primary GATT service."""

    uuid: str
    characteristics: tuple[Characteristic, ...]


@dataclass(frozen=True)
class Notify:
    """Effect: the device sends one notification (delivered only to a subscribed client, as on the air)."""

    characteristic: str
    value: bytes


@dataclass(frozen=True)
class DropLink:
    """Effect: the device ends the connection from its side."""

    reason: str


Effect = Notify | DropLink


class AttError(Exception):
    """The device refuses a read or a write with an ATT error code (Bluetooth Core, Vol 3 Part F, 3.4.1.1)."""

    READ_NOT_PERMITTED = 0x02
    WRITE_NOT_PERMITTED = 0x03
    UNLIKELY = 0x0E

    def __init__(self, code: int) -> None:
        super().__init__(f"ATT error 0x{code:02x}")
        self.code = code


class Peripheral(Protocol):
    """A simulated device of any family. Nothing here blocks, sleeps or reads a clock."""

    @property
    def address(self) -> str:
        """Bluetooth address, `AA:BB:CC:DD:EE:FF`."""

    @property
    def advertisement(self) -> Advertisement | None:
        """What is broadcast now; None while the device is switched off."""

    @property
    def services(self) -> tuple[Service, ...]:
        """The GATT table, constant over the device's life."""

    @property
    def mtu(self) -> int:
        """ATT MTU; a notification carries at most `mtu - 3` bytes."""

    def attach(self, wake: Callable[[], None]) -> None:
        """`wake` is called after every input; the transport answers with `advance`."""

    def connected(self) -> None:
        """A central has connected."""

    def disconnected(self) -> None:
        """The link is gone, whoever ended it. Subscriptions end with it."""

    def set_subscribed(self, characteristic: str, on: bool) -> None:
        """The client switched notifications of a characteristic on or off."""

    def read(self, characteristic: str) -> bytes:
        """Value of a readable characteristic. Raises AttError."""

    def write(self, characteristic: str, value: bytes, with_response: bool) -> None:
        """The client wrote `value`. Raises AttError."""

    def advance(self, now: float) -> list[Effect]:
        """Let the device live until `now` (monotonic seconds) and return what it sent, in order."""

    def next_due(self) -> float | None:
        """When `advance` has to be called next if no input comes; None = only after an input."""


@runtime_checkable
class Bonding(Protocol):
    """A device that answers only a bonded client."""

    def pair(self) -> None:
        """A client has bonded."""
