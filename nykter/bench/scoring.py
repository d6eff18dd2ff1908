"""The risk model: scoring many clients, one on arrival, and training, beside a plain loop and scikit-learn."""

import resource
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from nykter.bench.figure import Figure
from nykter.bench.place import Place
from relapse_model.artifact import cold_start
from relapse_model.candidates.trees import LEARNING_RATE
from relapse_model.features import as_if_asked, compute
from relapse_model.frame import (
    DAY,
    HOUR,
    NEVER,
    Answers,
    BreathTests,
    Drinking,
    History,
    People,
    Prompts,
    micros,
)
from relapse_model.labels import Decisions
from relapse_model.predict import score, score_decisions
from relapse_model.train import train

_CLIENTS, _FEW, _DAYS = 100_000, 10_000, 90
_BLOCK = 10_000
_LOOP = 200
_TRAINED_ON, _TRAINING_DAYS = 2_200, 130
_START = micros(datetime(2025, 3, 10, 3, tzinfo=UTC))
_ITEMS = ("craving", "mood_valence", "self_efficacy")


def run(_place: Place) -> Iterator[Figure]:
    """Yield seconds, memory and milliseconds; histories are random, two tests and one check-in a day."""
    model = cold_start()
    few = _score_all(model, _FEW)
    many = _score_all(model, _CLIENTS)
    base = Figure(f"scoring {_FEW:,} clients, with reasons", few, "s")
    yield base
    whole = Figure(f"scoring {_CLIENTS:,} clients x {_DAYS} days, with reasons", many, "s")
    yield whole
    yield Figure("  growth against ten times the smaller number (1 is linear)", many / (10 * few), "")
    yield Figure(
        "  peak memory of the process", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2, "GB"
    )
    history = random_history(_LOOP, _DAYS, 3)
    at = Decisions(np.arange(_LOOP), np.full(_LOOP, _START + _DAYS * DAY))
    one = _timed(lambda: [score(model, history.block(row, row + 1), _now()) for row in range(_LOOP)]) / _LOOP
    yield Figure("one client on arrival", 1000 * one, "ms")
    yield Figure(f"scoring {_CLIENTS:,} clients one by one (scaled up)", one * _CLIENTS, "s").against(whole)
    values = as_if_asked(compute(history, at, model.items)).values
    tiled = np.tile(model.horizons[0].scaler.apply(values), (_CLIENTS // _LOOP, 1))
    ours = Figure(
        f"model alone on {_CLIENTS:,} rows", _timed(lambda: model.horizons[0].fitted.logits(tiled)), "s"
    )
    theirs = Figure(f"scikit-learn's boosting predicting {_CLIENTS:,} rows", _sklearn(tiled), "s")
    yield theirs
    yield ours.against(theirs)
    study = random_history(_TRAINED_ON, _TRAINING_DAYS, 5)
    seconds = _timed(lambda: train(study, "random people of a benchmark"))
    yield Figure(f"training on {_TRAINED_ON:,} people x {_TRAINING_DAYS} days, with report", seconds, "s")


def random_history(people: int, days: int, seed: int, first: int = 0) -> History:
    """People with two tests and one check-in a day, who drink, miss and answer at random; the same for a seed."""
    random = np.random.default_rng(seed)
    rate = random.beta(0.6, 5, people)
    drank = random.random((people, days)) < rate[:, None]
    person, day = np.nonzero(drank)
    started = _START + day * DAY + 15 * HOUR
    never = np.full(len(person), NEVER)
    drinking = Drinking(
        person, started, never, started + 12 * HOUR, np.zeros(len(person), np.int64), np.full(len(person), np.nan),
        ("self_report",),
    )  # fmt: skip
    who = np.repeat(np.arange(people), 3 * days)
    opens = np.tile((_START + np.arange(days)[:, None] * DAY + np.array([3, 6, 15]) * HOUR).ravel(), people)
    kind = np.tile(np.array([0, 1, 0]), people * days)
    given = random.random(len(who)) < 0.85
    answered = np.where(given, opens + HOUR // 3, NEVER)
    prompts = Prompts(who, kind, opens, opens + HOUR, answered, answered, ("breath_test", "check_in"))
    said = np.flatnonzero(given & (kind == 1))
    rows, items = np.repeat(said, len(_ITEMS)), np.tile(np.arange(len(_ITEMS)), len(said))
    size = len(rows)
    value = random.integers(0, 11, size).astype(np.float64)
    answers = Answers(
        who[rows], answered[rows], answered[rows], items, value, np.zeros(size), np.full(size, 10.0), _ITEMS
    )
    blown = np.flatnonzero(given & (kind == 0))
    brac = np.where(random.random(len(blown)) < 0.02, 0.4, 0.0)
    tests = BreathTests(
        who[blown],
        answered[blown],
        answered[blown],
        brac,
        (brac > 0).astype(np.int64),
        ("ok", "positive_confirmed"),
    )
    span = (np.full(people, _START), np.full(people, _START + days * DAY))
    ids = tuple(f"person-{first + number:06}" for number in range(people))
    return History(People(ids, ("Europe/Stockholm",) * people, *span), drinking, prompts, answers, tests)


def _score_all(model: Any, clients: int) -> float:
    """Seconds of scoring, block after block as the daily job does, so that memory does not grow with the clients."""
    seconds = 0.0
    for first in range(0, clients, _BLOCK):
        people = min(_BLOCK, clients - first)
        history = random_history(people, _DAYS, first, first)
        decisions = Decisions(np.arange(people), np.full(people, micros(_now())))
        seconds += _timed(lambda h=history, d=decisions: score_decisions(model, h, d))  # type: ignore[misc]
    return seconds


def _now() -> datetime:
    return datetime(2025, 3, 10, 3, tzinfo=UTC) + timedelta(days=_DAYS)


def _sklearn(z: Any) -> float:
    from sklearn.ensemble import HistGradientBoostingClassifier

    y = (z.sum(axis=1) > np.median(z.sum(axis=1))).astype(int)
    fitted = HistGradientBoostingClassifier(
        learning_rate=LEARNING_RATE, max_iter=80, max_leaf_nodes=8, max_depth=4
    )
    fitted.fit(z[:5000], y[:5000])
    return _timed(lambda: fitted.predict_proba(z))


def _timed(action: Callable[[], Any]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started
