"""Many simulated breathalyzers tested at the same time through one radio and one bleak."""

import asyncio

import pytest
from bleak import BleakScanner

from simulators.bluez import virtual_radio
from simulators.breathalyzers.bactrack_c6 import BactrackC6
from simulators.breathalyzers.bactrack_c6_frames import ADVERTISED_SERVICE
from simulators.breathalyzers.breath import Breath
from simulators.units import percent_bac
from tests.support.breath_client import BreathClient


async def measure_all(count: int) -> dict[str, int]:
    """Result field of ST 06 by address, every device tested at the same time."""
    devices = [BactrackC6(f"C6:00:00:00:00:{number:02X}", pace=50) for number in range(count)]
    for number, device in enumerate(devices):
        device.give(Breath(number / 100))
    results: dict[str, int] = {}
    async with virtual_radio(*devices):
        found = await BleakScanner.discover(timeout=0.5, service_uuids=[ADVERTISED_SERVICE])
        assert len(found) == count

        async def one(address: str) -> None:
            async with BreathClient(next(d for d in found if d.address == address), 60) as client:
                frames = await client.run_test()
                [result] = [frame for frame in frames if frame[:2] == b"\x80\x06"]
                assert len(frames) == 16
                results[address] = int.from_bytes(result[3:5], "big")

        await asyncio.gather(*(one(device.address) for device in devices))
    return results


@pytest.mark.parametrize("count", [32, 100])
async def test_every_one_of_many_concurrent_tests_arrives_whole(count: int) -> None:
    results = await measure_all(count)
    assert len(results) == count
    for number, value in enumerate(results[f"C6:00:00:00:00:{number:02X}"] for number in range(count)):
        assert value == int(percent_bac(number / 100) * 1000 + 0.5)
