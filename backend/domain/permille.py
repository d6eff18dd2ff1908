"""Permille estimated from breath: always derived, never measured."""

FACTOR = 2.0
FACTOR_VERSION = "breath-2.0"


def estimated_permille(brac_mg_per_l: float, factor: float = FACTOR) -> float:
    """Blood alcohol in permille (mg/g) estimated from breath alcohol in mg/L.

    A model, not a unit conversion: show it as an estimate. Raises ValueError below zero.
    Source: the Swedish statutory limits, 0.10 mg/L in breath against 0.20 permille in blood (published).
    """
    if brac_mg_per_l < 0:
        raise ValueError("breath alcohol is below zero")
    return brac_mg_per_l * factor
