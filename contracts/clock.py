"""The clock every process is given at its entry point, so that nothing below reads the machine's time itself."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Where domain time comes from. A demo or a test may run at another pace than the machine."""

    def now(self) -> datetime:
        """The current instant, aware UTC."""

    def real_time_of(self, instant: datetime) -> datetime:
        """The machine's instant (aware UTC) at which this clock will show `instant`; used to set wake-ups."""
