"""Stock bleak on the virtual radio, in one process."""

import asyncio
import os
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from bleak import BleakClient, BleakScanner
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakDBusError,
    BleakError,
    BleakGATTProtocolError,
)

from simulators.bluez import BUS_VARIABLE, DBusDaemonMissingError, RadioTiming, VirtualRadio, virtual_radio
from simulators.breathalyzers.bactrack_c6 import SERIAL_NUMBER, BactrackC6
from simulators.breathalyzers.bactrack_c6_frames import (
    ADVERTISED_SERVICE,
    BREATH_CHARACTERISTIC,
    BREATH_SERVICE,
    FAULT_CODES,
    START_TEST,
)
from simulators.breathalyzers.breath import TESTING, Breath, DeviceState, Fault
from tests.support.breath_client import BreathClient, find

ADDRESS = "C6:00:00:00:00:01"
QUICK = 200
SIGNAL_S = 0.05
"""Enough for a D-Bus signal to reach bleak."""


@pytest.fixture
def device() -> BactrackC6:
    return BactrackC6(ADDRESS, pace=QUICK)


@pytest_asyncio.fixture
async def radio(device: BactrackC6) -> AsyncIterator[VirtualRadio]:
    async with virtual_radio(device, timing=RadioTiming(connect_timeout_s=0.3)) as radio:
        yield radio


@pytest.mark.usefixtures("radio")
async def test_a_scan_shows_name_service_and_strength() -> None:
    found = await BleakScanner.discover(timeout=0.3, return_adv=True)
    device, advertisement = found[ADDRESS]
    assert device.name == "BACtrack C6"
    assert advertisement.service_uuids == [ADVERTISED_SERVICE]
    assert -70 < advertisement.rssi < -50


@pytest.mark.usefixtures("radio")
async def test_a_scan_for_another_service_finds_nothing() -> None:
    other = "3caa0001-0060-4787-9da2-533c53b399a0"
    assert await BleakScanner.discover(timeout=0.3, service_uuids=[other]) == []


@pytest.mark.usefixtures("radio")
async def test_advertisements_repeat_while_scanning() -> None:
    heard: list[int] = []

    def on_advertisement(_device: BLEDevice, data: AdvertisementData) -> None:
        heard.append(data.rssi)

    async with BleakScanner(on_advertisement):
        await asyncio.sleep(0.7)
    assert len(heard) >= 3


async def test_a_name_may_come_after_the_first_advertisement(device: BactrackC6) -> None:
    names: list[str | None] = []

    def on_advertisement(_device: BLEDevice, data: AdvertisementData) -> None:
        names.append(data.local_name)

    timing = RadioTiming(late_names=True, advertise_every_s=0.05)
    async with virtual_radio(device, timing=timing), BleakScanner(on_advertisement):
        await asyncio.sleep(0.3)
    assert names[0] is None
    assert names[-1] == "BACtrack C6"


@pytest.mark.usefixtures("radio")
async def test_device_information_and_services_are_there() -> None:
    async with BleakClient(await find(ADDRESS)) as client:
        assert bytes(await client.read_gatt_char(SERIAL_NUMBER)).startswith(b"0")
        assert client.services.get_service(BREATH_SERVICE) is not None
        characteristic = client.services.get_characteristic(BREATH_CHARACTERISTIC)
        assert characteristic is not None
        assert sorted(characteristic.properties) == ["notify", "write"]


@pytest.mark.usefixtures("radio")
async def test_a_full_test_takes_a_few_hundred_milliseconds(device: BactrackC6) -> None:
    device.give(Breath(0.42))
    started = time.monotonic()
    async with BreathClient(await find(ADDRESS)) as client:
        frames = await client.run_test()
    assert time.monotonic() - started < 2.0
    result = next(frame for frame in frames if frame[1] == 6)
    assert int.from_bytes(result[3:5], "big") == 88
    assert [frame[1] for frame in frames[:-1]] == [1] * 5 + [2] + [3] * 6 + [4, 5, 6]


@pytest.mark.usefixtures("radio")
@pytest.mark.parametrize("fault", list(Fault))
async def test_every_error_arrives(device: BactrackC6, fault: Fault) -> None:
    device.fail(fault)
    device.give(Breath(0.1))
    async with BreathClient(await find(ADDRESS)) as client:
        await client.send(START_TEST)
        await client.until(0x80, FAULT_CODES[fault])
    assert device.last_fault is fault


@pytest.mark.usefixtures("radio")
@pytest.mark.parametrize("state", sorted(TESTING))
async def test_a_link_cut_in_mid_test_is_noticed_and_the_device_is_found_again(
    device: BactrackC6, state: DeviceState
) -> None:
    device.cut_link(at=state)
    device.give(Breath(0.1))
    async with BreathClient(await find(ADDRESS)) as client:
        await client.send(START_TEST)
        async with asyncio.timeout(2):
            await client.lost.wait()
        assert not client.bleak.is_connected
    device.give(Breath(0.1))
    async with BreathClient(await find(ADDRESS)) as client:
        assert await client.run_test()


async def test_carrying_the_device_away_drops_the_link(radio: VirtualRadio) -> None:
    async with BreathClient(await find(ADDRESS)) as client:
        radio.carry_away(ADDRESS)
        async with asyncio.timeout(2):
            await client.lost.wait()
    assert await BleakScanner.find_device_by_address(ADDRESS, timeout=0.3) is None
    radio.bring_back(ADDRESS)
    await find(ADDRESS)


async def test_connecting_to_an_absent_device_hangs_until_the_clients_own_timeout(
    radio: VirtualRadio,
) -> None:
    radio.timing.connect_timeout_s = 40.0
    found = await find(ADDRESS)
    radio.carry_away(ADDRESS)
    with pytest.raises(TimeoutError):
        await BleakClient(found, timeout=0.3).connect()


