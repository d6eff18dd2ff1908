"""What a driver is: knowledge of one device family. Stateful per connection, no I/O, no clock."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

from contracts.reading import DriverGrade
from device_gateway.protocol.events import Event, Identified

ServiceTable = Mapping[str, Mapping[str, frozenset[str]]]
"""Service UUID -> characteristic UUID -> properties (`notify`, `write` ...); full lower-case UUIDs."""


@dataclass(frozen=True, slots=True)
class Advertisement:
    """What a device broadcasts. The name may be missing from the first one received."""

    name: str | None
    service_uuids: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Command:
    """Bytes to write to a characteristic. `reply`: how the answer begins, when one is worth awaiting."""

    characteristic: str
    data: bytes
    with_response: bool = True
    reply: bytes | None = None


@dataclass(frozen=True, slots=True)
class DeviceInformation:
    """The Device Information service (0x180A) as read; absent characteristics stay None."""

    model: str | None = None
    serial: str | None = None
    firmware: str | None = None
    others: Mapping[str, str] = field(default_factory=dict)


class Driver(Protocol):
    """One device family. A new instance is made for every connection."""

    name: ClassVar[str]
    version: ClassVar[str]
    grade: ClassVar[DriverGrade]
    notify: ClassVar[tuple[str, ...]]
    """Characteristics to subscribe to before anything is written."""

    @staticmethod
    def matches(advertisement: Advertisement) -> bool:
        """Whether a broadcast may come from this family. Confirmed by `confirms` once connected."""

    @staticmethod
    def confirms(services: ServiceTable) -> bool:
        """Whether the connected device has what this driver needs (UUIDs are shared between families)."""

    def opening(self) -> tuple[Command, ...]:
        """Harmless questions asked before the test."""

    def start(self) -> tuple[Command, ...]:
        """What starts a test."""

    def permits(self, command: Command) -> bool:
        """Whether these bytes may be written at all: everything not known to be harmless is refused."""

    def identify(self, information: DeviceInformation) -> Identified:
        """Model and serial from the Device Information service."""

    def feed(self, characteristic: str, data: bytes) -> list[Event]:
        """Take one notification; returns what it means, in order. Never raises, whatever the bytes."""
