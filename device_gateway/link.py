"""What a test run needs of a radio: find a breathalyzer, connect, write, receive. `radio.py` does it with bleak."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from device_gateway.protocol.driver import Command, DeviceInformation, Driver
from device_gateway.protocol.skyn import Skyn


class Bluetooth(StrEnum):
    """State of this machine's Bluetooth as last seen; `unknown` before the first look."""

    ON = "on"
    OFF = "off"
    ABSENT = "absent"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Notification:
    """Bytes from the device."""

    characteristic: str
    data: bytes


class Link(Protocol):
    """A connected breathalyzer, subscribed, with the driver that fits it."""

    @property
    def driver(self) -> Driver:
        """This connection's driver."""

    @property
    def information(self) -> DeviceInformation:
        """The Device Information service, as read after connecting."""

    async def send(self, command: Command) -> None:
        """Write a command the driver permits. Raises RadioError."""

    async def receive(self) -> Notification | None:
        """The next notification, in order; None once the link is lost."""


class BackgroundLink(Protocol):
    """A connected background sensor, subscribed."""

    @property
    def driver(self) -> Skyn:
        """This connection's driver."""

    @property
    def information(self) -> DeviceInformation:
        """The Device Information service, as read after connecting."""

    async def send(self, command: Command) -> None:
        """Write a command the driver permits. Raises RadioError."""

    async def receive(self) -> Notification | None:
        """The next notification, in order; None once the link is lost."""


class BackgroundRadio(Protocol):
    """Finds and connects the background sensor."""

    def connect_background(self, timeout_s: float) -> AbstractAsyncContextManager[BackgroundLink]:
        """Search for the sensor and connect to it, pairing if it asks for that. Raises RadioError."""


class BreathalyzerRadio(Protocol):
    """Finds and connects the breathalyzer."""

    @property
    def bluetooth(self) -> Bluetooth:
        """State as last seen."""

    def connect(self, timeout_s: float) -> AbstractAsyncContextManager[Link]:
        """Search for a known breathalyzer and connect to it; on leaving, disconnect.

        Keeps trying until `timeout_s` while Bluetooth is off or the device is not heard. Raises RadioError whose
        code says what was wrong last.
        """
