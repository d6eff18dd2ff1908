"""Scores: probability, band, coverage and reasons that add up."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from relapse_model.artifact import Artifact, cold_start
from relapse_model.features import FeatureTable, as_if_asked, compute
from relapse_model.frame import Floats, micros
from relapse_model.gather import HistoryBuilder
from relapse_model.labels import Decisions, daily_decisions
from relapse_model.predict import _contributions, probabilities, score, score_decisions
from relapse_model.reasons import reason
from tests.support.histories import START, add_rows_known_after, builder_with, make_history

AT = START + timedelta(days=30)


def test_each_score_has_both_horizons_a_band_and_the_yardstick() -> None:
    scores = score(cold_start(), make_history(), AT)
    assert len(scores) == 12
    assert {s.coverage.level for s in scores} >= {"enough"}
    for one in scores:
        assert one.decided_at == AT
        assert (one.model_name, one.model_version) == (cold_start().name, cold_start().version)
        for horizon in one.horizons:
            assert 0 < horizon.own_rate < 1
            if one.coverage.level != "too_little":
                assert horizon.probability is not None
                assert horizon.low is not None
                assert horizon.high is not None
                assert 0 < horizon.low < horizon.probability < horizon.high < 1
    with pytest.raises(KeyError):
        scores[0].at_horizon(12)


def test_seventy_two_hours_are_riskier_than_twenty_four() -> None:
    history = make_history(people=30, days=40)
    p = probabilities(cold_start(), history, daily_decisions(history))
    assert p[72].mean() > p[24].mean()
    assert np.corrcoef(p[24], p[72])[0, 1] > 0.9


def test_those_who_drink_more_score_higher() -> None:
    history = make_history(people=30, days=40)
    scores = score(cold_start(), history, AT)
    drank = np.bincount(history.drinking.person[history.drinking.known() <= micros(AT)], minlength=30)
    p = [s.horizons[0].probability or 0.0 for s in scores]
    assert np.corrcoef(drank, p)[0, 1] > 0.6


def test_rows_known_later_change_no_score() -> None:
    builder = builder_with(12, 40, 1)
    add_rows_known_after(builder, 12, AT, seed=8)
    assert score(cold_start(), builder.build(), AT) == score(cold_start(), make_history(), AT)


def test_scores_of_one_and_of_many_are_the_same() -> None:
    history = make_history()
    together = score(cold_start(), history, AT)
    for row in range(len(together)):
        (alone,) = score(cold_start(), history.block(row, row + 1), AT)
        ours, theirs = alone.horizons, together[row].horizons
        assert [h.probability for h in ours] == [h.probability for h in theirs]
        assert alone.reasons == together[row].reasons
        assert alone.coverage == together[row].coverage


def test_people_may_have_an_instant_each_and_others_are_left_out() -> None:
    history = make_history()
    when = {"person-007": AT, "person-002": AT + timedelta(days=2)}
    scores = score(cold_start(), history, when)
    assert [(s.person_id, s.decided_at) for s in scores] == sorted(when.items())
    with pytest.raises(KeyError):
        score(cold_start(), history, {"nobody": AT})
    with pytest.raises(ValueError, match="time zone"):
        score(cold_start(), history, AT.replace(tzinfo=None))


def test_many_instants_of_one_person_come_in_one_call() -> None:
    history = make_history(people=2)
    decisions = daily_decisions(history)
    scores = score_decisions(cold_start(), history, decisions)
    assert len(scores) == len(decisions)
    at = scores[20].decided_at
    assert scores[20] == score(cold_start(), history, {scores[20].person_id: at})[0]


def test_nobody_gives_no_scores() -> None:
    assert score(cold_start(), HistoryBuilder().build(), AT) == []


def test_a_new_client_has_too_little_data_and_is_told_so() -> None:
    builder = HistoryBuilder()
    builder.person("ann", "Europe/Stockholm", AT - timedelta(days=1), AT)
    (new,) = score(cold_start(), builder.build(), AT)
    assert new.coverage.level == "too_little"
    assert new.horizons[0].probability is None
    assert new.coverage.en == "Too little data to say: 0 days with answers or tests"


def test_reasons_add_up_to_the_score() -> None:
    artifact, table, shares, _ = explained()
    model = artifact.horizons[0]
    average = np.full((1, table.values.shape[1]), np.nan)  # nothing known: the average training day
    assert shares.sum(axis=1) + model.logits(average)[0] == pytest.approx(model.logits(table.values))


def test_taking_a_reason_away_moves_the_score_as_far_as_the_reason_says() -> None:
    artifact, table, shares, groups = explained()
    model = artifact.horizons[0]
    whole = model.logits(table.values)
    removed = np.zeros_like(shares)
    for k, group in enumerate(groups):
        without = table.values.copy()
        for column, feature in enumerate(artifact.features):
            if feature.group == group:
                without[:, column] = np.nan  # not known: the average training day
        removed[:, k] = whole - model.logits(without)
    # Where groups act together the two differ a little; a reason worth saying must act as it says.
    weighty = np.abs(shares) > 0.3
    assert weighty.sum() > 20
    assert (np.sign(removed[weighty]) == np.sign(shares[weighty])).mean() > 0.98
    assert np.corrcoef(removed.ravel(), shares.ravel())[0, 1] > 0.95


def explained() -> tuple[Artifact, FeatureTable, Floats, list[str]]:
    history = make_history(people=30, days=40)
    artifact = cold_start()
    decisions = Decisions(np.arange(30), np.full(30, micros(AT)))
    table = as_if_asked(compute(history, decisions, artifact.items))
    groups, shares = _contributions(artifact, table)
    return artifact, table, shares, groups


def test_reasons_raise_and_counter_evidence_lowers_strongest_first() -> None:
    scores = score(cold_start(), make_history(people=30, days=40), AT)
    assert any(s.reasons for s in scores)
    assert any(s.counter_evidence for s in scores)
    for one in scores:
        raising = [r.weight for r in one.reasons]
        lowering = [r.weight for r in one.counter_evidence]
        assert raising == sorted(raising, reverse=True)
        assert all(w > 0 for w in raising)
        assert lowering == sorted(lowering)
        assert all(w < 0 for w in lowering)
        assert max(len(raising), len(lowering)) <= 3
        assert all(r.sv and r.en and r.sv != r.en for r in (*one.reasons, *one.counter_evidence))


def test_missed_evening_tests_are_said_with_their_numbers() -> None:
    shown = {
        "missed": 3.0,
        "due": 14.0,
        "missed_days": 5.0,
        "missed_tests": 3.0,
        "missed_evening": 3.0,
        "usual_missed_share": 0.04,
    }
    said = reason("missed", 0.4, shown)
    assert said is not None
    assert said.sv == "3 missade kvällstest på 5 dagar, normalt 0–1"
    assert said.en == "3 missed evening tests in 5 days, usually 0–1"
    assert said.numbers == {"missed": 3.0, "days": 5.0, "usual": 0.4}


def test_an_item_is_said_on_its_own_scale() -> None:
    said = reason("craving", 0.2, {"craving.recent": 7.5, "craving.usual": 3.0, "craving.high": 10.0})
    assert said is not None
    assert (said.sv, said.en) == ("Sug 7,5 av 10, normalt 3", "Craving 7.5 of 10, usually 3")
    own = reason(
        "coped_with_stress", 0.2, {f"coped_with_stress.{p}": 40.0 for p in ("recent", "usual", "high")}
    )
    assert own is not None
    assert own.sv.startswith("coped with stress 40 av 40")
    nothing = {"craving.recent": float("nan"), "craving.usual": 3.0, "craving.high": 10.0}
    assert reason("craving", 0.2, nothing) is None


def test_scoring_loads_numpy_only() -> None:
    code = (
        "import sys, relapse_model.predict, relapse_model.card\n"
        "from relapse_model.artifact import Artifact, cold_start\n"
        "cold_start()\n"
        "print([m for m in ('sklearn', 'scipy', 'holidays', 'pandas') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_decision_may_lie_at_any_moment() -> None:
    history = make_history(people=2)
    odd = datetime(2025, 4, 2, 13, 37, 11, 123456, tzinfo=UTC)
    assert score(cold_start(), history, odd)[0].decided_at == odd
