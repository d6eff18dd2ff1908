"""The fuel cell behind a simulated breathalyzer: gain, drift, noise, floor, mouth alcohol, failed tests.

The whole model is an (assumption) of the domain reference, section 8.3; only the drift class of such sensors
(about 0.6 % a month) is a published maker's figure. One numpy Generator drives everything: same seed and same calls,
same readings.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

NORMAL_BREATH_C = 34.0
"""Temperature at which breath testers are set (assumption: the usual figure for air at the end of a breath)."""
_PER_DEGREE = 0.065
"""Alcohol in the air above blood grows so much per degree (assumption: the slope of its partition near 34 °C)."""


class TestFailure(StrEnum):
    """Why a test gives no reading although nobody forced a fault."""

    __test__ = False  # the name is a breath test's, not pytest's

    FAILED_BLOW = "failed_blow"
    LINK_DROP = "link_drop"


@dataclass(frozen=True)
class SensorParameters:
    """Numbers of domain reference 8.3 (assumption)."""

    gain_sd: float = 0.03
    drift_per_30_days: float = -0.005
    noise_sd_mg_per_l: float = 0.008
    noise_sd_relative: float = 0.03
    floor_mg_per_l: float = 0.02
    mouth_alcohol_rate: float = 0.004
    mouth_alcohol_mg_per_l: tuple[float, float] = (0.05, 1.0)
    mouth_alcohol_half_life_s: float = 120.0
    failed_blow_rate: float = 0.010
    link_drop_rate: float = 0.005


PERFECT = SensorParameters(
    gain_sd=0.0,
    drift_per_30_days=0.0,
    noise_sd_mg_per_l=0.0,
    noise_sd_relative=0.0,
    floor_mg_per_l=0.0,
    mouth_alcohol_rate=0.0,
    failed_blow_rate=0.0,
    link_drop_rate=0.0,
)
"""Shows exactly what is true; for a presenter who chooses a value and for tests."""


class Sensor:
    """One sensor with its own gain, drawn once from the generator it is given."""

    def __init__(self, rng: np.random.Generator, parameters: SensorParameters | None = None) -> None:
        self._rng = rng
        self.parameters = parameters or SensorParameters()
        self.gain_at_calibration = 1.0 + self.parameters.gain_sd * float(rng.standard_normal())
        self._spike_mg_per_l = 0.0
        self._spike_at_s = 0.0

    def gain(self, days_since_calibration: float) -> float:
        """Sensitivity after so many days: the drawn gain, falling linearly."""
        return self.gain_at_calibration + self.parameters.drift_per_30_days * days_since_calibration / 30.0

    def sample(
        self,
        brac_mg_per_l: float,
        *,
        at_s: float = 0.0,
        days_since_calibration: float = 0.0,
        mouth_alcohol_mg_per_l: float = 0.0,
        breath_temperature_c: float = NORMAL_BREATH_C,
    ) -> float:
        """What the sensor reads, mg/L, for a true breath alcohol (ketosis included by the caller as true signal).

        `at_s` orders the tests of one sensor in seconds so that a mouth-alcohol spike fades between them;
        `mouth_alcohol_mg_per_l` adds a fresh spike on purpose. Breath
        warmer than 34 °C carries more alcohol out of the same blood. Below the floor the answer is 0. Raises ValueError
        for a negative true value.
        """
        if brac_mg_per_l < 0:
            raise ValueError("breath alcohol cannot be negative")
        p = self.parameters
        spiked, size, noise = (
            self._rng.random(),
            self._rng.uniform(*p.mouth_alcohol_mg_per_l),
            self._rng.normal(),
        )
        fresh = mouth_alcohol_mg_per_l + (size if spiked < p.mouth_alcohol_rate else 0.0)
        carried = brac_mg_per_l * breath_temperature_factor(breath_temperature_c)
        concentration = carried + self._mouth_alcohol(at_s, fresh)
        sd = p.noise_sd_mg_per_l + p.noise_sd_relative * concentration
        value = max(0.0, self.gain(days_since_calibration) * concentration + sd * float(noise))
        return value if value >= p.floor_mg_per_l else 0.0

    def draw_failure(self) -> TestFailure | None:
        """Whether this test fails by itself; one draw per test."""
        dice = self._rng.random()
        if dice < self.parameters.failed_blow_rate:
            return TestFailure.FAILED_BLOW
        if dice < self.parameters.failed_blow_rate + self.parameters.link_drop_rate:
            return TestFailure.LINK_DROP
        return None

    def _mouth_alcohol(self, at_s: float, fresh_mg_per_l: float) -> float:
        elapsed = max(0.0, at_s - self._spike_at_s)
        faded: float = self._spike_mg_per_l * 0.5 ** (elapsed / self.parameters.mouth_alcohol_half_life_s)
        self._spike_mg_per_l, self._spike_at_s = faded + fresh_mg_per_l, at_s
        return self._spike_mg_per_l


def breath_temperature_factor(temperature_c: float) -> float:
    """How much more or less alcohol breath of this temperature carries than at 34 °C; never below nothing."""
    return max(0.0, 1.0 + _PER_DEGREE * (temperature_c - NORMAL_BREATH_C))


def warm_up_factor(temperature_c: float) -> float:
    """How much longer a device warms up: 1 above freezing, growing to 3 at -10 °C and below (assumption)."""
    return 1.0 + 2.0 * min(1.0, max(0.0, -temperature_c / 10.0))
