"""GATT objects of one device: services, characteristics, their CCC descriptors; reads, writes and notifications."""

from dbus_fast import Message, Variant

from simulators.bluez.names import CHARACTERISTIC, DESCRIPTOR, DEVICE, SERVICE, BluezError, reply
from simulators.bluez.objects import ObjectTree
from simulators.peripheral import AttError, Characteristic, Peripheral, Service

CCC_DESCRIPTOR = "00002902-0000-1000-8000-00805f9b34fb"
_FIRST_HANDLE = 0x0010  # below lie the GAP and GATT services, which bluetoothd keeps to itself


class GattTable:
    """The objects below one device. They stay when the link drops, as on bluetoothd, until the device is forgotten."""

    def __init__(self, tree: ObjectTree, device_path: str, peripheral: Peripheral) -> None:
        self._tree = tree
        self._device_path = device_path
        self._peripheral = peripheral
        self._paths: list[str] = []
        self._char_paths: dict[str, str] = {}
        self._subscribers: dict[str, set[str]] = {}

    def publish(self) -> None:
        """Announce all objects; does nothing when they are there already."""
        if self._paths:
            return
        handle = _FIRST_HANDLE
        for service in self._peripheral.services:
            handle = self._publish_service(service, handle)

    def withdraw(self) -> None:
        """Remove all objects (the device was forgotten)."""
        for path in reversed(self._paths):
            self._tree.remove(path)
        self._paths.clear()
        self._char_paths.clear()

    def link_lost(self) -> None:
        """Subscriptions end with the link."""
        for path, clients in self._subscribers.items():
            if clients and self._tree.has(path):
                self._tree.update(path, CHARACTERISTIC, Notifying=Variant("b", False))
        self._subscribers.clear()

    def client_gone(self, client: str) -> None:
        """A client left the bus: its subscriptions end."""
        for uuid, path in self._char_paths.items():
            if client in self._subscribers.get(path, ()):
                self._unsubscribe(uuid, path, client)

    def notify(self, uuid: str, value: bytes) -> None:
        """Deliver a notification to the clients, if any is subscribed. Raises ValueError above the MTU."""
        if len(value) > self._peripheral.mtu - 3:
            raise ValueError(
                f"notification of {len(value)} bytes does not fit an MTU of {self._peripheral.mtu}"
            )
        path = self._char_paths.get(uuid)
        if path is not None and self._subscribers.get(path):
            self._tree.update(path, CHARACTERISTIC, Value=Variant("ay", value))

    def _publish_service(self, service: Service, handle: int) -> int:
        path = f"{self._device_path}/service{handle:04x}"
        self._add(
            path,
            SERVICE,
            {
                "UUID": Variant("s", service.uuid),
                "Device": Variant("o", self._device_path),
                "Primary": Variant("b", True),
                "Includes": Variant("ao", []),
            },
        )
        handle += 1
        for characteristic in service.characteristics:
            handle = self._publish_characteristic(path, characteristic, handle)
        return handle

    def _publish_characteristic(self, service_path: str, characteristic: Characteristic, handle: int) -> int:
        path = f"{service_path}/char{handle:04x}"
        properties = {
            "UUID": Variant("s", characteristic.uuid),
            "Service": Variant("o", service_path),
            "Value": Variant("ay", b""),
            "Flags": Variant("as", list(characteristic.flags)),
            "MTU": Variant("q", self._peripheral.mtu),
        }
        if characteristic.notifies:
            properties["Notifying"] = Variant("b", False)
        self._char_paths[characteristic.uuid] = path
        uuid = characteristic.uuid
        methods = {
            "ReadValue": lambda call: self._read(call, path, characteristic),
            "WriteValue": lambda call: self._write(call, characteristic),
            "StartNotify": lambda call: self._start_notify(call, path, characteristic),
            "StopNotify": lambda call: self._stop_notify(call, path, uuid),
        }
        self._tree.add(path, CHARACTERISTIC, properties, methods)
        self._paths.append(path)
        if not characteristic.notifies:
            return handle + 2
        self._add(
            f"{path}/desc{handle + 2:04x}",
            DESCRIPTOR,
            {
                "UUID": Variant("s", CCC_DESCRIPTOR),
                "Characteristic": Variant("o", path),
                "Value": Variant("ay", b""),
                "Flags": Variant("as", ["read", "write"]),
            },
        )
        return handle + 3

    def _add(self, path: str, interface: str, properties: dict[str, Variant]) -> None:
        self._tree.add(path, interface, properties, {})
        self._paths.append(path)

    def _require_link(self) -> None:
        if not self._tree.value(self._device_path, DEVICE, "Connected"):
            raise BluezError("Failed", "Not connected")

    def _read(self, call: Message, path: str, characteristic: Characteristic) -> Message:
        self._require_link()
        if "read" not in characteristic.flags:
            raise BluezError("NotPermitted", "Read not permitted")
        try:
            value = self._peripheral.read(characteristic.uuid)
        except AttError as error:
            raise _refusal(error) from error
        # bluetoothd stores what was read and signals it like a notification; clients must live with that.
        self._tree.update(path, CHARACTERISTIC, Value=Variant("ay", value))
        return reply(call, "ay", value)

    def _write(self, call: Message, characteristic: Characteristic) -> Message:
        self._require_link()
        value, options = bytes(call.body[0]), call.body[1]
        kind = options["type"].value if "type" in options else None
        with_response = kind == "request" or (kind is None and "write" in characteristic.flags)
        if ("write" if with_response else "write-without-response") not in characteristic.flags:
            raise BluezError("NotSupported", "Operation is not supported")
        try:
            self._peripheral.write(characteristic.uuid, value, with_response)
        except AttError as error:
            if with_response:
                raise _refusal(error) from error
        return reply(call)

    def _start_notify(self, call: Message, path: str, characteristic: Characteristic) -> Message:
        self._require_link()
        if not characteristic.notifies:
            raise BluezError("NotSupported", "Operation is not supported")
        client = call.sender or ""
        clients = self._subscribers.setdefault(path, set())
        if client in clients:
            raise BluezError("InProgress", "Already notifying")
        clients.add(client)
        if len(clients) == 1:
            self._peripheral.set_subscribed(characteristic.uuid, True)
            self._tree.update(path, CHARACTERISTIC, Notifying=Variant("b", True))
        return reply(call)

    def _stop_notify(self, call: Message, path: str, uuid: str) -> Message:
        client = call.sender or ""
        if client not in self._subscribers.get(path, ()):
            raise BluezError("Failed", "No notify session started")
        self._unsubscribe(uuid, path, client)
        return reply(call)

    def _unsubscribe(self, uuid: str, path: str, client: str) -> None:
        clients = self._subscribers[path]
        clients.discard(client)
        if not clients:
            self._peripheral.set_subscribed(uuid, False)
            self._tree.update(path, CHARACTERISTIC, Notifying=Variant("b", False))


def _refusal(error: AttError) -> BluezError:
    if error.code == AttError.READ_NOT_PERMITTED:
        return BluezError("NotPermitted", "Read not permitted")
    if error.code == AttError.WRITE_NOT_PERMITTED:
        return BluezError("NotPermitted", "Write not permitted")
    return BluezError("Failed", f"Operation failed with ATT error: 0x{error.code:02x} (simulated)")
