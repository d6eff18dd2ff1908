"""From a device's own unit to breath alcohol in mg/L: named, versioned, decimal, rounded once.

Blood units are turned back with the blood:breath ratio the devices are made for, 2100:1, so that the breath
value is what the device measured before it assumed a ratio (protocol reference, part 8: mg/L = %BAC / 0.21 =
g/L / 2.1 = (mg/100 mL) / 210; check value: 76 mg/100 mL = 0.362 mg/L, where the device itself shows 0.36).
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from types import MappingProxyType

from contracts.reading import NativeUnit

_THREE_PLACES = Decimal("0.001")


@dataclass(frozen=True, slots=True)
class Conversion:
    """mg/L in breath = native value × `numerator` / `denominator`."""

    name: str
    numerator: Decimal
    denominator: Decimal


CONVERSIONS = MappingProxyType(
    {
        NativeUnit.PERCENT_BAC: Conversion("percent_bac_2100_v1", Decimal(1), Decimal("0.21")),
        NativeUnit.MG_PER_L: Conversion("mg_per_l_v1", Decimal(1), Decimal(1)),
        # Devices that show permille mean g/L of blood here; permille by mass is not sent by any known device.
        NativeUnit.PERMILLE: Conversion("permille_2100_v1", Decimal(1), Decimal("2.1")),
        NativeUnit.G_PER_L_BLOOD: Conversion("g_per_l_2100_v1", Decimal(1), Decimal("2.1")),
        NativeUnit.MG_PER_100ML_BLOOD: Conversion("mg_per_100ml_2100_v1", Decimal(1), Decimal(210)),
        NativeUnit.UG_PER_100ML: Conversion("ug_per_100ml_v1", Decimal(1), Decimal(100)),
        NativeUnit.UG_PER_L: Conversion("ug_per_l_v1", Decimal(1), Decimal(1000)),
    }
)
"""The conversion for each native unit. A changed formula gets a new name; the old one is never altered."""


def to_mg_per_l(value: Decimal, unit: NativeUnit) -> tuple[Decimal, str]:
    """Breath alcohol in mg/L with three decimals (half up), and the conversion's name.

    Raises ValueError for a negative or non-finite value.
    """
    if not value.is_finite() or value < 0:
        raise ValueError("an alcohol value must be a finite number, zero or above")
    conversion = CONVERSIONS[unit]
    exact = value * conversion.numerator / conversion.denominator
    return exact.quantize(_THREE_PLACES, ROUND_HALF_UP), conversion.name
