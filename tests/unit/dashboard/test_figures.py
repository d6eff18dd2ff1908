"""The graph as a pure function of a series."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from backend.services.views import ClientSeries
from dashboard.figures import client_figure
from dashboard.language import language
from dashboard.marks import ATTENDANCE_MARKS, RESULT_MARKS
from dashboard.units import UNITS
from tests.support import views


def drawn(
    series: ClientSeries, unit: str = "mg", item: str | None = "craving", code: str = "sv"
) -> dict[str, Any]:
    return client_figure(series, language(code), UNITS[unit], item)  # type: ignore[index]


def with_meta(figure: dict[str, Any], meta: str) -> list[dict[str, Any]]:
    return [trace for trace in figure["data"] if trace["meta"] == meta]


def series_of(**parts: Any) -> ClientSeries:
    empty: dict[str, Any] = dict.fromkeys(
        ("readings", "windows", "answers", "check_ins", "drinking", "risk", "contacts", "outages"), ()
    )
    since = views.NOW - timedelta(days=28)
    return ClientSeries(views.uuid(1), since, views.NOW, views.TZ, views.RULES, **{**empty, **parts})


def test_plotly_itself_accepts_the_figure() -> None:
    from plotly import graph_objects

    for number in (1, 3, 6):
        figure = drawn(views.Life(number).series(views.NOW - timedelta(days=120)))
        graph_objects.Figure(data=figure["data"], layout=figure["layout"])


def test_all_rooms_share_one_time_axis() -> None:
    figure = drawn(views.Life(3).series(views.NOW - timedelta(days=120)))
    assert {trace["xaxis"] for trace in figure["data"]} == {"x"}
    assert {trace["yaxis"] for trace in figure["data"]} == {"y", "y2", "y3", "y4"}


def test_every_room_has_a_trace_so_that_the_dates_stay_below_the_lowest() -> None:
    planned = views.window(views.NOW - timedelta(hours=9), "missed", kind="check_in")
    breath = views.window(views.NOW - timedelta(hours=9), "missed", 2)
    figure = drawn(series_of(windows=(planned, breath)), item=None)
    rooms = {"y" + key.removeprefix("yaxis") for key in figure["layout"] if key.startswith("yaxis")}
    assert "y3" in rooms
    assert {trace["yaxis"] for trace in figure["data"] if trace["x"]} == rooms
    assert figure["layout"]["xaxis"]["anchor"] == max(rooms)
    assert [(held["y"], held["hoverinfo"]) for held in with_meta(figure, "held")] == [([None], "skip")] * 2


def test_each_result_state_has_its_own_colour_and_shape() -> None:
    looks = {(mark.color, mark.symbol) for mark in RESULT_MARKS.values()}
    shapes = {mark.symbol for mark in RESULT_MARKS.values()}
    assert len(looks) == len(shapes) == len(RESULT_MARKS)


def test_missed_late_and_not_received_are_told_apart_by_shape() -> None:
    shapes = {
        ATTENDANCE_MARKS[s].symbol for s in ("on_time", "late", "missed", "not_received", "excused", "outage")
    }
    assert len(shapes) == 6


@pytest.mark.requirement("H1")
def test_a_test_of_which_nothing_was_received_is_not_drawn_as_missed() -> None:
    figure = drawn(series_of(windows=(views.window(views.NOW - timedelta(days=1), "not_received"),)))
    assert with_meta(figure, "window:not_received")
    assert not with_meta(figure, "window:missed")
    assert not [trace for trace in figure["data"] if trace["meta"].startswith("reading")]


def test_the_limit_lines_stand_at_the_plans_limits_in_both_units() -> None:
    for unit, positive, trace in (("mg", 0.10, 0.05), ("permille", 0.20, 0.10)):
        sober = views.reading(views.NOW - timedelta(hours=9), 0.0, "ok")
        shapes = drawn(series_of(readings=(sober,)), unit)["layout"]["shapes"]
        assert [shape["y0"] for shape in shapes] == pytest.approx([positive, trace])


def test_a_room_with_nothing_in_it_is_left_out_and_the_others_share_its_height() -> None:
    asked = series_of(windows=(views.window(views.NOW - timedelta(days=1), "on_time", kind="check_in"),))
    layout = drawn(asked)["layout"]
    assert [axis for axis in layout if axis.startswith("yaxis")] == ["yaxis2", "yaxis3"]
    assert layout["xaxis"]["anchor"] == "y3"
    assert layout["shapes"] == []
    assert layout["yaxis2"]["domain"][1] == 1.0
    assert layout["yaxis3"]["domain"][0] == 0.0
    assert len(layout["annotations"]) == 2


def test_permille_is_marked_as_computed() -> None:
    series = series_of(readings=(views.reading(views.NOW - timedelta(hours=9), 0.42, "positive_confirmed"),))
    figure = drawn(series, "permille")
    trace = with_meta(figure, "reading:positive_confirmed")[0]
    assert trace["y"] == [0.84]
    assert "0,42\N{NO-BREAK SPACE}mg/L (0,84\N{NO-BREAK SPACE}‰ beräknad)" in trace["text"][0]
    assert any("beräknat" in note["text"] for note in figure["layout"]["annotations"])


def test_a_blow_without_a_value_stands_among_the_tests_and_not_at_zero() -> None:
    failed = views.reading(views.NOW - timedelta(hours=2), None, "incomplete")
    figure = drawn(series_of(readings=(failed,)))
    (trace,) = with_meta(figure, "reading:incomplete")
    assert trace["yaxis"] == "y2"
    assert not [t for t in figure["data"] if t["yaxis"] == "y" and t["meta"] != "held"]


def test_no_line_is_drawn_across_a_silence_between_answers() -> None:
    from backend.services.views import CheckInPoint

    at = [views.NOW - timedelta(days=days) for days in (10, 9, 4, 3)]
    answers = tuple(CheckInPoint(instant, "craving", 5.0, 0.0, 10.0) for instant in at)
    (line,) = with_meta(drawn(series_of(answers=answers)), "answers")
    assert line["y"] == [5.0, 5.0, None, 5.0, 5.0]
    assert line["connectgaps"] is False


def test_answers_on_other_scales_are_drawn_on_ten() -> None:
    from backend.services.views import CheckInPoint

    answers = (CheckInPoint(views.NOW - timedelta(days=1), "craving", 75.0, 0.0, 100.0),)
    (line,) = with_meta(drawn(series_of(answers=answers)), "answers")
    assert line["y"] == [7.5]


def test_a_day_without_an_estimate_breaks_the_risk_line_and_has_a_mark() -> None:
    days = [views.NOW - timedelta(days=n) for n in (4, 3, 2, 1)]
    risk = (
        views.risk(days[0], 0.12),
        views.risk(days[1], None),
        views.risk(days[2], 0.24),
        views.risk(days[3], 0.06),
    )
    figure = drawn(series_of(risk=risk))
    (line,) = with_meta(figure, "risk")
    assert line["y"] == [0.0, None, 1.0, -1.0, None]
    assert with_meta(figure, "risk:unknown")[0]["x"] == ["2026-03-15T08:05:00"]


def test_the_risk_axis_speaks_in_words_and_never_in_percent() -> None:
    figure = drawn(views.Life(3).series())
    assert figure["layout"]["yaxis4"]["ticktext"] == ["lägre", "som vanligt", "högre"]
    (line,) = with_meta(figure, "risk")
    assert not any("%" in text for text in line["text"] if text)


def test_an_outage_of_ours_is_a_band_over_the_tests() -> None:
    began = views.NOW - timedelta(days=2)
    shapes = drawn(series_of(outages=((began, began + timedelta(hours=7)),)))["layout"]["shapes"]
    assert [s["x0"] for s in shapes if s["type"] == "rect"] == ["2026-03-16T08:05:00"]


def test_times_are_the_clients_wall_clock_on_both_sides_of_a_change_of_clocks() -> None:
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    readings = tuple(views.reading(first + timedelta(hours=h), 0.0, "ok") for h in (0, 1))
    (trace,) = with_meta(drawn(series_of(readings=readings)), "reading:ok")
    assert trace["x"] == ["2026-10-25T02:30:00", "2026-10-25T02:30:00"]
    assert "02:30 (sommartid)" in trace["text"][0]
    assert "02:30 (normaltid)" in trace["text"][1]


def test_texts_carry_no_markup_that_plotly_would_turn_into_inline_styles() -> None:
    figure = drawn(views.Life(3).series(views.NOW - timedelta(days=120)))
    texts = [note["text"] for note in figure["layout"]["annotations"]]
    texts += [text for trace in figure["data"] for text in trace.get("text", ()) if text]
    assert texts
    assert not [text for text in texts if "<" in text.replace("<br>", "")]


def test_the_same_series_gives_the_same_figure() -> None:
    assert drawn(views.Life(3).series()) == drawn(views.Life(3).series())
