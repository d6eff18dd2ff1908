"""The curves and points of the graph's measured rooms: readings, check-ins, risk. Pure."""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from statistics import quantiles
from typing import Any

from backend.services.views import CheckInPoint, ClientSeries, ReadingPoint, RiskView
from dashboard import formats, words
from dashboard.language import Language
from dashboard.marks import CONTACT, POSITIVE, RESULT_MARKS, RISK, SILENT, TRACE, Mark
from dashboard.units import Unit

__all__ = ["POSITIVE", "TRACE", "answers", "item_title", "marker", "readings", "risk", "risk_words"]

Trace = dict[str, Any]

ANSWER_GAP = timedelta(hours=60)
"""No line is drawn across a longer silence between answers (assumption: two missed daily check-ins)."""
RISK_GAP = timedelta(hours=60)
"""The same for the daily estimate."""
BAND_NEEDS = 8
"""Answers before a usual band is drawn (assumption)."""
AS_USUAL = 0.4
"""A ratio closer to the usual than this on the log2 scale is called as usual (assumption)."""
MARKED = 150
"""A line of more points than this is drawn without a mark at each: they would touch, and make dragging slow."""
RISK_EDGE = 2.3
"""Ratios are drawn on a log2 scale and held inside this, so that one wild day does not flatten the rest."""


def marker(mark: Mark) -> dict[str, Any]:
    """A plotly marker with an outline that keeps open symbols visible."""
    return {
        "color": mark.color,
        "symbol": mark.symbol,
        "size": mark.size,
        "line": {"color": mark.color, "width": 1.6},
    }


def readings(series: ClientSeries, lang: Language, unit: Unit) -> list[Trace]:
    """One trace per result state, so that each has its colour, its shape and its word."""
    result = []
    for state, mark in RESULT_MARKS.items():
        points = [r for r in series.readings if r.state == state and r.brac_mg_per_l is not None]
        if points:
            result.append(
                {
                    "type": "scatter",
                    "mode": "markers",
                    "name": lang.t(words.RESULTS[state]),
                    "meta": f"reading:{state}",
                    "xaxis": "x",
                    "yaxis": "y",
                    "x": [formats.wall(r.measured_at, series.tz) for r in points],
                    "y": [round(unit.of(r.brac_mg_per_l or 0.0), 4) for r in points],
                    "marker": marker(mark),
                    "text": [reading_words(r, series.tz, lang) for r in points],
                    "hovertemplate": "%{text}<extra></extra>",
                }
            )
    return result


def reading_words(reading: ReadingPoint, tz: str, lang: Language) -> str:
    """What the point says when pointed at: value in both units, state, time, delay, device."""
    lines = [formats.moment(reading.measured_at, tz, lang), lang.t(words.RESULTS[reading.state])]
    if reading.brac_mg_per_l is not None:
        lines.insert(0, formats.both(reading.brac_mg_per_l, reading.permille, lang))
    if reading.attempt > 1:
        lines.append(lang.t("blow {number} in a row", number=reading.attempt))
    delay = reading.received_at - reading.measured_at
    if delay > timedelta(hours=1):
        lines.append(lang.t("arrived {span} after the blow", span=formats.span(delay, lang)))
    lines.append(reading.breathalyzer_model)
    return "<br>".join(lines)


def item_title(item: str | None, lang: Language) -> str:
    """Heading of the check-in room."""
    if item is None:
        return lang.t("Check-ins: none answered yet")
    return lang.t("{item}, 0–10, with the own usual band", item=words.item(item, lang))


def answers(series: ClientSeries, lang: Language, item: str | None) -> list[Trace]:
    """One item on 0..10, broken at silences, over the band its answers usually lie in (10th to 90th percentile)."""
    points = sorted((a for a in series.answers if a.item == item), key=lambda a: a.answered_at)
    if not points:
        return []
    x: list[str | None] = []
    y: list[float | None] = []
    last: datetime | None = None
    for point in points:
        if last is not None and point.answered_at - last > ANSWER_GAP:
            x.append(formats.wall(last + (point.answered_at - last) / 2, series.tz))
            y.append(None)
        x.append(formats.wall(point.answered_at, series.tz))
        y.append(round(rescaled(point), 3))
        last = point.answered_at
    text = [None if value is None else formats.decimal(value, lang, 1) for value in y]
    line = {
        "type": "scatter",
        "mode": "lines+markers" if len(points) <= MARKED else "lines",
        "name": words.item(str(item), lang),
        "meta": "answers",
        "xaxis": "x",
        "yaxis": "y3",
        "x": x,
        "y": y,
        "text": text,
        "line": {"color": CONTACT, "width": 1.4},
        "marker": {"color": CONTACT, "size": 4},
        "connectgaps": False,
        "hovertemplate": "%{x|%Y-%m-%d %H:%M}<br>%{text} / 10<extra></extra>",
    }
    return [*_usual_band(series, points), line]


def rescaled(point: CheckInPoint) -> float:
    """The answer on 0..10, whatever its own scale."""
    return 10.0 * (point.value - point.low) / (point.high - point.low)


