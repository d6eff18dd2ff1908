"""The series as CSV: every fact with UTC and local time, zone and unit. Pure."""

import csv
import io
from collections.abc import Iterator
from datetime import datetime

from backend.services.views import ClientSeries
from dashboard import formats

COLUMNS = ("kind", "at_utc", "at_local", "zone", "state", "value", "unit", "permille_computed", "detail")
Line = tuple[datetime, str, str, object, str, object, str]


def csv_text(series: ClientSeries) -> str:
    """The series as CSV (RFC 4180, UTF-8), oldest first. Names and states are the platform's own words, untranslated.

    A cell that a spreadsheet would take for a formula is led by an apostrophe.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for at, kind, state, value, unit, permille, detail in sorted(_lines(series), key=lambda line: line[0]):
        local = at.astimezone(formats.zone(series.tz)).isoformat(timespec="seconds")
        cells = (kind, formats.machine(at), local, series.tz, state, value, unit, permille, detail)
        writer.writerow([_safe(cell) for cell in cells])
    return out.getvalue()


def _lines(series: ClientSeries) -> Iterator[Line]:
    for r in series.readings:
        value = "" if r.brac_mg_per_l is None else f"{r.brac_mg_per_l:.3f}"
        permille = "" if r.permille is None else f"{r.permille:.2f}"
        yield (
            r.measured_at,
            "reading",
            r.state,
            value,
            "mg/L" if value else "",
            permille,
            r.failure or r.purpose,
        )
    for w in series.windows:
        yield (
            w.opens_at,
            f"window_{w.kind}",
            w.attendance,
            "",
            "",
            "",
            f"closes {formats.machine(w.closes_at)}",
        )
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
