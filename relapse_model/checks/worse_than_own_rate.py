"""Is the model better than the client's own running rate alone, on people it has not seen?"""

from __future__ import annotations

from typing import Any

from relapse_model.checks.result import CheckResult

CODE = "worse_than_own_rate"


def check(hours: str, horizon: dict[str, Any], _report: dict[str, Any]) -> CheckResult:
    """An issue when the paired 95 % interval of AUROC or Brier skill lies wholly below the own rate's."""
    difference = horizon["person_grouped"]["all"].get("model_minus_own_rate")
    if difference is None or difference["auroc_95"] is None or difference["brier_skill_95"] is None:
        return CheckResult(CODE, int(hours), "not_applicable", "Only one outcome occurs: nothing to compare.")
    worse = difference["auroc_95"][1] < 0 or difference["brier_skill_95"][1] < 0
    figures = ", ".join(
        f"{name} {difference[key]:+.3f} ({difference[key + '_95'][0]:+.3f} to {difference[key + '_95'][1]:+.3f})"
        for name, key in (("AUROC", "auroc"), ("Brier skill", "brier_skill"))
    )
    return CheckResult(CODE, int(hours), "issue" if worse else "passed", f"Against the own rate: {figures}.")
