"""The virtual radio: a private bus, a fake bluetoothd on it, and simulated devices within reach."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from dbus_fast.aio import MessageBus

from simulators.bluez.adapter import Adapter
from simulators.bluez.daemon import PrivateBus
from simulators.bluez.device import RemoteDevice
from simulators.bluez.names import BLUEZ
from simulators.bluez.objects import ObjectTree, connect_service
from simulators.bluez.timing import RadioTiming
from simulators.peripheral import Peripheral

BUS_VARIABLE = "DBUS_SYSTEM_BUS_ADDRESS"


class VirtualRadio:
    """Everything a stock `bleak` needs in place of Bluetooth hardware, on the running asyncio loop.

    `keep_links`: what happens to a connection whose client process vanishes. False (default): the link drops at once.
    True: it stays up, as bluetoothd leaves it, until somebody calls Disconnect or the device goes.
    """

    def __init__(
        self, *, folder: Path | None = None, timing: RadioTiming | None = None, keep_links: bool = False
    ) -> None:
        self.timing = timing or RadioTiming()
        self._keep_links = keep_links
        self._daemon = PrivateBus(folder)
        self._bus: MessageBus | None = None
        self._adapter: Adapter | None = None
        self._waiting: list[Peripheral] = []

    @property
    def address(self) -> str:
        """Bus address; a client process finds the radio when DBUS_SYSTEM_BUS_ADDRESS is set to it."""
        return self._daemon.address

    @property
    def adapter(self) -> Adapter:
        """The adapter, for power and plugging. Raises RuntimeError before `start`."""
        if self._adapter is None:
            raise RuntimeError("the virtual radio is not running")
        return self._adapter

    def place(self, *peripherals: Peripheral) -> None:
        """Put devices within reach, before or after `start`. Raises ValueError for an address already taken."""
        for peripheral in peripherals:
            if self._adapter is None:
                self._waiting.append(peripheral)
            else:
                self._adapter.place(peripheral)

    def device(self, address: str) -> RemoteDevice:
        """The radio's side of a placed device. Raises KeyError for an unknown address."""
        return self.adapter.devices[address]

    def carry_away(self, address: str) -> None:
        """The device leaves the reach of the adapter: its link drops, it is no longer heard."""
        device = self.device(address)
        device.in_range = False
        device.drop("out of range")

    def bring_back(self, address: str) -> None:
        """The device is within reach again."""
        self.device(address).in_range = True

    async def start(self) -> str:
        """Start bus, bluetoothd and devices; returns the bus address.

        Raises DBusDaemonMissingError without the system program, SimulatorError when the bus does not start.
        """
        await self._daemon.start()
        try:
            self._bus = await connect_service(self._daemon.address, BLUEZ, self._client_gone)
        except BaseException:
            await self._daemon.stop()
            raise
        tree = ObjectTree(self._bus)
        self._adapter = Adapter(tree, self.timing)
        self._adapter.plug_in()
        self.place(*self._waiting)
        self._waiting.clear()
        return self._daemon.address

    async def stop(self) -> None:
        """End everything; clients see their bus go away."""
        if self._adapter is not None:
            self._adapter.shut()
            self._adapter = None
        if self._bus is not None:
            self._bus.disconnect()
            await self.wait_until_lost()
            self._bus = None
        await self._daemon.stop()

    async def wait_until_lost(self) -> None:
        """Return when the message bus has ended under us (it was killed, or `stop` was called)."""
        if self._bus is not None:
            with suppress(EOFError, OSError):
                # Shielded: giving up waiting must not cancel the bus's own future.
                await asyncio.shield(self._bus.wait_for_disconnect())  # type: ignore[no-untyped-call]

    def _client_gone(self, client: str) -> None:
        if self._adapter is not None:
            self._adapter.client_gone(client, self._keep_links)


@asynccontextmanager
async def virtual_radio(
    *peripherals: Peripheral,
    timing: RadioTiming | None = None,
    folder: Path | None = None,
    keep_links: bool = False,
    export: bool = True,
) -> AsyncIterator[VirtualRadio]:
    """A running `VirtualRadio` with these devices; see the package docstring.

    `export`: point this process (and the children it starts) at the radio by setting DBUS_SYSTEM_BUS_ADDRESS, and
    put the old value back at the end.
    """
    radio = VirtualRadio(folder=folder, timing=timing, keep_links=keep_links)
    radio.place(*peripherals)
    address = await radio.start()
    before = os.environ.get(BUS_VARIABLE)
    if export:
        os.environ[BUS_VARIABLE] = address
    try:
        yield radio
    finally:
        if export:
            if before is None:
                os.environ.pop(BUS_VARIABLE, None)
            else:
                os.environ[BUS_VARIABLE] = before
        await radio.stop()
