"""Candidates: trees scored in numpy as scikit-learn does, faithful shares, pooling, and the ladder's rule."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from relapse_model.candidates.linear import Linear
from relapse_model.candidates.pooled import OwnRate, Pooled, fit_prior
from relapse_model.candidates.trees import Trees, fit_trees
from relapse_model.frame import Floats, Ints
from relapse_model.ladder import CANDIDATES, Variant, choose, variants
from relapse_model.logistic import Weights, sigmoid


def made(rows: int = 3000, columns: int = 5, seed: int = 1) -> tuple[Floats, Floats]:
    random = np.random.default_rng(seed)
    z = random.normal(size=(rows, columns))
    logits = z[:, 0] + z[:, 1] * (z[:, 2] > 0) - 0.5 * z[:, 3] - 1
    return z, (random.random(rows) < sigmoid(logits)).astype(np.float64)


def test_trees_give_what_scikit_learn_gives() -> None:
    from sklearn.ensemble import HistGradientBoostingClassifier

    z, y = made()
    ours = fit_trees(z, y, np.zeros(5, np.int64), 30, 8, seed=3)
    theirs = HistGradientBoostingClassifier(
        learning_rate=0.06, max_iter=30, max_leaf_nodes=8, max_depth=4, min_samples_leaf=20,
        l2_regularization=10.0, max_bins=64, early_stopping=False, random_state=3,
    ).fit(z, y)  # fmt: skip
    assert ours.logits(z) == pytest.approx(theirs.decision_function(z))
    assert ours.first(10).logits(z[:1]) != pytest.approx(ours.logits(z[:1]))


def test_a_row_of_trees_does_not_depend_on_the_others_and_survives_json() -> None:
    z, y = made()
    trees = fit_trees(z, y, np.zeros(5, np.int64), 30, 8, seed=3)
    again = Trees.from_json(trees.to_json())
    assert trees.logits(z)[7:8].tobytes() == again.logits(z[7:8]).tobytes()
    group = np.array([0, 0, 1, 2, 3])
    assert trees.shares(z, group, 4)[7:8].tobytes() == again.shares(z[7:8], group, 4).tobytes()


def test_a_warning_never_lowers_the_sum_of_trees() -> None:
    z, y = made()
    trees = fit_trees(z, 1 - y, np.array([1, 0, 0, 0, 0]), 60, 8, seed=3)  # the data say the opposite
    more = z.copy()
    more[:, 0] += 1.5
    assert (trees.logits(more) >= trees.logits(z) - 1e-12).all()


def test_columns_that_never_vary_and_one_outcome_give_a_constant() -> None:
    trees = fit_trees(np.zeros((50, 3)), np.ones(50), np.zeros(3, np.int64), 10, 4, seed=1)
    assert trees.trees == ()
    assert trees.shares(np.zeros((2, 3)), np.zeros(3, np.int64), 1).tolist() == [[0.0], [0.0]]


@pytest.mark.parametrize(
    "spoil", [lambda t: t["left"].__setitem__(0, 99), lambda t: t["right"].__setitem__(0, 0),
              lambda t: t["value"].pop(), lambda t: t["threshold"].__setitem__(0, float("nan"))]
)  # fmt: skip
def test_a_tree_that_does_not_hang_together_is_refused(spoil) -> None:  # type: ignore[no-untyped-def]
    z, y = made()
    document = fit_trees(z, y, np.zeros(5, np.int64), 2, 4, seed=3).to_json()
    spoil(document["trees"][0])
    with pytest.raises(ValueError, match="hang together|finite"):
        Trees.from_json(document)


def test_shares_are_the_shapley_values_of_the_groups() -> None:
    z, y = made(columns=6)
    group = np.array([0, 1, 1, 2, 3, 0])
    trees = fit_trees(z, y, np.zeros(6, np.int64), 25, 8, seed=2)
    for row in z[:5]:
        ours = trees.shares(row[None, :], group, 4)[0]
        assert ours == pytest.approx(slow_shapley(trees, row, group, 4))
        assert ours.sum() == pytest.approx((trees.logits(row[None, :]) - trees.logits(np.zeros((1, 6))))[0])


def slow_shapley(trees: Trees, row: Floats, group: Ints, groups: int) -> Floats:
    shares = np.zeros(groups)
    orders = list(permutations(range(groups)))
    for order in orders:
        mixed = np.zeros((1, len(row)))
        before = trees.logits(mixed)[0]
        for number in order:
            mixed[0, group == number] = row[group == number]
            after = trees.logits(mixed)[0]
            shares[number] += after - before
            before = after
    return shares / len(orders)


def test_the_prior_is_found_again_from_people_drawn_from_it() -> None:
    random = np.random.default_rng(4)
    rate = random.beta(0.1 * 5, 0.9 * 5, 2000)
    days = random.integers(10, 60, 2000)
    mean, strength = fit_prior(random.binomial(days, rate).astype(np.float64), days.astype(np.float64))
    assert mean == pytest.approx(0.1, abs=0.05)
    assert 3 <= strength <= 8


def test_pooling_pulls_a_short_history_towards_the_others() -> None:
    own = OwnRate(0, 1, (0.0, 0.0), (1.0, 1.0))
    pooled = Pooled(own, 0.3, 10.0, Linear(Weights(0.0, np.array([1.0, 0.0]))))
    days = np.array([2.0, 60.0])
    rate = np.log(0.2 / (days + 3 - 0.2))  # nothing drunk so far
    z = np.column_stack([rate, np.log1p(days)])
    short, long = sigmoid(pooled.pooled(z)[:, 0])
    assert short == pytest.approx(3 / 12)
    assert long == pytest.approx(3 / 70)
    again = Pooled.from_json(pooled.to_json())
    assert again.logits(z).tolist() == pooled.logits(z).tolist()
    zero = pooled.logits(np.zeros((1, 2)))[0]
    assert pooled.shares(z, np.array([0, 1]), 2).sum(axis=1) + zero == pytest.approx(pooled.logits(z))


def test_the_simplest_variant_within_one_standard_error_wins() -> None:
    random = np.random.default_rng(6)
    person = np.repeat(np.arange(200), 20)
    truth = np.repeat(random.normal(-1, 1.5, 200), 20)
    y = (random.random(len(person)) < sigmoid(truth)).astype(np.float64)
    simple, middle, rich = (Variant((rung, 0.0, 0), CANDIDATES[rung], 1.0) for rung in (0, 2, 5))
    held_out = {rich: truth, middle: truth + random.normal(0, 0.001, len(y)), simple: np.full(len(y), -1.0)}
    chosen, tried = choose(held_out, y, person)
    assert chosen == middle
    assert [t["candidate"] for t in tried] == ["base_rate", "logistic_history", "boosting"]


def test_every_candidate_is_on_the_ladder_and_another_name_is_refused() -> None:
    named = [v.candidate for v in variants()]
    assert set(named) == set(CANDIDATES)
    without_trees = [name for name in named if name not in {"boosting", "blend"}]
    assert without_trees == sorted(without_trees, key=CANDIDATES.index) == named[: len(without_trees)]
    weights = [v.setting / (2 if v.candidate == "blend" else 1) for v in variants()[len(without_trees) :]]
    assert weights == sorted(weights)
    assert {v.candidate for v in variants("ridge")} == {"ridge"}
    with pytest.raises(ValueError, match="no candidate is called 'magic'"):
        variants("magic")
