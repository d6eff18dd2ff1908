"""Drives a simulated device without any transport, on made-up time."""

from simulators.breathalyzers.scripted import ScriptedBreathalyzer
from simulators.peripheral import DropLink, Notify


class PeripheralBench:
    """A connected, subscribed central in the form of plain calls; collects (second, frame)."""

    def __init__(self, device: ScriptedBreathalyzer, characteristic: str) -> None:
        self.device = device
        self.characteristic = characteristic
        self.now = 1000.0
        self.frames: list[tuple[float, bytes]] = []
        self.drops: list[str] = []
        self.link()

    def link(self) -> None:
        self.device.connected()
        self.device.set_subscribed(self.characteristic, True)
        self._collect()

    def write(self, value: bytes) -> None:
        self.device.write(self.characteristic, value, True)
        self._collect()

    def run(self, seconds: float) -> None:
        """Let the device live for so long, waking it exactly when it asks."""
        end = self.now + seconds
        self._collect()  # what was done to the device since the last call
        while (due := self.device.next_due()) is not None and due <= end:
            self.now = max(self.now, due)
            self._collect()
        self.now = end
        self._collect()

    def hex_frames(self) -> list[str]:
        return [frame.hex() for _, frame in self.frames]

    def _collect(self) -> None:
        for effect in self.device.advance(self.now):
            if isinstance(effect, Notify):
                assert len(effect.value) <= self.device.mtu - 3
                self.frames.append((round(self.now - 1000.0, 3), effect.value))
            else:
                assert isinstance(effect, DropLink)
                self.drops.append(effect.reason)
                self.device.disconnected()
