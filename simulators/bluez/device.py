"""One remote device as bluetoothd shows it: Device1 properties, Connect and Disconnect, the life of its link."""

import asyncio
from collections.abc import Callable

from dbus_fast import Message, Variant

from simulators.bluez.gatt import GattTable
from simulators.bluez.link import Heartbeat
from simulators.bluez.names import DEVICE, BluezError, error_reply, reply
from simulators.bluez.objects import ObjectTree, Properties
from simulators.bluez.timing import RadioTiming
from simulators.peripheral import Advertisement, Bonding, DropLink, Effect, Peripheral

_EVERY_DEVICE_HAS = (
    "00001800-0000-1000-8000-00805f9b34fb",
    "00001801-0000-1000-8000-00805f9b34fb",
)  # generic access and generic attribute: listed by bluetoothd among the UUIDs, kept to itself as objects
ABORTED = BluezError("Failed", "le-connection-abort-by-local")


class RemoteDevice:
    """A peripheral in (or out of) reach of the adapter, and its objects on the bus while bluetoothd knows it."""

    def __init__(
        self, tree: ObjectTree, adapter_path: str, peripheral: Peripheral, timing: RadioTiming
    ) -> None:
        self.peripheral = peripheral
        self.path = f"{adapter_path}/dev_{peripheral.address.replace(':', '_')}"
        self.in_range = True
        self.connected = False
        self.clients: set[str] = set()
        self._adapter_path = adapter_path
        self._tree = tree
        self._timing = timing
        self._loop = asyncio.get_running_loop()
        self._gatt = GattTable(tree, self.path, peripheral)
        self._pending: Message | None = None
        self._timers: list[asyncio.TimerHandle] = []
        self._forget_timer: asyncio.TimerHandle | None = None
        self._beacons = 0
        self._heart = Heartbeat(peripheral, self._deliver)

    # -- what is on the air

    @property
    def advertisement(self) -> Advertisement | None:
        """What the adapter can hear now: nothing when off, away or connected."""
        return self.peripheral.advertisement if self.in_range and not self.connected else None

    def heard(self) -> None:
        """One advertisement was received: make the device known, or refresh its signal strength."""
        advertisement = self.advertisement
        if advertisement is None:
            return
        self._beacons += 1
        strength = Variant("n", self._timing.rssi_dbm + (-1, 0, 1, 0)[self._beacons % 4])
        if not self._tree.has(self.path):
            self._publish(advertisement, strength)
        elif self._timing.late_names and self._named(advertisement):
            name = Variant("s", advertisement.local_name or "")
            self._tree.update(self.path, DEVICE, RSSI=strength, Name=name, Alias=name)
        else:
            self._tree.update(self.path, DEVICE, RSSI=strength)
        self._remember()

    def silence(self) -> None:
        """Scanning ended: the signal strength is no longer known."""
        if self._tree.has(self.path) and self._tree.value(self.path, DEVICE, "RSSI") is not None:
            self._tree.update(self.path, DEVICE, invalidated=("RSSI",))

    def forget(self) -> None:
        """bluetoothd drops the device and all its objects; it comes back with the next advertisement."""
        self.drop("removed")
        self._cancel(self._forget_timer)
        self._forget_timer = None
        self._gatt.withdraw()
        self._tree.remove(self.path)

    def shut(self) -> None:
        """End of the simulation: no timer of ours may fire again."""
        self._heart.stop()
        self._stop_timers()
        self._cancel(self._forget_timer)

    # -- the link

    def drop(self, _reason: str) -> None:
        """The link is gone (by the device, by distance, by a power-off, by the client). Idempotent."""
        self._stop_timers()
        if self._answer_pending(ABORTED):
            self._remember()
        self.clients.clear()
        if not self.connected:
            return
        self.connected = False
        self._gatt.link_lost()
        self.peripheral.disconnected()
        if self._tree.has(self.path):
            # Two signals, in this order, as bluetoothd sends them.
            if self._tree.value(self.path, DEVICE, "ServicesResolved"):
                self._tree.update(self.path, DEVICE, ServicesResolved=Variant("b", False))
            self._tree.update(self.path, DEVICE, Connected=Variant("b", False))
        self._remember()

    def client_gone(self, client: str, keep_link: bool) -> None:
        """A bus client vanished (crashed, was killed or closed its connection)."""
        self._gatt.client_gone(client)
        if self._pending is not None and self._pending.sender == client:
            self._pending = None
            if not self.connected:
                self._stop_timers()
                self._remember()
        if client in self.clients:
            self.clients.discard(client)
            if not self.clients and not keep_link:
                self.drop("client gone")

    def _connect(self, call: Message) -> Message | None:
        if not self._timing.powered:
            raise BluezError("NotReady", "Resource Not Ready")
        if self._pending is not None:
            raise BluezError("InProgress", "Operation already in progress")
        self.clients.add(call.sender or "")
        if self.connected:
            return reply(call)
        self._pending = call
        self._cancel(self._forget_timer)
        if self.in_range and self.peripheral.advertisement is not None:
            self._later(self._timing.connect_s, self._link_up)
        else:
            self._later(self._timing.connect_timeout_s, lambda: self.drop("no answer"))
        return None

    def _link_up(self) -> None:
        if not self.in_range or self.peripheral.advertisement is None:
            self._later(self._timing.connect_timeout_s, lambda: self.drop("no answer"))
            return
        self.connected = True
        self._cancel(self._forget_timer)  # begun anew where somebody scanned and heard it meanwhile
        self._tree.update(self.path, DEVICE, Connected=Variant("b", True))
        self.peripheral.connected()
        self._later(self._timing.reply_s, self._reply_connected)
        self._later(self._timing.reply_s + self._timing.resolve_s, self._resolve)

    def _reply_connected(self) -> None:
        call, self._pending = self._pending, None
        if call is not None:
            self._tree.send(reply(call))

    def _resolve(self) -> None:
        self._gatt.publish()
        own = self._tree.value(self.path, DEVICE, "UUIDs")
        found = (*_EVERY_DEVICE_HAS, *(service.uuid for service in self.peripheral.services))
        uuids = list(dict.fromkeys([*own, *found]))
        self._tree.update(self.path, DEVICE, UUIDs=Variant("as", uuids), ServicesResolved=Variant("b", True))

    def _disconnect(self, call: Message) -> Message:
        if not self.connected and self._pending is None:
            raise BluezError("NotConnected", "Not Connected")
        self.drop("client asked")
        return reply(call)

    def _pair(self, call: Message) -> Message:
        """Just works: no agent is asked, and the bond is told to a peripheral that has use for it."""
        if isinstance(self.peripheral, Bonding):
            self.peripheral.pair()
        bonded = Variant("b", True)
        self._tree.update(self.path, DEVICE, Paired=bonded, Bonded=bonded)
        return reply(call)

    def _trust(self, value: object) -> None:
        self._tree.update(self.path, DEVICE, Trusted=Variant("b", bool(value)))

    def _deliver(self, effect: Effect) -> None:
        if not self.connected:
            return
        if isinstance(effect, DropLink):
            self.drop(effect.reason)
        else:
            self._gatt.notify(effect.characteristic, effect.value)

    # -- plumbing

    def _publish(self, advertisement: Advertisement, strength: Variant) -> None:
        address = self.peripheral.address
        named = advertisement.local_name is not None and not self._timing.late_names
        properties: Properties = {
            "Address": Variant("s", address),
            "AddressType": Variant("s", "public"),
            "Adapter": Variant("o", self._adapter_path),
            "Alias": Variant("s", str(advertisement.local_name) if named else address.replace(":", "-")),
            "UUIDs": Variant("as", list(advertisement.service_uuids)),
            "RSSI": strength,
            "ManufacturerData": Variant(
                "a{qv}", {key: Variant("ay", value) for key, value in advertisement.manufacturer_data.items()}
            ),
            "ServiceData": Variant(
                "a{sv}", {key: Variant("ay", value) for key, value in advertisement.service_data.items()}
            ),
        }
        if named:
            properties["Name"] = properties["Alias"]
        if advertisement.tx_power_dbm is not None:
            properties["TxPower"] = Variant("n", advertisement.tx_power_dbm)
        for flag in (
            "Paired",
            "Bonded",
            "Trusted",
            "Blocked",
            "LegacyPairing",
            "Connected",
            "ServicesResolved",
        ):
            properties[flag] = Variant("b", False)
        methods = {"Connect": self._connect, "Disconnect": self._disconnect, "Pair": self._pair}
        self._tree.add(self.path, DEVICE, properties, methods)
        self._tree.on_set(self.path, DEVICE, "Trusted", self._trust)

    def _named(self, advertisement: Advertisement) -> bool:
        return advertisement.local_name is not None and self._tree.value(self.path, DEVICE, "Name") is None

    def _remember(self) -> None:
        """A device neither connected nor heard is forgotten after a while (bluetoothd: TemporaryTimeout)."""
        self._cancel(self._forget_timer)
        self._forget_timer = self._loop.call_later(self._timing.forget_after_s, self.forget)

    def _answer_pending(self, error: BluezError) -> bool:
        call, self._pending = self._pending, None
        if call is not None:
            self._tree.send(error_reply(call, error))
        return call is not None

    def _later(self, delay_s: float, action: Callable[[], None]) -> None:
        self._timers.append(self._loop.call_later(delay_s, action))

    def _stop_timers(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()

    @staticmethod
    def _cancel(timer: asyncio.TimerHandle | None) -> None:
        if timer is not None:
            timer.cancel()
