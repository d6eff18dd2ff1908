"""Numbers and times as people read them."""

from datetime import UTC, datetime, timedelta

import pytest

from dashboard import formats
from dashboard.language import language

SV, EN = language("sv"), language("en")
TZ = "Europe/Stockholm"


def test_swedish_writes_a_decimal_comma_and_keeps_the_last_zero_and_the_unit() -> None:
    assert formats.brac(0.4, SV) == "0,40\N{NO-BREAK SPACE}mg/L"
    assert formats.brac(0.4, EN) == "0.40\N{NO-BREAK SPACE}mg/L"


def test_near_days_are_named_in_the_clients_own_day() -> None:
    now = datetime(2026, 3, 18, 23, 30, tzinfo=UTC)  # 19 March in Stockholm
    assert formats.near(datetime(2026, 3, 18, 22, 30, tzinfo=UTC), now, TZ, SV) == "igår 23:30"
    assert formats.near(datetime(2026, 3, 19, 6, 0, tzinfo=UTC), now, TZ, SV) == "idag 07:00"
    assert formats.near(datetime(2026, 3, 10, 6, 0, tzinfo=UTC), now, TZ, SV) == "2026-03-10 07:00"


def test_the_hour_that_happens_twice_says_which_one_it_is() -> None:
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert formats.clock(first, TZ, SV) == "02:30 (sommartid)"
    assert formats.clock(first + timedelta(hours=1), TZ, SV) == "02:30 (normaltid)"
    assert formats.clock(first + timedelta(hours=2), TZ, SV) == "03:30"


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (timedelta(seconds=20), "under a minute"),
        (timedelta(minutes=95), "95 min"),
        (timedelta(hours=47), "47 h"),
        (timedelta(days=9), "9 days"),
    ],
)
def test_a_span_is_one_number_and_one_unit(length: timedelta, text: str) -> None:
    assert formats.span(length, EN) == text


def test_what_rounds_to_zero_has_no_minus() -> None:
    assert formats.decimal(-0.0002, SV, 3) == "0,000"
    assert formats.decimal(-0.0006, SV, 3) == "\N{MINUS SIGN}0,001"


def test_a_length_is_said_in_hours_and_minutes() -> None:
    said = [
        formats.length(seconds, SV).replace(formats.NBSP, " ")
        for seconds in (2.44, 125, 7200, 11935.5, 63640.8)
    ]
    assert said == ["2,4 s", "2 min", "2 h", "3 h 19 min", "17 h 41 min"]
