"""The report says in plain sentences what holds, what so many people cannot show, and where the model fails."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from relapse_model.plainly import plainly
from relapse_model.report_words import lead_words


def horizon() -> dict[str, Any]:
    """A horizon in which everything is well."""
    less: dict[str, Any] = {}
    for key in ("auroc", "brier_skill", "ppv_top_10"):
        less |= {key: 0.05, f"{key}_95": [0.02, 0.08], f"{key}_shown_from": 0.04, f"{key}_power": 0.9}
    timing = {"people": 50, "mean": 0.62, "interval_95": [0.58, 0.66]}
    figures = {
        "model": {"calibration_slope": 1.02, "within_person_auroc_timing": timing},
        "model_minus_own_rate": less,
    }
    return {"person_grouped": {"all": figures}, "forward_in_time": None}


def verdicts(found: dict[str, Any]) -> dict[str, list[str]]:
    said: dict[str, list[str]] = {"fails": [], "not_shown": [], "holds": []}
    for one in plainly(found):
        said[one["verdict"]].append(one["text"])
    return said


def test_where_all_is_well_everything_holds() -> None:
    said = verdicts(horizon())
    assert (len(said["holds"]), said["not_shown"], said["fails"]) == (5, [], [])
    assert "AUROC +0.050 against the own rate (+0.020 to +0.080): better." in said["holds"][0]


def test_an_interval_around_nothing_is_not_shown_and_says_what_could_be() -> None:
    found = horizon()
    found["person_grouped"]["all"]["model_minus_own_rate"]["auroc_95"] = [-0.01, 0.03]
    (said,) = verdicts(found)["not_shown"]
    assert said.endswith("no difference is shown. So many people show differences from about 0.040 on.")


def test_failures_stand_first() -> None:
    found = horizon()
    model = found["person_grouped"]["all"]["model"]
    model["calibration_slope"] = 0.3
    model["within_person_auroc_timing"] = {"people": 9, "mean": 0.5, "interval_95": [0.4, 0.6]}
    worse = deepcopy(found["person_grouped"])
    worse["all"]["model_minus_own_rate"]["auroc_95"] = [-0.09, -0.02]
    found["forward_in_time"] = worse
    found["leave_one_study_out"] = {"this": worse, "other": worse}
    outcomes = [one["verdict"] for one in plainly(found)]
    assert outcomes == ["fails"] * 4 + ["not_shown"] + ["holds"] * 3
    said = verdicts(found)
    assert "probabilities lie too far apart" in said["fails"][0]
    assert "The own rate alone does better here." in said["fails"][1]
    assert said["not_shown"][0].endswith("The score says who, not when.")


def test_one_outcome_says_that_nothing_can_be_said() -> None:
    (said,) = plainly({"person_grouped": {"all": {"labelled": 9}}})
    assert said["verdict"] == "not_shown"


def test_lead_time_is_said_in_words_also_when_there_is_none() -> None:
    none: dict[str, Any] = {"onsets": 4, "alerted": 0.0, "median_days": None, "histogram": [0, 0]}
    assert "model 0 %; own rate 0 %" in lead_words({"model": none, "own_rate": none})
    some = none | {"alerted": 0.5, "median_days": 2.5}
    assert "model 50 %, median 2.5 days before" in lead_words({"model": some, "own_rate": none})
    nobody = none | {"onsets": 0, "alerted": None}
    assert "no lead time" in lead_words({"model": nobody, "own_rate": nobody})