def _usual_band(series: ClientSeries, points: Sequence[CheckInPoint]) -> list[Trace]:
    if len(points) < BAND_NEEDS:
        return []
    cuts = quantiles([rescaled(p) for p in points], n=10, method="inclusive")
    left, right = formats.wall(series.since, series.tz), formats.wall(series.until, series.tz)
    low, high = round(cuts[0], 2), round(cuts[-1], 2)
    return [
        _area([left, right, right, left], [low, low, high, high], "y3", "rgba(58,130,184,0.16)", "usual band")
    ]


def risk_words(lang: Language) -> list[str]:
    """The risk axis speaks in words, never in percent."""
    return [lang.t("lower"), lang.t("as usual"), lang.t("higher")]


def risk(series: ClientSeries, lang: Language) -> list[Trace]:
    """The 24 h estimate and its band relative to the client's usual level; the days without one as marks below."""
    scores = sorted((r for r in series.risk if r.horizon_hours == 24), key=lambda r: r.decided_at)
    result: list[Trace] = []
    xs: list[str | None] = []
    ys: list[float | None] = []
    polygon_x: list[str | None] = []
    polygon_y: list[float | None] = []
    stretches = _stretches(scores)
    is_line = any(len(stretch) > 1 for stretch in stretches)
    for stretch in stretches:
        at = [formats.wall(r.decided_at, series.tz) for r in stretch]
        xs += [*at, None]
        ys += [*[ratio(r, r.probability) for r in stretch], None]
        polygon_x += [*at, *reversed(at), None]
        polygon_y += [ratio(r, r.low) for r in stretch]
        polygon_y += [*[ratio(r, r.high) for r in reversed(stretch)], None]
    if xs:
        result.append(_area(polygon_x, polygon_y, "y4", "rgba(60,135,148,0.20)", "risk band"))
        result.append(
            {
                "type": "scatter",
                "mode": "lines+markers" if len(scores) <= MARKED else "lines",
                "name": lang.t("Estimated risk"),
                "meta": "risk",
                "xaxis": "x",
                "yaxis": "y4",
                "x": xs,
                "y": ys,
                "line": {"color": RISK, "width": 1.8},
                "marker": {"color": RISK, "size": 3 if is_line else 8},
                "cliponaxis": False,  # the newest stands on the right edge, and is shown whole
                "connectgaps": False,
                "text": [None if y is None else ratio_words(y, lang) for y in ys],
                "hovertemplate": "%{x|%Y-%m-%d %H:%M}<br>%{text}<extra></extra>",
            }
        )
    return [*result, *_unknown_risk(series, scores, lang)]


def ratio(score: RiskView, value: float | None) -> float | None:
    """log2 of `value` over the client's usual level, inside +-RISK_EDGE; None when either is unknown."""
    if value is None or not score.usual or value <= 0.0:
        return None
    return round(max(-RISK_EDGE, min(RISK_EDGE, math.log2(value / score.usual))), 3)


def ratio_words(log2_ratio: float, lang: Language) -> str:
    """The ratio as a person says it."""
    if abs(log2_ratio) < AS_USUAL:
        return lang.t("about as usual for this client")
    times = formats.decimal(2 ** abs(log2_ratio), lang, 1)
    if log2_ratio >= RISK_EDGE:
        return lang.t("more than {times} times the client's usual", times=times)
    if log2_ratio <= -RISK_EDGE:
        return lang.t("more than {times} times below the client's usual", times=times)
    if log2_ratio > 0:
        return lang.t("about {times} times the client's usual", times=times)
    return lang.t("about {times} times below the client's usual", times=times)


def _stretches(scores: Sequence[RiskView]) -> list[list[RiskView]]:
    result: list[list[RiskView]] = []
    last: RiskView | None = None
    for score in scores:
        if ratio(score, score.probability) is None:
            last = None
            continue
        if last is None or score.decided_at - last.decided_at > RISK_GAP:
            result.append([])
        result[-1].append(score)
        last = score
    return result


def _unknown_risk(series: ClientSeries, scores: Sequence[RiskView], lang: Language) -> list[Trace]:
    unknown = [s for s in scores if s.probability is None]
    if not unknown:
        return []
    return [
        {
            "type": "scatter",
            "mode": "markers",
            "name": words.too_little(lang),
            "meta": "risk:unknown",
            "xaxis": "x",
            "yaxis": "y4",
            "x": [formats.wall(s.decided_at, series.tz) for s in unknown],
            "y": [-2.2] * len(unknown),
            "marker": marker(Mark(SILENT, "line-ew-open", 5)),
            "hovertemplate": f"%{{x|%Y-%m-%d}}<br>{words.too_little(lang)}<extra></extra>",
        }
    ]


def _area(x: Sequence[str | None], y: Sequence[float | None], axis: str, color: str, meta: str) -> Trace:
    return {
        "type": "scatter",
        "mode": "lines",
        "meta": meta,
        "xaxis": "x",
        "yaxis": axis,
        "x": list(x),
        "y": list(y),
        "fill": "toself",
        "fillcolor": color,
        "line": {"width": 0},
        "hoverinfo": "skip",
    }
