"""Alcohol units as the simulated devices convert them: written here on purpose, independent of the gateway's."""

BLOOD_TO_BREATH = 2100.0
"""Partition ratio every known consumer breathalyzer assumes: 2100 mL of breath carry what 1 mL of blood carries."""


def percent_bac(brac_mg_per_l: float) -> float:
    """Breath alcohol in mg/L as %BAC (g per 100 mL of blood). 0.21 %BAC per mg/L at 2100:1."""
    grams_per_ml_of_blood = brac_mg_per_l / 1000.0 / 1000.0 * BLOOD_TO_BREATH
    return grams_per_ml_of_blood * 100.0


def mg_per_100_ml(brac_mg_per_l: float) -> float:
    """Breath alcohol in mg/L as mg per 100 mL of blood (raw unit of Titan/Deimos)."""
    return brac_mg_per_l / 1000.0 * BLOOD_TO_BREATH * 100.0


def blood_g_per_l(brac_mg_per_l: float) -> float:
    """Breath alcohol in mg/L as grams per litre of blood."""
    return brac_mg_per_l / 1000.0 * BLOOD_TO_BREATH
