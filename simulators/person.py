"""One simulated client, lived day by day and only as far as somebody asks.

`Person(profile, seed, first_day).days()` yields day after day without end. Day n depends on (profile, seed,
first_day) and days 0..n-1 alone, never on how many are asked for, so a demo can play 120 days of history and then
go on. Drinking, testing and answering draw from a stream each: changing how a person tests does not change when
they drink.

    person = Person(draw_profile(seed=7, number=0), seed=7, first_day=date(2025, 1, 13))
    for day in person.take(120):
        for blow in day.blows: ...
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import count, islice
from zoneinfo import ZoneInfo

from simulators.answering import AnsweringLife
from simulators.attendance import TestingLife
from simulators.day import (
    Blow,
    CheckIn,
    DrinkingSession,
    Participation,
    PersonDay,
    SelfReport,
    Window,
)
from simulators.dice import Dice, stream
from simulators.drinking import DrinkingLife
from simulators.occasions import LocalDay
from simulators.profile import PlannedWindow, Profile


class Person:
    """A simulated client from `first_day` (the local date of day 0) on."""

    def __init__(self, profile: Profile, seed: int, first_day: date) -> None:
        self.profile = profile
        self.first_day = first_day
        self._seed = seed
        self._zone = ZoneInfo(profile.zone)
        self._life = self._live_on()
        self._lived: list[PersonDay] = []

    def days(self) -> Iterator[PersonDay]:
        """Every day from the first on, without end. Each call starts again from day 0 and repeats the same days.

        A day is lived once and remembered: asking again costs nothing.
        """
        for index in count():
            if index == len(self._lived):
                self._lived.append(next(self._life))
            yield self._lived[index]

    def _live_on(self) -> Iterator[PersonDay]:
        profile = self.profile
        drinking = DrinkingLife(profile, self._dice("drinking"))
        testing = TestingLife(profile, self._dice("testing"))
        answering = AnsweringLife(profile, self._dice("answering"))
        for index in count():
            day = LocalDay(self._zone, self.first_day + timedelta(days=index))
            yield self._live(index, day, drinking, testing, answering)

    def take(self, days: int) -> Iterator[PersonDay]:
        """The first `days` days."""
        return islice(self.days(), days)

    def _live(
        self,
        index: int,
        day: LocalDay,
        drinking: DrinkingLife,
        testing: TestingLife,
        answering: AnsweringLife,
    ) -> PersonDay:
        plan = self.profile.attendance
        drank_yesterday = drinking.drank_yesterday
        sessions = drinking.live(index, day)
        answering.remember(index, sessions)
        participation = testing.participation(index, day)
        absent = testing.absent(drank_yesterday)
        spells = testing.spells(day)
        testing.wear()
        tests: tuple[Window, ...] = ()
        prompts: tuple[Window, ...] = ()
        blows: list[Blow] = []
        check_in: CheckIn | None = None
        reports: tuple[SelfReport, ...] = ()
        if participation is not Participation.PAUSED:
            tests = tuple(_window(planned, day) for planned in plan.windows)
            prompts = (_window(plan.check_in, day),)
        if participation is Participation.ACTIVE and not absent:
            for planned, window in zip(plan.windows, tests, strict=True):
                blows += testing.attend(
                    index,
                    planned,
                    window,
                    day,
                    drinking.strain,
                    drank_yesterday or _begun(sessions, window.opens_at),
                    drinking.blood,
                )
            check_in = answering.check_in(index, prompts[0], day, drinking.strain, drank_yesterday, sessions)
        if check_in is not None:
            reports = answering.tell(index, check_in.at)
        return PersonDay(
            index=index,
            date=day.date,
            starts_at=day.starts_at,
            ends_at=day.ends_at,
            participation=participation,
            test_windows=tests,
            check_in_windows=prompts,
            blows=tuple(sorted(blows, key=lambda blow: blow.at)),
            check_ins=() if check_in is None else (check_in,),
            self_reports=reports,
            sessions=sessions,
            offline_spells=spells,
            battery_percent=testing.battery_percent,
            strain=round(drinking.strain, 4),
            drinking_chance=drinking.chance_today,
        )

    def _dice(self, purpose: str) -> Dice:
        return Dice(stream(self._seed, self.profile.key, purpose))


def _begun(sessions: tuple[DrinkingSession, ...], at: datetime) -> bool:
    return any(session.started_at < at for session in sessions)


def _window(planned: PlannedWindow, day: LocalDay) -> Window:
    return Window(planned.name, day.at(planned.opens_minute), day.at(planned.closes_minute))
