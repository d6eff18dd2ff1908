"""Bluetooth through the stock `bleak` API: the only module that knows it.

Client rules (protocol reference, part B): find by advertisement, connect with the BLEDevice found, UUIDs and never
handles, subscribe before writing; connecting to an absent device raises TimeoutError, not BleakError; the name may
be missing in the first advertisement.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Generic, TypeVar

from bleak import BleakClient, BleakScanner
from bleak.args.bluez import BlueZClientArgs, BlueZScannerArgs
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakError,
)

from device_gateway.errors import RadioError
from device_gateway.link import BackgroundLink, Bluetooth, Link, Notification
from device_gateway.protocol.driver import Advertisement, Command, DeviceInformation, Driver, ServiceTable
from device_gateway.protocol.families import candidates, confirmed
from device_gateway.protocol.skyn import Skyn

log = logging.getLogger(__name__)
D = TypeVar("D", bound=Driver | Skyn)

CONNECT_TIMEOUT_S = 20.0
SCAN_ROUND_S = 10.0
"""A scan is begun afresh this often: one begun before Bluetooth was switched off and on hears nothing."""
RETRY_PAUSE_S = 0.5
_OPERATION_TIMEOUT_S = 10.0

_TROUBLE = (BleakError, OSError, EOFError)  # OSError includes TimeoutError and a lost D-Bus socket
_MODEL, _SERIAL, _FIRMWARE = (f"0000{code}-0000-1000-8000-00805f9b34fb" for code in ("2a24", "2a25", "2a26"))
_OFF = frozenset({BleakBluetoothNotAvailableReason.POWERED_OFF})
_ABSENT = frozenset(
    {BleakBluetoothNotAvailableReason.NO_BLUETOOTH, BleakBluetoothNotAvailableReason.NO_BLE_CENTRAL_ROLE}
)


@dataclass(frozen=True, slots=True)
class Found:
    """A device heard, and the families it may belong to."""

    device: BLEDevice
    families: tuple[type[Driver], ...]
    strength_dbm: int | None = None


async def look_around(timeout_s: float, adapter: str | None = None, *, chosen: bool = False) -> list[Found]:
    """Every known breathalyzer heard within `timeout_s`, strongest first. `chosen`: also what only staff may choose.

    Raises RadioError when this machine's Bluetooth cannot be used.
    """
    arguments: BlueZScannerArgs = {"adapter": adapter} if adapter else {}
    try:
        heard = await BleakScanner.discover(timeout_s, return_adv=True, bluez=arguments)
    except BleakBluetoothNotAvailableError as error:
        code = "bluetooth_off" if _state_of(error) is Bluetooth.OFF else "bluetooth_absent"
        raise RadioError("Bluetooth is off or absent", code=code) from error
    except _TROUBLE as error:
        raise RadioError("Bluetooth cannot be used", code="bluetooth_trouble") from error
    found = [
        Found(device, families, advertisement.rssi)
        for device, advertisement in heard.values()
        if (families := candidates(_broadcast(device, advertisement, chosen=chosen)))
    ]
    return sorted(found, key=lambda one: -(one.strength_dbm or -200))


def _broadcast(device: BLEDevice, heard: AdvertisementData, *, chosen: bool) -> Advertisement:
    uuids = frozenset(uuid.lower() for uuid in heard.service_uuids)
    return Advertisement(heard.local_name or device.name, uuids, chosen=chosen)


class BleakRadio:
    """The machine's Bluetooth adapter. Holds nothing between tests, so every test starts from a clean state."""

    def __init__(
        self, adapter: str | None = None, address: str | None = None, found: Found | None = None
    ) -> None:
        """`adapter`: e.g. hci0, None = the default one; `address`: accept only this breathalyzer.

        `found`: this one was heard already; it is searched for only if it cannot be connected at once.
        """
        self._adapter = adapter
        self._address = found.device.address if found else address.upper() if address else None
        self._found = found
        self._bluetooth = Bluetooth.UNKNOWN

    @property
    def bluetooth(self) -> Bluetooth:
        """State as last seen."""
        return self._bluetooth

    @asynccontextmanager
    async def connect(self, timeout_s: float) -> AsyncIterator[Link]:
        """See `BreathalyzerRadio.connect`."""
        client, link = await self._connected(time.monotonic() + timeout_s)
        try:
            yield link
        finally:
            await _disconnect(client)

    async def _connected(self, deadline: float) -> tuple[BleakClient, "_BleakLink[Driver]"]:
        code = "breathalyzer_absent"
        while (left := deadline - time.monotonic()) > 0:
            try:
                found = await self._scan(min(left, SCAN_ROUND_S))
                self._bluetooth = Bluetooth.ON
                if found is not None:
                    return await self._open(found)
            except BleakBluetoothNotAvailableError as error:
                self._bluetooth = _state_of(error)
                code = "bluetooth_off" if self._bluetooth is Bluetooth.OFF else "bluetooth_absent"
            except RadioError as error:
                code = error.code
            except _TROUBLE as error:
                code = "bluetooth_trouble"
                log.debug("scan failed: %s", type(error).__name__)
            await asyncio.sleep(min(RETRY_PAUSE_S, max(deadline - time.monotonic(), 0)))
        raise RadioError("the breathalyzer was not reached", code=code)

    async def _scan(self, timeout_s: float) -> Found | None:
        found, self._found = self._found, None
        if found is not None:
            return found
        families: dict[str, tuple[type[Driver], ...]] = {}

        def ours(device: BLEDevice, heard: AdvertisementData) -> bool:
            if self._address is not None and device.address.upper() != self._address:
                return False
            families[device.address] = candidates(_broadcast(device, heard, chosen=self._address is not None))
            return bool(families[device.address])

        arguments: BlueZScannerArgs = {"adapter": self._adapter} if self._adapter else {}
        device = await BleakScanner.find_device_by_filter(ours, timeout=timeout_s, bluez=arguments)
        return None if device is None else Found(device, families[device.address])

    async def _open(self, found: Found) -> tuple[BleakClient, "_BleakLink[Driver]"]:
        arriving: asyncio.Queue[Notification | None] = asyncio.Queue()
        arguments: BlueZClientArgs = {"adapter": self._adapter} if self._adapter else {}
        client = BleakClient(
            found.device,
            disconnected_callback=lambda _client: arriving.put_nowait(None),
            timeout=CONNECT_TIMEOUT_S,
            bluez=arguments,
        )
        try:
            await client.connect()
            family = confirmed(_service_table(client), found.families)
            if family is None:
                raise RadioError("the device does not have the services of its kind", code="not_recognised")
            link: _BleakLink[Driver] = _BleakLink(
                client, family(), await _information(client, family.reads), arriving
            )
            await link.subscribe()
        except RadioError:
            await _disconnect(client)
            raise
        except _TROUBLE as error:
            await _disconnect(client)
            log.debug("connect failed: %s", type(error).__name__)
            raise RadioError("the breathalyzer could not be connected", code="connect_failed") from error
        except BaseException:
            await _disconnect(client)
            raise
        return client, link


