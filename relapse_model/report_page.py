"""The evaluation report as one HTML page: plotly's script inside, nothing loaded from anywhere."""

from __future__ import annotations

from html import escape
from typing import Any

from relapse_model.report_words import checks, glossary, lead_words, plainly

_STYLE = """body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#1c2530}
table{border-collapse:collapse;margin:1rem 0;display:block;overflow-x:auto}
th,td{border-bottom:1px solid #cdd5dd;padding:.25rem .75rem;text-align:right}
th:first-child,td:first-child,.words{text-align:left}.issue,.fails{color:#a3260f;font-weight:600}
.not_shown{color:#6b4a00;font-weight:600}ul{padding-left:1.2rem}dt{font-weight:600}dd{margin:0 0 .4rem}"""
_OURS, _OWN, _GREY = "#14507a", "#c0562b", "#8a949e"
_MEASURES = (
    ("auroc", "AUROC"),
    ("brier_skill", "Brier skill"),
    ("ppv_top_10", "PPV, top 10 %"),
    ("sensitivity_top_10", "Sensitivity, top 10 %"),
    ("alerts_per_person_week_top_10", "Alerts per person-week"),
    ("calibration_slope", "Calibration slope"),
)


def report_page(report: dict[str, Any]) -> str:
    """The page of a report made by `assessment.assess`, with study and model names and checks added."""
    from plotly.offline import get_plotlyjs  # only this page needs plotly

    parts = [
        f"<h1>Evaluation on {escape(str(report['study']))}</h1>",
        (
            f"<p>{report['people']} people, {report['decisions']} daily decisions at 04:00 local time. Model: "
            f"{escape(str(report['model']))}. Every figure stands beside the client's own running rate; intervals are "
            "95 %, over resampled people. Pooled AUROC mostly says who drinks more often, not when.</p>"
        ),
        plainly(report["horizons"]),
        checks(report.get("checks", [])),
    ]
    for hours, horizon in report["horizons"].items():
        parts.append(f"<h2>Drinking within {escape(hours)} hours</h2>")
        parts.append(_divisions(horizon.get("each_division", [])))
        parts += _tables(horizon)
        parts += _beside(report.get("beside", {}), hours)
        if "lead_time" in horizon:
            parts.append(lead_words(horizon["lead_time"]))
        parts += [_figure(figure) for figure in _figures(horizon)]
    parts.append(glossary())
    body = "\n".join(parts)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Evaluation on {escape(str(report['study']))}</title><style>{_STYLE}</style>"
        f"<script>{get_plotlyjs()}</script></head>\n<body>{body}</body></html>\n"
    )


def _tables(horizon: dict[str, Any]) -> list[str]:
    splits = {"People the model had not seen": horizon["person_grouped"]}
    if horizon["forward_in_time"]:
        splits["Forward in time"] = horizon["forward_in_time"]
    for name, part in horizon.get("leave_one_study_out", {}).items():
        splits[f"Study left out of training: {name}"] = part
    tables = []
    for title, strata in splits.items():
        for stratum, said in (
            ("all", "all decisions"),
            ("after_14_dry_days", "after 14 days without known drinking"),
        ):
            if "model" in strata.get(stratum, {}):
                tables.append(_table(f"{title}: {said}", strata[stratum]))
    for column, values in horizon["by_group"].items():
        tables.append(_group_table(column, values))
    return tables or [
        "<p>Only one outcome occurs, or no decision has a label: there is nothing to measure.</p>"
    ]


def _table(title: str, figures: dict[str, Any]) -> str:
    model, own, less = figures["model"], figures["own_rate"], figures["model_minus_own_rate"]
    rows = ""
    for key, name in _MEASURES:
        interval = less.get(f"{key}_95")
        difference = f"{_n(less.get(key))} ({_n(interval[0])} to {_n(interval[1])})" if interval else ""
        rows += (
            f"<tr><td>{name}</td><td>{_n(model[key])}</td><td>{_n(own[key])}</td><td>{difference}</td></tr>"
        )
    for key, name in (
        ("within_person_auroc", "Within-person AUROC"),
        ("within_person_auroc_timing", "… of its timing"),
    ):
        found = model.get(key) or {}
        interval = found.get("interval_95")
        said = f" ({_n(interval[0])} to {_n(interval[1])})" if interval else ""
        other = own.get(key, {}).get("mean") if key in own else None
        rows += f"<tr><td>{name}</td><td>{_n(found.get('mean'))}{said}</td><td>{_n(other)}</td><td></td></tr>"
    head = (
        f"<h3>{escape(title)}</h3><p>{figures['people']} people, {figures['labelled']} labelled decisions, "
        f"{100 * figures['base_rate']:.1f} % followed by drinking.</p>"
    )
    table = f"<table><tr><th></th><th>Model</th><th>Own rate</th><th>Difference</th></tr>{rows}</table>"
    return head + table + _power(less)


def _beside(found: dict[str, Any], hours: str) -> list[str]:
    """The model beside another's predictions on the decisions that both have."""
    tables = []
    for stratum, said in (
        ("all", "all decisions"),
        ("after_14_dry_days", "after 14 days without known drinking"),
    ):
        figures = found.get(hours, {}).get(stratum, {})
        if "model" not in figures:
            continue
        rows = "".join(
            f"<tr><td>{name}</td><td>{_n(figures['model'][key])}</td><td>{_n(figures['other'][key])}</td></tr>"
            for key, name in _MEASURES
        )
        name = escape(str(found["name"]))
        head = f"<h3>Beside {name}: {said}</h3><p>{figures['labelled']} decisions that both have.</p>"
        tables.append(f"{head}<table><tr><th></th><th>Model</th><th>{name}</th></tr>{rows}</table>")
    return tables


