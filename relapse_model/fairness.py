"""The same measures for each value of each given group column, such as sex or age band."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from relapse_model.calibrate import calibration_line
from relapse_model.evaluate import number
from relapse_model.frame import Floats, Ints, People
from relapse_model.metrics import auroc, brier_skill

AT_MOST_VALUES: Final = 12
AT_LEAST_PEOPLE: Final = 5


def by_group(
    people: People, probability: Floats, own_rate: Floats, y: Floats, person: Ints
) -> dict[str, dict[str, Any]]:
    """Per group column and value: people, decisions, base rate, AUROC, Brier skill, calibration, alert share.

    The alert limit is that of the top 10 % of everyone. Columns with more than 12 values, and values with fewer
    than 5 people, are left out: they would say more about persons than about groups.
    """
    if not len(y):
        return {}
    limit = float(np.quantile(probability, 0.9))
    report: dict[str, dict[str, Any]] = {}
    for column, values in sorted(people.groups.items()):
        of = np.array(values, dtype=object)
        names = sorted(set(values) - {""})
        if not 2 <= len(names) <= AT_MOST_VALUES:
            continue
        found = {}
        for name in names:
            rows = np.asarray(of == name)[person]
            if len(np.unique(person[rows])) >= AT_LEAST_PEOPLE:
                found[name] = _figures(probability[rows], own_rate[rows], y[rows], person[rows], limit)
        if len(found) >= 2:
            report[column] = found
    return report


def _figures(probability: Floats, own_rate: Floats, y: Floats, person: Ints, limit: float) -> dict[str, Any]:
    alerts = probability >= limit
    both = bool(0 < y.sum() < len(y))
    slope = calibration_line(probability, y)[1] if both else float("nan")
    return {
        "people": len(np.unique(person)),
        "labelled": len(y),
        "events": int(y.sum()),
        "base_rate": number(float(y.mean())),
        "mean_probability": number(float(probability.mean())),
        "auroc": number(auroc(probability, y)),
        "own_rate_auroc": number(auroc(own_rate, y)),
        "brier_skill": number(brier_skill(probability, y)),
        "calibration_slope": number(slope),
        "alert_share": number(float(alerts.mean())),
        "ppv": number(float(y[alerts].mean()) if alerts.any() else float("nan")),
        "sensitivity": number(float(y[alerts].sum() / y.sum()) if y.any() else float("nan")),
    }
