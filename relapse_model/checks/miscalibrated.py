"""Does the model say 20 % where drinking follows in 20 %?"""

from __future__ import annotations

from typing import Any

from relapse_model.checks.result import CheckResult

CODE = "miscalibrated"
SLOPE_LOW, SLOPE_HIGH = 0.9, 1.1
"""Calibration slopes accepted on people the model has not seen (assumption)."""
AT_LEAST_EVENTS = 100
"""Events below which a slope is mostly chance (assumption)."""


def check(hours: str, horizon: dict[str, Any], _report: dict[str, Any]) -> CheckResult:
    """An issue when the out-of-fold calibration slope lies outside 0.9 to 1.1."""
    figures = horizon["person_grouped"]["all"]
    if "model" not in figures or figures["events"] < AT_LEAST_EVENTS:
        return CheckResult(CODE, int(hours), "not_applicable", f"Only {figures['events']} events.")
    slope = figures["model"]["calibration_slope"]
    right = slope is not None and SLOPE_LOW <= slope <= SLOPE_HIGH
    shown = "unknown" if slope is None else f"{slope:.2f}"
    said = f"Calibration slope {shown}, wanted {SLOPE_LOW} to {SLOPE_HIGH}."
    return CheckResult(CODE, int(hours), "passed" if right else "issue", said)
