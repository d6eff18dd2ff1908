"""The report of staff time claims no more than it measures, and prints its numbers."""

from decimal import Decimal

from backend.domain.staff_time import DEFAULT_MINUTES, NAMES, WORK_KINDS, Tally, staff_time


def d(value: float) -> Decimal:
    return Decimal(str(value))


def test_the_formula_stands_there_with_its_numbers() -> None:
    report = staff_time(
        [
            Tally("test_received", 100, d(0), False, d(2), "telefonrond"),
            Tally("contact_phone", 3, d(30), False, None),
            Tally("contact_phone", 2, d(47), True, None),
        ],
        50,
    )
    assert (report.used, report.freed, report.low, report.high) == (d(77), d(200), d(100), d(300))
    assert [line.formula.sv for line in report.lines] == [
        "47 min antecknade; jämförs inte",
        "3 × 10 min = 30 min; jämförs inte",
        "100 × 0 min = 0 min; för hand (telefonrond) 100 × 2 min = 200 min; frigjort 200 − 0 = 200 min",
    ]
    assert report.formula[0].sv == "Använd tid: 47 + 30 + 0 = 77 min (1,3 timmar)"
    assert report.formula[1].en == "Time freed: 200 = 200 min (3.3 hours)"
    assert "100 till 300 min" in report.formula[2].sv


def test_without_a_stated_comparison_nothing_is_freed() -> None:
    report = staff_time([Tally("journal_signed", 9, d(36), False, None)], 50)
    assert (report.used, report.freed, report.low, report.high) == (d(36), None, None, None)
    assert "räknas inte" in report.formula[1].sv
    assert any("aldrig som frigjord" in said.sv for said in report.limits)


def test_a_range_that_holds_zero_is_said_to_show_nothing() -> None:
    report = staff_time([Tally("journal_signed", 10, d(40), False, d(6))], 50)
    assert report.freed == d(20)
    assert report.low is not None and report.low < 0
    assert any("visar inte om tid har frigjorts" in said.sv for said in report.limits)


def test_work_that_took_longer_than_by_hand_is_not_hidden() -> None:
    report = staff_time(
        [Tally("journal_signed", 10, d(80), True, d(6)), Tally("test_received", 10, d(0), False, d(1))], 0
    )
    assert report.freed == d(-10)
    assert "(\N{MINUS SIGN}20)" in report.formula[1].sv


def test_measured_minutes_carry_no_uncertainty_of_their_own() -> None:
    measured = staff_time([Tally("contact_visit", 1, d(40), True, d(60))], 50)
    assumed = staff_time([Tally("contact_visit", 1, d(40), False, d(60))], 50)
    assert (measured.low, measured.high) == (d(-10), d(50))
    assert (assumed.low, assumed.high) == (d(-30), d(70))


def test_a_month_without_work_is_zero_and_not_an_error() -> None:
    report = staff_time([], 50)
    assert (report.used, report.freed) == (d(0), None)
    assert report.formula[0].sv.startswith("Använd tid: 0 = 0 min")


def test_every_kind_has_a_name_and_a_default_and_none_claims_gain_by_default() -> None:
    assert set(NAMES) == set(DEFAULT_MINUTES) == set(WORK_KINDS)
