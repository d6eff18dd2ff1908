"""Checks of a trained model's report, one file each: what must be looked at before a model may be used."""

from __future__ import annotations

from typing import Any

from relapse_model.checks import miscalibrated, worse_than_own_rate
from relapse_model.checks.result import CheckResult

CHECKS = (worse_than_own_rate.check, miscalibrated.check)
"""Every check, in the order in which results are shown."""


def run_checks(report: dict[str, Any]) -> tuple[CheckResult, ...]:
    """All checks of all horizons of a training or evaluation report."""
    return tuple(check(hours, horizon) for hours, horizon in report["horizons"].items() for check in CHECKS)
