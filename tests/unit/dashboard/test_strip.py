"""The 28-day strip."""

from datetime import date, timedelta

from backend.services.views import DayMark
from dashboard.language import language
from dashboard.strip import DAY_WORDS, KEY_WORDS, STEP, strip


def days(*states: str) -> list[DayMark]:
    first = date(2026, 3, 2)
    return [DayMark(first + timedelta(days=n), state, 2, 1, None) for n, state in enumerate(states)]  # type: ignore[arg-type]


def test_a_gap_leaves_its_place_empty() -> None:
    drawn = strip(days("ok", "gap", "ok"), language("sv"))
    (ok,) = [shape for shape in drawn.shapes if shape.kind == "ok"]
    assert ok.path.count("M") == 2
    assert ok.path.startswith("M1 ")
    assert f"M{2 * STEP + 1} " in ok.path
    assert {shape.kind for shape in drawn.shapes} == {"ok", "week"}


def test_every_kind_of_day_that_is_known_has_its_own_shape() -> None:
    states = [state for state in DAY_WORDS if state != "gap"]
    drawn = {
        s.kind: s.path
        for state in states
        for s in strip(days(state), language("sv")).shapes
        if s.kind == state
    }
    assert sorted(drawn) == sorted(states)
    assert len(set(drawn.values())) == len(states)


def test_the_sentence_names_the_unknown_days() -> None:
    label = strip(days("ok", "ok", "gap", "positive"), language("sv")).label
    assert label == "4 dagar: 1 dag med alkohol, 2 dagar utan alkohol, 1 dag okänd"


def test_the_key_explains_every_kind_of_day() -> None:
    assert set(KEY_WORDS) == set(DAY_WORDS)


def test_no_days_give_an_empty_strip() -> None:
    assert strip([], language("en")).shapes == ()
