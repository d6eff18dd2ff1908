"""The sensor model of domain reference 8.3."""

import numpy as np
import pytest

from simulators.sensor import PERFECT, Sensor, SensorParameters, TestFailure, warm_up_factor


def sensor(seed: int = 1, parameters: SensorParameters | None = None) -> Sensor:
    return Sensor(np.random.default_rng(seed), parameters)


QUIET = SensorParameters(gain_sd=0.0, noise_sd_mg_per_l=0.0, noise_sd_relative=0.0, mouth_alcohol_rate=0.0)


def test_a_perfect_sensor_shows_the_truth() -> None:
    assert sensor(parameters=PERFECT).sample(0.42) == 0.42
    assert sensor(parameters=PERFECT).draw_failure() is None


def test_readings_below_the_floor_are_zero() -> None:
    assert sensor(parameters=QUIET).sample(0.0199) == 0.0
    assert sensor(parameters=QUIET).sample(0.02) == 0.02


def test_gain_falls_half_a_percent_in_thirty_days() -> None:
    assert sensor(parameters=QUIET).gain(30.0) == pytest.approx(0.995)
    assert sensor(parameters=QUIET).sample(1.0, days_since_calibration=360) == pytest.approx(0.94)


def test_noise_grows_with_the_concentration_as_stated() -> None:
    still_gain = SensorParameters(gain_sd=0.0, mouth_alcohol_rate=0.0)
    readings = np.array([sensor(seed, still_gain).sample(0.5) for seed in range(3000)])
    assert readings.mean() == pytest.approx(0.5, abs=0.002)
    assert readings.std() == pytest.approx(0.008 + 0.03 * 0.5, rel=0.06)


def test_gains_of_many_sensors_scatter_as_stated() -> None:
    gains = np.array([sensor(seed).gain_at_calibration for seed in range(3000)])
    assert gains.mean() == pytest.approx(1.0, abs=0.002)
    assert gains.std() == pytest.approx(0.03, rel=0.06)


def test_mouth_alcohol_halves_in_two_minutes_and_is_gone_at_the_retest() -> None:
    s = sensor(parameters=QUIET)
    assert s.sample(0.0, at_s=0, mouth_alcohol_mg_per_l=0.8) == pytest.approx(0.8)
    assert s.sample(0.0, at_s=120) == pytest.approx(0.4)
    assert s.sample(0.0, at_s=900) == 0.0


def test_mouth_alcohol_strikes_in_three_to_five_tests_of_a_thousand() -> None:
    s = sensor(seed=3)
    spikes = sum(s.sample(0.0, at_s=number * 86400.0) > 0.04 for number in range(20000))
    assert 0.003 <= spikes / 20000 <= 0.005


def test_one_to_two_tests_in_a_hundred_fail_by_themselves() -> None:
    s = sensor(seed=4)
    failures = [s.draw_failure() for _ in range(20000)]
    assert 0.01 <= sum(failure is not None for failure in failures) / 20000 <= 0.02
    assert {TestFailure.FAILED_BLOW, TestFailure.LINK_DROP} <= set(failures)


def test_the_same_seed_gives_the_same_readings() -> None:
    def readings(seed: int) -> list[float]:
        s = sensor(seed)
        return [s.sample(0.1 * number, at_s=number * 60.0) for number in range(20)]

    assert readings(5) == readings(5)
    assert readings(5) != readings(6)


def test_a_negative_truth_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        sensor().sample(-0.01)


def test_frost_slows_the_start() -> None:
    assert warm_up_factor(20.0) == 1.0
    assert warm_up_factor(-5.0) == 2.0
    assert warm_up_factor(-40.0) == 3.0
