"""Would alerts be so many, or so seldom right, that nobody could use them?"""

from __future__ import annotations

from typing import Any

from relapse_model.checks.result import CheckResult

CODE = "degenerate_alert_burden"
BUDGET_PER_DAY_AND_30_CLIENTS = 1.5
"""Predictive alerts a caseload of 30 bears in a day (assumption, domain reference 11.2)."""
AT_LEAST_LIFT = 1.2
"""How much more often than the base rate an alert within the budget must be right (assumption)."""


def check(hours: str, horizon: dict[str, Any], _report: dict[str, Any]) -> CheckResult:
    """An issue when alerts within the budget are hardly better than chance, or scores tie so that none can be set."""
    rows = [
        row
        for row in horizon.get("alert_burden") or []
        if row["alerts_per_day_and_30_clients"] <= BUDGET_PER_DAY_AND_30_CLIENTS
    ]
    base = horizon["person_grouped"]["all"].get("base_rate")
    if not rows or not base:
        return CheckResult(CODE, int(hours), "not_applicable", "Too few decisions to set an alert limit.")
    best = max(rows, key=lambda row: float(row["share"]))
    lift = best["model_ppv"] / base
    said = (
        f"At {best['alerts_per_day_and_30_clients']} alerts a day for 30 clients {100 * best['model_ppv']:.0f} % are "
        f"followed by drinking, {lift:.1f} times the base rate."
    )
    most = min(AT_LEAST_LIFT, 0.95 / base)
    return CheckResult(CODE, int(hours), "issue" if lift < most else "passed", said)
