"""Dry days and episodes of one simulated person, day by day. Causal: a day depends on earlier days only.

A hidden strain (an autoregressive part and occasional spells that ramp up over one to two weeks) raises the
hazard of an onset for people whose drinking gives a warning, and moves their check-in answers and testing; a
spell often passes without drinking, so it is a weak sign. Onset hazards differ between people by a gamma
frailty (negative binomial counts; domain reference 9), fall with time since the last drink (published:
Kirshenbaum 2009, decelerating hazard) and follow the calendar of `occasions.py`.
"""

import math
from datetime import timedelta

from simulators.day import DrinkingSession
from simulators.dice import Dice
from simulators.occasions import LocalDay, onset_multiplier
from simulators.physiology import STANDARD_GLASS_G, Beverage, BloodAlcohol, Drink
from simulators.profile import Profile

_AR = 0.80
_AR_SHOCK = 0.45
_AR_SD = _AR_SHOCK / math.sqrt(1.0 - _AR * _AR)
_LARGEST_HAZARD = 0.75
_BEVERAGES = (Beverage.BEER, Beverage.WINE, Beverage.SPIRITS)


class DrinkingLife:
    """The hidden part of a person: strain, episodes, sessions, and the alcohol in the blood."""

    def __init__(self, profile: Profile, dice: Dice) -> None:
        self._profile = profile
        self._drinking = profile.drinking
        self._dice = dice
        self._calm = 0.0
        self._spell: tuple[int, int, float] | None = None
        self._episode_days_left = 0
        self._dry_days = int(3 + 30 * dice.uniform())
        self._norm = _expected_log_factor(profile)
        self.blood = BloodAlcohol(profile.body)
        self.strain = 0.0
        self.chance_today = 0.0
        self.drank_yesterday = False

    def live(self, index: int, day: LocalDay) -> tuple[DrinkingSession, ...]:
        """Advance one day: update `strain` and `chance_today`, add today's drinks to `blood`; today's sessions."""
        self.strain = self._next_strain(index)
        onset = False
        self.chance_today = 1.0 if self._episode_days_left else self._hazard(index, day)
        if self._episode_days_left == 0 and self._dice.chance(self.chance_today):
            onset = True
            self._episode_days_left = self._episode_length()
        if self._episode_days_left == 0:
            self._dry_days += 1
            self.drank_yesterday = False
            return ()
        first_of_episode = onset and not self.drank_yesterday
        session = self._drink(day, first_of_episode)
        self._episode_days_left -= 1
        self._dry_days = 0
        self.drank_yesterday = True
        return (session,)

    def _next_strain(self, index: int) -> float:
        self._calm = _AR * self._calm + _AR_SHOCK * self._dice.normal()
        drinking = self._drinking
        if drinking.forced_spell is not None and index == drinking.forced_spell[0]:
            self._spell = (index, drinking.forced_spell[1], drinking.spell_height)
        if self._spell is None and self._dice.chance(drinking.spell_per_day):
            days = max(3, round(self._dice.lognormal(drinking.spell_days, 0.3)))
            self._spell = (index, days, max(0.5, drinking.spell_height + 0.4 * self._dice.normal()))
        if self._spell is None:
            return self._calm
        start, days, height = self._spell
        part = (index - start + 1) / days
        if part >= 1.0:
            self._spell = None
        return self._calm + height * min(1.0, part / 0.7)

    def _hazard(self, index: int, day: LocalDay) -> float:
        drinking = self._drinking
        calendar = math.pow(onset_multiplier(self._profile.zone, day.date), drinking.calendar_weight)
        recency = 0.75 + 1.0 * math.exp(-self._dry_days / 10.0)
        log_factor = drinking.strain_effect * self.strain - self._norm
        hazard = drinking.onset_per_day * calendar * recency * math.exp(log_factor)
        if 0 <= self._profile.attendance.dropout_day - index <= 4:
            hazard *= 5.0  # people often leave a programme by drinking (assumption)
        return min(_LARGEST_HAZARD, hazard)

    def _episode_length(self) -> int:
        if self._dice.chance(self._drinking.relapse_share):
            return 1 + self._dice.geometric(max(1.0, self._drinking.relapse_days - 1.0))
        return 1

    def _drink(self, day: LocalDay, onset: bool) -> DrinkingSession:
        dice, drinking = self._dice, self._drinking
        typical = drinking.relapse_grams if self._episode_days_left > 1 or not onset else drinking.lapse_grams
        grams = min(400.0, max(STANDARD_GLASS_G, dice.lognormal(typical, 0.4)))
        earlier = 0.0 if onset else 150.0
        start = min(1500.0, max(600.0, drinking.start_minute - earlier + 80.0 * dice.normal()))
        started_at = day.at(int(start))
        room = (day.ends_at - started_at) / timedelta(minutes=1) - 20.0
        minutes = int(min(600.0, room, max(30.0, 60.0 * grams / dice.uniform(13.0, 24.0))))
        glasses = max(1, round(grams / STANDARD_GLASS_G))
        beverage = _BEVERAGES[int(3 * dice.uniform())]
        available = dice.uniform(0.8, 1.0)
        for glass in range(glasses):
            at = started_at + timedelta(minutes=minutes * glass / glasses)
            self.blood.add(Drink(at, grams / glasses, beverage, available))
        ended_at = started_at + timedelta(minutes=minutes)
        return DrinkingSession(started_at, ended_at, round(grams, 1), onset)


def _expected_log_factor(profile: Profile) -> float:
    """Log of the mean of exp(effect * strain), so that `onset_per_day` stays the average hazard."""
    drinking = profile.drinking
    effect = drinking.strain_effect
    ordinary = math.exp(0.5 * (effect * _AR_SD) ** 2)
    reach = effect * drinking.spell_height
    in_spell = 1.0 if reach < 1e-6 else 0.7 * (math.exp(reach) - 1.0) / reach + 0.3 * math.exp(reach)
    share = (
        drinking.spell_days * drinking.spell_per_day / (1.0 + drinking.spell_days * drinking.spell_per_day)
    )
    return math.log(ordinary * (1.0 - share + share * in_spell))
