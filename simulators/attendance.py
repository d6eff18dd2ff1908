"""How one simulated person tests: which windows are met, late or skipped, failed blows, retests, the device.

Includes the concealment signature (a missed evening test, then a clean morning; domain reference 8.1), testing
that declines over months and before drop-out, and pauses. Retests come 15 to 20 minutes after a trace or
positive value (domain reference 4.3); mouth alcohol halves every 2 minutes (published: Alcopro).
"""

import math
from datetime import datetime, timedelta

from simulators.day import (
    Blow,
    BlowKind,
    BlowQuality,
    OfflineSpell,
    Participation,
    Window,
)
from simulators.dice import Dice
from simulators.occasions import LocalDay
from simulators.physiology import BloodAlcohol
from simulators.profile import PlannedWindow, Profile

TRACE_LIMIT_MG_PER_L = 0.05
"""From here on the device asks for another blow (assumption, domain reference 1.3)."""

_NOTICED_MG_PER_L = 0.03
_MOUTH_HALF_LIFE_MINUTES = 2.0
_LAST_MINUTE = 1650


class TestingLife:
    """Windows, blows, battery and connection of one person over the days."""

    __test__ = False  # a domain name, not a test class

    def __init__(self, profile: Profile, dice: Dice) -> None:
        self._plan = profile.attendance
        self._equipment = profile.equipment
        self._dice = dice
        self._log_odds = _log_odds(self._plan.test_share)
        self._offline: list[OfflineSpell] = []
        self._pause_days_left = 0
        self._level = 70.0 + 30.0 * dice.uniform()

    @property
    def battery_percent(self) -> int:
        """Charge of the breathalyzer, 1 to 100."""
        return max(1, min(100, round(self._level)))

    def participation(self, index: int, day: LocalDay) -> Participation:
        """Whether the person takes part today; call once a day, in order."""
        if index >= self._plan.dropout_day:
            return Participation.SILENT
        if self._pause_days_left > 0:
            self._pause_days_left -= 1
            return Participation.PAUSED
        summer = 4.0 if day.date.month == 7 else 1.0
        if index > 14 and self._dice.chance(self._plan.pause_per_day * summer):
            self._pause_days_left = 4 + int(10 * self._dice.uniform())
        return Participation.ACTIVE

    def spells(self, day: LocalDay) -> tuple[OfflineSpell, ...]:
        """Stretches without connection that begin today."""
        dice = self._dice
        self._offline = [spell for spell in self._offline if spell.ended_at > day.starts_at]
        if not dice.chance(self._equipment.offline_per_day):
            return ()
        started_at = day.at(int(dice.uniform(240.0, 1680.0)))
        if any(started_at <= spell.ended_at for spell in self._offline):
            return ()
        hours = min(120.0, dice.lognormal(self._equipment.offline_hours, 0.8))
        spell = OfflineSpell(started_at, started_at + timedelta(minutes=int(hours * 60)))
        self._offline.append(spell)
        return (spell,)

    def wear(self) -> None:
        """One day of battery use, with a recharge by a more or less careful owner."""
        self._level -= self._equipment.battery_per_day
        if self._level < 20.0 and self._dice.chance(self._equipment.recharge_per_day):
            self._level = 100.0

    def absent(self, drank_yesterday: bool) -> bool:
        """Whether this is a day without any test or answer; call once a day."""
        return self._dice.chance(min(0.6, self._plan.absent_share * (3.0 if drank_yesterday else 1.0)))

    def attend(
        self,
        index: int,
        planned: PlannedWindow,
        window: Window,
        day: LocalDay,
        strain: float,
        after_drinking: bool,
        blood: BloodAlcohol,
    ) -> list[Blow]:
        """The blows of one window, in order of time; empty when it was missed."""
        dice, plan = self._dice, self._plan
        taken = dice.chance(self._probability(index, planned, strain, after_drinking))
        minute = planned.opens_minute + dice.uniform() ** 1.4 * (planned.closes_minute - planned.opens_minute)
        if dice.chance(plan.late_share):
            minute = planned.closes_minute + 5.0 + min(85.0, -25.0 * math.log(1.0 - dice.uniform()))
        if not taken:
            return []
        at = day.at(min(float(_LAST_MINUTE), minute)).replace(microsecond=0)
        if blood.brac_mg_per_l(at) > _NOTICED_MG_PER_L and dice.chance(plan.conceal_share):
            return []
        return self._chain(at, window, blood)

    def _probability(self, index: int, planned: PlannedWindow, strain: float, after_drinking: bool) -> float:
        plan = self._plan
        log_odds = self._log_odds + plan.strain_effect * strain - plan.decline_per_100_days * index / 100.0
        if planned.opens_minute >= 18 * 60:
            log_odds += plan.evening_effect
        if after_drinking:
            log_odds -= 0.5
        left = plan.dropout_day - index
        fading = min(1.0, (left + 1.0) / (plan.fade_days + 1.0))
        return fading / (1.0 + math.exp(-log_odds))

    def _chain(self, first_at: datetime, window: Window, blood: BloodAlcohol) -> list[Blow]:
        dice = self._dice
        mouth = 0.0
        if dice.chance(self._equipment.mouth_alcohol_share):
            mouth = min(1.5, dice.lognormal(0.25, 0.6))
        mouth_at = first_at
        blows: list[Blow] = []
        at, kind, retests = first_at, BlowKind.PLANNED, 0
        while len(blows) < 5:
            minutes = (at - mouth_at).total_seconds() / 60.0
            blow = self._blow(
                at, window, kind, len(blows) + 1, blood, mouth * 0.5 ** (minutes / _MOUTH_HALF_LIFE_MINUTES)
            )
            blows.append(blow)
            if blow.quality is not BlowQuality.GOOD:
                if not dice.chance(0.9):
                    break
                at, kind = at + timedelta(seconds=int(dice.uniform(60.0, 150.0))), BlowKind.RETRY
            elif blow.presented_mg_per_l >= TRACE_LIMIT_MG_PER_L and retests < self._retests_wanted(blow):
                if not dice.chance(self._plan.retest_share):
                    break
                retests += 1
                at, kind = at + timedelta(seconds=int(dice.uniform(900.0, 1200.0))), BlowKind.RETEST
            else:
                break
        return blows

    def _retests_wanted(self, blow: Blow) -> int:
        """One retest normally; a second when the value is only a trace."""
        return 1 if blow.presented_mg_per_l >= 2 * TRACE_LIMIT_MG_PER_L else 2

    def _blow(
        self, at: datetime, window: Window, kind: BlowKind, attempt: int, blood: BloodAlcohol, mouth: float
    ) -> Blow:
        dice, equipment = self._dice, self._equipment
        quality = BlowQuality.GOOD
        if dice.chance(equipment.failed_blow_share):
            quality = BlowQuality.WEAK if dice.chance(0.7) else BlowQuality.INTERRUPTED
        interferent = 0.0
        if equipment.ketosis_mg_per_l > 0.0:
            interferent = equipment.ketosis_mg_per_l * math.exp(0.15 * dice.normal())
        self._level = max(1.0, self._level - equipment.battery_per_blow)
        covering = [spell.ended_at for spell in self._offline if spell.started_at <= at < spell.ended_at]
        return Blow(
            at=at,
            window=window,
            kind=kind,
            attempt=attempt,
            quality=quality,
            brac_mg_per_l=round(blood.brac_mg_per_l(at), 4),
            mouth_alcohol_mg_per_l=round(mouth, 4) if mouth >= 0.001 else 0.0,
            interferent_mg_per_l=round(interferent, 4),
            battery_percent=self.battery_percent,
            sendable_at=covering[0] if covering else at,
        )


def _log_odds(share: float) -> float:
    share = min(0.999, max(0.001, share))
    return math.log(share / (1.0 - share))
