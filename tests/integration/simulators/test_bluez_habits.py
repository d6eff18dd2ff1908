"""What the virtual bluetoothd says on the raw bus, where bleak would hide it."""

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from dbus_fast import BusType, Message, MessageType, Variant
from dbus_fast.aio import MessageBus

from simulators.bluez import RadioTiming, VirtualRadio, virtual_radio
from simulators.bluez.objects import _PatientSocket
from simulators.breathalyzers.bactrack_c6 import BactrackC6

ADDRESS = "C6:00:00:00:00:01"
ADAPTER_PATH = "/org/bluez/hci0"
DEVICE_PATH = f"{ADAPTER_PATH}/dev_{ADDRESS.replace(':', '_')}"
ADAPTER, DEVICE, PROPERTIES = "org.bluez.Adapter1", "org.bluez.Device1", "org.freedesktop.DBus.Properties"


class RawClient:
    """A bus client that calls methods and remembers property changes."""

    def __init__(self, bus: MessageBus) -> None:
        self.bus = bus
        self.changes: list[tuple[str, dict[str, Any]]] = []
        bus.add_message_handler(self._note)

    async def call(
        self, path: str, interface: str, member: str, signature: str = "", *body: object
    ) -> Message:
        return await self.bus.call(
            Message(
                destination="org.bluez",
                path=path,
                interface=interface,
                member=member,
                signature=signature,
                body=list(body),
            )
        )

    async def scan(self) -> None:
        assert (
            await self.call(ADAPTER_PATH, ADAPTER, "StartDiscovery")
        ).message_type is MessageType.METHOD_RETURN
        await asyncio.sleep(0.1)

    def _note(self, message: Message) -> None:
        if message.message_type is MessageType.SIGNAL and message.member == "PropertiesChanged":
            self.changes.append((message.path or "", {k: v.value for k, v in message.body[1].items()}))


@pytest_asyncio.fixture
async def radio() -> AsyncIterator[VirtualRadio]:
    async with virtual_radio(BactrackC6(ADDRESS), timing=RadioTiming(connect_timeout_s=0.2)) as radio:
        yield radio


@pytest_asyncio.fixture
async def client(radio: VirtualRadio) -> AsyncIterator[RawClient]:
    assert radio.address
    bus = await MessageBus(bus_type=BusType.SYSTEM).connect()
    raw = RawClient(bus)
    await bus.call(
        Message(
            destination="org.freedesktop.DBus",
            path="/org/freedesktop/DBus",
            interface="org.freedesktop.DBus",
            member="AddMatch",
            signature="s",
            body=["type='signal',sender='org.bluez'"],
        )
    )
    yield raw
    bus.disconnect()


async def test_connect_to_an_absent_device_hangs_and_is_then_aborted(
    radio: VirtualRadio, client: RawClient
) -> None:
    await client.scan()
    radio.carry_away(ADDRESS)
    started = asyncio.get_running_loop().time()
    answer = await client.call(DEVICE_PATH, DEVICE, "Connect")
    assert asyncio.get_running_loop().time() - started >= 0.2
    assert (answer.error_name, answer.body) == ("org.bluez.Error.Failed", ["le-connection-abort-by-local"])


async def test_disconnect_takes_back_a_connect_that_hangs(radio: VirtualRadio, client: RawClient) -> None:
    radio.timing.connect_timeout_s = 40.0
    await client.scan()
    radio.carry_away(ADDRESS)
    hanging = asyncio.create_task(client.call(DEVICE_PATH, DEVICE, "Connect"))
    await asyncio.sleep(0.05)
    again = await client.call(DEVICE_PATH, DEVICE, "Connect")
    assert again.error_name == "org.bluez.Error.InProgress"
    await client.call(DEVICE_PATH, DEVICE, "Disconnect")
    assert (await hanging).body == ["le-connection-abort-by-local"]


async def test_resolved_and_connected_fall_in_two_signals_in_this_order(client: RawClient) -> None:
    await client.scan()
    await client.call(DEVICE_PATH, DEVICE, "Connect")
    await asyncio.sleep(0.05)
    client.changes.clear()
    await client.call(DEVICE_PATH, DEVICE, "Disconnect")
    await asyncio.sleep(0.05)
    on_device = [changed for path, changed in client.changes if path == DEVICE_PATH]
    assert [changed for changed in on_device if "RSSI" not in changed] == [
        {"ServicesResolved": False},
        {"Connected": False},
    ]


