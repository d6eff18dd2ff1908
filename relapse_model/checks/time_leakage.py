"""Does a feature change when everything known later is taken away?"""

from __future__ import annotations

from typing import Any

from relapse_model.checks.result import CheckResult

CODE = "time_leakage"


def check(hours: str, _horizon: dict[str, Any], report: dict[str, Any]) -> CheckResult:
    """An issue when any sampled decision has other features in the history as it stood then, bit for bit."""
    found = report.get("leakage")
    if found is None or not found["instants_checked"]:
        return CheckResult(CODE, int(hours), "not_applicable", "No decision was compared with its own past.")
    changed = found["decisions_changed_by_the_future"]
    said = (
        f"{changed} of {found['instants_checked']} sampled decisions change when later rows are taken away."
    )
    return CheckResult(CODE, int(hours), "issue" if changed else "passed", said)
