"""A virtual Bluetooth radio: BlueZ as far as `bleak` can see it, on a private message bus, without hardware or root.

As a test fixture::

    from simulators.bluez import virtual_radio
    from simulators.breathalyzers.bactrack_c6 import BactrackC6
    from simulators.breathalyzers.breath import Breath

    @pytest_asyncio.fixture
    async def device() -> AsyncIterator[BactrackC6]:
        c6 = BactrackC6(address="C6:00:00:00:00:01", pace=100)      # a 30 s test takes 0.3 s
        async with virtual_radio(c6):                                # sets DBUS_SYSTEM_BUS_ADDRESS meanwhile
            yield c6

    async def test_a_breath_is_read(device: BactrackC6) -> None:
        device.give(Breath(0.42))                                    # mg/L; given before or while the device waits
        found = await BleakScanner.find_device_by_address(device.address)
        async with BleakClient(found) as client: ...

The bus address is read by bleak when it first talks to the bus in a given event loop, so enter `virtual_radio`
before the first scan. Another process finds the same radio with `DBUS_SYSTEM_BUS_ADDRESS=radio.address`.

The world is moved through the objects, from the same event loop: the device (`give`, `fail`, `switch_off`, ...), and
the radio: `radio.carry_away(address)` / `bring_back(address)`, `radio.adapter.set_powered(False)`,
`radio.adapter.unplug()` / `plug_in()`, `radio.timing.connect_timeout_s = 0.2` (how long Connect to an absent device
hangs; bluetoothd: 40 s). From another process use `simulators.device_rack`.

Behaves like bluetoothd where clients are known to stumble: Connect to an absent device hangs and then fails with
le-connection-abort-by-local; objects stay after a disconnect and go when the device is not heard for 30 s;
ServicesResolved and Connected fall in two signals; a read is also signalled as a value change; names may come late
(`RadioTiming.late_names`); signal strength is unknown once scanning ends. Not modelled: pairing, AcquireNotify and
AcquireWrite, passive scanning (bleak reports it as unsupported), descriptors other than the CCC, classic Bluetooth.
"""

from simulators.bluez.daemon import DBusDaemonMissingError, PrivateBus
from simulators.bluez.radio import BUS_VARIABLE, VirtualRadio, virtual_radio
from simulators.bluez.timing import RadioTiming

__all__ = [
    "BUS_VARIABLE",
    "DBusDaemonMissingError",
    "PrivateBus",
    "RadioTiming",
    "VirtualRadio",
    "virtual_radio",
]
