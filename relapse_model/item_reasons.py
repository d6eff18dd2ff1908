"""A check-in item as a reason: what was answered of late beside the client's own usual.

A share of a score is against the average training day, so an item may raise it though it stands as it always does, or
better. The sentence then says so, rather than leave a reader to wonder at "craving 2, usually 3" as a reason for worry.
"""

from __future__ import annotations

from math import isfinite

from relapse_model.daily import WORSE_WHEN_HIGH, WORSE_WHEN_LOW
from relapse_model.wording import item_words, number_words

Shown = dict[str, float]

_WORSE = dict.fromkeys(("craving", *WORSE_WHEN_HIGH), 1.0) | dict.fromkeys(
    (*WORSE_WHEN_LOW, "sleep_hours"), -1.0
)
"""Which way an item grows worse; of others nothing is said but whether they stand as usual."""
_AS_USUAL_SHARE, _AS_USUAL_AT_MOST = 0.05, 0.5
"""How far from usual still is as usual: this share of the scale, and never more than so much (assumption)."""


def item_sentence(item: str, weight: float, shown: Shown) -> tuple[str, str, dict[str, float]] | None:
    """The sentence in Swedish and English with its numbers; None when the item has not been answered of late."""
    recent, usual, high = (shown[f"{item}.{part}"] for part in ("recent", "usual", "high"))
    if not isfinite(recent):
        return None
    (sv, en), of, now = item_words(item), number_words(high), number_words(recent)
    said = (f"{sv} {now[0]} av {of[0]}", f"{en} {now[1]} of {of[1]}")
    numbers = {"recent": round(recent, 1), "high": high}
    if not isfinite(usual):
        return *said, numbers
    numbers["usual"] = round(usual, 1)
    beside = _beside_usual(recent - usual, high, weight, _WORSE.get(item, 0.0), number_words(usual))
    return f"{said[0]}, {beside[0]}", f"{said[1]}, {beside[1]}", numbers


def _beside_usual(
    change: float, high: float, weight: float, worse: float, usual: tuple[str, str]
) -> tuple[str, str]:
    """`worse` is the sign in which the item grows worse, 0 when that is not known."""
    if abs(change) < min(_AS_USUAL_SHARE * high, _AS_USUAL_AT_MOST):
        return "som vanligt för klienten", "as usual for the client"
    if weight * worse * change >= 0:
        return f"normalt {usual[0]}", f"usually {usual[1]}"
    if worse * change < 0:
        return f"bättre än vanligt ({usual[0]})", f"better than usual ({usual[1]})"
    return f"sämre än vanligt ({usual[0]})", f"worse than usual ({usual[1]})"
