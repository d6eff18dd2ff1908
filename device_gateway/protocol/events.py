"""One vocabulary of events for all device families (protocol reference, part 8). Values stay native."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from contracts.reading import Failure, NativeUnit


@dataclass(frozen=True, slots=True)
class Countdown:
    """The sensor is being cleared; `value` counts down to the moment to blow."""

    value: int
    is_seconds: bool = True


@dataclass(frozen=True, slots=True)
class Ready:
    """The device waits for the breath."""


@dataclass(frozen=True, slots=True)
class Blowing:
    """Breath is coming in; `remaining` counts down, or `strength` (0 to 100) is told, in the device's own steps."""

    remaining: int | None = None
    strength: int | None = None


@dataclass(frozen=True, slots=True)
class Analysing:
    """The breath is in; the device computes."""


@dataclass(frozen=True, slots=True)
class Result:
    """The device's value, as it reported it. `raw` is the whole frame in hex."""

    native_value: Decimal
    unit: NativeUnit
    raw: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The device ended the test without a value, or sent one that cannot be believed."""

    failure: Failure
    raw: str


@dataclass(frozen=True, slots=True)
class BatteryState:
    """The battery as reported. `level` 0 (empty) to 4 (full), None until two readings agree."""

    millivolts: int | None = None
    percent: int | None = None
    level: int | None = None


@dataclass(frozen=True, slots=True)
class UseCount:
    """How many tests the device has made."""

    count: int


@dataclass(frozen=True, slots=True)
class Identified:
    """Who the device is, from its Device Information service."""

    model: str
    serial: str | None
    firmware: str | None


@dataclass(frozen=True, slots=True)
class Calibrated:
    """When the device was calibrated last, as it says; it does not say whether that is still good enough."""

    on: date


@dataclass(frozen=True, slots=True)
class Answered:
    """The command whose `reply` is `to` was answered. For families whose answers are not one notification."""

    to: bytes


@dataclass(frozen=True, slots=True)
class Trailing:
    """A frame after the result whose meaning is not certain. Kept raw; never a source of a value.

    `disagrees` is set when what it seems to say lies further than the driver's tolerance from the result.
    """

    raw: str
    disagrees: bool


@dataclass(frozen=True, slots=True)
class Unrecognised:
    """Bytes no rule of the driver covers. Kept raw and counted, otherwise without effect."""

    raw: str


Event = (
    Countdown
    | Ready
    | Blowing
    | Analysing
    | Result
    | Failed
    | BatteryState
    | UseCount
    | Identified
    | Calibrated
    | Answered
    | Trailing
    | Unrecognised
)
