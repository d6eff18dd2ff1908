"""Which family a device belongs to, for every pair of them and for strangers that share their UUIDs."""

from importlib import import_module
from itertools import permutations

import pytest

from contracts.reading import DriverGrade
from device_gateway.protocol.driver import Advertisement, Driver, ServiceTable
from device_gateway.protocol.families import FAMILIES, candidates, confirmed
from tests.support.families import DRIVER_OF, device_of, heard, table

FFF0, FFF1, FFF2, FFA0 = (
    f"0000{code}-0000-1000-8000-00805f9b34fb" for code in ("fff0", "fff1", "fff2", "ffa0")
)
PAIRS = list(permutations(DRIVER_OF, 2))
APART = [
    (one, other)
    for one, other in PAIRS
    if DRIVER_OF[one] != DRIVER_OF[other] and "unnamed_ffe2" not in {one, other}
]
"""Pairs with drivers of their own that can be told apart without being chosen by hand."""
NORDIC: ServiceTable = table(device_of("titan"))
FFF0_STRANGER: ServiceTable = {
    FFF0: {FFF1: frozenset({"notify"}), FFF2: frozenset({"write-without-response"})}
}


def taken_up(advertisement: Advertisement, services: ServiceTable) -> str | None:
    family = confirmed(services, candidates(advertisement))
    return family.name if family else None


@pytest.mark.parametrize("chosen", [False, True])
@pytest.mark.parametrize("family", set(DRIVER_OF) - {"unnamed_ffe2"})
def test_every_family_is_recognised(family: str, chosen: bool) -> None:
    device = device_of(family)
    assert taken_up(heard(device, chosen=chosen), table(device)) == DRIVER_OF[family]


@pytest.mark.parametrize(("chosen", "driver"), [(True, "unnamed_ffe2"), (False, None)])
def test_the_experimental_one_is_recognised_only_when_chosen(chosen: bool, driver: str | None) -> None:
    device = device_of("unnamed_ffe2")
    assert taken_up(heard(device, chosen=chosen), table(device)) == driver


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_no_driver_confirms_the_services_of_another_family(one: str, other: str) -> None:
    driver = next(family for family in FAMILIES if family.name == DRIVER_OF[one])
    if DRIVER_OF[one] != DRIVER_OF[other]:
        assert not driver.confirms(table(device_of(other)))


@pytest.mark.parametrize(("one", "other"), PAIRS)
@pytest.mark.parametrize("chosen", [False, True])
def test_the_broadcast_of_one_with_the_services_of_another_is_never_taken_for_the_first(
    one: str, other: str, chosen: bool
) -> None:
    taken = taken_up(heard(device_of(one), chosen=chosen), table(device_of(other)))
    assert taken in {None, DRIVER_OF[other]}


@pytest.mark.parametrize(("one", "other"), APART)
def test_one_device_with_the_services_of_two_families_is_what_its_broadcast_says(
    one: str, other: str
) -> None:
    mixed = {**table(device_of(other)), **table(device_of(one))}
    assert taken_up(heard(device_of(one)), mixed) in {None, DRIVER_OF[one]}


@pytest.mark.parametrize(
    ("advertisement", "services"),
    [
        (Advertisement("LED strip", frozenset({FFF0})), FFF0_STRANGER),
        (Advertisement("Thermometer", frozenset({FFF0, FFA0})), table(device_of("bactrack_mobile_v1"))),
        (Advertisement(None, frozenset({FFF0})), FFF0_STRANGER),
        (Advertisement("Nordic_UART", frozenset()), NORDIC),
        (Advertisement("Smart Breathalyzer", frozenset({FFF0})), FFF0_STRANGER),
        (Advertisement("IBLOW10", frozenset({FFF0})), {FFF0: {FFF1: frozenset({"read"}), FFF2: frozenset()}}),
        (Advertisement("AL88", frozenset({FFF0})), {**FFF0_STRANGER, FFA0: {}}),
        (Advertisement("HLX-BLE-18"), FFF0_STRANGER),
        (Advertisement("BACtrack C6"), NORDIC),
        (Advertisement("anything", chosen=True), FFF0_STRANGER),
    ],
)
def test_strangers_with_the_same_uuids_or_names_are_left_alone(
    advertisement: Advertisement, services: ServiceTable
) -> None:
    assert taken_up(advertisement, services) is None


@pytest.mark.parametrize("name", ["HLX-BLE-18", "hlx-1", "DEIMOS 2", "Deimos"])
def test_titan_is_known_by_either_name(name: str) -> None:
    assert [family.name for family in candidates(Advertisement(name))] == ["titan"]


def test_driver_names_are_all_different() -> None:
    assert len({family.name for family in FAMILIES}) == len(FAMILIES)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_a_driver_without_captures_says_so(family: type[Driver]) -> None:
    told = " ".join((import_module(family.__module__).__doc__ or "").split())
    assert ("not verified on hardware" in told) == (family.grade is not DriverGrade.CAPTURE)
