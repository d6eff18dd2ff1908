"""The series as CSV."""

import csv
import io
from dataclasses import replace
from datetime import timedelta

from backend.services.views import CheckInNote
from dashboard.export import AXES, COLUMNS, OUTSIDE_PLAN, csv_text
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


def test_the_four_axes_of_a_test_stand_in_columns_of_their_own() -> None:
    at = views.NOW - timedelta(hours=9)
    met = replace(views.window(at, "late"), met_at=at + timedelta(hours=2, minutes=10))
    late = views.reading(
        at + timedelta(hours=2, minutes=10), 0.42, "positive_confirmed", 1,
        identity="mismatch", calibration_state="due", is_other_breathalyzer=True,
    )  # fmt: skip
    free = views.reading(at + timedelta(hours=5), 0.0, "ok", 2, identity="not_used", breathalyzer_model="C6")
    series = replace(views.Life(3).series(), readings=(late, free), windows=(met,))
    lines = list(csv.DictReader(io.StringIO(csv_text(series))))
    first, second = [line for line in lines if line["kind"] == "reading"]
    assert {name: first[name] for name in AXES} == {
        "attendance": "late",
        "result": "positive_confirmed",
        "identity": "mismatch",
        "device": "BACtrack C8",
        "calibration": "due",
        "breathalyzer": "another_than_own",
    }
    assert (second["attendance"], second["result"], second["device"], second["breathalyzer"]) == (
        OUTSIDE_PLAN, "ok", "C6", "",
    )  # fmt: skip
    [window] = [line for line in lines if line["kind"] == "window_breath_test"]
    assert (window["attendance"], window["result"]) == ("late", "")
    assert all(line["attendance"] == "" for line in lines if line["kind"] == "answer")
