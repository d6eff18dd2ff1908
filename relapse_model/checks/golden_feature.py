"""Does a single column tell nearly everything? Then it probably tells the answer."""

from __future__ import annotations

from typing import Any

from relapse_model.checks.result import CheckResult

CODE = "golden_feature"
TOO_GOOD = 0.95
"""AUROC of one column alone above which it is taken for a leak (assumption; past use reaches 0.80 to 0.89)."""


def check(hours: str, horizon: dict[str, Any], _report: dict[str, Any]) -> CheckResult:
    """An issue when one column alone orders decisions with an AUROC above 0.95."""
    found = horizon.get("golden_feature")
    if not found or found["auroc"] is None:
        return CheckResult(
            CODE, int(hours), "not_applicable", "No column could be compared with the outcome."
        )
    said = (
        f"The strongest column alone, {found['feature']}, has AUROC {found['auroc']:.3f}; limit {TOO_GOOD}."
    )
    return CheckResult(CODE, int(hours), "issue" if found["auroc"] > TOO_GOOD else "passed", said)
