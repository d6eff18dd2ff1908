#!/usr/bin/env python3
"""One simulated breathalyzer on a real bluetoothd: kernel, HCI, L2CAP, ATT and GATT are real, the air is not.

By hand only; see docs/bluetooth-conformance.md. Needs the package `bumble` (not among our dependencies) and, unless
`--self-check`, root, the kernel module hci_vhci and a running bluetoothd. Exit status 0 when every case held.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bumble.controller import Controller  # type: ignore[import-not-found]
from bumble.core import UUID, AdvertisingData  # type: ignore[import-not-found]
from bumble.device import Device, Peer  # type: ignore[import-not-found]
from bumble.gatt import Characteristic, CharacteristicValue, Service  # type: ignore[import-not-found]
from bumble.hci import LeFeatureMask  # type: ignore[import-not-found]
from bumble.host import Host  # type: ignore[import-not-found]
from bumble.link import LocalLink  # type: ignore[import-not-found]
from bumble.transport import open_transport  # type: ignore[import-not-found]
from bumble.transport.common import AsyncPipeSink  # type: ignore[import-not-found]
from dbus_fast import BusType, Message, Variant
from dbus_fast.aio import MessageBus

from contracts.reading import Failure
from device_gateway.messages import value_of
from device_gateway.protocol.bactrack_c6 import BactrackC6 as Driver
from device_gateway.radio import BleakRadio
from device_gateway.session import Session
from device_gateway.test_run import Limits, Phase, Run
from simulators.breathalyzers.bactrack_c6 import BactrackC6
from simulators.breathalyzers.breath import Breath, DeviceState, Fault
from simulators.peripheral import Notify

ADDRESS = "C6:00:00:00:00:01"
_OWN_ADDRESS = "F0:F1:F2:F3:F4:F5"
"""Of the virtual adapter; bluetoothd takes none up that has no address."""
_ADAPTER_WITHIN_S = 60
_FLAGS = {
    "read": Characteristic.Properties.READ,
    "write": Characteristic.Properties.WRITE,
    "write-without-response": Characteristic.Properties.WRITE_WITHOUT_RESPONSE,
    "notify": Characteristic.Properties.NOTIFY,
}


class Air(LocalLink):  # type: ignore[misc]
    """Bumble 0.0.236 takes every sender for the random address it scans with; Linux connects with its public one."""

    def send_acl_data(self, sender: Any, to: Any, transport: Any, data: bytes) -> None:
        """Deliver under the address that the other side is connected to."""
        receiver = self.find_le_controller(to)
        if receiver is None:
            return
        own = (sender.public_address, sender.random_address)
        known = next((one for one in own if one in receiver.le_connections), sender.random_address)
        asyncio.get_running_loop().call_soon(receiver.on_link_acl_data, known, transport, data)


class OnTheAir:
    """A simulated device behind a Bumble device on a local link."""

    def __init__(self, model: BactrackC6, link: Any) -> None:
        self.model = model
        controller = Controller("device", link=link)
        host = Host(controller, AsyncPipeSink(controller))
        self._device = Device(name="BACtrack", address=model.address, host=host)
        self._characteristics: dict[str, Any] = {}
        self._connection: Any = None
        self._woken = asyncio.Event()
        self._device.add_services([self._service(one) for one in model.services])
        self._device.on("connection", self._on_connection)

    async def start(self) -> None:
        """Power on, advertise, live."""
        self.model.attach(self._woken.set)
        await self._device.power_on()
        await self._advertise()
        self._living = asyncio.create_task(self._live())

    def _service(self, service: Any) -> Any:
        made = [self._characteristic(one) for one in service.characteristics]
        return Service(UUID(service.uuid), made)

    def _characteristic(self, one: Any) -> Any:
        properties = Characteristic.Properties(0)
        permissions = Characteristic.Permissions(0)
        for flag in one.flags:
            properties |= _FLAGS[flag]
        if "read" in one.flags:
            permissions |= Characteristic.READABLE
        if {"write", "write-without-response"} & set(one.flags):
            permissions |= Characteristic.WRITEABLE
        value = CharacteristicValue(
            read=lambda _connection: self.model.read(one.uuid),
            write=lambda _connection, data: self.model.write(one.uuid, bytes(data), True),
        )
        made = Characteristic(UUID(one.uuid), properties, permissions, value)
        if one.notifies:
            made.on(
                "subscription",
                lambda _connection, notify, _indicate: self.model.set_subscribed(one.uuid, notify),
            )
        self._characteristics[one.uuid] = made
        return made

    async def _advertise(self) -> None:
        told = self.model.broadcast()
        uuids = b"".join(bytes(UUID(uuid)) for uuid in told.service_uuids)
        parts = [
            (AdvertisingData.FLAGS, bytes([0x06])),
            (AdvertisingData.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS, uuids),
        ]
        name = [(AdvertisingData.COMPLETE_LOCAL_NAME, (told.local_name or "").encode())]
        self._device.advertising_data = bytes(AdvertisingData(parts))
        self._device.scan_response_data = bytes(AdvertisingData(name))
        await self._device.start_advertising(auto_restart=True)

    def _on_connection(self, connection: Any) -> None:
        self._connection = connection
        connection.on("disconnection", lambda _reason: self._gone())
        self.model.connected()

    def _gone(self) -> None:
        self._connection = None
        self.model.disconnected()

    async def _live(self) -> None:
        while True:
            for effect in self.model.advance(time.monotonic()):
                if isinstance(effect, Notify):
                    await self._device.notify_subscribers(
                        self._characteristics[effect.characteristic], effect.value
                    )
                elif self._connection is not None:
                    await self._connection.disconnect()
            due = self.model.next_due()
            wait = None if due is None else max(0.0, due - time.monotonic())
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), wait)
            self._woken.clear()


Case = tuple[str, Callable[[BactrackC6], None], Callable[[Run], bool]]
CASES: tuple[Case, ...] = (
    (
        "a breath of 0.42 mg/L is measured",
        lambda device: device.give(Breath(0.42)),
        lambda run: run.phase is Phase.RESULT and abs(float(value_of(run) or 0) - 0.42) < 0.005,
    ),
    (
        "a blow too weak gives no value",
        lambda device: (device.give(Breath(0.42)), device.fail(Fault.INSUFFICIENT_BLOW))[0],
        lambda run: (
            run.phase is Phase.FAILED and run.failure is Failure.INSUFFICIENT_BLOW and run.result is None
        ),
    ),
    (
        "a link lost in mid-blow is an aborted run",
        lambda device: (device.give(Breath(0.42)), device.cut_link(DeviceState.BLOWING))[0],
        lambda run: run.phase is Phase.ABORTED and run.code == "link_lost" and run.result is None,
    ),
    (
        "and the device serves the next test",
        lambda device: device.give(Breath(0.0)),
        lambda run: run.phase is Phase.RESULT and value_of(run) == 0,
    ),
)


async def adapter_is_up() -> bool:
    """Wait until bluetoothd has taken the virtual adapter up; a slow machine needs its time."""
    bus = await MessageBus(bus_type=BusType.SYSTEM).connect()
    try:
        for _ in range(_ADAPTER_WITHIN_S * 2):
            asked = Message("org.bluez", "/", "org.freedesktop.DBus.ObjectManager", "GetManagedObjects")
            answer = await bus.call(asked)
            objects = answer.body[0] if answer is not None and answer.body else {}
            known = [
                found["org.bluez.Adapter1"] for found in objects.values() if "org.bluez.Adapter1" in found
            ]
            if any(adapter["Powered"].value for adapter in known):
                return True
            for path, found in objects.items():
                if "org.bluez.Adapter1" in found:
                    await bus.call(_powered(path))
            await asyncio.sleep(0.5)
        print(f"bluetoothd shows no adapter that is on ({len(known)} known)", flush=True)
        return False
    finally:
        bus.disconnect()


def _powered(path: str) -> Message:
    body = ["org.bluez.Adapter1", "Powered", Variant("b", True)]
    return Message("org.bluez", path, "org.freedesktop.DBus.Properties", "Set", signature="ssv", body=body)


async def with_bluetoothd(first: int) -> int:
    """Run the gateway's own session against the system's bluetoothd."""
    link = Air()
    model = BactrackC6(ADDRESS, pace=4)
    async with await open_transport("vhci") as vhci:
        adapter = Controller(
            "adapter", host_source=vhci.source, host_sink=vhci.sink, link=link, public_address=_OWN_ADDRESS
        )
        # Bumble claims these and then answers with the event of before; Linux waits for the newer one and loses track.
        adapter.le_features &= ~(LeFeatureMask.LL_PRIVACY | LeFeatureMask.LE_EXTENDED_ADVERTISING)
        await OnTheAir(model, link).start()
        if not await adapter_is_up():
            return 1
        failed = 0
        for said, prepare, holds in CASES[:first]:
            prepare(model)
            session = Session(BleakRadio(address=ADDRESS), Limits(), time.monotonic, lambda _run: None)
            run = await session.perform(Run(f"{time.monotonic_ns():032x}"[-32:]))
            good = holds(run)
            failed += not good
            print(
                f"{'ok    ' if good else 'FAILED'}  {said}  ({run.phase.value}, {run.failure}, {run.code})",
                flush=True,
            )
    return 1 if failed else 0


async def self_check() -> int:
    """Without bluetoothd: a Bumble client runs one test, to see that the simulated side of this script works."""
    link = Air()
    model = BactrackC6(ADDRESS, pace=20)
    model.give(Breath(0.42))
    await OnTheAir(model, link).start()
    controller = Controller("central", link=link)
    central = Device(
        name="central", address="F0:11:22:33:44:55", host=Host(controller, AsyncPipeSink(controller))
    )
    await central.power_on()
    peer = Peer(await central.connect(ADDRESS))
    await peer.discover_services()
    await peer.discover_characteristics()
    driver = Driver()
    result: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    def hear(uuid: str, data: bytes) -> None:
        for event in driver.feed(uuid, bytes(data)):
            if hasattr(event, "native_value") and not result.done():
                result.set_result(event)

    for uuid in driver.notify:
        await peer.subscribe(peer.get_characteristics_by_uuid(UUID(uuid))[0], partial(hear, uuid))
    for command in (*driver.opening(), *driver.start()):
        target = peer.get_characteristics_by_uuid(UUID(command.characteristic))[0]
        await peer.write_value(target, command.data, with_response=command.with_response)
    event = await asyncio.wait_for(result, 30)
    print(f"ok      a breath of 0.42 mg/L over Bumble's own ATT: {event.native_value} {event.unit.value}")
    return 0


def main() -> int:
    """Entry."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--self-check", action="store_true", help="without bluetoothd: only the simulated side"
    )
    parser.add_argument("--first", type=int, default=len(CASES), help="so many cases only")
    options = parser.parse_args()
    return asyncio.run(self_check() if options.self_check else with_bluetoothd(options.first))


if __name__ == "__main__":
    raise SystemExit(main())
