"""Checks of a trained model's report, one file each: what must be looked at before a model may be used."""

from __future__ import annotations

from typing import Any

from relapse_model.checks import (
    alert_burden,
    drift,
    golden_feature,
    miscalibrated,
    person_leakage,
    subgroup_gap,
    time_leakage,
    worse_than_own_rate,
)
from relapse_model.checks.result import CheckResult

CHECKS = (
    person_leakage.check,
    time_leakage.check,
    worse_than_own_rate.check,
    golden_feature.check,
    miscalibrated.check,
    subgroup_gap.check,
    drift.check,
    alert_burden.check,
)
"""Every check, in the order in which results are shown."""


def run_checks(report: dict[str, Any]) -> tuple[CheckResult, ...]:
    """All checks of all horizons of a training or evaluation report."""
    return tuple(
        check(hours, horizon, report) for hours, horizon in report["horizons"].items() for check in CHECKS
    )


def may_be_activated(report: dict[str, Any]) -> bool:
    """Whether no check found an issue: what a person is shown before approving a model."""
    return all(result.outcome != "issue" for result in run_checks(report))
