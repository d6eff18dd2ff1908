"""Breathalyzers against their peers: does one show something where there should be nothing?

Method: of each device the values below the lowest limit (0.05 mg/L) of the last 90 days are averaged; the median of the
averages over the devices of the same model is what is usual. A device stands out when it lies more than three times the
model's median absolute deviation, and more than 0.005 mg/L, from it, with at least 20 such values (assumptions). This
sees a zero that wanders. It cannot see that a device reads too low: that only a calibration against a gas tells.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

LEAST_VALUES: Final = 20
LEAST_PEERS: Final = 3
MAD_TIMES: Final = 3.0
LEAST_OFFSET_MG_PER_L: Final = 0.005


@dataclass(frozen=True, slots=True)
class ZeroValues:
    """A device's values where nothing should be: how many, and their mean in mg/L (None: none)."""

    model: str
    serial: str
    count: int
    mean: float | None


@dataclass(frozen=True, slots=True)
class Drift:
    """How far a device's zero lies from its peers' (mg/L). `stands_out`: it should be looked at."""

    serial: str
    offset: float
    stands_out: bool


def drifts(devices: Sequence[ZeroValues]) -> dict[str, Drift]:
    """The devices with enough values and enough peers of their model, by serial number."""
    found: dict[str, Drift] = {}
    for model in {one.model for one in devices}:
        means = {
            one.serial: one.mean
            for one in devices
            if one.model == model and one.count >= LEAST_VALUES and one.mean is not None
        }
        if len(means) < LEAST_PEERS:
            continue
        usual = median(means.values())
        spread = median(abs(value - usual) for value in means.values())
        limit = max(MAD_TIMES * spread, LEAST_OFFSET_MG_PER_L)
        for serial, value in means.items():
            found[serial] = Drift(serial, value - usual, abs(value - usual) > limit)
    return found


def drifts_of_rows(rows: Sequence[Mapping[str, Any]]) -> set[str]:
    """Serial numbers that stand out, from rows of model, serial, zeros and zero_mean."""
    devices = [ZeroValues(row["model"], row["serial"], row["zeros"], row["zero_mean"]) for row in rows]
    return {serial for serial, found in drifts(devices).items() if found.stands_out}
