"""The client's graph: one time axis, up to four rooms above each other. Pure: a series in, a plotly figure out.

Rooms, from the top: BrAC against the limits; what became of planned tests, and contacts and drinking as told;
one check-in item against the client's own usual band; the risk estimate against the client's own usual level.
Times are the client's wall clock (plotly knows no zones); the hover text names the hour that happens twice.
No markup but <br> in texts: plotly writes <b> and <i> as inline styles, which the content security policy refuses.
Silence is drawn as nothing: no line crosses a gap, and a test of which nothing was received has its own mark.
"""

from datetime import datetime, timedelta
from typing import Any

from backend.services.views import ClientSeries
from dashboard import formats, lanes, traces
from dashboard.language import Language
from dashboard.units import Unit

Figure = dict[str, Any]
"""`data`, `layout` and `config` as plotly.js takes them; JSON-ready."""
Rooms = dict[str, tuple[float, float]]
"""The rooms shown, from the top, with their vertical share."""

_WEIGHTS = {"y": 0.40, "y2": 0.20, "y3": 0.14, "y4": 0.14}
"""How high the rooms are against each other, from the top."""
_BETWEEN = 0.045
"""Share of the height between two rooms, for the heading of the lower one."""

_GRID = "rgba(128,140,142,0.22)"
_LINE = "rgba(128,140,142,0.55)"


def client_figure(
    series: ClientSeries, lang: Language, unit: Unit, item: str | None, shown_from: datetime | None = None
) -> Figure:
    """The whole graph of a series; `item` is the check-in item to show (None: none was ever answered).

    `shown_from`: where the axis begins at first; what lies before it can be moved into view.
    """
    rows, rooms = lanes.rows_of(series), rooms_of(series, item)
    shown = max(series.since, shown_from or series.since)
    crowded = series.until - shown > timedelta(days=60)
    data = [
        *traces.risk(series, lang),
        *traces.answers(series, lang, item),
        *lanes.windows(series, rows, lang),
        *lanes.drinking(series, rows, lang),
        *lanes.contacts(series, rows, lang),
        *lanes.noted(series, rows, lang),
        *traces.readings(series, lang, unit),
    ]
    if crowded:
        data = [_smaller(trace) for trace in data]
    return {
        "data": [*data, *_held(data, rooms, series)],
        "layout": _layout(series, lang, unit, item, rows, rooms, shown),
        "config": {"displayModeBar": False, "responsive": True, "scrollZoom": False, "showTips": False},
    }


def rooms_of(series: ClientSeries, item: str | None) -> dict[str, tuple[float, float]]:
    """The rooms that have something to show, with their vertical shares. An empty one is left out; words say so.

    Breath has its room as soon as a test was taken or planned, check-ins when one was answered or planned.
    """
    planned = {w.kind for w in series.windows}
    has = {
        "y": bool(series.readings) or "breath_test" in planned,
        "y2": True,
        "y3": item is not None or "check_in" in planned,
        "y4": any(score.horizon_hours == 24 for score in series.risk),
    }
    shown = [room for room in _WEIGHTS if has[room]]
    scale = (1.0 - _BETWEEN * (len(shown) - 1)) / sum(_WEIGHTS[room] for room in shown)
    found, top = {}, 1.0
    for room in shown:
        bottom = max(0.0, top - _WEIGHTS[room] * scale)
        found[room] = (round(bottom, 4), round(top, 4))
        top = bottom - _BETWEEN
    return found


def _held(data: list[Figure], rooms: Rooms, series: ClientSeries) -> list[Figure]:
    """An unseen point for each room with nothing drawn in it yet.

    Plotly makes no axis for a room without a trace, and hangs the dates on the topmost room when they belong to it.
    """
    drawn = {trace["yaxis"] for trace in data if trace["x"]}
    return [
        {
            "type": "scatter", "mode": "markers", "meta": "held", "xaxis": "x", "yaxis": room, "hoverinfo": "skip",
            "x": [formats.wall(series.since, series.tz)], "y": [None], "marker": {"size": 1},
        }
        for room in rooms
        if room not in drawn
    ]  # fmt: skip


def _smaller(trace: Figure) -> Figure:
    marker = trace.get("marker")
    return (
        trace if marker is None else {**trace, "marker": {**marker, "size": round(marker["size"] * 0.7, 1)}}
    )


