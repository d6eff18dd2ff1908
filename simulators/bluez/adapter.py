"""The adapter as bluetoothd shows it: power, scanning sessions with filters, the devices around it."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from dbus_fast import Message, Variant

from simulators.bluez.device import RemoteDevice
from simulators.bluez.names import ADAPTER, BluezError, reply
from simulators.bluez.objects import ObjectTree
from simulators.bluez.timing import RadioTiming
from simulators.peripheral import Advertisement, Peripheral

_FIRST_ADVERTISEMENT_S = 0.005


@dataclass
class _Session:
    """Scanning wishes of one bus client."""

    uuids: frozenset[str] = frozenset()
    rssi: int | None = None
    pattern: str = ""
    active: bool = field(default=False)

    def wants(self, advertisement: Advertisement, address: str, rssi_dbm: int) -> bool:
        if self.uuids and not self.uuids & {uuid.lower() for uuid in advertisement.service_uuids}:
            return False
        if self.rssi is not None and rssi_dbm < self.rssi:
            return False
        name = advertisement.local_name or ""
        return not self.pattern or address.startswith(self.pattern) or name.startswith(self.pattern)


class Adapter:
    """One Bluetooth adapter, `hci0` unless told otherwise."""

    def __init__(self, tree: ObjectTree, timing: RadioTiming, name: str = "hci0") -> None:
        self.path = f"/org/bluez/{name}"
        self.devices: dict[str, RemoteDevice] = {}
        self._name = name
        self._tree = tree
        self._timing = timing
        self._loop = asyncio.get_running_loop()
        self._sessions: dict[str, _Session] = {}
        self._ticker: asyncio.TimerHandle | None = None

    def plug_in(self) -> None:
        """Put the adapter on the bus. Does nothing when it is there."""
        if self._tree.has(self.path):
            return
        properties = {
            "Address": Variant("s", "00:AA:01:00:00:00"),
            "AddressType": Variant("s", "public"),
            "Name": Variant("s", "nykter-virtual"),
            "Alias": Variant("s", "nykter-virtual"),
            "Class": Variant("u", 0),
            "Powered": Variant("b", self._timing.powered),
            "Discoverable": Variant("b", False),
            "DiscoverableTimeout": Variant("u", 0),
            "Pairable": Variant("b", False),
            "PairableTimeout": Variant("u", 0),
            "Discovering": Variant("b", False),
            "UUIDs": Variant("as", []),
            "Modalias": Variant("s", "usb:v1D6Bp0246d0542"),
            "Roles": Variant("as", ["central", "peripheral"]),
        }
        methods = {
            "StartDiscovery": self._start_discovery,
            "StopDiscovery": self._stop_discovery,
            "SetDiscoveryFilter": self._set_filter,
            "RemoveDevice": self._remove_device,
        }
        self._tree.add(self.path, ADAPTER, properties, methods)
        self._tree.on_set(self.path, ADAPTER, "Powered", lambda value: self.set_powered(bool(value)))

    def unplug(self) -> None:
        """Pull the adapter out: links drop, all objects go. Does nothing when it is gone."""
        if not self._tree.has(self.path):
            return
        self._end_scanning()
        for device in self.devices.values():
            device.forget()
        self._tree.remove(self.path)

    def set_powered(self, on: bool) -> None:
        """Switch the adapter on or off; off drops every link and every scan."""
        if on == self._timing.powered:
            return
        self._timing.powered = on
        if not self._tree.has(self.path):
            return
        if not on:
            self._end_scanning()
            for device in self.devices.values():
                device.drop("adapter off")
        self._tree.update(self.path, ADAPTER, Powered=Variant("b", on))

    def place(self, peripheral: Peripheral) -> None:
        """Put a device within reach. Raises ValueError when the address is taken."""
        if peripheral.address in self.devices:
            raise ValueError(f"two devices with the address {peripheral.address}")
        self.devices[peripheral.address] = RemoteDevice(self._tree, self.path, peripheral, self._timing)

    def client_gone(self, client: str, keep_links: bool) -> None:
        """A bus client vanished: its scan, subscriptions and (unless `keep_links`) connections end."""
        if self._sessions.pop(client, None) is not None:
            self._settle()
        for device in self.devices.values():
            device.client_gone(client, keep_links)

    def shut(self) -> None:
        """End of the simulation."""
        self._end_scanning()
        for device in self.devices.values():
            device.shut()

    @property
    def scanning(self) -> bool:
        """Whether any client has an active scan."""
        return any(session.active for session in self._sessions.values())

    def _start_discovery(self, call: Message) -> Message:
        self._require_power()
        session = self._sessions.setdefault(call.sender or "", _Session())
        if session.active:
            raise BluezError("InProgress", "Operation already in progress")
        session.active = True
        self._settle()
        if self._ticker is not None:
            self._ticker.cancel()
        self._ticker = self._loop.call_later(_FIRST_ADVERTISEMENT_S, self._tick)
        return reply(call)

    def _stop_discovery(self, call: Message) -> Message:
        self._require_power()
        session = self._sessions.get(call.sender or "")
        if session is None or not session.active:
            raise BluezError("Failed", "No discovery started")
        session.active = False
        self._settle()
        return reply(call)

    def _set_filter(self, call: Message) -> Message:
        self._require_power()
        wishes: dict[str, Any] = {name: variant.value for name, variant in call.body[0].items()}
        session = self._sessions.setdefault(call.sender or "", _Session())
        session.uuids = frozenset(uuid.lower() for uuid in wishes.get("UUIDs", ()))
        session.rssi = wishes.get("RSSI")
        session.pattern = wishes.get("Pattern", "")
        return reply(call)

    def _remove_device(self, call: Message) -> Message:
        for device in self.devices.values():
            if device.path == call.body[0] and self._tree.has(device.path):
                device.forget()
                return reply(call)
        raise BluezError("DoesNotExist", "Does Not Exist")

    def _require_power(self) -> None:
        if not self._timing.powered:
            raise BluezError("NotReady", "Resource Not Ready")

    def _tick(self) -> None:
        """One round of advertisements from every device some scan asks for."""
        active = [session for session in self._sessions.values() if session.active]
        for address, device in self.devices.items():
            advertisement = device.advertisement
            if advertisement is not None and any(
                session.wants(advertisement, address, self._timing.rssi_dbm) for session in active
            ):
                device.heard()
        self._ticker = self._loop.call_later(self._timing.advertise_every_s, self._tick) if active else None

    def _settle(self) -> None:
        """Bring the Discovering property, and the signal strengths, in line with the sessions."""
        now_scanning = self.scanning
        if self._tree.value(self.path, ADAPTER, "Discovering") == now_scanning:
            return
        self._tree.update(self.path, ADAPTER, Discovering=Variant("b", now_scanning))
        if not now_scanning:
            if self._ticker is not None:
                self._ticker.cancel()
                self._ticker = None
            for device in self.devices.values():
                device.silence()

    def _end_scanning(self) -> None:
        self._sessions.clear()
        if self._tree.has(self.path):
            self._settle()
        if self._ticker is not None:
            self._ticker.cancel()
            self._ticker = None
