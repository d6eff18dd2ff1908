"""What a score is good for: decision curve, alert burden, and lead time before an onset."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from relapse_model.dataset import DRY_DAYS, Dataset
from relapse_model.frame import DAY, Floats, Ints
from relapse_model.labels import Search

THRESHOLDS: Final = tuple(round(0.01 * k, 2) for k in (*range(1, 20), *range(20, 61, 5)))
SHARES: Final = (0.01, 0.02, 0.05, 0.10, 0.15, 0.20)
LOOK_BACK_DAYS: Final = 7
"""An alert counts for an onset when it stood at most so many days before it (assumption)."""


def decision_curve(probability: Floats, own_rate: Floats, y: Floats) -> dict[str, list[float]]:
    """Net benefit per decision at each threshold (Vickers and Elkin 2006), of the score, the own rate and all."""
    odds = np.array(THRESHOLDS) / (1 - np.array(THRESHOLDS))
    curves = {"threshold": list(THRESHOLDS)}
    for name, score in (("model", probability), ("own_rate", own_rate), ("everyone", np.ones(len(y)))):
        hits = np.array([y[score >= t].sum() for t in THRESHOLDS]) / max(len(y), 1)
        alarms = np.array([(score >= t).sum() for t in THRESHOLDS]) / max(len(y), 1)
        curves[name] = np.round(hits - (alarms - hits) * odds, 6).tolist()
    return curves


def alert_burden(probability: Floats, own_rate: Floats, y: Floats) -> list[dict[str, Any]]:
    """At each share of decisions that alert: alerts per person-week and per 30 clients and day, PPV, sensitivity."""
    table = []
    for share in SHARES:
        n = int(len(y) * share)
        if not n or not y.any():
            continue
        row: dict[str, Any] = {
            "share": share,
            "alerts_per_person_week": round(7 * n / len(y), 4),
            "alerts_per_day_and_30_clients": round(30 * n / len(y), 2),
        }
        for name, score in (("model", probability), ("own_rate", own_rate)):
            top = np.argsort(-score, kind="stable")[:n]
            row[f"{name}_ppv"] = round(float(y[top].mean()), 4)
            row[f"{name}_sensitivity"] = round(float(y[top].sum() / y.sum()), 4)
        table.append(row)
    return table


def onsets(data: Dataset) -> tuple[Ints, Ints]:
    """Person and instant of each episode with no drinking in the 14 days before it, observed that long."""
    d = data.history.drinking
    search = Search(d.person, d.started_at, len(data.history.people))
    before = search.count_until(d.person, d.started_at - 1) - search.count_until(
        d.person, d.started_at - DRY_DAYS * DAY
    )
    seen = d.started_at - DRY_DAYS * DAY >= data.history.people.observed_from[d.person]
    fresh = (before == 0) & seen & (d.started_at <= data.history.people.observed_to[d.person])
    return d.person[fresh], d.started_at[fresh]


def lead_times(data: Dataset, score: Floats, share: float = 0.10) -> dict[str, Any]:
    """Days from the first alert in the week before an onset to the onset, when the top `share` of scores alert.

    `score` has one value per decision, NaN where there is none. An alert at 04:00 on the day of an evening onset
    leads by less than a day.
    """
    person, at = onsets(data)
    known = ~np.isnan(score)
    if not len(person) or not known.any():
        return {"onsets": len(person), "alerted": None, "median_days": None, "histogram": []}
    limit = float(np.quantile(score[known], 1 - share))
    alerts = data.decisions.where(known & (np.nan_to_num(score, nan=-1.0) >= limit))
    search = Search(alerts.person, alerts.at, len(data.history.people))
    first = search.end_until(person, at - LOOK_BACK_DAYS * DAY)
    some = first < search.end_until(person, at - 1)
    lead = (at - alerts.at[np.minimum(first, max(len(alerts.at) - 1, 0))])[some] / DAY
    counts = np.histogram(lead, bins=np.arange(LOOK_BACK_DAYS + 1))[0]
    return {
        "onsets": len(person),
        "alerted": round(float(some.mean()), 4),
        "median_days": round(float(np.median(lead)), 2) if len(lead) else None,
        "histogram": [int(n) for n in counts],
    }
