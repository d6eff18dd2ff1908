"""Do scores or outcomes move over time as if the model stood on other ground?"""

from __future__ import annotations

from typing import Any

from relapse_model.checks.result import CheckResult

CODE = "drift"
STABILITY_LIMIT = 0.25
"""Population stability index above which scores have shifted (rule of thumb, assumption)."""
CALIBRATION_RATIO = 1.5
"""How far the observed share may leave the mean probability in the last third of time (assumption)."""
AT_LEAST_EVENTS = 30


def check(hours: str, horizon: dict[str, Any], _report: dict[str, Any]) -> CheckResult:
    """An issue when the last third's outcomes leave its probabilities by half; a shift of scores alone is said."""
    found = horizon.get("drift") or {}
    thirds, index = found.get("thirds") or [], found.get("stability_index")
    if not thirds or index is None or thirds[-1]["base_rate"] * thirds[-1]["labelled"] < AT_LEAST_EVENTS:
        return CheckResult(
            CODE, int(hours), "not_applicable", "Too few labelled decisions to follow over time."
        )
    last = thirds[-1]
    ratio = last["base_rate"] / max(last["mean_probability"], 1e-9)
    moved = not 1 / CALIBRATION_RATIO <= ratio <= CALIBRATION_RATIO
    shifted = " (scores have shifted)" if index > STABILITY_LIMIT else ""
    seen, expected = 100 * last["base_rate"], 100 * last["mean_probability"]
    said = (
        f"Last third of time: {seen:.1f} % followed by drinking, {expected:.1f} % expected; "
        f"stability index {index:.2f}{shifted}."
    )
    return CheckResult(CODE, int(hours), "issue" if moved else "passed", said)
