"""A central for tests: stock bleak, one test run, frames as they come."""

import asyncio
from types import TracebackType
from typing import Self

from bleak import BleakClient, BleakScanner
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.device import BLEDevice

from simulators.breathalyzers.bactrack_c6_frames import (
    ADVERTISED_SERVICE,
    BREATH_CHARACTERISTIC,
    START_TEST,
)


async def find(address: str) -> BLEDevice:
    device = await BleakScanner.find_device_by_address(address, timeout=5, service_uuids=[ADVERTISED_SERVICE])
    assert device is not None
    return device


class BreathClient:
    """`async with BreathClient(device) as client`: connected and subscribed.

    `patience_s`: how long connecting and a test may take; many at once on a busy machine take longer than one.
    """

    def __init__(self, device: BLEDevice, patience_s: float = 10) -> None:
        self.lost = asyncio.Event()
        self.frames: list[bytes] = []
        self._arrived = asyncio.Event()
        self.bleak = BleakClient(device, lambda _client: self.lost.set(), timeout=patience_s)
        self._patience_s = patience_s

    async def __aenter__(self) -> Self:
        await self.bleak.connect()
        await self.bleak.start_notify(BREATH_CHARACTERISTIC, self._on_frame)
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        await self.bleak.disconnect()

    async def send(self, command: bytes) -> None:
        await self.bleak.write_gatt_char(BREATH_CHARACTERISTIC, command, response=True)

    async def until(self, opcode: int, state: int | None = None, timeout_s: float = 10) -> bytes:
        """The first frame with this opcode (and state)."""
        async with asyncio.timeout(timeout_s):
            while True:
                for frame in self.frames:
                    if frame[0] == opcode and (state is None or frame[1] == state):
                        return frame
                self._arrived.clear()
                await self._arrived.wait()

    async def run_test(self) -> list[bytes]:
        """Start a test and collect its frames until the 81 frame."""
        self.frames.clear()
        await self.send(START_TEST)
        await self.until(0x81, timeout_s=self._patience_s)
        return list(self.frames)

    def _on_frame(self, _characteristic: BleakGATTCharacteristic, value: bytearray) -> None:
        self.frames.append(bytes(value))
        self._arrived.set()
