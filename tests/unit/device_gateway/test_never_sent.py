"""The never-send list of the protocol reference, part 8, over all bytes any driver can emit in any state.

Written anew from the reference on purpose: sharing the drivers' own lists would share their mistakes.
"""

import random
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device_gateway.protocol.driver import Command, Driver
from device_gateway.protocol.families import FAMILIES
from tests.support.driver_fuzz import MadDevice, Ordeal, conversation, corpus
from tests.support.families import DRIVER_OF, device_of

EVERY_DRIVER = pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
BASE = "-0000-1000-8000-00805f9b34fb"
MOBILE_WRITES = {"0000ffa1" + BASE, "3caa0002-0060-4787-9da2-533c53b399a0"}
MOBILE_SETTINGS = {f"0000fff{end}{BASE}" for end in "6789acdef"}
"""LEDs, protection, advertising, calibration, power management, radio power, use count."""
NORDIC = "6e400002-b5a3-f393-e0a9-e50e24dcca9e"
C6 = "862bfff1-7d59-4359-8b59-a96db28bc679"
VIO = "cd06fd03-4aff-11e3-8f96-0800200c9a66"
SKYN = "e8f90002-0708-430d-93c2-37a17a6191fc"


def why_never(command: Command) -> str | None:
    """The reason these bytes may not go to this characteristic, or None."""
    where, data = command.characteristic, command.data
    if where.startswith("f000ffc"):
        return "firmware update"
    if where in MOBILE_SETTINGS or where == SKYN:
        return "a setting"
    if where in MOBILE_WRITES and data[1:2] in {b"\x74", b"\x90", b"\x91", b"\x92"}:
        return "blow setting, calibration or factory reset"
    if where == C6 and data[:1] == b"\x06":
        return "unit or setting"
    if where == VIO and (data[3:4] == b"\x74" or (data[3:4] == b"\x76" and data[4:5] != b"\x00")):
        return "setting or power"
    if where == NORDIC and data[8:9] == b"\x04" and data[11:14] != b"\x04\xff\x01":
        return "clock, address, mode or sensor written"
    if where.startswith("0000fff2") and data[1:4] not in {b"A01", b"A03", b"A04", b"A20"}:
        return "calibration, unit, alarm, volume or reset"
    return None


FORBIDDEN = [
    ("f000ffc1-0451-4000-b000-000000000000", "0001"),
    (C6, "060901"), (C6, "0609"),
    *((where, data) for where in sorted(MOBILE_WRITES) for data in ("0292e0", "0290e0", "0291e0", "027401030" + "2e0")),
    *((where, "01") for where in sorted(MOBILE_SETTINGS)),
    (NORDIC, "683030303003506804030003ff00ec16"), (NORDIC, "999999"),
    ("0000fff2" + BASE, "0241303243414c2c554e4c4f434b23232323" + "0003"),
    (VIO, "10020374000077" + "1017"), (VIO, "1002027602761017"),
    (SKYN, "01"),
]  # fmt: skip


def emitted(family: type[Driver], seed: int) -> Iterator[tuple[Driver, Command]]:
    """Everything a driver emits while a device, real or mad, talks to it."""
    rng = random.Random(seed)
    device, driver = MadDevice(family.name, rng), family()
    for _ in range(40):
        opening = iter(driver.opening())
        for command in opening:
            yield driver, command
            for _ in range(rng.randrange(4)):
                driver.feed(*device.say())
        for command in (*driver.start(), *(driver.periodic.commands if driver.periodic else ())):
            yield driver, command
        for _ in range(rng.randrange(30)):
            driver.feed(*device.say())
        if rng.randrange(3) == 0:
            driver = family()


@EVERY_DRIVER
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.requirement("H18")
def test_nothing_on_the_list_is_ever_emitted_and_all_that_is_emitted_is_permitted(
    family: type[Driver], seed: int
) -> None:
    for driver, command in emitted(family, seed):
        assert why_never(command) is None
        assert driver.permits(command)


@pytest.mark.parametrize("family", DRIVER_OF)
def test_a_simulated_device_never_finds_its_traps_touched(family: str) -> None:
    device = device_of(family)
    driver = next(known for known in FAMILIES if known.name == DRIVER_OF[family])
    assert conversation(device, driver(), None)
    assert device.forbidden_writes == []


@EVERY_DRIVER
@pytest.mark.parametrize(("where", "data"), FORBIDDEN)
@pytest.mark.parametrize("with_response", [True, False])
def test_the_forbidden_is_not_permitted_in_any_state(
    family: type[Driver], where: str, data: str, with_response: bool
) -> None:
    ordeal = Ordeal(family())
    command = Command(where, bytes.fromhex(data), with_response)
    assert not ordeal.driver.permits(command)
    ordeal.begin()
    for frame in corpus(family.name)[1][:30]:
        ordeal.feed(frame)
        assert not ordeal.driver.permits(command)


KNOWN = {family.name: [command for _, command in emitted(family, 0)] for family in FAMILIES}


@EVERY_DRIVER
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_whatever_is_permitted_is_not_on_the_list(family: type[Driver], data: st.DataObject) -> None:
    emitted_before = KNOWN[family.name]
    places = [
        C6,
        VIO,
        NORDIC,
        SKYN,
        *sorted(MOBILE_WRITES | MOBILE_SETTINGS),
        "0000fff2" + BASE,
        "0000fff3" + BASE,
    ]
    known = st.sampled_from([command.data for command in emitted_before] or [b"\0"])
    changed = st.tuples(known, st.integers(0, 19), st.integers(0, 255)).map(
        lambda part: part[0][: part[1]] + bytes([part[2]]) + part[0][part[1] + 1 :]
    )
    command = Command(
        data.draw(st.sampled_from(places)),
        data.draw(st.one_of(known, changed, st.binary(max_size=20))),
        data.draw(st.booleans()),
    )
    if family().permits(command):
        assert why_never(command) is None


def test_the_list_itself_names_what_it_must() -> None:
    assert all(
        why_never(Command(where, bytes.fromhex(data))) for where, data in FORBIDDEN if data != "999999"
    )
