"""Checks of a report: each says issue, passed or not applicable."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from relapse_model.artifact import cold_start
from relapse_model.checks import CHECKS, run_checks


@pytest.fixture
def report() -> dict[str, Any]:
    return copy.deepcopy(cold_start().report)


def outcomes(report: dict[str, Any]) -> dict[tuple[str, int], str]:
    return {(r.code, r.horizon_hours): r.outcome for r in run_checks(report)}


def test_the_shipped_model_passes_every_check(report: dict[str, Any]) -> None:
    results = run_checks(report)
    assert len(results) == len(CHECKS) * 2
    assert {r.outcome for r in results} == {"passed"}
    assert all(r.explanation for r in results)


@pytest.mark.parametrize("measure", ["auroc_95", "brier_skill_95"])
def test_a_model_worse_than_the_own_rate_is_an_issue(report: dict[str, Any], measure: str) -> None:
    report["horizons"]["24"]["person_grouped"]["all"]["model_minus_own_rate"][measure] = [-0.05, -0.01]
    assert outcomes(report)["worse_than_own_rate", 24] == "issue"
    assert outcomes(report)["worse_than_own_rate", 72] == "passed"


@pytest.mark.parametrize("slope", [0.7, 1.3, None])
def test_a_model_too_sure_or_too_shy_is_an_issue(report: dict[str, Any], slope: float | None) -> None:
    report["horizons"]["72"]["person_grouped"]["all"]["model"]["calibration_slope"] = slope
    assert outcomes(report)["miscalibrated", 72] == "issue"


def test_too_few_events_or_one_outcome_make_a_check_not_applicable(report: dict[str, Any]) -> None:
    figures = report["horizons"]["24"]["person_grouped"]["all"]
    figures["events"] = 12
    del figures["model_minus_own_rate"]
    assert outcomes(report)["miscalibrated", 24] == "not_applicable"
    assert outcomes(report)["worse_than_own_rate", 24] == "not_applicable"
