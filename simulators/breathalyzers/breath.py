"""What a person or a presenter can do to a simulated breathalyzer, in words shared by all families."""

from dataclasses import dataclass
from enum import StrEnum

from simulators.sensor import NORMAL_BREATH_C


class Blow(StrEnum):
    """How the person blows."""

    GOOD = "good"
    WEAK = "weak"
    """Long enough but too little air: the device asks for a better blow."""
    STRONG = "strong"
    """Blown so hard that the device refuses it: no family has a code of its own for that (assumption)."""
    INTERRUPTED = "interrupted"
    """Stopped half-way."""
    NONE = "none"
    """Never blows; the device gives up."""
    CANCELLED = "cancelled"
    """Presses the button instead of blowing."""


@dataclass(frozen=True)
class Breath:
    """One attempt: the true breath alcohol, and how it is delivered.

    `reaction_s`: from the device asking for it to the first air, in the device's own (paced) seconds.
    Raises ValueError for a negative amount.
    """

    true_brac_mg_per_l: float
    blow: Blow = Blow.GOOD
    mouth_alcohol_mg_per_l: float = 0.0
    reaction_s: float = 1.0
    temperature_c: float = NORMAL_BREATH_C
    """Of the breath where it leaves the mouth: higher with fever, lower after a hard blow or cold air."""

    def __post_init__(self) -> None:
        if min(self.true_brac_mg_per_l, self.mouth_alcohol_mg_per_l, self.reaction_s) < 0:
            raise ValueError("a breath has no negative alcohol and no negative delay")


class Fault(StrEnum):
    """Everything a device can report instead of a result. A family maps the ones it knows to its own codes."""

    NO_BLOW = "no_blow"
    INSUFFICIENT_BLOW = "insufficient_blow"
    GENERAL = "general"
    LOW_BATTERY = "low_battery"
    TEMPERATURE_LOW = "temperature_low"
    TEMPERATURE_HIGH = "temperature_high"
    CANCELLED = "cancelled"
    NOT_CALIBRATED = "not_calibrated"
    OVER_RANGE = "over_range"


class DeviceState(StrEnum):
    """Where a device stands in a test."""

    OFF = "off"
    IDLE = "idle"
    WARMING_UP = "warming_up"
    READY = "ready"
    BLOWING = "blowing"
    ANALYSING = "analysing"
    RESULT = "result"
    ERROR = "error"


TESTING = frozenset({DeviceState.WARMING_UP, DeviceState.READY, DeviceState.BLOWING, DeviceState.ANALYSING})
"""States in which a test is under way."""

NATURAL_STAGE = {
    Fault.LOW_BATTERY: DeviceState.WARMING_UP,
    Fault.TEMPERATURE_LOW: DeviceState.WARMING_UP,
    Fault.TEMPERATURE_HIGH: DeviceState.WARMING_UP,
    Fault.NOT_CALIBRATED: DeviceState.WARMING_UP,
    Fault.GENERAL: DeviceState.WARMING_UP,
    Fault.NO_BLOW: DeviceState.READY,
    Fault.CANCELLED: DeviceState.READY,
    Fault.INSUFFICIENT_BLOW: DeviceState.BLOWING,
    Fault.OVER_RANGE: DeviceState.ANALYSING,
}
"""Where in a test a forced fault strikes when nothing else is said (assumption: by the fault's meaning)."""
