"""The tree of D-Bus objects: properties, ObjectManager, change signals, and routing of calls to their object."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from dbus_fast import Message, MessageType, Variant
from dbus_fast.aio import MessageBus

from simulators.bluez.names import (
    OBJECT_MANAGER,
    PROPERTIES,
    READ_ONLY,
    UNKNOWN_METHOD,
    UNKNOWN_OBJECT,
    UNKNOWN_PROPERTY,
    BluezError,
    error_reply,
    reply,
)

_CONNECT_TIMEOUT_S = 10.0
Properties = dict[str, Variant]
Method = Callable[[Message], Message | None]
"""Answers a call at once, or returns None and answers later with `ObjectTree.send`. May raise BluezError."""
Setter = Callable[[Any], None]


class ObjectTree:
    """Objects served on one bus connection."""

    def __init__(self, bus: MessageBus) -> None:
        self._bus = bus
        self._objects: dict[str, dict[str, Properties]] = {}
        self._methods: dict[tuple[str, str, str], Method] = {}
        self._setters: dict[tuple[str, str, str], Setter] = {}
        bus.add_message_handler(self._on_message)

    def add(self, path: str, interface: str, properties: Properties, methods: Mapping[str, Method]) -> None:
        """Put an object on the bus and announce it with InterfacesAdded."""
        self._objects.setdefault(path, {})[interface] = properties
        for member, method in methods.items():
            self._methods[path, interface, member] = method
        self._signal("/", OBJECT_MANAGER, "InterfacesAdded", "oa{sa{sv}}", path, {interface: properties})

    def on_set(self, path: str, interface: str, name: str, setter: Setter) -> None:
        """Let clients set a property; everything else is read-only to them."""
        self._setters[path, interface, name] = setter

    def remove(self, path: str) -> None:
        """Take an object off the bus and announce it. Does nothing for an unknown path."""
        interfaces = self._objects.pop(path, None)
        if interfaces is None:
            return
        for key in [key for key in self._methods if key[0] == path]:
            del self._methods[key]
        for key in [key for key in self._setters if key[0] == path]:
            del self._setters[key]
        self._signal("/", OBJECT_MANAGER, "InterfacesRemoved", "oas", path, list(interfaces))

    def has(self, path: str) -> bool:
        """Whether an object stands at this path."""
        return path in self._objects

    def update(
        self, path: str, interface: str, invalidated: tuple[str, ...] = (), **changed: Variant
    ) -> None:
        """Change properties and send one PropertiesChanged signal for them."""
        properties = self._objects[path][interface]
        properties.update(changed)
        for name in invalidated:
            properties.pop(name, None)
        self._signal(path, PROPERTIES, "PropertiesChanged", "sa{sv}as", interface, changed, list(invalidated))

    def value(self, path: str, interface: str, name: str) -> Any:
        """Plain value of a property, None when it has none."""
        variant = self._objects[path][interface].get(name)
        return None if variant is None else variant.value

    def send(self, message: Message) -> None:
        """Queue a message; silently dropped when the bus is already gone."""
        if self._bus.connected:
            self._bus.send(message)

    def _signal(self, path: str, interface: str, member: str, signature: str, *body: object) -> None:
        self.send(Message.new_signal(path, interface, member, signature, list(body)))

    def _on_message(self, call: Message) -> Message | bool | None:
        if call.message_type is not MessageType.METHOD_CALL or call.interface == "org.freedesktop.DBus.Peer":
            return None
        try:
            answer = self._dispatch(call)
        except BluezError as error:
            answer = error_reply(call, error)
        return True if answer is None else answer

    def _dispatch(self, call: Message) -> Message | None:
        path, interface, member = call.path or "", call.interface or "", call.member or ""
        if interface == OBJECT_MANAGER and member == "GetManagedObjects":
            return reply(call, "a{oa{sa{sv}}}", self._objects)
        if path not in self._objects:
            raise BluezError(
                UNKNOWN_OBJECT, f'Method "{member}" with interface "{interface}": no object at this path'
            )
        if interface == PROPERTIES:
            return self._properties_call(call, path, member)
        method = self._methods.get((path, interface, member))
        if method is None:
            raise BluezError(UNKNOWN_METHOD, f'Method "{member}" on interface "{interface}" does not exist')
        return method(call)

    def _properties_call(self, call: Message, path: str, member: str) -> Message:
        interface = call.body[0]
        properties = self._objects[path].get(interface, {})
        if member == "GetAll":
            return reply(call, "a{sv}", properties)
        name = call.body[1]
        if name not in properties:
            raise BluezError(UNKNOWN_PROPERTY, f"No such property '{name}'")
        if member == "Get":
            return reply(call, "v", properties[name])
        setter = self._setters.get((path, interface, name))
        if setter is None:
            raise BluezError(READ_ONLY, f"Property '{name}' is not writable")
        setter(call.body[2].value)
        return reply(call)


class _PatientSocket:
    """dbus-fast takes EAGAIN on a full socket for a fatal error and closes the bus; zero bytes sent it understands."""

    def __init__(self, inner: socket.socket) -> None:
        self._inner = inner

    def send(self, data: memoryview) -> int:
        try:
            return self._inner.send(data)
        except BlockingIOError:
            return 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


async def connect_service(address: str, name: str, on_lost: Callable[[str], None]) -> MessageBus:
    """Connect to the bus at `address` as `name`; `on_lost(unique name)` runs for every client that vanishes."""
    async with asyncio.timeout(_CONNECT_TIMEOUT_S):
        bus = await MessageBus(bus_address=address).connect()
        writer: Any = bus._writer  # noqa: SLF001 - the only place where the socket can be reached
        writer.sock = _PatientSocket(writer.sock)
        await _watch_clients(bus, on_lost)
        await bus.request_name(name)
    return bus


def _watch_clients(bus: MessageBus, on_lost: Callable[[str], None]) -> Awaitable[Message | None]:
    def handler(message: Message) -> None:
        if (
            message.message_type is MessageType.SIGNAL
            and message.member == "NameOwnerChanged"
            and not message.body[2]
        ):
            on_lost(message.body[0])

    bus.add_message_handler(handler)
    rule = "type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',arg2=''"
    return bus.call(
        Message(
            destination="org.freedesktop.DBus",
            path="/org/freedesktop/DBus",
            interface="org.freedesktop.DBus",
            member="AddMatch",
            signature="s",
            body=[rule],
        )
    )