def _power(less: dict[str, Any]) -> str:
    """Whether so many people can show a difference at all: an interval around 0 is not the same as no difference."""
    said = [
        f"{name} from {_n(less[f'{key}_shown_from'])} (found {_n(less[key])}, shown in "
        f"{100 * less[f'{key}_power']:.0f} of 100 such studies)"
        for key, name in _MEASURES
        if less.get(f"{key}_shown_from") is not None
    ]
    if not said:
        return ""
    return (
        "<p>What so many people can show, that is, with an interval above 0 in four of five studies of this size: "
        f"differences in {'; '.join(said)}.</p>"
    )


def _divisions(found: list[dict[str, Any] | None]) -> str:
    areas = [one["auroc"] for one in found if one]
    if not areas:
        return ""
    return (
        f"<p>A small study: people were divided into folds {len(areas)} times and the log-odds averaged. One division "
        f"alone gives an AUROC of {_n(min(areas))} to {_n(max(areas))}.</p>"
    )


def _group_table(column: str, values: dict[str, Any]) -> str:
    keys = ("people", "labelled", "base_rate", "mean_probability", "auroc", "own_rate_auroc", "calibration_slope", "alert_share", "ppv", "sensitivity")  # fmt: skip  # noqa: E501
    head = "".join(f"<th>{key.replace('_', ' ')}</th>" for key in keys)
    rows = "".join(
        f"<tr><td>{escape(name)}</td>" + "".join(f"<td>{_n(figures[key])}</td>" for key in keys) + "</tr>"
        for name, figures in values.items()
    )
    return f"<h3>By {escape(column)}</h3><table><tr><th></th>{head}</tr>{rows}</table>"


def _figures(horizon: dict[str, Any]) -> list[Any]:
    import plotly.graph_objects as go

    found = []
    overall = horizon["person_grouped"]["all"]
    if "model" in overall:
        figure = go.Figure(
            layout=_layout("Calibration", "Predicted probability", "Share followed by drinking")
        )
        for who, name, colour in (("model", "Model", _OURS), ("own_rate", "Own rate", _OWN)):
            bins = overall[who]["calibration_bins"]
            figure.add_scatter(
                x=[b["predicted"] for b in bins],
                y=[b["observed"] for b in bins],
                name=name,
                mode="lines+markers",
                line={"color": colour},
            )
        top = max(b[k] for who in ("model", "own_rate") for b in overall[who]["calibration_bins"] for k in ("predicted", "observed"))  # noqa: E501  # fmt: skip
        figure.add_scatter(
            x=[0, top], y=[0, top], name="Perfect", mode="lines", line={"color": _GREY, "dash": "dot"}
        )
        found.append(figure)
    if "decision_curve" in horizon:
        curve = horizon["decision_curve"]
        figure = go.Figure(
            layout=_layout("Decision curve", "Threshold probability", "Net benefit per decision")
        )
        for who, name, colour in (("model", "Model", _OURS), ("own_rate", "Own rate", _OWN), ("everyone", "Everyone", _GREY)):  # noqa: E501  # fmt: skip
            figure.add_scatter(
                x=curve["threshold"], y=curve[who], name=name, mode="lines", line={"color": colour}
            )
        best = max(*curve["model"], *curve["own_rate"], 1e-4)
        figure.update_yaxes(range=[-0.2 * best, 1.1 * best])
        found.append(figure)
    if any(sum(part["histogram"]) for part in horizon.get("lead_time", {}).values()):
        found.append(_lead_figure(go, horizon["lead_time"]))
    if horizon.get("alert_burden"):
        burden = horizon["alert_burden"]
        figure = go.Figure(layout=_layout("Alert burden", "Alerts per day for 30 clients", "Share"))
        x = [row["alerts_per_day_and_30_clients"] for row in burden]
        for who, name, colour in (("model", "model", _OURS), ("own_rate", "own rate", _OWN)):
            for what, said, dash in (("ppv", "PPV", "solid"), ("sensitivity", "Sensitivity", "dash")):
                y = [row[f"{who}_{what}"] for row in burden]
                line = {"color": colour, "dash": dash}
                figure.add_scatter(x=x, y=y, name=f"{said}, {name}", mode="lines+markers", line=line)
        found.append(figure)
    return found


def _lead_figure(go: Any, lead: dict[str, Any]) -> Any:
    title = "Lead time before an onset after 14 dry days"
    figure = go.Figure(layout=_layout(title, "Days from first alert to onset", "Onsets"))
    for who, name, colour in (("model", "Model", _OURS), ("own_rate", "Own rate", _OWN)):
        counts = lead[who]["histogram"]
        x = [f"{day} to {day + 1}" for day in range(len(counts))]
        figure.add_bar(x=x, y=counts, name=name, marker={"color": colour})
    return figure


def _layout(title: str, x: str, y: str) -> dict[str, Any]:
    return {
        "title": {"text": title, "font": {"size": 16}},
        "xaxis": {"title": {"text": x}},
        "yaxis": {"title": {"text": y}},
        "template": "plotly_white",
        "height": 420,
    }


def _figure(figure: Any) -> str:
    return str(figure.to_html(full_html=False, include_plotlyjs=False, config={"displaylogo": False}))


def _n(value: Any) -> str:
    if value is None:
        return "–"
    return str(value) if isinstance(value, int) else f"{value:.3f}"
