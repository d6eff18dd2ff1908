"""The graph in words: what it counts, and that nothing at or above the limit goes unsaid."""

from datetime import timedelta

from backend.services.views import ClientSeries, ReadingPoint
from dashboard import summary
from dashboard.language import language
from tests.support.views import NOW, RULES, TZ, reading, uuid

_HOUR = timedelta(hours=1)


def _series(*readings: ReadingPoint) -> ClientSeries:
    since, until = NOW - timedelta(days=7), NOW
    return ClientSeries(uuid(1), since, until, TZ, RULES, readings, (), (), (), (), (), (), ())


def test_a_value_over_the_limit_is_told_also_when_its_retest_differed() -> None:
    series = _series(
        reading(NOW - 9 * _HOUR, 0.14, "abnormal_confirmation", 1),
        reading(NOW - 8 * _HOUR, 0.0, "ok", 2),
    )
    said = summary.sentences(series, language("sv"))[2]
    assert said.startswith(
        "1 av 2 mätta utandningar vid eller över gränsen, ingen bekräftad av omtest; "
        "den högsta 0,14\N{NO-BREAK SPACE}mg/L"
    )
    assert "(omtestet visade något annat)." in said
    assert said.endswith("Av dem: omtestet visade något annat 1.")


def test_it_is_told_how_each_kind_of_retest_went() -> None:
    series = _series(
        reading(NOW - 30 * _HOUR, 0.42, "positive_confirmed", 1),
        reading(NOW - 29 * _HOUR, 0.40, "positive_confirmed", 2),
        reading(NOW - 9 * _HOUR, 0.20, "positive_unconfirmed", 3),
        reading(NOW, 0.11, "positive_pending", 4),
    )
    said = summary.sentences(series, language("en"))[2]
    assert said.startswith("4 of 4 measured breaths at or above the limit; the highest confirmed 0.42")
    assert said.endswith("Of these: confirmed by a retest 2, without a retest 1, retest awaited 1.")


def test_a_value_that_no_retest_confirmed_is_told_apart_from_the_highest_confirmed() -> None:
    series = _series(
        reading(NOW - 30 * _HOUR, 0.25, "positive_confirmed", 1),
        reading(NOW - 29 * _HOUR, 0.24, "positive_confirmed", 2),
        reading(NOW - 9 * _HOUR, 0.42, "abnormal_confirmation", 3),
    )
    said = summary.sentences(series, language("en"))[2]
    assert "the highest confirmed 0.25" in said
    assert "One higher was not confirmed: 0.42" in said
    assert "(the retest differed)." in said


def test_a_trace_is_below_the_limit() -> None:
    said = summary.sentences(_series(reading(NOW, 0.07, "trace")), language("sv"))[2]
    assert said == "1 utandning mätt, ingen vid eller över gränsen."
