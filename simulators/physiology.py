"""Alcohol in one simulated body: from drinks to true breath alcohol at any instant. Pure.

Model: first-order absorption out of the gut, one Widmark volume, zero-order elimination. Between two drinks
the blood level has the closed form ``b0 + g0 * (1 - exp(-k t)) / V - beta * t``; it is concave, so cutting it
at zero is exact, and no time steps are needed.

Numbers and grades (domain reference 8.1): Widmark r men .68, women .55 (published); peaks after 36 / 54 / 62
minutes for vodka / wine / beer at 0.5 g/kg (published: Mitchell 2014), which fixes the absorption rates below
(computed); elimination lognormal, median .18 permille/h, sd .05, cut at .10-.35 (assumption); blood:breath
ratio 2407 +- 213 (published: Jones & Andersson 1996).
"""

import math
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import numpy as np

BLOOD_DENSITY_KG_PER_L = 1.055
"""Mass of a litre of blood, to turn permille (mg/g) into mg/mL (unverified)."""

STANDARD_GLASS_G = 12.0
"""Grams of ethanol in a Swedish standard glass (published: hjart-lung, beroendecentrum)."""


class Beverage(StrEnum):
    """What was drunk; decides how fast it is absorbed."""

    SPIRITS = "spirits"
    WINE = "wine"
    BEER = "beer"


ABSORPTION_PER_HOUR = {Beverage.SPIRITS: 5.5, Beverage.WINE: 3.0, Beverage.BEER: 2.4}
"""First-order rates that put the peak of 0.5 g/kg where Mitchell 2014 found it (computed)."""


@dataclass(frozen=True, slots=True)
class Body:
    """One person's pharmacology. Rates are per hour; `elimination_permille_per_hour` is the Widmark beta."""

    weight_kg: float
    widmark_r: float
    elimination_permille_per_hour: float
    blood_breath_ratio: float = 2407.0

    def __post_init__(self) -> None:
        if not (self.weight_kg > 0 and 0 < self.widmark_r < 1.2):
            raise ValueError(f"impossible body: {self.weight_kg} kg with Widmark r {self.widmark_r}")
        if not (self.elimination_permille_per_hour > 0 and self.blood_breath_ratio > 0):
            raise ValueError("elimination and blood:breath ratio must be above zero")

    def permille_of(self, grams: float) -> float:
        """Blood alcohol (mg/g) that `grams` of ethanol would give when all of it is distributed."""
        return grams / (self.weight_kg * self.widmark_r)

    def breath_mg_per_l(self, permille: float) -> float:
        """True breath alcohol (mg/L) of blood alcohol in permille, by this person's own blood:breath ratio."""
        return permille * BLOOD_DENSITY_KG_PER_L * 1000.0 / self.blood_breath_ratio


@dataclass(frozen=True, slots=True)
class Drink:
    """Ethanol swallowed at one instant (aware UTC). `available` is the part that ever reaches the blood."""

    at: datetime
    grams: float
    beverage: Beverage = Beverage.WINE
    available: float = 1.0


@dataclass(frozen=True, slots=True)
class _Knot:
    at: datetime
    gut_permille: float
    blood_permille: float
    absorption_per_hour: float


class BloodAlcohol:
    """The blood level of one body over time. Drinks are added in order of time and asked for at any instant.

    Drinks older than the last moment of complete sobriety are forgotten, so that asking stays quick over
    months; asking about an instant before the first remembered drink answers 0.
    """

    def __init__(self, body: Body, drinks: Iterable[Drink] = ()) -> None:
        self.body = body
        self._knots: list[_Knot] = []
        self._times: list[datetime] = []
        for drink in drinks:
            self.add(drink)

    def add(self, drink: Drink) -> None:
        """Swallow a drink. Raises ValueError for a drink before the last one or of no ethanol."""
        if drink.grams <= 0 or not 0 < drink.available <= 1:
            raise ValueError(f"a drink needs ethanol: {drink.grams} g, available {drink.available}")
        if self._times and drink.at < self._times[-1]:
            raise ValueError("drinks must be added in order of time")
        gut, blood = self._state(drink.at)
        gut += self.body.permille_of(drink.grams * drink.available)
        if blood == 0.0 and self._knots and drink.at - self._times[-1] > timedelta(hours=6):
            self._knots.clear()
            self._times.clear()
        self._knots.append(_Knot(drink.at, gut, blood, ABSORPTION_PER_HOUR[drink.beverage]))
        self._times.append(drink.at)

    def permille(self, at: datetime) -> float:
        """True blood alcohol in permille (mg/g) at `at`; never below 0."""
        return self._state(at)[1]

    def brac_mg_per_l(self, at: datetime) -> float:
        """True breath alcohol in mg/L at `at`; never below 0. Ethanol of the lungs only, no mouth alcohol."""
        return self.body.breath_mg_per_l(self._state(at)[1])

    def sober_at(self, after: datetime) -> datetime:
        """First instant from `after` on (to the minute, rounded up) with no alcohol in blood and gut to come."""
        if self._times and after < self._times[-1]:
            after = self._times[-1]
        gut, blood = self._state(after)
        beta = self.body.elimination_permille_per_hour
        rate = self._knots[-1].absorption_per_hour if self._knots else 0.0
        peak_hours = math.log(rate * gut / beta) / rate if rate * gut > beta else 0.0
        low, high = math.ceil(peak_hours * 60), math.ceil((gut + blood) / beta * 60)
        if self.permille(after + timedelta(hours=peak_hours)) == 0.0:
            return after
        while low < high:  # from the peak on the level only falls
            middle = (low + high) // 2
            if self.permille(after + timedelta(minutes=middle)) > 0.0:
                low = middle + 1
            else:
                high = middle
        return after + timedelta(minutes=low)

    def _state(self, at: datetime) -> tuple[float, float]:
        index = bisect_right(self._times, at) - 1
        if index < 0:
            return 0.0, 0.0
        knot = self._knots[index]
        hours = (at - knot.at).total_seconds() / 3600.0
        left = math.exp(-knot.absorption_per_hour * hours)
        blood = knot.blood_permille + knot.gut_permille * (1.0 - left)
        blood -= self.body.elimination_permille_per_hour * hours
        return knot.gut_permille * left, max(0.0, blood)


def draw_body(rng: np.random.Generator, sex: str) -> Body:
    """A random adult body; `sex` is "female" or "male". Weights are (assumption), the rest see the module."""
    female = sex == "female"
    weight = float(np.clip(rng.normal(70.0 if female else 84.0, 13.0), 45.0, 140.0))
    widmark = float(np.clip(rng.normal(0.55 if female else 0.68, 0.06), 0.40, 0.90))
    spread = math.sqrt(math.log(1.0 + (0.05 / 0.18) ** 2))
    elimination = float(np.clip(0.18 * math.exp(spread * rng.standard_normal()), 0.10, 0.35))
    ratio = float(np.clip(rng.normal(2407.0, 213.0), 1900.0, 2900.0))
    return Body(weight, widmark, elimination, ratio)
