"""What a report says in plain sentences, above all where the model fails or so many people cannot show anything."""

from __future__ import annotations

from typing import Any, Final, Literal

Verdict = Literal["holds", "not_shown", "fails"]
Said = dict[str, str]

_MEASURES: Final = {"auroc": "AUROC", "brier_skill": "Brier skill", "ppv_top_10": "PPV of the top 10 %"}
_SLOPE_LOW, _SLOPE_HIGH = 0.9, 1.1
_CHANCE = 0.5


def plainly(horizon: dict[str, Any]) -> list[Said]:
    """One horizon's verdicts, each `{"verdict": holds | not_shown | fails, "text": a sentence}`, failures first."""
    overall = horizon["person_grouped"]["all"]
    if "model" not in overall:
        return [
            _said("not_shown", "Only one outcome occurs, or no decision has a label: nothing can be said.")
        ]
    found = [
        *_against_own_rate(overall, "People the model had not seen"),
        _calibration(overall),
        *_timing(overall),
    ]
    others = {"Forward in time": horizon.get("forward_in_time") or {}}
    others |= {
        "Trained on the other studies alone" if name == "this" else f"Used on {name}, not trained on it": part
        for name, part in horizon.get("leave_one_study_out", {}).items()
    }
    for where, strata in others.items():
        if "model" in strata.get("all", {}):
            found += _against_own_rate(strata["all"], where, ("auroc",))
    order = ("fails", "not_shown", "holds")
    return sorted(found, key=lambda said: order.index(said["verdict"]))


def _against_own_rate(
    figures: dict[str, Any], where: str, measures: tuple[str, ...] = tuple(_MEASURES)
) -> list[Said]:
    less = figures["model_minus_own_rate"]
    found = []
    for key in measures:
        difference, interval = less[key], less[f"{key}_95"]
        if difference is None or interval is None:
            continue
        low, high = interval
        text = f"{where}: {_MEASURES[key]} {difference:+.3f} against the own rate ({low:+.3f} to {high:+.3f})"
        if low > 0:
            found.append(_said("holds", f"{text}: better."))
        elif high < 0:
            found.append(_said("fails", f"{text}: worse. The own rate alone does better here."))
        else:
            found.append(_said("not_shown", f"{text}: no difference is shown.{_shown_from(less, key)}"))
    return found


def _shown_from(less: dict[str, Any], key: str) -> str:
    limit = less.get(f"{key}_shown_from")
    return "" if limit is None else f" So many people show differences from about {limit:.3f} on."


def _calibration(figures: dict[str, Any]) -> Said:
    slope = figures["model"]["calibration_slope"]
    right = slope is not None and _SLOPE_LOW <= slope <= _SLOPE_HIGH
    said = "–" if slope is None else f"{slope:.2f}"
    if right:
        return _said("holds", f"Calibration slope {said}: probabilities can be read as they stand.")
    reading = "too far apart" if slope is not None and slope < _SLOPE_LOW else "too close together"
    return _said("fails", f"Calibration slope {said}, wanted 0.9 to 1.1: probabilities lie {reading}.")


def _timing(figures: dict[str, Any]) -> list[Said]:
    timing = figures["model"]["within_person_auroc_timing"]
    if timing["interval_95"] is None:
        return [
            _said("not_shown", "Nobody has days with and days without drinking: timing cannot be measured.")
        ]
    low, high = timing["interval_95"]
    text = f"When, within a person: AUROC of the timing part {timing['mean']:.2f} ({low:.2f} to {high:.2f})"
    if low > _CHANCE:
        return [_said("holds", f"{text}: above chance.")]
    if high < _CHANCE:
        return [_said("fails", f"{text}: below chance.")]
    return [_said("not_shown", f"{text}: not told from chance. The score says who, not when.")]


def _said(verdict: Verdict, text: str) -> Said:
    return {"verdict": verdict, "text": text}
