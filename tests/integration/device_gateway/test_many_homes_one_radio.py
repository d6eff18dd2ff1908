"""Many breathalyzers tested at the same time through one radio, each by the gateway's own session and driver."""

import asyncio
import time
from decimal import Decimal

from device_gateway.messages import value_of
from device_gateway.radio import BleakRadio, Found, look_around
from device_gateway.session import Session
from device_gateway.test_run import Limits, Phase, Run
from simulators.bluez import virtual_radio
from simulators.breathalyzers.bactrack_c6 import BactrackC6
from simulators.breathalyzers.breath import Breath

COUNT = 24


async def measured(found: Found, number: int) -> Run:
    session = Session(BleakRadio(found=found), Limits(settle_ms=200), time.monotonic, lambda _: None)
    return await session.perform(Run(f"{number:032x}"))


async def test_each_of_many_tests_at_the_same_time_ends_with_its_own_value() -> None:
    devices = [BactrackC6(f"C6:00:00:00:00:{number:02X}", pace=20) for number in range(COUNT)]
    for number, device in enumerate(devices):
        device.give(Breath(number / 50))
    async with virtual_radio(*devices):
        found = {one.device.address: one for one in await look_around(0.8)}
        assert set(found) == {device.address for device in devices}
        runs = await asyncio.gather(
            *(measured(found[device.address], number) for number, device in enumerate(devices))
        )
    for number, run in enumerate(runs):
        assert run.phase is Phase.RESULT, (number, run.failure, run.code)
        assert abs((value_of(run) or Decimal(0)) - Decimal(number) / 50) <= Decimal("0.005")
