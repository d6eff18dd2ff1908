"""The room of lanes: planned tests by what became of them, drinking as told, contacts. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from textwrap import wrap
from typing import Any

from backend.services.views import ClientSeries, WindowView
from dashboard import formats, words
from dashboard.language import N_, Language
from dashboard.marks import (
    ATTENDANCE_MARKS,
    CONTACT_MARK,
    DRINKING_MARK,
    LIFE_MARKS,
    NOT_REACHED_MARK,
    RESULT_MARKS,
    Mark,
)
from dashboard.traces import Trace, marker, reading_words

_LANES: tuple[tuple[str, str], ...] = (
    ("breath_test", N_("Tests")),
    ("check_in", N_("Check-ins")),
    ("visit", N_("Visits")),
    ("drinking", N_("Drinking")),
    ("contact", N_("Contacts")),
    ("noted", N_("Events")),
)


@dataclass(frozen=True, slots=True)
class Rows:
    """Which lanes stand in the room, from the top, and at which height."""

    keys: tuple[str, ...]

    @property
    def heights(self) -> list[int]:
        """Height of each lane."""
        return list(range(len(self.keys), 0, -1))

    @property
    def range(self) -> list[float]:
        """Vertical range of the room."""
        return [0.4, len(self.keys) + 0.6]

    def height(self, key: str) -> int:
        """Height of one lane."""
        return len(self.keys) - self.keys.index(key)

    def names(self, lang: Language) -> list[str]:
        """The lanes' names."""
        names = dict(_LANES)
        return [lang.t(names[key]) for key in self.keys]


def rows_of(series: ClientSeries) -> Rows:
    """Tests, told drinking and contacts always; check-ins and visits where the client has any planned."""
    planned = {w.kind for w in series.windows}
    always = {"breath_test", "drinking", "contact"}
    if planned and "breath_test" not in planned and not series.readings:
        always.discard("breath_test")
    if series.events:
        always.add("noted")
    return Rows(tuple(key for key, _ in _LANES if key in planned or key in always))


def windows(series: ClientSeries, rows: Rows, lang: Language) -> list[Trace]:
    """One trace per attendance state, and the blows that gave no value."""
    result = []
    for state, mark in ATTENDANCE_MARKS.items():
        found = [w for w in series.windows if w.attendance == state]
        if found:
            result.append(
                _points(
                    lang.t(words.ATTENDANCE[state]),
                    f"window:{state}",
                    mark,
                    [formats.wall(_middle(w), series.tz) for w in found],
                    [rows.height(w.kind) for w in found],
                    [_window_words(w, series.tz, lang) for w in found],
                )
            )
    failed = [r for r in series.readings if r.brac_mg_per_l is None]
    if failed and "breath_test" in rows.keys:
        result.append(
            _points(
                _no_result(lang),
                "reading:incomplete",
                RESULT_MARKS["incomplete"],
                [formats.wall(r.measured_at, series.tz) for r in failed],
                [rows.height("breath_test")] * len(failed),
                [
                    f"{reading_words(r, series.tz, lang)}<br>{words.failure(r.failure or '', lang)}"
                    for r in failed
                ],
            )
        )
    return result


def _no_result(lang: Language) -> str:
    text = words.RESULTS["incomplete"]
    return lang.t(text)


def drinking(series: ClientSeries, rows: Rows, lang: Language) -> list[Trace]:
    """Drinking known from words, at the time it is said to have begun, and check-ins answered with a yes."""
    told = [(d.started_at, drinking_words(d.amount_g, lang)) for d in series.drinking]
    near = timedelta(hours=36)
    told += [
        (c.answered_at, lang.t("answered yes to having drunk since the last check-in"))
        for c in series.check_ins
        if c.drank and not any(abs(c.answered_at - d.started_at) < near for d in series.drinking)
    ]
    return _lane(series, rows, lang, "drinking", lang.t("Told drinking"), DRINKING_MARK, told)