async def test_the_abort_of_an_absent_device_makes_bleak_wait_for_its_timeout(radio: VirtualRadio) -> None:
    found = await find(ADDRESS)
    radio.carry_away(ADDRESS)
    with pytest.raises(TimeoutError):
        await BleakClient(found, timeout=0.6).connect()
    radio.bring_back(ADDRESS)
    async with BleakClient(await find(ADDRESS)):
        pass


async def test_a_device_switched_off_is_not_found_until_it_is_on(
    radio: VirtualRadio, device: BactrackC6
) -> None:
    assert radio.address
    device.switch_off()
    assert await BleakScanner.find_device_by_address(ADDRESS, timeout=0.3) is None
    device.switch_on()
    await find(ADDRESS)


async def test_a_device_not_heard_for_long_is_forgotten(radio: VirtualRadio) -> None:
    radio.timing.forget_after_s = 0.1
    found = await find(ADDRESS)
    await asyncio.sleep(0.3)
    with pytest.raises(BleakError, match="not found"):
        await BleakClient(found).connect()


async def test_objects_stay_after_a_disconnect(radio: VirtualRadio) -> None:
    assert radio.address
    found = await find(ADDRESS)
    for _ in range(3):
        async with BleakClient(found) as client:
            assert bytes(await client.read_gatt_char(SERIAL_NUMBER)).startswith(b"0")


async def test_an_adapter_that_is_off_is_reported(radio: VirtualRadio) -> None:
    radio.adapter.set_powered(False)
    with pytest.raises(BleakBluetoothNotAvailableError, match="powered"):
        await BleakScanner.find_device_by_address(ADDRESS, timeout=0.3)
    radio.adapter.set_powered(True)
    await asyncio.sleep(SIGNAL_S)
    await find(ADDRESS)


async def test_switching_the_adapter_off_drops_the_link(radio: VirtualRadio) -> None:
    async with BreathClient(await find(ADDRESS)) as client:
        radio.adapter.set_powered(False)
        async with asyncio.timeout(2):
            await client.lost.wait()
    radio.adapter.set_powered(True)
    await asyncio.sleep(SIGNAL_S)
    await find(ADDRESS)


async def test_an_adapter_pulled_out_is_reported_and_works_again(radio: VirtualRadio) -> None:
    await find(ADDRESS)
    radio.adapter.unplug()
    await asyncio.sleep(SIGNAL_S)
    with pytest.raises(BleakBluetoothNotAvailableError):
        await BleakScanner.find_device_by_address(ADDRESS, timeout=0.3)
    radio.adapter.plug_in()
    await asyncio.sleep(SIGNAL_S)
    await find(ADDRESS)


@pytest.mark.usefixtures("radio")
async def test_a_write_without_response_is_refused_where_the_device_has_none() -> None:
    async with BleakClient(await find(ADDRESS)) as client:
        with pytest.raises(BleakGATTProtocolError):
            await client.write_gatt_char(BREATH_CHARACTERISTIC, START_TEST, response=False)


@pytest.mark.usefixtures("radio")
async def test_a_characteristic_without_read_cannot_be_read() -> None:
    async with BleakClient(await find(ADDRESS)) as client:
        with pytest.raises(BleakGATTProtocolError):
            await client.read_gatt_char(BREATH_CHARACTERISTIC)


@pytest.mark.usefixtures("radio")
async def test_after_stop_notify_nothing_arrives(device: BactrackC6) -> None:
    async with BreathClient(await find(ADDRESS)) as client:
        await client.send(bytes.fromhex("08"))
        await client.until(0x88)
        await client.bleak.stop_notify(BREATH_CHARACTERISTIC)
        client.frames.clear()
        device.give(Breath(0.1))
        finished = asyncio.Event()
        device.observe(lambda now: finished.set() if now.state is DeviceState.RESULT else None)
        await client.send(START_TEST)
        await asyncio.wait_for(finished.wait(), 5)
        assert client.frames == []


async def test_losing_the_whole_bus_is_noticed_by_the_client(device: BactrackC6) -> None:
    async with virtual_radio(device) as radio:
        client = BreathClient(await find(ADDRESS))
        await client.__aenter__()
        await radio.stop()
        async with asyncio.timeout(2):
            await client.lost.wait()
        with pytest.raises((BleakError, OSError, EOFError)):
            await find(ADDRESS)


async def test_the_environment_is_put_back(monkeypatch: pytest.MonkeyPatch, device: BactrackC6) -> None:
    monkeypatch.setenv(BUS_VARIABLE, "unix:path=/nowhere")
    async with virtual_radio(device) as radio:
        assert os.environ[BUS_VARIABLE] == radio.address
    assert os.environ[BUS_VARIABLE] == "unix:path=/nowhere"


async def test_two_devices_cannot_share_an_address(radio: VirtualRadio) -> None:
    with pytest.raises(ValueError, match=ADDRESS):
        radio.place(BactrackC6(ADDRESS))


async def test_a_missing_dbus_daemon_is_said_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(DBusDaemonMissingError, match="install the system package"):
        await VirtualRadio().start()


@pytest.mark.usefixtures("radio")
async def test_a_read_of_an_unknown_object_is_an_error() -> None:
    found = await find(ADDRESS)
    elsewhere = BLEDevice("C6:00:00:00:00:99", None, {"path": "/org/bluez/hci0/dev_C6_00_00_00_00_99"})
    assert found.address == ADDRESS
    with pytest.raises((BleakError, BleakDBusError)):
        await BleakClient(elsewhere).connect()
