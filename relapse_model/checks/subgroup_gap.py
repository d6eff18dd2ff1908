"""Does the model serve one group of people clearly worse than the others?"""

from __future__ import annotations

from typing import Any

from relapse_model.checks.result import CheckResult

CODE = "subgroup_gap"
WIDEST_GAP = 0.10
"""Widest accepted AUROC gap between values of a group column (assumption; published gaps reach 0.13 in a group of
20, domain reference 7.4)."""
AT_LEAST_EVENTS = 50


def check(hours: str, horizon: dict[str, Any], _report: dict[str, Any]) -> CheckResult:
    """An issue when AUROCs within a group column lie more than 0.10 apart, each from 50 events or more."""
    widest, where = 0.0, ""
    compared = False
    for column, values in horizon.get("by_group", {}).items():
        areas = {
            name: figures["auroc"]
            for name, figures in values.items()
            if figures["auroc"] is not None and figures["events"] >= AT_LEAST_EVENTS
        }
        if len(areas) < 2:
            continue
        compared = True
        low, high = min(areas, key=areas.__getitem__), max(areas, key=areas.__getitem__)
        if areas[high] - areas[low] >= widest:
            widest, where = (
                areas[high] - areas[low],
                f"{column}: {low} {areas[low]:.3f}, {high} {areas[high]:.3f}",
            )
    if not compared:
        return CheckResult(CODE, int(hours), "not_applicable", "No two groups with events enough to compare.")
    said = f"Widest AUROC gap {widest:.3f} ({where}); accepted up to {WIDEST_GAP}."
    return CheckResult(CODE, int(hours), "issue" if widest > WIDEST_GAP else "passed", said)
