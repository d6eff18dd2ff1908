"""What a long graph leaves out, as properties over made-up years."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from backend.services.views import CheckInPoint, ClientSeries, ReadingPoint, ResultState, WindowView
from dashboard.decimation import WHOLE, extremes, is_ordinary_reading, near_of, thinned
from tests.support import views

SINCE = views.NOW - timedelta(days=730)
STATES: tuple[ResultState, ...] = (
    "ok", "ok", "ok", "ok", "ok", "ok", "trace", "positive_pending", "positive_confirmed", "positive_unconfirmed",
    "abnormal_confirmation", "incomplete",
)  # fmt: skip
ATTENDANCES = ("on_time", "on_time", "on_time", "late", "missed", "not_received", "excused", "outage")


def series_of(readings: list[ReadingPoint], windows: list[WindowView] | None = None) -> ClientSeries:
    empty: tuple[()] = ()
    return ClientSeries(
        views.uuid(1), SINCE, views.NOW, views.TZ, views.RULES, tuple(readings), tuple(windows or ()), empty, empty,
        empty, empty, empty, empty,
    )  # fmt: skip


minutes = st.integers(0, 730 * 24 * 60 - 1)
many_readings = st.lists(st.tuples(minutes, st.sampled_from(STATES)), max_size=300).map(
    lambda found: [
        views.reading(
            SINCE + timedelta(minutes=at), None if state == "incomplete" else 0.0 if state == "ok" else 0.3, state, n
        )
        for n, (at, state) in enumerate(sorted(found))
    ]
)  # fmt: skip
many_windows = st.lists(st.tuples(minutes, st.sampled_from(ATTENDANCES)), max_size=300).map(
    lambda found: [
        views.window(SINCE + timedelta(minutes=at), state, n)  # type: ignore[arg-type]
        for n, (at, state) in enumerate(sorted(found))
    ]
)


@given(many_readings, st.integers(1, 60))
def test_every_result_that_is_not_plain_no_alcohol_is_kept_in_its_order(
    readings: list[ReadingPoint], most: int
) -> None:
    kept = thinned(series_of(readings), most).readings
    assert [r for r in kept if r.state != "ok"] == [r for r in readings if r.state != "ok"]
    assert list(kept) == sorted(kept, key=readings.index)


@given(many_readings, st.integers(1, 60))
def test_of_the_ordinary_no_more_are_kept_than_asked_and_no_stretch_with_tests_becomes_empty(
    readings: list[ReadingPoint], most: int
) -> None:
    kept = [r for r in thinned(series_of(readings), most).readings if is_ordinary_reading(r)]
    ordinary = [r for r in readings if is_ordinary_reading(r)]
    assert len(kept) <= max(most, 0)
    slot = (views.NOW - SINCE) / most
    for one in ordinary:
        assert any(abs(one.measured_at - other.measured_at) <= slot for other in kept)


@given(many_windows, st.integers(1, 60))
def test_every_missed_late_or_unreceived_test_is_kept(windows: list[WindowView], most: int) -> None:
    kept = thinned(series_of([], windows), most).windows
    told = {"late", "missed", "not_received", "excused", "outage"}
    assert [w for w in kept if w.attendance in told] == [w for w in windows if w.attendance in told]


@given(st.lists(st.tuples(minutes, st.integers(0, 10)), min_size=1, max_size=300), st.integers(1, 40))
def test_a_line_of_answers_keeps_its_lowest_and_highest_points(
    found: list[tuple[int, int]], slots: int
) -> None:
    answers = [
        CheckInPoint(SINCE + timedelta(minutes=at), "craving", float(value), 0.0, 10.0)
        for at, value in sorted(found)
    ]
    kept = extremes(answers, SINCE, views.NOW, slots)
    assert len(kept) <= max(2 * slots, 0) or kept == answers
    values = [a.value for a in answers]
    assert {min(values), max(values)} <= {a.value for a in kept}
    assert [a.answered_at for a in kept] == sorted(a.answered_at for a in kept)


def test_twelve_weeks_are_drawn_as_they_are() -> None:
    series = views.Life(3).series(views.NOW - timedelta(days=85))
    assert thinned(series, 1) == series


def test_a_kept_check_in_is_not_left_out_for_a_kept_test_beside_it() -> None:
    at = [SINCE + timedelta(days=n) for n in range(40)]
    windows = [views.window(when, "on_time", n) for n, when in enumerate(at)]
    windows += [views.window(when, "on_time", 100 + n, kind="check_in") for n, when in enumerate(at)]
    kept = thinned(series_of([], windows), 10).windows
    assert {w.kind for w in kept} == {"breath_test", "check_in"}
    assert sum(w.kind == "check_in" for w in kept) == sum(w.kind == "breath_test" for w in kept)


@given(many_readings, st.integers(1, 60), st.integers(0, 729), st.integers(1, 400))
def test_where_one_looks_closely_up_to_a_hundred_days_nothing_is_left_out(
    readings: list[ReadingPoint], most: int, day: int, days: int
) -> None:
    series = series_of(readings)
    seen = SINCE + timedelta(days=day), min(views.NOW, SINCE + timedelta(days=day + days))
    near = near_of(series, *seen)
    assert near[0] <= seen[0] and seen[1] <= near[1]
    kept = thinned(series, most, near).readings
    assert list(kept) == sorted(kept, key=readings.index)
    assert [r for r in kept if r.state != "ok"] == [r for r in readings if r.state != "ok"]
    inside = [r for r in readings if near[0] <= r.measured_at <= near[1]]
    if near[1] - near[0] <= WHOLE:
        assert [r for r in kept if near[0] <= r.measured_at <= near[1]] == inside
    # the stretch has as many marks again at the most; what lies beside it is thinned as before
    ordinary = [r for r in kept if is_ordinary_reading(r)]
    assert len([r for r in ordinary if not near[0] <= r.measured_at <= near[1]]) <= most
