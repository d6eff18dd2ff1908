"""The arithmetic of fitting and measuring, against scikit-learn where it has the same."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from relapse_model.calibrate import calibration_line, fit_platt
from relapse_model.frame import Floats
from relapse_model.logistic import covariance, fit_logistic, logit, sigmoid
from relapse_model.metrics import Ranking, auroc, brier_skill, top_share, within_person_aurocs
from relapse_model.split import person_folds


def sample(n: int = 4000, columns: int = 6) -> tuple[Floats, Floats, Floats]:
    random = np.random.default_rng(2)
    z = random.normal(size=(n, columns))
    true = np.array([0.8, -0.5, 0.3, 0.0, -0.2, 0.1])[:columns]
    return z, (random.random(n) < sigmoid(z @ true - 1)).astype(np.float64), true


def test_without_signs_the_weights_are_those_of_scikit_learn() -> None:
    z, y, _ = sample()
    ours = fit_logistic(z, y, np.full(6, 20.0), np.zeros(6, np.int64))
    theirs = LogisticRegression(C=1 / 20, tol=1e-10, max_iter=500).fit(z, y)
    assert ours.weights == pytest.approx(theirs.coef_[0], abs=1e-5)
    assert ours.intercept == pytest.approx(float(theirs.intercept_[0]), abs=1e-5)


def test_a_signed_weight_never_turns_negative() -> None:
    z, y, _ = sample()
    fitted = fit_logistic(z, y, np.full(6, 1.0), np.ones(6, np.int64))
    assert fitted.weights.min() == 0
    assert fitted.weights[1] == fitted.weights[4] == 0
    free = fit_logistic(z[:, [0, 2, 3, 5]], y, np.full(4, 1.0), np.ones(4, np.int64))
    assert fitted.weights[[0, 2, 3, 5]] == pytest.approx(free.weights, abs=1e-4)


def test_a_repeated_person_does_not_make_the_covariance_smaller() -> None:
    z, y, _ = sample(1500)
    person = np.arange(1500)
    penalty = np.full(6, 1e-6)
    once = covariance(z, y, person, penalty, fit_logistic(z, y, penalty, np.zeros(6, np.int64)))
    z4, y4, person4 = np.repeat(z, 4, axis=0), np.repeat(y, 4), np.repeat(person, 4)
    four = covariance(z4, y4, person4, penalty, fit_logistic(z4, y4, penalty, np.zeros(6, np.int64)))
    assert np.diag(four) == pytest.approx(np.diag(once), rel=1e-3)


def test_platt_scaling_mends_a_score_that_is_too_sure() -> None:
    z, y, true = sample(20000)
    raw = 3 * (z @ true - 1)
    platt = fit_platt(raw, y)
    assert platt.slope == pytest.approx(1 / 3, abs=0.02)
    _, slope = calibration_line(sigmoid(platt.apply(raw)), y)
    assert slope == pytest.approx(1.0, abs=0.01)


def test_auroc_is_that_of_scikit_learn_with_ties_and_weights() -> None:
    random = np.random.default_rng(1)
    score = random.integers(0, 20, 500).astype(np.float64)
    y = (random.random(500) < 0.2 + score / 40).astype(np.float64)
    assert auroc(score, y) == pytest.approx(roc_auc_score(y, score))
    weight = random.integers(0, 3, 500).astype(np.float64)
    assert Ranking(score, y).auroc(weight) == pytest.approx(roc_auc_score(y, score, sample_weight=weight))
    assert np.isnan(auroc(score, np.zeros(500)))


def test_within_person_auroc_is_each_persons_own() -> None:
    random = np.random.default_rng(1)
    person = np.repeat(np.arange(8), 30)
    score = random.integers(0, 9, 240).astype(np.float64)
    y = (random.random(240) < 0.3).astype(np.float64)
    y[person == 3] = 0
    expected = [roc_auc_score(y[person == p], score[person == p]) for p in range(8) if p != 3]
    shuffled = random.permutation(240)
    values, decisions = within_person_aurocs(score, y, person)
    assert values == pytest.approx(expected)
    assert decisions.tolist() == [30.0] * 7
    again, _ = within_person_aurocs(score[shuffled], y[shuffled], person[shuffled])
    assert again == pytest.approx(expected)


def test_brier_skill_is_zero_for_the_base_rate_and_one_for_the_truth() -> None:
    y = np.array([0.0, 1.0, 0.0, 0.0])
    assert brier_skill(np.full(4, 0.25), y) == pytest.approx(0)
    assert brier_skill(y, y) == 1


def test_the_top_tenth_is_the_highest_scored() -> None:
    y = np.zeros(50)
    y[45:] = 1
    top = top_share(np.arange(50.0), y)
    assert top.ppv == 1
    assert top.sensitivity == 1
    assert top.per_person_week == pytest.approx(0.7)


def test_folds_do_not_depend_on_the_order_of_people() -> None:
    names = tuple(f"p{k}" for k in range(23))
    folds = dict(zip(names, person_folds(names, 5, 1).tolist(), strict=True))
    turned = names[::-1]
    assert dict(zip(turned, person_folds(turned, 5, 1).tolist(), strict=True)) == folds
    assert sorted(np.bincount(list(folds.values())).tolist()) == [4, 4, 5, 5, 5]
    with pytest.raises(ValueError, match="cannot be split"):
        person_folds(("a",), 2, 1)


def test_logit_undoes_sigmoid() -> None:
    x = np.array([-8.0, -0.1, 0.0, 3.0])
    assert logit(sigmoid(x)) == pytest.approx(x)
    assert sigmoid(np.array([-1e4, 1e4])).tolist() == [0.0, 1.0]