class BleakBackgroundRadio:
    """The background sensor with a known address, over the same adapter."""

    def __init__(self, address: str, adapter: str | None = None) -> None:
        self._address, self._adapter = address.upper(), adapter

    @asynccontextmanager
    async def connect_background(self, timeout_s: float) -> AsyncIterator[BackgroundLink]:
        """See `BackgroundRadio.connect_background`."""
        scanning: BlueZScannerArgs = {"adapter": self._adapter} if self._adapter else {}
        connecting: BlueZClientArgs = {"adapter": self._adapter} if self._adapter else {}
        arriving: asyncio.Queue[Notification | None] = asyncio.Queue()
        try:
            device = await BleakScanner.find_device_by_address(
                self._address, timeout=timeout_s, bluez=scanning
            )
            if device is None:
                raise RadioError("the sensor was not heard", code="sensor_absent")
            client = BleakClient(
                device,
                disconnected_callback=lambda _client: arriving.put_nowait(None),
                timeout=CONNECT_TIMEOUT_S,
                bluez=connecting,
            )
        except _TROUBLE as error:
            raise RadioError("the sensor cannot be searched for", code="bluetooth_trouble") from error
        try:
            yield await _background_link(client, arriving)
        finally:
            await _disconnect(client)


async def _background_link(
    client: BleakClient, arriving: "asyncio.Queue[Notification | None]"
) -> "_BleakLink[Skyn]":
    """Connect, bond (the sensor answers nobody else), subscribe."""
    try:
        await client.connect()
        if not Skyn.confirms(_service_table(client)):
            raise RadioError("the sensor does not have the services of its kind", code="not_recognised")
        await client.pair()
        link = _BleakLink(client, Skyn(), await _information(client, Skyn.reads), arriving)
        await link.subscribe()
    except _TROUBLE as error:
        raise RadioError("the sensor could not be connected", code="connect_failed") from error
    return link