async def test_a_device_heard_while_it_is_being_connected_is_not_forgotten_over_the_open_link(
    radio: VirtualRadio, client: RawClient
) -> None:
    radio.timing.advertise_every_s, radio.timing.connect_s, radio.timing.forget_after_s = 0.02, 0.15, 0.3
    await client.scan()
    await client.call(DEVICE_PATH, DEVICE, "Connect")
    await asyncio.sleep(0.5)
    assert {"Connected": False} not in [changed for path, changed in client.changes if path == DEVICE_PATH]


async def test_objects_of_a_forgotten_device_are_removed_with_it(
    radio: VirtualRadio, client: RawClient
) -> None:
    await client.scan()
    await client.call(DEVICE_PATH, DEVICE, "Connect")
    await asyncio.sleep(0.05)
    await client.call(ADAPTER_PATH, ADAPTER, "StopDiscovery")
    radio.carry_away(ADDRESS)
    kept = await client.call("/", "org.freedesktop.DBus.ObjectManager", "GetManagedObjects")
    assert any("/char" in path for path in kept.body[0])
    await client.call(ADAPTER_PATH, ADAPTER, "RemoveDevice", "o", DEVICE_PATH)
    left = await client.call("/", "org.freedesktop.DBus.ObjectManager", "GetManagedObjects")
    assert list(left.body[0]) == [ADAPTER_PATH]
    gone = await client.call(ADAPTER_PATH, ADAPTER, "RemoveDevice", "o", DEVICE_PATH)
    assert gone.error_name == "org.bluez.Error.DoesNotExist"


async def test_a_client_may_switch_the_adapter_off(radio: VirtualRadio, client: RawClient) -> None:
    await client.call(ADAPTER_PATH, PROPERTIES, "Set", "ssv", ADAPTER, "Powered", Variant("b", False))
    assert radio.timing.powered is False
    refused = await client.call(ADAPTER_PATH, ADAPTER, "StartDiscovery")
    assert refused.error_name == "org.bluez.Error.NotReady"


async def test_a_property_that_is_not_for_clients_cannot_be_set(client: RawClient) -> None:
    answer = await client.call(ADAPTER_PATH, PROPERTIES, "Set", "ssv", ADAPTER, "Address", Variant("s", "x"))
    assert answer.error_name == "org.freedesktop.DBus.Error.PropertyReadOnly"


async def test_scanning_twice_or_stopping_what_is_not_running_is_refused(client: RawClient) -> None:
    stopped = await client.call(ADAPTER_PATH, ADAPTER, "StopDiscovery")
    assert stopped.body == ["No discovery started"]
    await client.scan()
    twice = await client.call(ADAPTER_PATH, ADAPTER, "StartDiscovery")
    assert twice.error_name == "org.bluez.Error.InProgress"


@pytest.mark.parametrize(
    ("wishes", "heard"),
    [
        ({"RSSI": Variant("n", -40)}, False),
        ({"RSSI": Variant("n", -80)}, True),
        ({"Pattern": Variant("s", "BACtrack")}, True),
        ({"Pattern": Variant("s", "C6:00")}, True),
        ({"Pattern": Variant("s", "Titan")}, False),
    ],
)
async def test_discovery_filters_are_kept(client: RawClient, wishes: dict[str, Variant], heard: bool) -> None:
    await client.call(ADAPTER_PATH, ADAPTER, "SetDiscoveryFilter", "a{sv}", wishes)
    await client.scan()
    answer = await client.call(DEVICE_PATH, PROPERTIES, "GetAll", "s", DEVICE)
    assert (answer.message_type is MessageType.METHOD_RETURN) is heard


async def test_unknown_paths_methods_and_properties_have_their_own_errors(client: RawClient) -> None:
    nowhere = await client.call("/org/bluez/hci9", ADAPTER, "StartDiscovery")
    assert nowhere.error_name == "org.freedesktop.DBus.Error.UnknownObject"
    dance = await client.call(ADAPTER_PATH, ADAPTER, "Dance")
    assert dance.error_name == "org.freedesktop.DBus.Error.UnknownMethod"
    colour = await client.call(ADAPTER_PATH, PROPERTIES, "Get", "ss", ADAPTER, "Colour")
    assert colour.error_name == "org.freedesktop.DBus.Error.UnknownProperty"


def test_a_full_socket_counts_as_nothing_sent_rather_than_an_error() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        patient = _PatientSocket(ours)
        while patient.send(memoryview(b"x" * 65536)):
            pass
        assert patient.send(memoryview(b"x")) == 0
        assert patient.fileno() == ours.fileno()
