"""The series as CSV."""

import csv
import io
from dataclasses import replace
from datetime import timedelta

from backend.services.views import CheckInNote
from dashboard.export import COLUMNS, csv_text
from tests.support import views


def test_every_fact_is_a_line_with_both_times_and_its_zone() -> None:
    series = views.Life(3).series(views.NOW - timedelta(days=120))
    lines = list(csv.DictReader(io.StringIO(csv_text(series))))
    facts = (
        *series.readings, *series.windows, *series.answers, *series.check_ins, *series.drinking, *series.contacts,
        *series.outages,
    )  # fmt: skip
    assert len(lines) == len(facts)
    assert tuple(lines[0]) == COLUMNS
    assert {line["zone"] for line in lines} == {"Europe/Stockholm"}
    assert [line["at_utc"] for line in lines] == sorted(line["at_utc"] for line in lines)
    reading = next(line for line in lines if line["kind"] == "reading" and line["value"])
    assert reading["unit"] == "mg/L"


def test_a_comment_cannot_become_a_formula() -> None:
    note = CheckInNote(views.NOW - timedelta(hours=1), None, '=HYPERLINK("http://example.invalid")')
    series = replace(views.Life(3).series(), check_ins=(note,))
    line = next(li for li in csv.DictReader(io.StringIO(csv_text(series))) if li["kind"] == "check_in")
    assert line["detail"].startswith("'=HYPERLINK")