def contacts(series: ClientSeries, rows: Rows, lang: Language) -> list[Trace]:
    """Contacts that reached the client, and those that did not, apart."""
    result = []
    for reached, mark, name in (
        (True, CONTACT_MARK, N_("Reached")),
        (False, NOT_REACHED_MARK, N_("Not reached")),
    ):
        made = [
            (c.happened_at, ", ".join(filter(None, [lang.t(words.CHANNELS[c.channel]), lang.t(name), c.by])))
            for c in series.contacts
            if c.reached is reached
        ]
        result += _lane(series, rows, lang, "contact", lang.t(name), mark, made)
    return result


def noted(series: ClientSeries, rows: Rows, lang: Language) -> list[Trace]:
    """Medication and life events: a mark where it began, and a line for as long as it lasts."""
    result = []
    first, last = formats.wall(series.since, series.tz), formats.wall(series.until, series.tz)
    for kind, mark in LIFE_MARKS.items():
        found = [e for e in series.events if e.kind == kind]
        if not found:
            continue
        begun = [f"{e.began_on.isoformat()}T12:00:00" for e in found]
        told = [
            f"{at[:10]}<br>{lang.t(words.LIFE[kind])}: {escaped(e.text)}"
            for at, e in zip(begun, found, strict=True)
        ]
        height = rows.height("noted")
        for at, one in zip(begun, found, strict=True):
            if one.ended_on is None and kind != "medication":
                continue
            ends = last if one.ended_on is None else f"{one.ended_on.isoformat()}T12:00:00"
            result.append({
                "type": "scatter", "mode": "lines", "meta": f"noted:{kind}", "xaxis": "x", "yaxis": "y2",
                "x": [max(at, first), min(ends, last)], "y": [height, height], "hoverinfo": "skip",
                "line": {"color": mark.color, "width": 3},
            })  # fmt: skip
        result.append(
            _points(lang.t(words.LIFE[kind]), f"noted:{kind}", mark, begun, [height] * len(found), told)
        )
    return result


def escaped(text: str) -> str:
    """People's own words for plotly, which would take `<` for markup; broken into lines that fit beside a point."""
    plain = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "<br>".join(wrap(plain, 60))


def drinking_words(amount_g: float | None, lang: Language) -> str:
    """Drinking as told; a Swedish standard glass is 12 g (published)."""
    if amount_g is None:
        return lang.t("drinking, as told")
    glasses = formats.decimal(amount_g / 12.0, lang, 0)
    return lang.t("drinking, as told: about {glasses} standard glasses", glasses=glasses)


def _lane(
    series: ClientSeries,
    rows: Rows,
    lang: Language,
    key: str,
    name: str,
    mark: Mark,
    told: Sequence[tuple[Any, str]],
) -> list[Trace]:
    if not told:
        return []
    return [
        _points(
            name,
            key,
            mark,
            [formats.wall(at, series.tz) for at, _ in told],
            [rows.height(key)] * len(told),
            [f"{formats.moment(at, series.tz, lang)}<br>{text}" for at, text in told],
        )
    ]


def _points(name: str, meta: str, mark: Mark, x: list[str], y: list[int], text: list[str]) -> Trace:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "meta": meta,
        "xaxis": "x",
        "yaxis": "y2",
        "x": x,
        "y": y,
        "text": text,
        "marker": marker(mark),
        "hovertemplate": "%{text}<extra></extra>",
    }


def _middle(window: WindowView) -> Any:
    return window.opens_at + (window.closes_at - window.opens_at) / 2


def _window_words(window: WindowView, tz: str, lang: Language) -> str:
    hours = (
        f"{formats.moment(window.opens_at, tz, lang)}\N{EN DASH}{formats.clock(window.closes_at, tz, lang)}"
    )
    lines = [
        lang.t(words.ATTENDANCE[window.attendance]),
        lang.t(words.WINDOWS[window.kind]),
        hours,
    ]
    if window.met_at is not None:
        lines.append(lang.t("done {time}", time=formats.clock(window.met_at, tz, lang)))
    return "<br>".join(lines)