def _layout(
    series: ClientSeries,
    lang: Language,
    unit: Unit,
    item: str | None,
    rows: lanes.Rows,
    rooms: Rooms,
    shown: datetime,
) -> Figure:
    tz = series.tz
    axes: dict[str, Figure] = {
        "y": {"range": [-0.035 * _top(series, unit), _top(series, unit)], "tickformat": ".2f"},
        "y2": {"range": rows.range, "tickvals": rows.heights, "ticktext": rows.names(lang), "showgrid": True},
        "y3": {"range": [-0.8, 10.8], "tickvals": [0, 5, 10]},
        "y4": {"range": [-2.6, 2.6], "tickvals": [-2, 0, 2], "ticktext": traces.risk_words(lang)},
    }
    titles = {
        "y": lang.t(unit.title),
        "y2": lang.t("Planned tests and what happened"),
        "y3": traces.item_title(item, lang),
        "y4": lang.t("Estimated risk, against the own usual"),
    }
    return {
        "margin": {"l": 84, "r": 12, "t": 22, "b": 40},
        "showlegend": False,
        "hovermode": "closest",
        "dragmode": "pan",
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "system-ui, sans-serif", "size": 12},
        "separators": ", " if lang.code == "sv" else ".,",
        # Names what was asked for and not when: a zoomed stretch stays where it is while new data comes.
        "uirevision": f"{round((series.until - shown) / timedelta(days=1))}|{unit.name}",
        "xaxis": {
            **_time_axis(formats.wall(shown, tz), formats.wall(series.until, tz), list(rooms)[-1]),
            "minallowed": formats.wall(series.since, tz),
            "maxallowed": formats.wall(series.until, tz),
        },
        **{f"yaxis{room[1:]}": _axis(share, **axes[room]) for room, share in rooms.items()},
        "shapes": [
            *(_limits(series, unit) if "y" in rooms else ()),
            *_outages(series, rooms),
            *_worse(series, rooms),
        ],
        "annotations": [
            *(_title(share[1], titles[room]) for room, share in rooms.items()),
            *(_limit_labels(series, lang, unit) if "y" in rooms else ()),
        ],
    }


def _time_axis(since: str, until: str, lowest: str) -> Figure:
    return {
        "type": "date",
        "range": [since, until],
        "anchor": lowest,
        "gridcolor": _GRID,
        "linecolor": _LINE,
        "showspikes": True,
        "spikemode": "across",
        "spikethickness": 1,
        "spikecolor": _LINE,
        "spikedash": "dot",
        "hoverformat": "%Y-%m-%d %H:%M",
        "tickformatstops": [
            {"dtickrange": [None, 43_200_000], "value": "%H:%M\n%m-%d"},
            {"dtickrange": [43_200_000, "M1"], "value": "%m-%d\n%Y"},
            {"dtickrange": ["M1", None], "value": "%Y-%m"},
        ],
    }


def _axis(share: tuple[float, float], **more: object) -> Figure:
    return {
        "domain": list(share),
        "anchor": "x",
        "zeroline": False,
        "gridcolor": _GRID,
        "linecolor": _LINE,
        "fixedrange": True,
        "automargin": False,
        **more,
    }


def _top(series: ClientSeries, unit: Unit) -> float:
    highest = max((r.brac_mg_per_l for r in series.readings if r.brac_mg_per_l is not None), default=0.0)
    return unit.of(max(0.25, series.rules.positive_mg_per_l * 2.5, highest * 1.15))


def _limits(series: ClientSeries, unit: Unit) -> list[Figure]:
    return [
        {
            "type": "line",
            "xref": "paper",
            "x0": 0,
            "x1": 1,
            "yref": "y",
            "y0": unit.of(limit),
            "y1": unit.of(limit),
            "line": {"color": color, "width": 1.5, "dash": dash},
            "layer": "below",
        }
        for limit, color, dash in (
            (series.rules.positive_mg_per_l, traces.POSITIVE, "solid"),
            (series.rules.trace_mg_per_l, traces.TRACE, "dot"),
        )
    ]


def _limit_labels(series: ClientSeries, lang: Language, unit: Unit) -> list[Figure]:
    limit = series.rules.positive_mg_per_l
    return [
        {
            "xref": "paper",
            "x": 1,
            "xanchor": "right",
            "yref": "y",
            "y": unit.of(limit),
            "yanchor": "bottom",
            "text": lang.t("Limit {value}", value=unit.text(limit, lang)),
            "showarrow": False,
            "font": {"size": 11},
        }
    ]


def _outages(series: ClientSeries, rooms: Rooms) -> list[Figure]:
    return [
        {
            "type": "rect",
            "xref": "x",
            "x0": formats.wall(began, series.tz),
            "x1": formats.wall(ended, series.tz),
            "yref": "paper",
            "y0": rooms["y2"][0],
            "y1": 1,
            "fillcolor": "rgba(124,136,139,0.22)",
            "line": {"color": _LINE, "width": 1, "dash": "dot"},
            "layer": "below",
        }
        for began, ended in series.outages
    ]


def _worse(series: ClientSeries, rooms: Rooms) -> list[Figure]:
    """A standing worsening is shaded from the day it began; a local day begins at 04:00 there."""
    if series.worse_since is None:
        return []
    began = max(f"{series.worse_since.isoformat()}T04:00:00", formats.wall(series.since, series.tz)[:19])
    ended = formats.wall(series.until, series.tz)
    if began >= ended[:19]:
        return []
    return [
        {
            "type": "rect", "xref": "x", "x0": began, "x1": ended, "yref": "paper", "y0": list(rooms.values())[-1][0],
            "y1": 1, "fillcolor": "rgba(176,122,18,0.12)", "line": {"width": 0}, "layer": "below",
        }
    ]  # fmt: skip


def _title(height: float, text: str) -> Figure:
    return {
        "xref": "paper",
        "x": 0,
        "xanchor": "left",
        "yref": "paper",
        "y": height,
        "yanchor": "bottom",
        "text": text,
        "showarrow": False,
        "font": {"size": 12, "weight": 600},
    }
