"""Widmark with absorption: the figures of domain reference 8.1."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.physiology import Beverage, BloodAlcohol, Body, Drink, draw_body

EVENING = datetime(2025, 3, 7, 18, 0, tzinfo=UTC)
MAN = Body(weight_kg=80.0, widmark_r=0.68, elimination_permille_per_hour=0.15)


def peak(beverage: Beverage) -> tuple[float, float]:
    blood = BloodAlcohol(MAN, [Drink(EVENING, 0.5 * MAN.weight_kg, beverage)])
    levels = [(blood.permille(EVENING + timedelta(minutes=m)), float(m)) for m in range(240)]
    return max(levels)


@pytest.mark.parametrize(
    ("beverage", "minutes", "minutes_sd", "cmax_mg_per_dl", "cmax_sd"),
    [
        (Beverage.SPIRITS, 36, 10, 77, 17),
        (Beverage.WINE, 54, 14, 62, 11),
        (Beverage.BEER, 62, 23, 50, 10),
    ],
)
def test_the_peak_of_half_a_gram_per_kilo_is_where_mitchell_found_it(
    beverage: Beverage, minutes: float, minutes_sd: float, cmax_mg_per_dl: float, cmax_sd: float
) -> None:
    level, at = peak(beverage)
    assert abs(at - minutes) < minutes_sd
    assert abs(level * 105.5 - cmax_mg_per_dl) < cmax_sd


def test_an_evening_at_one_point_seven_permille_is_gone_the_next_morning() -> None:
    """1.7 permille at 22:30 with beta .17 is zero at 08:30 (computed, domain reference 8.1)."""
    body = Body(weight_kg=80.0, widmark_r=0.68, elimination_permille_per_hour=0.17)
    blood = BloodAlcohol(body, [Drink(EVENING - timedelta(hours=3), 3.4 * 54.4, Beverage.SPIRITS)])
    at_half_past_ten = next(
        EVENING + timedelta(minutes=m)
        for m in range(60, 900)
        if blood.permille(EVENING + timedelta(minutes=m)) <= 1.7
    )
    assert blood.permille(at_half_past_ten + timedelta(hours=9, minutes=50)) > 0.0
    assert blood.permille(at_half_past_ten + timedelta(hours=10, minutes=1)) == 0.0


def test_elimination_after_absorption_is_a_straight_line() -> None:
    blood = BloodAlcohol(MAN, [Drink(EVENING, 60.0)])
    later = EVENING + timedelta(hours=4)
    fall = blood.permille(later) - blood.permille(later + timedelta(hours=1))
    assert fall == pytest.approx(0.15, abs=1e-4)


def test_breath_follows_blood_by_the_persons_own_ratio() -> None:
    assert MAN.breath_mg_per_l(1.0) == pytest.approx(0.4383, abs=1e-4)
    assert Body(80.0, 0.68, 0.15, blood_breath_ratio=2100.0).breath_mg_per_l(0.2) == pytest.approx(
        0.1, abs=0.001
    )


def test_before_the_first_drink_and_without_any_there_is_nothing() -> None:
    blood = BloodAlcohol(MAN, [Drink(EVENING, 20.0)])
    assert blood.permille(EVENING - timedelta(seconds=1)) == 0.0
    assert BloodAlcohol(MAN).brac_mg_per_l(EVENING) == 0.0
    assert BloodAlcohol(MAN).sober_at(EVENING) == EVENING


def test_what_food_keeps_back_never_appears() -> None:
    whole = BloodAlcohol(MAN, [Drink(EVENING, 40.0)])
    part = BloodAlcohol(MAN, [Drink(EVENING, 50.0, available=0.8)])
    at = EVENING + timedelta(hours=1)
    assert part.permille(at) == pytest.approx(whole.permille(at))


def test_drinks_out_of_order_or_without_alcohol_are_refused() -> None:
    blood = BloodAlcohol(MAN, [Drink(EVENING, 20.0)])
    with pytest.raises(ValueError, match="order of time"):
        blood.add(Drink(EVENING - timedelta(minutes=1), 10.0))
    with pytest.raises(ValueError, match="needs ethanol"):
        blood.add(Drink(EVENING, 0.0))
    with pytest.raises(ValueError, match="impossible body"):
        Body(0.0, 0.68, 0.15)


drinks = st.lists(st.tuples(st.integers(0, 600), st.floats(5.0, 80.0)), min_size=1, max_size=12)


@given(drinks)
def test_the_level_is_never_negative_nor_above_what_was_drunk(taken: list[tuple[int, float]]) -> None:
    blood, total = BloodAlcohol(MAN), 0.0
    for minute, grams in sorted(taken):
        blood.add(Drink(EVENING + timedelta(minutes=minute), grams, Beverage.BEER))
        total += MAN.permille_of(grams)
    for minute in range(0, 3000, 37):
        assert 0.0 <= blood.permille(EVENING + timedelta(minutes=minute)) <= total + 1e-9


@given(drinks)
def test_sober_again_is_the_first_minute_at_zero(taken: list[tuple[int, float]]) -> None:
    blood = BloodAlcohol(MAN)
    for minute, grams in sorted(taken):
        blood.add(Drink(EVENING + timedelta(minutes=minute), grams))
    sober = blood.sober_at(EVENING)
    assert blood.permille(sober) == 0.0
    assert blood.permille(sober + timedelta(hours=5)) == 0.0
    assert blood.permille(sober - timedelta(minutes=1, seconds=1)) > 0.0


def test_the_closed_form_agrees_with_small_steps() -> None:
    """The exact solution against a step-by-step integration of the same model."""
    blood = BloodAlcohol(MAN, [Drink(EVENING, 30.0), Drink(EVENING + timedelta(minutes=50), 45.0)])
    gut, level, step = MAN.permille_of(30.0), 0.0, 1.0
    for second in range(4 * 3600):
        if second == 50 * 60:
            gut += MAN.permille_of(45.0)
        moved = gut * 3.0 * step / 3600.0
        gut -= moved
        level = max(0.0, level + moved - 0.15 * step / 3600.0)
    assert blood.permille(EVENING + timedelta(hours=4)) == pytest.approx(level, abs=2e-3)


def test_drawn_bodies_stay_inside_the_grades_of_the_reference() -> None:
    rng = np.random.default_rng(3)
    bodies = [draw_body(rng, "female" if n % 2 else "male") for n in range(400)]
    betas = sorted(body.elimination_permille_per_hour for body in bodies)
    assert betas[0] >= 0.10
    assert betas[-1] <= 0.35
    assert betas[200] == pytest.approx(0.18, abs=0.01)
    assert np.mean([b.widmark_r for b in bodies[1::2]]) == pytest.approx(0.55, abs=0.02)
    assert np.mean([b.widmark_r for b in bodies[::2]]) == pytest.approx(0.68, abs=0.02)
