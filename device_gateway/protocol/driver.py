"""What a driver is: knowledge of one device family. Stateful per connection, no I/O, no clock.

A driver declares what has to be written, when, and what must be answered; the session does it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

from contracts.reading import DriverGrade
from device_gateway.protocol.events import BatteryState, Event, Identified

ServiceTable = Mapping[str, Mapping[str, frozenset[str]]]
"""Service UUID -> characteristic UUID -> properties (`notify`, `write` ...); full lower-case UUIDs."""


@dataclass(frozen=True, slots=True)
class Advertisement:
    """What a device broadcasts. The name may be missing from the first one received."""

    name: str | None
    service_uuids: frozenset[str] = frozenset()
    chosen: bool = False
    """Staff named this very device by its address. Only then may a family that no broadcast tells be tried."""


@dataclass(frozen=True, slots=True)
class Command:
    """Bytes to write to a characteristic."""

    characteristic: str
    data: bytes
    with_response: bool = True
    reply: bytes | None = None
    """Worth awaiting: how the notification that answers begins, or the `Answered` event the driver makes of it."""
    required: bool = False
    """Without the answer there can be no test (a handshake)."""
    after_s: float = 0.0
    """Pause before it is written."""


@dataclass(frozen=True, slots=True)
class Periodic:
    """Commands written again and again while a test is on: to keep the device awake, or to ask how it stands."""

    commands: tuple[Command, ...]
    every_s: float


@dataclass(frozen=True, slots=True)
class DeviceInformation:
    """The Device Information service (0x180A) as read; absent characteristics stay None."""

    model: str | None = None
    serial: str | None = None
    firmware: str | None = None
    others: Mapping[str, bytes] = field(default_factory=dict)
    """The characteristics a driver asked for in `reads`, as far as they could be read."""


class Driver(Protocol):
    """One device family. A new instance is made for every connection."""

    name: ClassVar[str]
    version: ClassVar[str]
    grade: ClassVar[DriverGrade]
    notify: ClassVar[tuple[str, ...]]
    """Characteristics to subscribe to before anything is written; one the device lacks is passed over."""
    reads: ClassVar[tuple[str, ...]]
    """Characteristics to read after connecting, beside model, serial and firmware."""
    periodic: ClassVar[Periodic | None]
    """What is repeated from the start of a test to its end."""
    no_blow_s: ClassVar[float | None]
    """How long after `Ready` the app gives up, for families where the device leaves that to the app."""

    @staticmethod
    def matches(advertisement: Advertisement) -> bool:
        """Whether a broadcast may come from this family. Confirmed by `confirms` once connected."""

    @staticmethod
    def confirms(services: ServiceTable) -> bool:
        """Whether the connected device has what this driver needs (UUIDs are shared between families)."""

    def opening(self) -> Iterable[Command]:
        """Handshake and harmless questions before the test. Drawn one at a time: a later command may need an
        earlier answer.
        """

    def start(self) -> Iterable[Command]:
        """What starts a test; empty for a device started by its own button."""

    def permits(self, command: Command) -> bool:
        """Whether these bytes may be written at all: everything not known to be harmless is refused."""

    def identify(self, information: DeviceInformation) -> Identified:
        """Model and serial from the Device Information service."""

    def battery(self, information: DeviceInformation) -> BatteryState | None:
        """The battery as read after connecting; None for a family that tells it otherwise or not at all."""

    def feed(self, characteristic: str, data: bytes) -> list[Event]:
        """Take one notification; returns what it means, in order. Never raises, whatever the bytes."""
