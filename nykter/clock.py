"""The clocks an entry point can hand to its process: the machine's own, or one shared by all processes of a demo.

The shared clock is a small file: at the machine's instant `real_anchor` it showed `domain_anchor`, and since then it
runs `speed` times as fast. Every process reads the file again when it changes, so a jump reaches all of them.
"""

import json
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from contracts.clock import Clock
from nykter.errors import NykterError

CLOCK_FILE_VARIABLE = "NYKTER_CLOCK_FILE"
_NEVER = datetime.max.replace(tzinfo=UTC)


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """See `contracts.clock.Clock`."""
        return datetime.now(UTC)

    def real_time_of(self, instant: datetime) -> datetime:
        """The instant itself."""
        return instant.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class ClockSetting:
    """What the file says. `speed` is domain seconds per real second; 0 = standing still."""

    real_anchor: datetime
    domain_anchor: datetime
    speed: float

    def domain_at(self, real: datetime) -> datetime:
        """What the clock shows at a real instant."""
        return self.domain_anchor + (real - self.real_anchor) * self.speed

    def real_of(self, domain: datetime) -> datetime:
        """When the clock shows `domain`; the end of time when it stands still before it."""
        if self.speed > 0:
            try:
                return self.real_anchor + (domain - self.domain_anchor) / self.speed
            except OverflowError:
                return _NEVER
        return self.real_anchor if domain <= self.domain_anchor else _NEVER


class SharedClock:
    """A clock that other processes may set. Thread-safe; re-reads its file when that was replaced."""

    def __init__(self, path: Path) -> None:
        """Raises NykterError when the file is absent or not a clock."""
        self._path = path
        self._guard = threading.Lock()
        self._mark, self._setting = self._read()

    def now(self) -> datetime:
        """See `contracts.clock.Clock`."""
        return self._current().domain_at(datetime.now(UTC))

    def real_time_of(self, instant: datetime) -> datetime:
        """See `contracts.clock.Clock`; true as long as nobody sets the clock."""
        return self._current().real_of(instant.astimezone(UTC))

    @property
    def speed(self) -> float:
        """Domain seconds per real second."""
        return self._current().speed

    def _current(self) -> ClockSetting:
        with self._guard:
            try:
                changed = _mark_of(self._path.stat()) != self._mark
            except OSError:  # gone, e.g. while the demo stops: the last known pace goes on
                changed = False
            if changed:
                self._mark, self._setting = self._read()
            return self._setting

    def _read(self) -> tuple[tuple[int, int, int], ClockSetting]:
        try:
            with self._path.open("rb") as file:
                mark = _mark_of(os.fstat(file.fileno()))
                return mark, _parse(json.load(file))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise NykterError(f"{self._path} is not a clock file ({type(error).__name__}).") from error


def set_clock(path: Path, domain_now: datetime, speed: float = 1.0) -> ClockSetting:
    """Make the clock at `path` show `domain_now` (aware) from this moment, running at `speed`.

    Raises ValueError for a naive instant or a negative speed.
    """
    if domain_now.utcoffset() is None or not speed >= 0:
        raise ValueError("a clock needs an aware instant and a speed of zero or more")
    return _write(path, ClockSetting(datetime.now(UTC), domain_now.astimezone(UTC), speed))


def change_speed(path: Path, speed: float) -> ClockSetting:
    """Go on from the time shown now, at another speed (0 = stand still)."""
    clock = SharedClock(path)
    return set_clock(path, clock.now(), speed)


def jump(path: Path, by: timedelta) -> ClockSetting:
    """Move the clock by a duration, keeping its speed."""
    clock = SharedClock(path)
    return set_clock(path, clock.now() + by, clock.speed)


def clock_from_environment(environment: Mapping[str, str] | None = None) -> Clock:
    """The shared clock when NYKTER_CLOCK_FILE is set, else the machine's."""
    path = (os.environ if environment is None else environment).get(CLOCK_FILE_VARIABLE)
    return SharedClock(Path(path)) if path else SystemClock()


def _parse(content: Mapping[str, str | float]) -> ClockSetting:
    real = datetime.fromisoformat(str(content["real_anchor"]))
    domain = datetime.fromisoformat(str(content["domain_anchor"]))
    speed = float(content["speed"])
    if real.utcoffset() is None or domain.utcoffset() is None or not speed >= 0:
        raise ValueError("naive instant or negative speed")
    return ClockSetting(real.astimezone(UTC), domain.astimezone(UTC), speed)


def _write(path: Path, setting: ClockSetting) -> ClockSetting:
    text = json.dumps(
        {
            "real_anchor": setting.real_anchor.isoformat(),
            "domain_anchor": setting.domain_anchor.isoformat(),
            "speed": setting.speed,
        }
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    beside.write_text(text, encoding="ascii")
    beside.replace(path)
    return setting


def _mark_of(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_mtime_ns, status.st_ino, status.st_size
