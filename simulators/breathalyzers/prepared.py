"""What a presenter has prepared for a device and what has not happened yet."""

from simulators.breathalyzers.breath import NATURAL_STAGE, Breath, DeviceState, Fault


class Prepared:
    """The next breath, faults and link cuts. Everything strikes once."""

    def __init__(self) -> None:
        self.breath: Breath | None = None
        self._faults: dict[DeviceState, Fault] = {}
        self._cuts: set[DeviceState] = set()
        self._at_once: Fault | None = None

    def fault(self, fault: Fault, at: DeviceState | None, in_test: bool) -> None:
        """A fault for the given state; else at once in a running test; else at its natural stage of the next one."""
        if at is None and in_test:
            self._at_once = fault
        else:
            self._faults[at or NATURAL_STAGE[fault]] = fault

    def cut(self, at: DeviceState) -> None:
        """A link cut on entering a state."""
        self._cuts.add(at)

    def clear(self) -> None:
        """Nothing is prepared any more."""
        self.breath = None
        self._faults.clear()
        self._cuts.clear()
        self._at_once = None

    def take_breath(self) -> Breath | None:
        """The breath, used up."""
        breath, self.breath = self.breath, None
        return breath

    def take_immediate_fault(self) -> Fault | None:
        """The fault that must strike now, used up."""
        fault, self._at_once = self._at_once, None
        return fault

    def take_fault(self, state: DeviceState) -> Fault | None:
        """The fault of a state, used up."""
        return self._faults.pop(state, None)

    def take_cut(self, state: DeviceState) -> bool:
        """Whether the link is to be cut in a state, used up."""
        wanted = state in self._cuts
        self._cuts.discard(state)
        return wanted
