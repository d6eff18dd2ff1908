"""Small studies: several divisions into folds, and what so many people can show at all."""

from __future__ import annotations

import numpy as np
import pytest

from relapse_model.candidates.trees import fit_trees
from relapse_model.dataset import build_dataset
from relapse_model.evaluate import COMPARED, stratum
from relapse_model.fitting import FEW_PEOPLE
from relapse_model.logistic import sigmoid
from relapse_model.out_of_fold import DIVISIONS_OF_FEW, VERY_FEW_PEOPLE, divisions
from relapse_model.out_of_fold import _mean_of as mean_of
from tests.support.histories import make_history


@pytest.mark.parametrize(
    ("people", "wanted"),
    [
        (VERY_FEW_PEOPLE, 1),
        (VERY_FEW_PEOPLE + 1, DIVISIONS_OF_FEW),
        (FEW_PEOPLE, DIVISIONS_OF_FEW),
        (FEW_PEOPLE + 1, 1),
    ],
)
def test_a_small_study_is_divided_several_times(people: int, wanted: int) -> None:
    seeds = divisions(build_dataset(make_history(people=people, days=2)))
    assert len(set(seeds)) == wanted


def test_divisions_are_averaged_in_log_odds_and_one_stays_as_it_is() -> None:
    low, high = np.array([0.1, np.nan]), np.array([0.9, np.nan])
    (even, unlabelled) = mean_of([low, high])
    assert even == pytest.approx(0.5)
    assert np.isnan(unlabelled)
    assert mean_of([low]) is low


def test_more_people_show_smaller_differences() -> None:
    reports = [one_study(people) for people in (60, 600)]
    for name in COMPARED:
        few, many = (report["model_minus_own_rate"][f"{name}_shown_from"] for report in reports)
        assert 0 < many < few
    few, many = (report["model_minus_own_rate"]["auroc_power"] for report in reports)
    assert 0 <= few < many


def test_a_score_like_the_own_rate_is_not_said_to_be_shown() -> None:
    found = one_study(200, noise=1.5)["model_minus_own_rate"]
    assert abs(found["auroc"]) < found["auroc_shown_from"]
    assert found["auroc_power"] < 0.5


def one_study(people: int, noise: float = 1.3) -> dict[str, dict[str, float]]:
    """20 decisions of each person; the yardstick knows the truth with a noise of 1.5, the score with this one."""
    random = np.random.default_rng(3)
    person = np.repeat(np.arange(people), 20)
    truth = np.repeat(random.normal(-1, 1, people), 20) + random.normal(0, 1, len(person))
    y = (random.random(len(person)) < sigmoid(truth)).astype(np.float64)
    own, score = (sigmoid(truth + random.normal(0, sd, len(person))) for sd in (1.5, noise))
    return stratum(score, own, y, person, seed=1)


def test_trees_on_a_share_of_the_columns_are_the_same_again_and_keep_their_signs() -> None:
    random = np.random.default_rng(8)
    z = random.normal(size=(500, 9))
    y = (random.random(500) < sigmoid(z[:, 0] + z[:, 1])).astype(np.float64)
    signs = np.array([1] + [0] * 8)
    first, again = (fit_trees(z, y, signs, 20, 4, 3, share_of_columns=1 / 3) for _ in range(2))
    assert first.logits(z).tobytes() == again.logits(z).tobytes()
    assert first.logits(z).tobytes() != fit_trees(z, y, signs, 20, 4, 3).logits(z).tobytes()
    raised = z + np.eye(9)[0]
    assert (first.logits(raised) >= first.logits(z)).all()
