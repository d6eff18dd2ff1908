"""Does the same person stand on both sides of a split, or under two names?"""

from __future__ import annotations

from typing import Any

from relapse_model.checks.result import CheckResult

CODE = "person_leakage"


def check(hours: str, _horizon: dict[str, Any], report: dict[str, Any]) -> CheckResult:
    """An issue when a person's decisions fall into two folds, or two people have the same rows throughout."""
    found = report.get("leakage")
    if found is None:
        return CheckResult(
            CODE, int(hours), "not_applicable", "The report does not say how people were split."
        )
    split, twice = found["people_in_two_folds"], found["people_with_equal_histories"]
    said = f"{split} people in two folds, {twice} people with the same history as somebody else."
    return CheckResult(CODE, int(hours), "issue" if split or twice else "passed", said)
