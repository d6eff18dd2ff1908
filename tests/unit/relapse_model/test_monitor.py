"""A model in use is compared with what followed: it fits, it has drifted, or there is too little to say."""

from typing import Any

import numpy as np
import pytest

from nykter.bench.scoring import random_history
from relapse_model.frame import DAY, Floats, History
from relapse_model.labels import Decisions, daily_decisions, label
from relapse_model.monitor import Monitored, monitor


@pytest.fixture(scope="module")
def history() -> History:
    return random_history(60, 120, 4)


def looked(history: History, scored: Any) -> Monitored:
    decisions = daily_decisions(history)
    until = int(history.people.observed_to.max())
    return monitor(history, decisions, scored(decisions, until), 24, until)


def true_rates(history: History, decisions: Decisions) -> Floats:
    drank = label(history, decisions, 24).drank
    known = np.nan_to_num(drank, nan=0.0)
    rate = np.bincount(decisions.person, known) / np.bincount(decisions.person)
    return np.clip(rate[decisions.person], 0.01, 0.99)


def test_scores_that_come_true_are_steady(history: History) -> None:
    found = looked(history, lambda d, _: true_rates(history, d))
    assert found.verdict in {"steady", "watch"}
    assert found.ratio is not None and 0.75 < found.ratio < 1.35
    assert found.low is not None and found.high is not None and found.low < found.ratio < found.high
    assert found.auroc is not None and found.auroc > 0.7
    assert found.stability_index is not None and found.stability_index < 0.1


def test_scores_twice_too_high_have_shifted(history: History) -> None:
    found = looked(history, lambda d, _: np.clip(2.5 * true_rates(history, d), 0, 0.99))
    assert found.verdict == "shifted"
    assert found.high is not None and found.high < 1


def test_scores_that_jump_in_the_last_weeks_have_shifted(history: History) -> None:
    def scored(decisions: Decisions, until: int) -> Floats:
        rates = true_rates(history, decisions)
        return np.where(decisions.at > until - 28 * DAY, np.sqrt(rates), rates)

    found = looked(history, scored)
    assert found.verdict == "shifted"
    assert found.stability_index is not None and found.stability_index > 0.25


def test_few_decisions_say_nothing(history: History) -> None:
    few = history.block(0, 2)
    found = looked(few, lambda d, _: true_rates(few, d))
    assert (found.verdict, found.ratio, found.auroc) == ("too_few", None, None)


def test_what_was_not_said_is_not_judged(history: History) -> None:
    found = looked(history, lambda d, _: np.full(len(d), np.nan))
    assert (found.labelled, found.verdict, found.stability_index) == (0, "too_few", None)
