"""What a person may choose when starting the demo."""

from dataclasses import dataclass
from pathlib import Path

from nykter.errors import NykterError

MOST_CLIENTS = 500
MOST_DAYS = 400


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """Choices of `nykter demo`. `speed`: seconds of demo time per real second once history has been played."""

    port: int = 8080
    speed: float = 60.0
    clients: int = 40
    days: int = 120
    seed: int = 7
    data: Path = Path("demo-data")

    def checked(self) -> "DemoOptions":
        """Itself, or NykterError in words about the choice that cannot be met."""
        problems = []
        if not 1 <= self.port <= 65535:
            problems.append("PORT is a number from 1 to 65535")
        if not 0.1 <= self.speed <= 3600:
            problems.append("SPEED is a number from 0.1 to 3600 (1 = real time)")
        if not 1 <= self.clients <= MOST_CLIENTS:
            problems.append(f"CLIENTS is a number from 1 to {MOST_CLIENTS}")
        if not 0 <= self.days <= MOST_DAYS:
            problems.append(f"DAYS is a number from 0 to {MOST_DAYS}")
        if self.seed < 0:
            problems.append("SEED is a whole number from 0")
        if problems:
            raise NykterError("; ".join(problems) + ".", exit_code=2)
        return self
