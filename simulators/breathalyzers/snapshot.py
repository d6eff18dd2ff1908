"""What can be seen of a simulated device from outside, and being told when it changes."""

from collections.abc import Callable
from dataclasses import dataclass

from simulators.breathalyzers.breath import DeviceState, Fault


@dataclass(frozen=True)
class DeviceSnapshot:
    """One moment. Last result in mg/L as the device measured it, None before the first; `revision` only grows."""

    address: str
    model: str
    serial: str
    state: DeviceState
    connected: bool
    battery_mv: int
    use_count: int
    pace: float
    breath_waiting: bool
    last_result_mg_per_l: float | None
    last_fault: Fault | None
    revision: int


Observer = Callable[[DeviceSnapshot], None]
"""Called after a change. It may look but not touch: a device must not be acted upon from inside its own change."""
