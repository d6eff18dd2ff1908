"""A rack of virtual breathalyzers: the radio with its devices, as one object and as a long-running process.

In process::

    async with DeviceRack([BactrackC6("C6:00:00:00:00:01")]) as rack:
        rack.bus_address                                   # for DBUS_SYSTEM_BUS_ADDRESS of the gateway
        rack.device("C6:00:00:00:00:01").give(Breath(0.42))

As a process of its own: `simulators.rack_process`. Gateways may come, crash and return as they like: a vanished
gateway drops the link of its device, nothing else.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol, Self

import numpy as np

from simulators.bluez import RadioTiming, VirtualRadio
from simulators.breathalyzers.bactrack_c6 import BactrackC6
from simulators.breathalyzers.bactrack_mobile_v1 import BactrackMobileV1
from simulators.breathalyzers.bactrack_mobile_v2 import BactrackMobileV2
from simulators.breathalyzers.bactrack_vio import BactrackVio
from simulators.breathalyzers.iblow import Iblow
from simulators.breathalyzers.scripted import ScriptedBreathalyzer
from simulators.breathalyzers.snapshot import DeviceSnapshot
from simulators.breathalyzers.staged import StagedBreathalyzer
from simulators.breathalyzers.titan import Titan
from simulators.breathalyzers.unnamed_ffe2 import UnnamedFfe2
from simulators.errors import SimulatorError
from simulators.sensor import Sensor


class _Maker(Protocol):
    def __call__(
        self, number: int, *, pace: float, sensor: Sensor | None, idle_off_s: float | None
    ) -> ScriptedBreathalyzer: ...


def _bactrack(generation: int) -> _Maker:
    def make(
        number: int, *, pace: float, sensor: Sensor | None, idle_off_s: float | None
    ) -> ScriptedBreathalyzer:
        address = _address(0xC0 + generation, number)
        return BactrackC6(address, generation=generation, pace=pace, sensor=sensor, idle_off_s=idle_off_s)

    return make


def _staged(kind: type[StagedBreathalyzer], prefix: int, serial: str) -> _Maker:
    def make(
        number: int, *, pace: float, sensor: Sensor | None, idle_off_s: float | None
    ) -> ScriptedBreathalyzer:
        own = serial.format(number)
        return kind(_address(prefix, number), serial=own, pace=pace, sensor=sensor, idle_off_s=idle_off_s)

    return make


def _address(prefix: int, number: int) -> str:
    return f"{prefix:02X}:5E:00:00:{number >> 8:02X}:{number & 0xFF:02X}"


FAMILIES: dict[str, _Maker] = {
    "bactrack_c6": _bactrack(6),
    "bactrack_c8": _bactrack(8),
    "bactrack_mobile_v1": _staged(BactrackMobileV1, 0xD1, "A1B2{:04X}"),
    "bactrack_mobile_v2": _staged(BactrackMobileV2, 0xD2, "MV2-{:05d}"),
    "bactrack_vio": _staged(BactrackVio, 0xD3, "VIO{:05d}"),
    "titan": _staged(Titan, 0xD4, "000{:05d}"),
    "iblow": _staged(Iblow, 0xD5, ""),
    "unnamed_ffe2": _staged(UnnamedFfe2, 0xD6, ""),
}
"""Families the rack can build, and what builds their devices."""


class DeviceRack:
    """A running radio and the devices on it."""

    def __init__(
        self,
        devices: Iterable[ScriptedBreathalyzer] = (),
        *,
        folder: Path | None = None,
        timing: RadioTiming | None = None,
        keep_links: bool = False,
    ) -> None:
        """`folder`, `timing`, `keep_links`: see `simulators.bluez.VirtualRadio`."""
        self.radio = VirtualRadio(folder=folder, timing=timing, keep_links=keep_links)
        self._devices: dict[str, ScriptedBreathalyzer] = {}
        self._observers: list[Callable[[DeviceSnapshot], None]] = []
        for device in devices:
            self.add(device)

    @property
    def bus_address(self) -> str:
        """What a gateway's DBUS_SYSTEM_BUS_ADDRESS has to be; empty before the start."""
        return self.radio.address

    def add(self, device: ScriptedBreathalyzer) -> None:
        """Put one more device on the rack, running or not. Raises SimulatorError for an address already there."""
        if device.address in self._devices:
            raise SimulatorError(f"there is a device with the address {device.address} already")
        self._devices[device.address] = device
        self.radio.place(device)
        device.observe(self._tell)

    def device(self, address: str) -> ScriptedBreathalyzer:
        """The device with this address. Raises SimulatorError for an unknown one."""
        try:
            return self._devices[address]
        except KeyError:
            raise SimulatorError(f"no device with the address {address}") from None

    def snapshots(self) -> list[DeviceSnapshot]:
        """State of every device, in the order they were put up."""
        return [device.snapshot() for device in self._devices.values()]

    def observe(self, observer: Callable[[DeviceSnapshot], None]) -> Callable[[], None]:
        """Call `observer` after every visible change of any device; returns the function that ends it."""
        self._observers.append(observer)
        return lambda: self._observers.remove(observer)

    async def start(self) -> str:
        """Start the radio; returns the bus address. Raises SimulatorError when it cannot start."""
        return await self.radio.start()

    async def stop(self) -> None:
        """Stop the radio; gateways see their bus go away."""
        await self.radio.stop()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.stop()

    def _tell(self, snapshot: DeviceSnapshot) -> None:
        for observer in tuple(self._observers):
            observer(snapshot)


def build_device(
    family: str, number: int, *, pace: float = 1.0, seed: int | None = None, idle_off_s: float | None = None
) -> ScriptedBreathalyzer:
    """The `number`-th device (0..65535) of a family, with an address of its own.

    `seed` None: the device shows the true value; else a sensor of its own, drawn from (seed, number).
    Raises SimulatorError for an unknown family.
    """
    if family not in FAMILIES:
        raise SimulatorError(f"unknown device family {family}; known are {', '.join(FAMILIES)}")
    sensor = None if seed is None else Sensor(np.random.default_rng([seed, number]))
    return FAMILIES[family](number, pace=pace, sensor=sensor, idle_off_s=idle_off_s)
