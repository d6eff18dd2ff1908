"""Drives one transport-free `Peripheral` on the clock of the running asyncio loop."""

import asyncio
from collections.abc import Callable

from simulators.peripheral import Effect, Peripheral


class Heartbeat:
    """Calls `advance` when the device is due or was given an input, and hands its effects on in order."""

    def __init__(self, peripheral: Peripheral, deliver: Callable[[Effect], None]) -> None:
        self._peripheral = peripheral
        self._deliver = deliver
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._soon: asyncio.Handle | None = None
        peripheral.attach(self.wake)
        self.wake()

    def wake(self) -> None:
        """Let the device act at the next turn of the loop (so that a reply to a write leaves first)."""
        if self._soon is None:
            self._soon = self._loop.call_soon(self._beat)

    def stop(self) -> None:
        """Leave the device alone from now on."""
        self._peripheral.attach(lambda: None)
        for handle in (self._timer, self._soon):
            if handle is not None:
                handle.cancel()

    def _beat(self) -> None:
        self._soon = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for effect in self._peripheral.advance(self._loop.time()):
            self._deliver(effect)
        due = self._peripheral.next_due()
        if due is not None:
            self._timer = self._loop.call_at(due, self._beat)
