"""The table's four axes, and the map of weekdays and hours."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from backend.services.views import ClientSeries, ReadingPoint, VerdictChange, WindowView
from dashboard import summary
from dashboard.heat import heat_map
from dashboard.language import language
from tests.support import views

SV, EN = language("sv"), language("en")
AT = views.NOW - timedelta(days=2)


def series_of(readings: tuple[ReadingPoint, ...], windows: tuple[WindowView, ...] = ()) -> ClientSeries:
    since = views.NOW - timedelta(days=28)
    return ClientSeries(
        views.uuid(1), since, views.NOW, views.TZ, views.RULES, readings, windows, (), (), (), (), (), ()
    )


def test_a_late_test_is_one_line_with_its_axes_apart_and_its_earlier_verdict() -> None:
    reading = views.reading(AT, 0.0, "ok", received_at=AT + timedelta(days=1), identity="review_pending")
    window = replace(views.window(AT - timedelta(hours=3), "late"), met_at=AT)
    change = VerdictChange(window.window_id, AT + timedelta(days=1), "missed", "late", "arrived_late")
    found, count = summary.events(replace(series_of((reading,), (window,)), verdicts=(change,)), SV)
    assert count == 1
    axes = found[0].axes
    assert axes is not None
    assert (axes.result, axes.attendance, axes.identity) == (
        "Ingen alkohol",
        "Sent",
        "bilden väntar på att någon ser på den",
    )
    assert axes.device.startswith("C6 · kalibrerad") or "kalibrer" in axes.device
    assert any("missat blev sent" in note for note in axes.notes)
    assert any("anlände" in note or "kom fram" in note or "efter" in note for note in axes.notes)


def test_a_corrected_clock_says_what_the_device_said() -> None:
    reading = replace(views.reading(AT, 0.3, "positive_confirmed"), clock_correction_ms=7_200_000)
    found, _ = summary.events(series_of((reading,)), EN)
    assert found[0].axes is not None
    [note] = found[0].axes.notes
    assert note.startswith("time put right by a person; the device said ")


def test_only_the_newest_lines_are_put_into_words_and_all_are_counted() -> None:
    readings = tuple(views.reading(AT - timedelta(hours=n), 0.0, "ok", n) for n in range(40))
    found, count = summary.events(series_of(readings), SV, 10)
    assert (len(found), count) == (10, 40)
    assert [e.at for e in found] == sorted((r.measured_at for r in readings), reverse=True)[:10]


def test_the_map_follows_the_clients_own_clock_over_the_change_to_summer_time() -> None:
    # 21:30 in Stockholm is 20:30 UTC before and 19:30 UTC after 29 March 2026, and both lie in the block 18-22.
    evenings = (datetime(2026, 3, 23, 20, 30, tzinfo=UTC), datetime(2026, 3, 30, 19, 30, tzinfo=UTC))
    readings = tuple(views.reading(at, 0.3, "positive_confirmed", n) for n, at in enumerate(evenings))
    found = heat_map(series_of(readings), EN)
    assert found is not None
    monday = found.rows[0][1]
    assert [cell.short for cell in monday] == ["", "", "", "", "♦2", ""]
    assert monday[4].words == "2 tests, 2 with alcohol, 0 missed"
    assert found.sentence == "Most often: Mon 18\N{EN DASH}22, 2 times alcohol or a missed test."


def test_nothing_received_is_not_counted_as_missed() -> None:
    assert heat_map(series_of((), (views.window(AT, "not_received"),)), SV) is None
