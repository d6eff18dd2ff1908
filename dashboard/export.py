"""The series as CSV: every fact with UTC and local time, zone and unit. Pure."""

import csv
import io
from collections.abc import Iterator
from datetime import datetime

from backend.services.views import ClientSeries, ReadingPoint
from dashboard import formats

AXES = ("attendance", "result", "identity", "device", "calibration", "breathalyzer")
"""The four axes of a test, none folded into another (domain reference, section 2); device in three columns."""
COLUMNS = (
    "kind", "at_utc", "at_local", "zone", "state", "value", "unit", "permille_computed", *AXES, "detail",
)  # fmt: skip
Line = tuple[datetime, str, str, object, str, object, str]
Axes = tuple[str, str, str, str, str, str]
_NO_AXES: Axes = ("", "", "", "", "", "")
OUTSIDE_PLAN = "outside_plan"


def csv_text(series: ClientSeries) -> str:
    """The series as CSV (RFC 4180, UTF-8), oldest first. Names and states are the platform's own words, untranslated.

    A cell that a spreadsheet would take for a formula is led by an apostrophe.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for (at, kind, state, value, unit, permille, detail), axes in sorted(
        _lines(series), key=lambda line: line[0][0]
    ):
        local = at.astimezone(formats.zone(series.tz)).isoformat(timespec="seconds")
        cells = (kind, formats.machine(at), local, series.tz, state, value, unit, permille, *axes, detail)
        writer.writerow([_safe(cell) for cell in cells])
    return out.getvalue()


def _lines(series: ClientSeries) -> Iterator[tuple[Line, Axes]]:
    met = {w.met_at: w for w in series.windows if w.met_at is not None and w.kind == "breath_test"}
    for r in series.readings:
        window = met.get(r.measured_at)
        yield _reading(r), _axes(r, window.attendance if window else OUTSIDE_PLAN)
    for w in series.windows:
        closes = f"closes {formats.machine(w.closes_at)}"
        axes = (w.attendance, "", "", "", "", "") if w.kind == "breath_test" else _NO_AXES
        yield (w.opens_at, f"window_{w.kind}", w.attendance, "", "", "", closes), axes
    for line in _others(series):
        yield line, _NO_AXES


def _reading(r: ReadingPoint) -> Line:
    value = "" if r.brac_mg_per_l is None else f"{r.brac_mg_per_l:.3f}"
    permille = "" if r.permille is None else f"{r.permille:.2f}"
    unit = "mg/L" if value else ""
    return (r.measured_at, "reading", r.state, value, unit, permille, r.failure or r.purpose)


def _axes(r: ReadingPoint, attendance: str) -> Axes:
    whose = "another_than_own" if r.is_other_breathalyzer else ""
    return (attendance, r.state, r.identity, r.breathalyzer_model, r.calibration_state, whose)


def _others(series: ClientSeries) -> Iterator[Line]:
    for a in series.answers:
        yield a.answered_at, "answer", a.item, a.value, f"{a.low:g}..{a.high:g}", "", ""
    for c in series.check_ins:
        drank = {True: "drank", False: "did_not_drink", None: "not_asked"}[c.drank]
        yield c.answered_at, "check_in", drank, "", "", "", c.comment or ""
    for d in series.drinking:
        amount = "" if d.amount_g is None else d.amount_g
        yield d.started_at, "drinking", d.source, amount, "g" if amount != "" else "", "", ""
    for k in series.contacts:
        yield (
            k.happened_at,
            "contact",
            k.channel,
            "",
            "",
            "",
            ("reached " if k.reached else "not reached ") + k.note,
        )
    for began, ended in series.outages:
        yield began, "outage", "platform", "", "", "", f"until {formats.machine(ended)}"


def _safe(cell: object) -> object:
    text = str(cell)
    return f"'{text}" if text[:1] in "=+-@\t\r" and text else cell
