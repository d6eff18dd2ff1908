"""How good a score is, always beside the client's own running rate.

Pooled AUROC mostly ranks people. The within-person AUROC says how well a score orders one person's days; a
score that contains a running rate is pulled below 0.5 there, because the rate peaks just after an episode.
So it is given twice: of the score, and of its timing part (logit of the score minus logit of the own rate).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from relapse_model.calibrate import calibration_line
from relapse_model.frame import Bools, Floats, Ints
from relapse_model.logistic import logit
from relapse_model.metrics import (
    Ranking,
    TopRanking,
    brier_skill,
    calibration_bins,
    top_share,
    within_person_aurocs,
)

RESAMPLES: Final = 200
COMPARED: Final = ("auroc", "brier_skill", "ppv_top_10")
"""Measures whose difference from the own rate has an interval."""
Report = dict[str, Any]


def evaluate_scores(
    probability: Floats,
    own_rate: Floats,
    y: Floats,
    person: Ints,
    dry: Bools,
    seed: int,
    resamples: int = RESAMPLES,
) -> Report:
    """The report of one horizon: all labelled decisions, and again those after 14 dry days (`dry`)."""
    everything = np.ones(len(y), dtype=bool)
    return {
        name: stratum(probability[rows], own_rate[rows], y[rows], person[rows], seed, resamples)
        for name, rows in (("all", everything), ("after_14_dry_days", dry))
    }


def stratum(
    probability: Floats, own_rate: Floats, y: Floats, person: Ints, seed: int, resamples: int = RESAMPLES
) -> Report:
    """The measures of some labelled decisions; without both outcomes only their number and base rate."""
    report: Report = {"labelled": len(y), "people": len(np.unique(person)), "events": int(y.sum())}
    if not 0 < y.sum() < len(y):
        return report | {"base_rate": number(float(y.mean())) if len(y) else None}
    timing = np.round(logit(probability) - logit(own_rate), 9)  # so that equal scores tie
    report["base_rate"] = number(float(y.mean()))
    report["model"] = _measures(probability, y) | {
        "within_person_auroc": _within(probability, y, person, seed, resamples),
        "within_person_auroc_timing": _within(timing, y, person, seed, resamples),
    }
    report["own_rate"] = _measures(own_rate, y) | {
        "within_person_auroc": _within(own_rate, y, person, seed, resamples)
    }
    _add_intervals(report, probability, own_rate, y, person, seed, resamples)
    return report


def _measures(probability: Floats, y: Floats) -> Report:
    top = top_share(probability, y)
    intercept, slope = calibration_line(probability, y)
    return {
        "auroc": number(Ranking(probability, y).auroc()),
        "brier_skill": number(brier_skill(probability, y)),
        "ppv_top_10": number(top.ppv),
        "sensitivity_top_10": number(top.sensitivity),
        "alerts_per_person_week_top_10": number(top.per_person_week),
        "calibration_intercept": number(intercept),
        "calibration_slope": number(slope),
        "calibration_bins": calibration_bins(probability, y),
    }


def _add_intervals(
    report: Report, probability: Floats, own_rate: Floats, y: Floats, person: Ints, seed: int, resamples: int
) -> None:
    """95 % intervals over resampled people, of both scores and of their paired difference."""
    model, rate = Ranking(probability, y), Ranking(own_rate, y)
    tops = (TopRanking(probability, y), TopRanking(own_rate, y))
    losses = ((probability - y) ** 2, (own_rate - y) ** 2)

    def once(weight: Floats) -> tuple[float, ...]:
        a, b = model.auroc(weight), rate.auroc(weight)
        base = float(np.average(y, weights=weight))
        if not 0 < base < 1:  # nobody, or only people, with an event were drawn: no skill to speak of
            return a, b, a - b, float("nan"), float("nan")
        skills = [1 - np.average(loss, weights=weight) / (base * (1 - base)) for loss in losses]
        return a, b, a - b, float(skills[0] - skills[1]), tops[0].ppv(weight) - tops[1].ppv(weight)

    draws = _resampled(once, person, seed, resamples)
    for column, (part, name) in enumerate((("model", "auroc_95"), ("own_rate", "auroc_95"))):
        report[part][name] = _interval(draws[:, column])
    report["model_minus_own_rate"] = {}
    for column, name in enumerate(COMPARED, start=2):
        difference = _difference(report, name)
        report["model_minus_own_rate"] |= {
            name: difference,
            f"{name}_95": _interval(draws[:, column]),
            **_power(name, difference, draws[:, column]),
        }


def _power(name: str, difference: float | None, draws: Floats) -> Report:
    """What a study of as many such people can show, from the resampled people themselves.

    `_shown_from`: the smallest true difference whose interval lies above 0 in four of five studies of this size;
    `_power`: in how many it would if the true difference were the one found. Simulated, not assumed normal: each
    draw of people stands for a study, with the width that this one's interval has below its middle.
    """
    draws = draws[np.isfinite(draws)]
    if difference is None or len(draws) < 2:
        return {f"{name}_shown_from": None, f"{name}_power": None}
    error = draws - draws.mean()
    reach = -float(np.quantile(error, 0.025))
    return {
        f"{name}_shown_from": number(reach - float(np.quantile(error, 0.2))),
        f"{name}_power": number(float((difference + error > reach).mean())),
    }


def _difference(report: Report, name: str) -> Any:
    ours, theirs = report["model"][name], report["own_rate"][name]
    return None if ours is None or theirs is None else number(ours - theirs)


def _resampled(
    once: Callable[[Floats], tuple[float, ...]], person: Ints, seed: int, resamples: int
) -> Floats:
    _, of = np.unique(person, return_inverse=True)
    people = int(of.max()) + 1
    random = np.random.default_rng(seed)
    draws = []
    for _ in range(resamples):
        times = np.bincount(random.integers(0, people, people), minlength=people).astype(np.float64)
        draws.append(once(times[of]))
    return np.array(draws)


def _within(score: Floats, y: Floats, person: Ints, seed: int, resamples: int) -> Report:
    """Mean within-person AUROC, people weighted by their decisions (as in the published known results)."""
    values, decisions = within_person_aurocs(score, y, person)
    if not len(values):
        return {"people": 0, "mean": None, "interval_95": None, "mean_unweighted": None}
    drawn = np.random.default_rng(seed).integers(0, len(values), (resamples, len(values)))
    means = (values * decisions)[drawn].sum(axis=1) / decisions[drawn].sum(axis=1)
    return {
        "people": len(values),
        "mean": number(float(np.average(values, weights=decisions))),
        "interval_95": _interval(means),
        "mean_unweighted": number(float(values.mean())),
    }


def _interval(draws: Floats) -> list[float] | None:
    draws = draws[np.isfinite(draws)]
    return [number(float(np.quantile(draws, q))) or 0.0 for q in (0.025, 0.975)] if len(draws) else None


def number(value: float) -> Any:
    """A number JSON can hold: rounded, None for NaN."""
    return None if not np.isfinite(value) else round(value, 6)
