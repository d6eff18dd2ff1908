from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from contracts.reading import Purpose
from device_gateway.journal import chain_from, chain_text
from device_gateway.retest import Chain, Level, RetestRules, level_of, next_chain, reminders, still_open

RULES = RetestRules()
NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def after(chain: Chain | None, value: str | None, at: datetime = NOW) -> Chain | None:
    purpose = chain.purpose if chain else Purpose.PLANNED
    return next_chain(chain, purpose, None if value is None else Decimal(value), at, RULES)


@pytest.mark.parametrize(
    ("value", "level"),
    [
        ("0.000", Level.OK),
        ("0.049", Level.OK),
        ("0.050", Level.TRACE),
        ("0.099", Level.TRACE),
        ("0.100", Level.POSITIVE),
    ],
)
def test_the_limits_belong_to_the_higher_level(value: str, level: Level) -> None:
    assert level_of(Decimal(value), RULES) is level


def test_a_value_below_the_trace_limit_asks_for_nothing() -> None:
    assert after(None, "0.049") is None


@pytest.mark.parametrize("value", ["0.050", "0.420"])
def test_a_trace_or_positive_asks_for_a_retest_in_a_quarter_of_an_hour(value: str) -> None:
    chain = after(None, value)
    assert chain is not None
    assert (chain.purpose, chain.attempts, chain.due_at) == (Purpose.RETEST, 1, NOW + timedelta(minutes=15))
    assert not chain.may_blow(NOW + timedelta(minutes=14, seconds=59))
    assert chain.may_blow(NOW + timedelta(minutes=15))


def test_a_failed_blow_may_be_repeated_at_once_in_the_same_chain() -> None:
    chain = after(None, None)
    assert chain is not None
    assert (chain.attempts, chain.purpose, chain.due_at) == (1, Purpose.PLANNED, None)
    assert after(after(chain, None), "0.000") is None


def test_a_failed_retest_keeps_the_chain() -> None:
    chain = after(after(None, "0.420"), None)
    assert chain is not None
    assert (chain.attempts, chain.purpose, chain.retests) == (2, Purpose.RETEST, 1)


def test_a_retest_that_agrees_ends_the_chain() -> None:
    assert after(after(None, "0.420"), "0.380") is None


def test_a_retest_far_off_is_followed_by_one_more_and_no_third() -> None:
    second = after(after(None, "0.420"), "0.000")
    assert second is not None
    assert (second.retests, second.attempts) == (2, 2)
    assert after(second, "0.000") is None


def test_a_chain_is_given_up_after_two_hours() -> None:
    chain = after(None, "0.420")
    assert still_open(chain, NOW + timedelta(hours=2) - timedelta(seconds=1)) == chain
    assert still_open(chain, NOW + timedelta(hours=2)) is None


def test_a_clinic_may_turn_retests_off() -> None:
    assert next_chain(None, Purpose.PLANNED, Decimal("0.4"), NOW, RetestRules(max_retests=0)) is None


def test_the_wait_is_real_time_over_a_change_to_summer_time() -> None:
    before_change = datetime(2026, 3, 29, 0, 50, tzinfo=UTC)
    chain = after(None, "0.420", before_change)
    assert chain is not None
    assert chain.due_at == datetime(2026, 3, 29, 1, 5, tzinfo=UTC)


@pytest.mark.parametrize("chain", [after(None, "0.420"), after(None, None), None])
def test_a_chain_survives_being_kept(chain: Chain | None) -> None:
    assert chain_from(chain_text(chain)) == chain


def test_a_damaged_note_is_no_chain() -> None:
    assert chain_from("{") is None


TO_ZERO = RetestRules(test_to_zero=True)


def test_test_to_zero_asks_again_until_a_value_lies_below_the_trace_limit() -> None:
    chain, at = None, NOW
    for number, value in enumerate(["0.420", "0.380", "0.300", "0.160", "0.070"], start=1):
        chain = next_chain(chain, Purpose.PLANNED, Decimal(value), at, TO_ZERO)
        assert chain is not None
        assert (chain.purpose, chain.attempts) == (Purpose.RETEST, number)
        assert chain.due_at == at + timedelta(minutes=15)
        at = chain.due_at
    assert next_chain(chain, Purpose.RETEST, Decimal("0.049"), at, replace(TO_ZERO, max_retests=5)) is None


def test_without_it_a_confirmed_positive_is_asked_for_nothing_more() -> None:
    assert after(after(None, "0.420"), "0.400") is None


def test_a_clock_set_back_holds_nobody_up() -> None:
    chain = after(None, "0.420")
    assert chain is not None
    assert not chain.may_blow(NOW + timedelta(minutes=1))
    assert chain.may_blow(NOW - timedelta(days=1))


@pytest.mark.parametrize(
    ("minutes", "count"), [(0, 0), (14, 0), (15, 1), (24, 1), (25, 2), (45, 4), (90, 4), (105, 5), (119, 5)]
)
def test_the_retest_is_reminded_of_when_due_then_a_few_times_and_before_it_is_given_up(
    minutes: int, count: int
) -> None:
    chain = after(None, "0.420")
    assert reminders(chain, NOW + timedelta(minutes=minutes)) == count


def test_a_failed_blow_is_not_reminded_of() -> None:
    assert reminders(after(None, None), NOW + timedelta(minutes=30)) == 0
    assert reminders(None, NOW) == 0
