"""A virtual radio in a thread of its own, for tests that are not asynchronous (a browser's)."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from simulators.bluez import VirtualRadio
from simulators.breathalyzers.breath import Breath
from simulators.breathalyzers.scripted import ScriptedBreathalyzer


class RadioThread:
    """The bus address, and a way to do something to a device in the radio's own loop."""

    def __init__(self, device: ScriptedBreathalyzer) -> None:
        self.device = device
        self.address = ""
        self._loop = asyncio.new_event_loop()
        self._stopping = asyncio.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="radio")

    def start(self) -> None:
        """Start and wait until the bus is there."""
        self._thread.start()
        assert self._ready.wait(15)

    def give(self, breath: Breath) -> None:
        """`device.give`, from any thread."""
        self._loop.call_soon_threadsafe(self.device.give, breath)

    def stop(self) -> None:
        """End the radio."""
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(15)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._live())
        finally:
            self._loop.close()

    async def _live(self) -> None:
        radio = VirtualRadio()
        radio.place(self.device)
        self.address = await radio.start()
        self._ready.set()
        try:
            await self._stopping.wait()
        finally:
            await radio.stop()


@contextmanager
def radio_in_thread(device: ScriptedBreathalyzer) -> Iterator[RadioThread]:
    """The device on a running radio."""
    radio = RadioThread(device)
    radio.start()
    try:
        yield radio
    finally:
        radio.stop()
