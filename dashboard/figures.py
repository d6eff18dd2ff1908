"""The client's graph: one time axis, five rooms above each other. Pure: a series in, a plotly figure (plain dict) out.

Rooms, from the top: BrAC against the limits; what became of planned tests, and contacts and drinking as told;
one check-in item against the client's own usual band; the risk estimate against the client's own usual level.
Times are the client's wall clock (plotly knows no zones); the hover text names the hour that happens twice.
No markup but <br> in texts: plotly writes <b> and <i> as inline styles, which the content security policy refuses.
Silence is drawn as nothing: no line crosses a gap, and a test of which nothing was received has its own mark.
"""

from datetime import timedelta
from typing import Any

from backend.services.views import ClientSeries
from dashboard import formats, lanes, traces
from dashboard.language import Language
from dashboard.units import Unit

Figure = dict[str, Any]
"""`data`, `layout` and `config` as plotly.js takes them; JSON-ready."""

ROOMS: dict[str, tuple[float, float]] = {
    "y": (0.60, 1.0),
    "y2": (0.37, 0.57),
    "y3": (0.185, 0.325),
    "y4": (0.0, 0.14),
}
"""Vertical share of each room."""

_GRID = "rgba(128,140,142,0.22)"
_LINE = "rgba(128,140,142,0.55)"


def client_figure(series: ClientSeries, lang: Language, unit: Unit, item: str | None) -> Figure:
    """The whole graph of a series; `item` is the check-in item to show (None: none was ever answered)."""
    rows = lanes.rows_of(series)
    crowded = series.until - series.since > timedelta(days=60)
    data = [
        *traces.risk(series, lang),
        *traces.answers(series, lang, item),
        *lanes.windows(series, rows, lang),
        *lanes.drinking(series, rows, lang),
        *lanes.contacts(series, rows, lang),
        *traces.readings(series, lang, unit),
    ]
    if crowded:
        data = [_smaller(trace) for trace in data]
    return {
        "data": data,
        "layout": _layout(series, lang, unit, item, rows),
        "config": {"displayModeBar": False, "responsive": True, "scrollZoom": False, "showTips": False},
    }


def _smaller(trace: Figure) -> Figure:
    marker = trace.get("marker")
    return (
        trace if marker is None else {**trace, "marker": {**marker, "size": round(marker["size"] * 0.7, 1)}}
    )


def _layout(series: ClientSeries, lang: Language, unit: Unit, item: str | None, rows: lanes.Rows) -> Figure:
    tz = series.tz
    return {
        "margin": {"l": 84, "r": 12, "t": 22, "b": 40},
        "showlegend": False,
        "hovermode": "closest",
        "dragmode": "pan",
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "system-ui, sans-serif", "size": 12},
        "separators": ", " if lang.code == "sv" else ".,",
        "uirevision": f"{series.since.isoformat()}|{unit.name}",
        "xaxis": _time_axis(formats.wall(series.since, tz), formats.wall(series.until, tz)),
        "yaxis": _axis("y", range=[-0.035 * _top(series, unit), _top(series, unit)], tickformat=".2f"),
        "yaxis2": _axis(
            "y2", range=rows.range, tickvals=rows.heights, ticktext=rows.names(lang), showgrid=True
        ),
        "yaxis3": _axis("y3", range=[-0.8, 10.8], tickvals=[0, 5, 10]),
        "yaxis4": _axis("y4", range=[-2.4, 2.4], tickvals=[-2, 0, 2], ticktext=traces.risk_words(lang)),
        "shapes": [*_limits(series, unit), *_outages(series)],
        "annotations": [
            _title("y", lang.t(unit.title)),
            _title("y2", lang.t("Planned tests and what happened")),
            _title("y3", traces.item_title(item, lang)),
            _title("y4", lang.t("Estimated risk against the own usual level")),
            *_limit_labels(series, lang, unit),
        ],
    }


def _time_axis(since: str, until: str) -> Figure:
    return {
        "type": "date",
        "range": [since, until],
        "anchor": "y4",
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


def _axis(room: str, **more: object) -> Figure:
    return {
        "domain": list(ROOMS[room]),
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


def _outages(series: ClientSeries) -> list[Figure]:
    return [
        {
            "type": "rect",
            "xref": "x",
            "x0": formats.wall(began, series.tz),
            "x1": formats.wall(ended, series.tz),
            "yref": "paper",
            "y0": ROOMS["y2"][0],
            "y1": 1,
            "fillcolor": "rgba(124,136,139,0.22)",
            "line": {"color": _LINE, "width": 1, "dash": "dot"},
            "layer": "below",
        }
        for began, ended in series.outages
    ]


def _title(room: str, text: str) -> Figure:
    return {
        "xref": "paper",
        "x": 0,
        "xanchor": "left",
        "yref": "paper",
        "y": ROOMS[room][1],
        "yanchor": "bottom",
        "text": text,
        "showarrow": False,
        "font": {"size": 12, "weight": 600},
    }
