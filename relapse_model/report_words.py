"""The words of the evaluation page: verdicts, checks, lead time, and what the measures mean."""

from __future__ import annotations

from html import escape
from typing import Any

_VERDICTS = {"fails": "Fails", "not_shown": "Not shown", "holds": "Holds"}
_OUTCOMES = {"issue": "Issue", "passed": "Passed", "not_applicable": "Not applicable"}
_WORDS = (
    ("AUROC", "How often a decision followed by drinking has the higher score of two; 0.5 is chance, 1 perfect."),
    ("Within-person AUROC", "The same among one person's own days; timing: of the score minus what the own rate says."),
    ("Brier skill", "How much closer probabilities come than the base rate alone; 0 is no gain, below 0 a loss."),
    ("PPV, sensitivity", "Of the top tenth of decisions, how many drinking follows; of all drinking, the share there."),
    ("Calibration slope", "1 when probabilities can be read as they stand; below 1 they lie too far apart."),
    ("Own rate", "(drinking days known + 0.2) / (days observed + 3): what one would say without a model."),
)  # fmt: skip


def plainly(horizons: dict[str, Any]) -> str:
    """The verdicts of both horizons, failures first: what a hurried reader must not miss."""
    parts = ["<h2>In plain words</h2>"]
    for hours, horizon in horizons.items():
        items = "".join(
            f'<li><span class="{said["verdict"]}">{_VERDICTS[said["verdict"]]}.</span> {escape(said["text"])}</li>'
            for said in horizon.get("plainly", [])
        )
        parts.append(f"<h3>Within {escape(hours)} hours</h3><ul>{items}</ul>")
    return "".join(parts)


def glossary() -> str:
    """What the measures mean, one line each."""
    rows = "".join(f"<dt>{term}</dt><dd>{escape(meaning)}</dd>" for term, meaning in _WORDS)
    return f"<h2>Words</h2><dl>{rows}</dl>"


def checks(results: list[dict[str, Any]]) -> str:
    """The checks as a table."""
    rows = "".join(
        f"<tr><td>{escape(r['code'].replace('_', ' ').capitalize())}, {r['horizon_hours']} h</td>"
        f'<td class="words {escape(r["outcome"])}">{_OUTCOMES[r["outcome"]]}</td>'
        f'<td class="words">{escape(r["explanation"])}</td></tr>'
        for r in results
    )
    head = '<tr><th>Check</th><th class="words">Outcome</th><th class="words">Why</th></tr>'
    return f"<h2>Checks</h2><table>{head}{rows}</table>"


def lead_words(lead: dict[str, Any]) -> str:
    """How many onsets had an alert before them: said in words, since a figure of none would be empty."""
    said = [
        f"{name} {100 * lead[who]['alerted']:.0f} %"
        + ("" if lead[who]["median_days"] is None else f", median {lead[who]['median_days']:g} days before")
        for who, name in (("model", "model"), ("own_rate", "own rate"))
        if lead[who]["alerted"] is not None
    ]
    if not said:
        return "<p>No onset after 14 dry days occurs: there is no lead time to speak of.</p>"
    return (
        f"<p>Of {lead['model']['onsets']} onsets after 14 dry days these had an alert in the days before, when the top "
        f"10 % of decisions alert: {'; '.join(said)}.</p>"
    )
