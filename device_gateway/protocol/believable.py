"""From a device's number to an event: a value, or a failure when nobody could have that much and live."""

from decimal import Decimal

from contracts.reading import Failure, NativeUnit
from device_gateway.protocol.events import Failed, Result
from device_gateway.protocol.units import to_mg_per_l

MAX_BELIEVABLE_MG_PER_L = Decimal("2.857")
"""0.600 %BAC, above what people survive (assumption); more is taken for a garbled frame."""


def result(value: Decimal, unit: NativeUnit, raw: bytes) -> Result | Failed:
    """`value` is not negative, in `unit`; `raw` is the frame it came in."""
    if to_mg_per_l(value, unit)[0] > MAX_BELIEVABLE_MG_PER_L:
        return Failed(Failure.COMM, raw.hex())
    return Result(value, unit, raw.hex())