class _BleakLink(Generic[D]):
    def __init__(
        self,
        client: BleakClient,
        driver: D,
        information: DeviceInformation,
        arriving: asyncio.Queue[Notification | None],
    ) -> None:
        self._client, self._driver, self._information = client, driver, information
        self._arriving = arriving

    @property
    def driver(self) -> D:
        return self._driver

    @property
    def information(self) -> DeviceInformation:
        return self._information

    async def subscribe(self) -> None:
        table = _service_table(self._client)
        present = {uuid for characteristics in table.values() for uuid in characteristics}
        for characteristic in (uuid for uuid in self._driver.notify if uuid in present):
            await self._client.start_notify(characteristic, self._on_notification)

    async def send(self, command: Command) -> None:
        if not self._driver.permits(command):
            raise RadioError("a command the driver does not permit was not sent", code="not_permitted")
        try:
            async with asyncio.timeout(_OPERATION_TIMEOUT_S):
                await self._client.write_gatt_char(
                    command.characteristic, command.data, response=command.with_response
                )
        except _TROUBLE as error:
            raise RadioError("the breathalyzer did not take a command", code="link_lost") from error

    async def receive(self) -> Notification | None:
        return await self._arriving.get()

    def _on_notification(self, characteristic: BleakGATTCharacteristic, data: bytearray) -> None:
        self._arriving.put_nowait(Notification(characteristic.uuid.lower(), bytes(data)))


def _state_of(error: BleakBluetoothNotAvailableError) -> Bluetooth:
    if error.reason in _OFF:
        return Bluetooth.OFF
    return Bluetooth.ABSENT if error.reason in _ABSENT else Bluetooth.UNKNOWN


def _service_table(client: BleakClient) -> ServiceTable:
    return {
        service.uuid.lower(): {
            characteristic.uuid.lower(): frozenset(characteristic.properties)
            for characteristic in service.characteristics
        }
        for service in client.services
    }


async def _information(client: BleakClient, others: tuple[str, ...]) -> DeviceInformation:
    found = {uuid: await _value(client, uuid) for uuid in others}
    return DeviceInformation(
        model=await _text(client, _MODEL),
        serial=await _text(client, _SERIAL),
        firmware=await _text(client, _FIRMWARE),
        others={uuid: value for uuid, value in found.items() if value is not None},
    )


async def _text(client: BleakClient, characteristic: str) -> str | None:
    value = await _value(client, characteristic)
    return None if value is None else value.decode("ascii", "replace").strip("\0 ") or None


async def _value(client: BleakClient, characteristic: str) -> bytes | None:
    if client.services.get_characteristic(characteristic) is None:
        return None
    try:
        async with asyncio.timeout(_OPERATION_TIMEOUT_S):
            return bytes(await client.read_gatt_char(characteristic))
    except BleakError:  # a device may refuse one of them and still measure
        return None


async def _disconnect(client: BleakClient) -> None:
    with suppress(*_TROUBLE):
        async with asyncio.timeout(_OPERATION_TIMEOUT_S):
            await client.disconnect()
