"""Every condition that a breath test at home can meet, on every family: one table, and what becomes of each run.

A run gives the right value or none; which failure it is told as depends on what the family has a code for.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pytest

from contracts.reading import Failure
from device_gateway.messages import value_of
from device_gateway.protocol.events import Countdown
from device_gateway.protocol.families import FAMILIES
from device_gateway.test_run import Phase, Run
from simulators.breathalyzers.breath import Blow, Breath, DeviceState, Fault
from simulators.breathalyzers.iblow import Iblow
from simulators.breathalyzers.scripted import ScriptedBreathalyzer
from simulators.device_rack import FAMILIES as RACK
from simulators.sensor import PERFECT, Sensor, SensorParameters, breath_temperature_factor
from tests.support.by_hand import ByHand
from tests.support.families import DRIVER_OF, device_of

TRUE = 0.42
DRIVERS = {family.name: family for family in FAMILIES}
STAGES = (DeviceState.WARMING_UP, DeviceState.READY, DeviceState.BLOWING, DeviceState.ANALYSING)
Prepare = Callable[[ScriptedBreathalyzer], None]


@dataclass(frozen=True)
class Condition:
    """What happens, and what may become of the run. `value`: the value it must give, where it gives one."""

    name: str
    prepare: Prepare
    value: float | None = None
    may_fail: bool = False
    aborted: bool = False


def given(blow: Blow = Blow.GOOD, **more: float) -> Prepare:
    return lambda device: device.give(Breath(TRUE, blow, **more))


def and_then(*steps: Prepare) -> Prepare:
    def prepare(device: ScriptedBreathalyzer) -> None:
        for step in steps:
            step(device)

    return prepare


def with_fault(fault: Fault) -> Prepare:
    return and_then(given(), lambda device: device.fail(fault))


def cut_at(state: DeviceState) -> Prepare:
    return and_then(given(), lambda device: device.cut_link(state))


def with_sensor(*, days: float = 0.0, breath: Breath | None = None, **changed: float) -> Prepare:
    def prepare(device: ScriptedBreathalyzer) -> None:
        numbers = {name: getattr(PERFECT, name) for name in PERFECT.__dataclass_fields__} | changed
        device.sensor = Sensor(np.random.default_rng(3), SensorParameters(**numbers))
        device.adjust(days_since_calibration=days)
        device.give(breath or Breath(TRUE))

    return prepare


def stutter(device: ScriptedBreathalyzer) -> None:
    device.stutters = True


def in_pieces(device: ScriptedBreathalyzer) -> None:
    device.pieces_of = 5


def lost_clock(device: ScriptedBreathalyzer) -> None:
    if isinstance(device, Iblow):  # the only family that asks its app for the date
        device.lost_its_clock = True
        device.calibrated = "0000,00,00"


PIECES = and_then(given(), in_pieces)
CONDITIONS = (
    Condition("a good blow", given(), TRUE),
    Condition("nothing in it", lambda device: device.give(Breath(0.0)), 0.0),
    Condition(
        "warm-up takes longer in the cold",
        and_then(given(), lambda device: device.adjust(temperature_c=-5)),
        TRUE,
    ),
    Condition("a weak blow", given(Blow.WEAK)),
    Condition("a blow too strong", given(Blow.STRONG)),
    Condition("a blow broken off", given(Blow.INTERRUPTED)),
    Condition("nobody blows", given(Blow.NONE)),
    Condition("nobody is there", lambda _device: None),
    Condition("cancelled on the device", given(Blow.CANCELLED)),
    Condition("a slow reaction", given(reaction_s=8.0), TRUE),
    Condition("low battery", with_fault(Fault.LOW_BATTERY)),
    Condition("an empty cell", and_then(given(), lambda device: device.adjust(battery_mv=500))),
    Condition("too cold", and_then(given(), lambda device: device.adjust(temperature_c=-30))),
    Condition("too warm", and_then(given(), lambda device: device.adjust(temperature_c=70))),
    Condition("not calibrated", with_fault(Fault.NOT_CALIBRATED)),
    Condition("a sensor fault", with_fault(Fault.GENERAL)),
    Condition("over the range", lambda device: device.give(Breath(4.0))),
    Condition("every notification twice", and_then(given(), stutter), TRUE),
    Condition("frames in pieces", PIECES, TRUE, may_fail=True),
    Condition("pieces twice", and_then(given(), in_pieces, stutter), TRUE, may_fail=True),
    Condition("a clock that was lost", and_then(given(), lost_clock), TRUE),
    *(Condition(f"link lost: {state.value}", cut_at(state), aborted=True) for state in STAGES),
    Condition("a year of drift", with_sensor(days=365, drift_per_30_days=-0.005), TRUE * (1 - 0.005 * 365 / 30)),
    Condition("noise", with_sensor(noise_sd_mg_per_l=0.008, noise_sd_relative=0.03), TRUE),
    Condition(
        "alcohol in the mouth", with_sensor(breath=Breath(0.0, mouth_alcohol_mg_per_l=0.3)), 0.3
    ),
    Condition("ketosis, flat and low", with_sensor(breath=Breath(0.045)), 0.045),
    Condition("a trace below the floor", with_sensor(breath=Breath(0.015), floor_mg_per_l=0.02), 0.0),
    Condition(
        "breath of a fever",
        with_sensor(breath=Breath(TRUE, temperature_c=36.0)),
        TRUE * breath_temperature_factor(36.0),
    ),
)  # fmt: skip
NAMED = (
    "warm-up", "weak", "strong", "nobody", "battery", "cold", "warm", "calibrated", "over the range", "pieces",
    "twice", "link lost: warming_up", "link lost: ready", "link lost: blowing", "link lost: analysing", "clock",
    "drift", "noise", "mouth", "ketosis", "breath of",
)  # fmt: skip
"""What was promised, word by word; each is in the name of a condition."""
TOLD: dict[str, dict[str, set[Failure]]] = {
    "a weak blow": {"iblow": {Failure.INSUFFICIENT_BLOW}, "titan": {Failure.INTERRUPTED}},
    "low battery": {"bactrack_c6": {Failure.LOW_BATTERY}, "iblow": {Failure.LOW_BATTERY}},
    "too cold": {"bactrack_c6": {Failure.TEMP_LOW}, "bactrack_mobile_v2": {Failure.TEMP_LOW}},
    "too warm": {"bactrack_c6": {Failure.TEMP_HIGH}, "bactrack_vio": {Failure.TEMP_HIGH}},
    "not calibrated": {"bactrack_c6": {Failure.NOT_CALIBRATED}, "iblow": {Failure.NOT_CALIBRATED}},
    "over the range": {"bactrack_c6": {Failure.OVER_RANGE}, "bactrack_vio": {Failure.OVER_RANGE}},
    "nobody is there": {"bactrack_c6": {Failure.NO_BLOW}, "unnamed_ffe2": {Failure.NO_BLOW}},
}
"""Where a family has a code of its own it arrives by name (all codes: test_every_family_over_bluetooth)."""
TOLERANCE = {"noise": 0.15}
REASSEMBLES = {"titan", "bactrack_vio"}
"""Families whose frames are known to come in pieces: from them the value must come, too."""


def ran(family: str, condition: Condition) -> tuple[Run, ByHand]:
    device = device_of(family)
    device.sensor = None
    condition.prepare(device)
    by_hand = ByHand(device, DRIVERS[DRIVER_OF[family]]())
    run = by_hand.to_the_end()
    assert device.forbidden_writes == []
    return run, by_hand


@pytest.mark.parametrize("family", RACK)
@pytest.mark.parametrize("condition", CONDITIONS, ids=lambda one: one.name)
def test_a_run_gives_the_right_value_or_none_and_says_why(family: str, condition: Condition) -> None:
    run, _ = ran(family, condition)
    assert run.finished
    value = value_of(run)
    if value is not None:
        assert condition.value is not None, (condition.name, value)
        off = TOLERANCE.get(condition.name, 0.006)
        assert abs(value - Decimal(str(condition.value))) <= Decimal(str(off))
        return
    assert run.phase in {Phase.FAILED, Phase.ABORTED}
    assert run.failure is not None
    if condition.value is not None:
        assert condition.may_fail, (run.failure, run.code)
        assert condition.prepare is not PIECES or DRIVER_OF[family] not in REASSEMBLES
    if condition.aborted and run.phase is Phase.ABORTED:
        assert run.failure is Failure.COMM
    expected = TOLD.get(condition.name, {}).get(DRIVER_OF[family])
    assert expected is None or run.failure in expected


def test_everything_that_was_promised_is_in_the_table() -> None:
    names = [condition.name for condition in CONDITIONS]
    assert [word for word in NAMED if not any(word in name for name in names)] == []
    assert {DRIVER_OF[family] for family in RACK} == set(DRIVERS)


@pytest.mark.parametrize("family", ["bactrack_c6", "bactrack_mobile_v2", "iblow"])
def test_the_cold_makes_the_countdown_longer(family: str) -> None:
    counted = []
    for condition in CONDITIONS[0], CONDITIONS[2]:
        _, by_hand = ran(family, condition)
        counted.append(max(event.value for event in by_hand.events if isinstance(event, Countdown)))
    assert counted[1] >= 1.5 * counted[0]


def test_alcohol_in_the_mouth_is_gone_at_the_retest_and_ketosis_is_not() -> None:
    sensor = Sensor(np.random.default_rng(1), PERFECT)
    first = sensor.sample(0.0, at_s=0, mouth_alcohol_mg_per_l=0.4)
    later = sensor.sample(0.0, at_s=15 * 60)
    assert first == pytest.approx(0.4)
    assert later < 0.01
    assert sensor.sample(0.045, at_s=3600) == pytest.approx(0.045, abs=0.001)


def test_warmer_breath_carries_more_and_cold_breath_less() -> None:
    factors = [breath_temperature_factor(at) for at in (-20.0, 31.0, 34.0, 37.0)]
    assert factors == sorted(factors)
    assert factors[0] == 0.0
    assert factors[2] == 1.0
    assert factors[3] == pytest.approx(1.195)
