"""Properties of retest chains that hold for any readings in any order."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.plans import DEFAULT_RULES
from backend.domain.results import Blow, replay

START = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)

blows = st.lists(
    st.tuples(
        st.integers(0, 60 * 48),
        st.one_of(st.none(), st.sampled_from([0.0, 0.03, 0.05, 0.08, 0.1, 0.15, 0.3, 0.42, 0.5, 0.9])),
        st.integers(0, 60 * 60),
    ),
    max_size=25,
    unique_by=lambda one: one[0],
).map(
    lambda rows: [
        Blow(
            ("gw", "b", number),
            START + timedelta(minutes=minute),
            START + timedelta(minutes=minute + late),
            value,
        )
        for number, (minute, value, late) in enumerate(rows, start=1)
    ]
)


@given(blows, st.integers(0, 60 * 72), st.randoms())
def test_the_order_of_arrival_does_not_matter(found: list[Blow], now: int, random: object) -> None:
    at = START + timedelta(minutes=now)
    known = [blow for blow in found if blow.measured_at <= at]
    shuffled = list(known)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert replay(shuffled, lambda _: DEFAULT_RULES, at) == replay(known, lambda _: DEFAULT_RULES, at)


@given(blows)
def test_every_run_has_one_state_that_fits_its_value(found: list[Blow]) -> None:
    judged = replay(found, lambda _: DEFAULT_RULES, START + timedelta(days=9))
    by_key = {blow.key: blow for blow in found}
    assert sorted(one.key for one in judged) == sorted(by_key)
    for one in judged:
        value = by_key[one.key].brac_mg_per_l
        if value is None:
            assert one.state == "incomplete"
        elif value < 0.05:
            assert one.state == "ok"
        elif value < 0.10:
            assert one.state == "trace"
        else:
            assert one.state in {"positive_confirmed", "positive_unconfirmed", "abnormal_confirmation"}
        assert one.retest_until is None


@given(blows)
@pytest.mark.requirement("I4", "H3")
def test_nothing_is_confirmed_without_a_positive_at_least_fifteen_minutes_apart(found: list[Blow]) -> None:
    judged = replay(found, lambda _: DEFAULT_RULES, START + timedelta(days=9))
    confirmed = [one for one in judged if one.state == "positive_confirmed"]
    by_sequence = {blow.key[2]: blow for blow in found}
    for chain in {one.settled_by for one in confirmed}:
        assert chain is not None
        members = [one.measured_at for one in confirmed if one.settled_by == chain]
        retest = by_sequence[chain]
        assert (retest.brac_mg_per_l or 0.0) >= 0.10
        assert retest.measured_at - min(members) >= timedelta(minutes=15)
