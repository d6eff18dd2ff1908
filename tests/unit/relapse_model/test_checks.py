"""Checks of a report: each says issue, passed or not applicable, and never stays silent."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from relapse_model.artifact import cold_start
from relapse_model.checks import CHECKS, may_be_activated, run_checks

Report = dict[str, Any]


@pytest.fixture
def report() -> Report:
    return copy.deepcopy(cold_start().report)


def outcomes(report: Report) -> dict[tuple[str, int], str]:
    return {(r.code, r.horizon_hours): r.outcome for r in run_checks(report)}


def test_the_shipped_model_has_no_issue(report: Report) -> None:
    results = run_checks(report)
    assert len(results) == len(CHECKS) * 2 == 16
    assert "issue" not in {r.outcome for r in results}
    assert may_be_activated(report)
    assert all(r.explanation for r in results)
    passed = {r.code for r in results if r.outcome == "passed"}
    assert passed >= {"person_leakage", "time_leakage", "worse_than_own_rate", "miscalibrated"}


def worse(report: Report) -> None:
    report["horizons"]["24"]["person_grouped"]["all"]["model_minus_own_rate"]["auroc_95"] = [-0.05, -0.01]


def worse_skill(report: Report) -> None:
    report["horizons"]["24"]["person_grouped"]["all"]["model_minus_own_rate"]["brier_skill_95"] = [
        -0.05,
        -0.01,
    ]


def too_sure(report: Report) -> None:
    report["horizons"]["24"]["person_grouped"]["all"]["model"]["calibration_slope"] = 0.7


def too_shy(report: Report) -> None:
    report["horizons"]["24"]["person_grouped"]["all"]["model"]["calibration_slope"] = 1.3


def without_slope(report: Report) -> None:
    report["horizons"]["24"]["person_grouped"]["all"]["model"]["calibration_slope"] = None


def split_person(report: Report) -> None:
    report["leakage"]["people_in_two_folds"] = 1


def twin(report: Report) -> None:
    report["leakage"]["people_with_equal_histories"] = 2


def sees_the_future(report: Report) -> None:
    report["leakage"]["decisions_changed_by_the_future"] = 1


def tells_the_answer(report: Report) -> None:
    report["horizons"]["24"]["golden_feature"] = {"feature": "x", "auroc": 0.99}


def unfair(report: Report) -> None:
    figures = {"auroc": 0.9, "events": 80}
    report["horizons"]["24"]["by_group"] = {"sex": {"f": {**figures, "auroc": 0.7}, "m": figures}}


def drifted(report: Report) -> None:
    report["horizons"]["24"]["drift"]["thirds"][-1].update(base_rate=0.3, mean_probability=0.1)


def useless_alerts(report: Report) -> None:
    base = report["horizons"]["24"]["person_grouped"]["all"]["base_rate"]
    for row in report["horizons"]["24"]["alert_burden"]:
        row["model_ppv"] = base


@pytest.mark.parametrize(
    ("code", "spoil"),
    [
        ("worse_than_own_rate", worse),
        ("worse_than_own_rate", worse_skill),
        ("miscalibrated", too_sure),
        ("miscalibrated", too_shy),
        ("miscalibrated", without_slope),
        ("person_leakage", split_person),
        ("person_leakage", twin),
        ("time_leakage", sees_the_future),
        ("golden_feature", tells_the_answer),
        ("subgroup_gap", unfair),
        ("drift", drifted),
        ("degenerate_alert_burden", useless_alerts),
    ],
)
def test_what_must_not_be_is_an_issue(report: Report, code: str, spoil: Callable[[Report], None]) -> None:
    before = outcomes(report)
    spoil(report)
    after = outcomes(report)
    assert after[code, 24] == "issue"
    assert {key for key in after if after[key] != before[key]} <= {(code, 24), (code, 72)}
    assert not may_be_activated(report)


def test_where_nothing_can_be_said_a_check_is_not_applicable() -> None:
    figures = {"labelled": 3, "people": 1, "events": 0, "base_rate": 0.0}
    horizon = {
        "person_grouped": {"all": figures},
        "by_group": {},
        "drift": {"thirds": [], "stability_index": None},
    }
    results = run_checks({"horizons": {"24": horizon}})
    assert {r.outcome for r in results} == {"not_applicable"}
