"""The devices' own unit conversions, against the figures of the protocol reference, section 8."""

import pytest

from simulators.units import blood_g_per_l, mg_per_100_ml, percent_bac


def test_one_mg_per_litre_of_breath_is_0_21_percent() -> None:
    assert percent_bac(1.0) == pytest.approx(0.21)


def test_the_device_checked_by_its_maker_shows_0_36_for_76() -> None:
    assert mg_per_100_ml(0.362) == pytest.approx(76, abs=0.1)


def test_grams_per_litre_of_blood() -> None:
    assert blood_g_per_l(0.5) == pytest.approx(1.05)
