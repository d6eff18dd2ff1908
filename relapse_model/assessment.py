"""The whole report on a study: person-grouped, forward in time, across studies, by group, and what it is good for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from relapse_model.artifact import Artifact
from relapse_model.calibrate import calibration_line
from relapse_model.dataset import Dataset, build_dataset, known_dry
from relapse_model.evaluate import evaluate_scores, number
from relapse_model.fairness import by_group
from relapse_model.features import feature_list
from relapse_model.frame import HOUR, Bools, Floats, History
from relapse_model.labels import Decisions, fenced, label
from relapse_model.leakage import leakage
from relapse_model.metrics import auroc, brier_skill
from relapse_model.out_of_fold import SEED, Predicted, by_artifact, fit, fit_labelled, out_of_fold
from relapse_model.plainly import plainly
from relapse_model.signals.contact import contact
from relapse_model.usefulness import alert_burden, decision_curve, lead_times
from relapse_model.windows import Grid

_AT_LEAST_EVENTS = 10


def assess(
    data: Dataset,
    predicted: list[Predicted],
    *,
    only: str | None = None,
    artifact: Artifact | None = None,
    also: dict[str, History] | None = None,
) -> dict[str, Any]:
    """The report on out-of-fold (or an artifact's) predictions, one per horizon.

    `also` gives other studies by name: a model trained on them is evaluated on this one, and the other way round.
    """
    return {
        "people": len(data.history.people),
        "decisions": len(data.decisions),
        "items": list(data.items),
        "leakage": leakage(data),
        "horizons": {
            str(labels.horizon_hours): _horizon(data, k, predicted[k], only, artifact, also or {})
            for k, labels in enumerate(data.labels)
        },
    }


def predict_study(data: Dataset, only: str | None, artifact: Artifact | None) -> list[Predicted]:
    """Predictions of every horizon: out of fold, or by an artifact that was trained elsewhere."""
    if artifact is not None:
        return [by_artifact(data, artifact, k) for k in range(len(data.labels))]
    return [out_of_fold(data, k, only) for k in range(len(data.labels))]


def _horizon(
    data: Dataset,
    horizon: int,
    predicted: Predicted,
    only: str | None,
    artifact: Artifact | None,
    also: dict[str, History],
) -> dict[str, Any]:
    rows = data.labels[horizon].known
    p, own, y = predicted.probability[rows], data.own_rate[rows], data.labels[horizon].drank[rows]
    person = data.decisions.person[rows]
    report: dict[str, Any] = {
        "candidates": list(predicted.models),
        "tried": [list(fold) for fold in predicted.tried[:1]],
        "person_grouped": _evaluated(data, horizon, predicted.probability, rows),
        "forward_in_time": None if artifact else _forward(data, horizon, only),
        "each_division": [_plain(one[rows], y) for one in predicted.rounds],
        "as_shown_to_clinicians": _plain(predicted.as_asked[rows], y),
        "secondary_outcomes": _secondary(data, horizon, predicted.probability),
        "by_group": by_group(data.history.people, p, own, y, person),
        "drift": _drift(data, horizon, predicted.probability),
    }
    if len(y) and y.any():
        report["decision_curve"] = decision_curve(p, own, y)
        report["alert_burden"] = alert_burden(p, own, y)
        rate = np.where(rows, data.own_rate, np.nan)
        report["lead_time"] = {
            "model": lead_times(data, predicted.probability),
            "own_rate": lead_times(data, rate),
        }
    report["golden_feature"] = _strongest_alone(data, horizon)
    if also:
        report["leave_one_study_out"] = _across_studies(data, horizon, only, also)
    report["plainly"] = plainly(report)
    return report


def _forward(data: Dataset, horizon: int, only: str | None) -> dict[str, Any] | None:
    """Trained on what was known by the middle decision, evaluated after it; None where impossible.

    The training labels are those of the history as of that instant, for windows that the client's last contact then
    known covers: an episode told of later is not used.
    """
    labels = data.labels[horizon]
    if not len(data.decisions):
        return None
    cut = int(np.median(data.decisions.at))
    past = _labelled_by(data, labels.horizon_hours, cut)
    later = (data.decisions.at > cut) & labels.known
    trained = ~np.isnan(past)
    if not later.any() or not trained.any() or past[trained].min() == past[trained].max():
        return None
    model = fit_labelled(data, past, labels.horizon_hours, trained, SEED, only)
    if model is None:
        return None
    probability = np.full(len(data.decisions), np.nan)
    probability[later] = model.probability(data.table.values[later])
    return {"candidate": model.candidate} | _evaluated(data, horizon, probability, later)


def _labelled_by(data: Dataset, horizon_hours: int, cut: int) -> Floats:
    """Labels as known at `cut`; NaN for windows not covered by what had been heard of the client by then."""
    history = data.history
    everyone = Decisions(
        np.arange(len(history.people), dtype=np.int64), np.full(len(history.people), cut, np.int64)
    )
    heard = contact(history, Grid(everyone, len(history.people))).last
    found = label(history.as_of(cut), data.decisions, horizon_hours).drank
    covered = data.decisions.at + horizon_hours * HOUR <= heard[data.decisions.person]
    return np.where(covered, found, np.nan)


def _secondary(data: Dataset, horizon: int, probability: Floats) -> dict[str, Any]:
    """AUROC of the same scores for other outcomes: by source, first lapse, onset, relapse, and with the fence."""
    history, decisions, labels = data.history, data.decisions, data.labels[horizon]
    hours = labels.horizon_hours
    never = known_dry(history, decisions, 100_000)
    outcomes: dict[str, tuple[Floats, Bools]] = {
        f"known_by_{source}": (label(history, decisions, hours, source).drank, labels.known)
        for source in history.drinking.sources
        if len(history.drinking.sources) > 1
    }
    outcomes["first_lapse"] = (labels.drank, labels.known & never)
    outcomes["onset_after_7_dry_days"] = (labels.drank, labels.known & known_dry(history, decisions, 7))
    relapse = label(history, decisions, hours, in_a_row=3).drank
    outcomes["relapse_of_3_days_running"] = (relapse, labels.known)
    outcomes["fenced_24h"] = (labels.drank, labels.known & fenced(history, decisions, hours))
    report = {}
    for name, (y, rows) in outcomes.items():
        if _AT_LEAST_EVENTS <= y[rows].sum() < rows.sum():
            report[name] = {
                "labelled": int(rows.sum()),
                "events": int(y[rows].sum()),
                "auroc": number(auroc(probability[rows], y[rows])),
                "own_rate_auroc": number(auroc(data.own_rate[rows], y[rows])),
            }
    return report


def _across_studies(
    data: Dataset, horizon: int, only: str | None, also: dict[str, History]
) -> dict[str, Any]:
    """Each study scored by a model of the others; items of a study that the others lack count as average."""
    studies = {"this": data.history, **also}
    items = tuple(dict.fromkeys(i for h in studies.values() for i in build_dataset(h).items))
    sets = {name: build_dataset(history, items) for name, history in studies.items()}
    report = {}
    for name, target in sets.items():
        train = _joined([other for key, other in sets.items() if key != name])
        model = fit(train, horizon, np.ones(len(train.decisions), dtype=bool), SEED, only)
        rows = target.labels[horizon].known
        if model is None or not rows.any():
            continue
        probability = np.full(len(target.decisions), np.nan)
        probability[rows] = model.probability(target.table.values[rows])
        report[name] = {
            "trained_on": [key for key in sets if key != name],
            "candidate": model.candidate,
        } | _evaluated(target, horizon, probability, rows)
    return report


def _joined(sets: list[Dataset]) -> Dataset:
    """Several datasets with the same items as one, people renumbered; only what fitting needs."""
    first, *others = sets
    for number_of, other in enumerate(others):
        offset = len(first.history.people)
        people = first.history.people
        ids = (*people.person_id, *(f"{number_of}:{one}" for one in other.history.people.person_id))
        first = replace(
            first,
            history=replace(first.history, people=replace(people, person_id=ids)),
            decisions=Decisions(
                np.r_[first.decisions.person, other.decisions.person + offset],
                np.r_[first.decisions.at, other.decisions.at],
            ),
            table=replace(first.table, values=np.vstack([first.table.values, other.table.values])),
            labels=tuple(
                replace(a, drank=np.r_[a.drank, b.drank])
                for a, b in zip(first.labels, other.labels, strict=True)
            ),
        )
    return first


def _evaluated(data: Dataset, horizon: int, predicted: Floats, rows: Bools) -> dict[str, Any]:
    return evaluate_scores(
        predicted[rows],
        data.own_rate[rows],
        data.labels[horizon].drank[rows],
        data.decisions.person[rows],
        data.dry[rows],
        SEED,
    )


def _plain(probability: Floats, y: Floats) -> dict[str, Any] | None:
    if not 0 < y.sum() < len(y):
        return None
    return {
        "auroc": number(auroc(probability, y)),
        "brier_skill": number(brier_skill(probability, y)),
        "calibration_slope": number(calibration_line(probability, y)[1]),
    }


def _drift(data: Dataset, horizon: int, probability: Floats) -> dict[str, Any]:
    """Per third of calendar time: share of events, mean probability, and the score's stability index.

    Population stability index over tenths of the first third's scores (0.1 is watched, 0.25 is a shift: a common
    rule of thumb, assumption).
    """
    labels = data.labels[horizon]
    rows = np.flatnonzero(labels.known)
    if len(rows) < 300:
        return {"thirds": [], "stability_index": None}
    parts = np.array_split(rows[np.argsort(data.decisions.at[rows], kind="stable")], 3)
    thirds = [
        {
            "labelled": len(part),
            "base_rate": number(float(labels.drank[part].mean())),
            "mean_probability": number(float(probability[part].mean())),
        }
        for part in parts
    ]
    edges = np.unique(np.quantile(probability[parts[0]], np.linspace(0, 1, 11)[1:-1]))
    shares = [
        np.bincount(np.searchsorted(edges, probability[part]), minlength=len(edges) + 1) / len(part) + 1e-4
        for part in (parts[0], parts[-1])
    ]
    index = float(((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum())
    return {"thirds": thirds, "stability_index": number(index)}


def _strongest_alone(data: Dataset, horizon: int) -> dict[str, Any]:
    """The column that orders the labelled decisions best by itself, and its AUROC (either way round)."""
    rows = np.flatnonzero(data.labels[horizon].known)
    rows = rows[:: max(len(rows) // 40_000, 1)]
    y = data.labels[horizon].drank[rows]
    if not 0 < y.sum() < len(y):
        return {"feature": None, "auroc": None}
    best, found = 0.0, None
    for column, feature in enumerate(feature_list(data.items)):
        values = data.table.values[rows, column]
        known = ~np.isnan(values)
        if known.sum() > 0.2 * len(values) and 0 < y[known].sum() < known.sum():
            area = auroc(values[known], y[known])
            if max(area, 1 - area) > best:
                best, found = max(area, 1 - area), feature.name
    return {"feature": found, "auroc": number(best) if found else None}
