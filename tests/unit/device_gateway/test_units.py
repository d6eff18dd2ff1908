from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.reading import NativeUnit
from device_gateway.protocol.units import CONVERSIONS, to_mg_per_l


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        ("76", NativeUnit.MG_PER_100ML_BLOOD, "0.362"),  # the device itself shows 0.36
        ("0.021", NativeUnit.PERCENT_BAC, "0.100"),
        ("0.0525", NativeUnit.PERCENT_BAC, "0.250"),  # published check value: 0.25 mg/L = 0.0525 g/210 L
        ("0.25", NativeUnit.MG_PER_L, "0.250"),
        ("25", NativeUnit.UG_PER_100ML, "0.250"),
        ("250", NativeUnit.UG_PER_L, "0.250"),
        ("0.21", NativeUnit.G_PER_L_BLOOD, "0.100"),
        ("0.21", NativeUnit.PERMILLE, "0.100"),
        ("0", NativeUnit.PERCENT_BAC, "0.000"),
    ],
)
@pytest.mark.requirement("H7")
def test_known_values_convert(value: str, unit: NativeUnit, expected: str) -> None:
    assert str(to_mg_per_l(Decimal(value), unit)[0]) == expected


def test_every_unit_has_a_versioned_conversion_of_its_own() -> None:
    assert set(CONVERSIONS) == set(NativeUnit)
    names = [conversion.name for conversion in CONVERSIONS.values()]
    assert len(set(names)) == len(names)
    assert all(name.endswith("_v1") for name in names)


def test_halves_round_up() -> None:
    assert str(to_mg_per_l(Decimal("0.0005"), NativeUnit.MG_PER_L)[0]) == "0.001"


@pytest.mark.parametrize("value", ["-0.001", "NaN", "Infinity"])
def test_what_is_no_amount_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="finite"):
        to_mg_per_l(Decimal(value), NativeUnit.MG_PER_L)


@given(st.integers(0, 600), st.integers(0, 600))
@pytest.mark.requirement("H7")
def test_more_alcohol_never_converts_to_less(one: int, other: int) -> None:
    def converted(thousandths: int) -> Decimal:
        return to_mg_per_l(Decimal(thousandths) / 1000, NativeUnit.PERCENT_BAC)[0]

    assert (converted(one) <= converted(other)) or one > other
