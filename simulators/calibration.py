"""Generated behaviour beside the published figures of domain reference 9: which fit and which do not.

`measure` lives a population and returns one `Figure` per published number. A figure `must_fit` when its
published number is about people like ours; others are shown for comparison and say why they need not fit.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from statistics import fmean, pstdev

from simulators.day import Participation, PersonDay
from simulators.occasions import is_payday
from simulators.person import Person
from simulators.profile import Profile, draw_profile
from simulators.study import POSITIVE_LIMIT_MG_PER_L

_QUARTER_DAYS = 91


@dataclass(frozen=True, slots=True)
class Figure:
    """One published number, its accepted range, and what the simulator generated."""

    name: str
    source: str
    published: str
    low: float
    high: float
    generated: float
    must_fit: bool = True

    @property
    def fits(self) -> bool:
        """Whether the generated number lies in the accepted range (ends included)."""
        return self.low <= self.generated <= self.high


@dataclass(frozen=True, slots=True)
class _Life:
    profile: Profile
    days: list[PersonDay]

    @property
    def active(self) -> list[PersonDay]:
        return [day for day in self.days if day.participation is Participation.ACTIVE]

    @property
    def enrolled(self) -> list[PersonDay]:
        """Active days and the first 30 of silence: a clinic does not discharge a silent client at once."""
        silent = [day for day in self.days if day.participation is Participation.SILENT]
        return [*self.active, *silent[:30]]


def measure(people: int, days: int, seed: int, start: date) -> list[Figure]:
    """Figures of a population; 400 people over 190 days give them with sampling errors inside the ranges.

    Raises ValueError below 182 days, since retention and lapses need half a year.
    """
    if days < 182:
        raise ValueError("calibration needs at least 182 days")
    lives = []
    for number in range(people):
        profile = draw_profile(seed, number)
        lives.append(_Life(profile, list(Person(profile, seed, start).take(days))))
    return [
        *_drinking_figures(lives),
        *_episode_figures(lives),
        *_calendar_figures(lives),
        *_attendance_figures(lives),
        *_reporting_figures(lives),
    ]


def table(figures: Sequence[Figure]) -> str:
    """The figures as aligned text, one line each, with a verdict."""
    width = max(len(figure.name) for figure in figures)
    lines = [f"{'figure':<{width}}  {'published':>22}  {'accepted':>15}  {'generated':>9}  verdict"]
    for figure in figures:
        verdict = (
            "fits" if figure.fits else "DOES NOT FIT" if figure.must_fit else "differs (comparison only)"
        )
        accepted = f"{figure.low:g}-{figure.high:g}"
        lines.append(
            f"{figure.name:<{width}}  {figure.published:>22}  {accepted:>15}  {figure.generated:>9.3g}"
            f"  {verdict}  [{figure.source}]"
        )
    return "\n".join(lines)


def _drinking_figures(lives: list[_Life]) -> list[Figure]:
    counts = [sum(bool(day.sessions) for day in life.days[:_QUARTER_DAYS]) for life in lives]
    all_days = [bool(day.sessions) for life in lives for day in life.days[:_QUARTER_DAYS]]
    unclear = [bool(day.sessions) or not _has_ok_test(day) for life in lives for day in life.enrolled]
    dry_month = [not any(day.sessions for day in life.days[:30]) for life in lives]
    return [
        Figure(
            "people who lapsed in 3 months",
            "Wyant 2024, AUD",
            "55.6 %",
            0.50,
            0.62,
            fmean(count > 0 for count in counts),
        ),
        Figure("lapses per person in 3 months, mean", "Wyant 2024, AUD", "6.8", 5.4, 8.2, fmean(counts)),
        Figure(
            "lapses per person in 3 months, SD", "Wyant 2024, AUD", "12 (0-75)", 9.5, 14.5, pstdev(counts)
        ),
        Figure("lapses per person in 3 months, largest", "Wyant 2024, AUD", "75", 45, 91, max(counts)),
        Figure("share of drinking days", "Wyant 2024, day base rate", "7.7 %", 0.055, 0.095, fmean(all_days)),
        Figure(
            "enrolled days drinking or without OK test",
            "Wallden 2024",
            "0.22-0.28",
            0.22,
            0.28,
            fmean(unclear),
            must_fit=False,  # how the warehouse defines a relapse day is not known
        ),
        Figure("abstinent after 1 month", "NIAAA figure", "about 70 %", 0.60, 0.80, fmean(dry_month)),
        Figure(
            "abstinent after 3 months",
            "NIAAA figure",
            "about 40 %",
            0.32,
            0.50,
            fmean(count == 0 for count in counts),
        ),
    ]


def _episode_figures(lives: list[_Life]) -> list[Figure]:
    lengths = [length for life in lives for length in _episodes(life.days)]
    dry = sum(not day.sessions for life in lives for day in life.days)
    late, early = _hazards(lives)
    return [
        Figure("mean episode, days", "assumption, hazards at 3-7 d", "3-7", 3.0, 7.0, fmean(lengths)),
        Figure(
            "episodes shorter than 2 weeks",
            "Pickens 1985, inpatients",
            "51 %",
            0.45,
            1.0,
            fmean(length < 14 for length in lengths),
        ),
        Figure(
            "onsets per dry day",
            "computed at prevalence .25",
            ".048-.111",
            0.048,
            0.111,
            len(lengths) / dry,
            must_fit=False,
        ),
        Figure(
            "hazard after 30 dry days / in the first 10",
            "Kirshenbaum 2009: falls",
            "below 1",
            0.05,
            0.7,
            late / early,
        ),
    ]


def _calendar_figures(lives: list[_Life]) -> list[Figure]:
    onsets: dict[str, list[bool]] = {"plain": [], "friday": [], "saturday": [], "payday": []}
    for life in lives:
        for before, day in zip(life.days, life.days[1:], strict=False):
            if not before.sessions:
                onsets[_kind_of(day.date)].append(bool(day.sessions))
    plain = fmean(onsets["plain"])
    return [
        Figure(
            "onsets Friday / Monday-Thursday", "assumption", "x1.5", 1.2, 1.8, fmean(onsets["friday"]) / plain
        ),
        Figure(
            "onsets Saturday / Monday-Thursday",
            "assumption",
            "x1.7",
            1.35,
            2.05,
            fmean(onsets["saturday"]) / plain,
        ),
        Figure(
            "onsets payday / Monday-Thursday", "assumption", "x2", 1.4, 2.6, fmean(onsets["payday"]) / plain
        ),
    ]


def _attendance_figures(lives: list[_Life]) -> list[Figure]:
    tests = [(window, day) for life in lives for day in life.active for window in day.test_windows]
    taken = [_taken(day, window.name) for window, day in tests]
    names = [window.name for window, _ in tests]
    asked = [day for life in lives for day in life.active]
    evening = fmean(t for t, name in zip(taken, names, strict=True) if name == "evening")
    daytime = fmean(t for t, name in zip(taken, names, strict=True) if name != "evening")
    per_day = [len({blow.window.name for blow in day.blows}) for day in asked if len(day.test_windows) == 4]
    heavy = [_taken(day, "evening") for day in asked if day.sessions]
    return [
        Figure("planned tests taken", "Lauckner, patients", "79 %", 0.74, 0.84, fmean(taken)),
        Figure(
            "evening tests / daytime tests taken",
            "Lauckner: daytime better",
            "below 1",
            0.80,
            0.97,
            evening / daytime,
        ),
        Figure("tests a day of 4 prompts", "SoberDiary", ">= 1.9", 1.9, 3.7, fmean(per_day)),
        Figure(
            "planned tests taken, healthy",
            "Skipper, social drinkers",
            "96 %",
            0.93,
            0.99,
            fmean(taken),
            must_fit=False,
        ),
        Figure(
            "check-ins answered",
            "daily survey over 278 d",
            "77.8 %",
            0.70,
            0.82,
            fmean(bool(day.check_ins) for day in asked),
        ),
        Figure(
            "days with any test or answer",
            "EMA, 4 a day",
            "95.0 %",
            0.92,
            0.99,
            fmean(bool(day.check_ins or day.blows) for day in asked),
        ),
        Figure(
            "still taking part after 6 months",
            "ASSALT; daily survey",
            "71 %; 77.7 %",
            0.65,
            0.80,
            fmean(life.profile.attendance.dropout_day > 182 for life in lives),
        ),
        Figure(
            "evening test taken on a drinking day", "concealment signature", "lower", 0.15, 0.60, fmean(heavy)
        ),
        Figure(
            "failed blows",
            "assumption",
            "1-2 %",
            0.008,
            0.025,
            fmean(blow.quality.value != "good" for day in asked for blow in day.blows),
        ),
    ]


def _reporting_figures(lives: list[_Life]) -> list[Figure]:
    sessions = sum(len(day.sessions) for life in lives for day in life.active)
    told = [
        (report.reported_at - report.ended_at).total_seconds() / 86400.0
        for life in lives
        for day in life.active
        for report in day.self_reports
    ]
    denied = [_contradicted(life.active[:28]) for life in lives]
    claims = [found for found in denied if found is not None]
    return [
        Figure("drinking days that are told", "assumption", "0.5-0.75", 0.45, 0.75, len(told) / sessions),
        Figure(
            "delay until told, median days", "assumption", "about 1", 0.4, 1.8, sorted(told)[len(told) // 2]
        ),
        Figure(
            "4 told-dry weeks contradicted by a test",
            "Hämäläinen 2020 (BrAC)",
            "34 %",
            0.25,
            0.45,
            fmean(claims) if claims else math.nan,
            must_fit=False,
        ),
    ]


def _contradicted(days: list[PersonDay]) -> bool | None:
    """Whether a breath test denies four weeks without a told drink; None when drinking was told."""
    if len(days) < 28 or any(day.self_reports for day in days):
        return None
    return any(blow.brac_mg_per_l >= POSITIVE_LIMIT_MG_PER_L for day in days for blow in day.blows)


def _episodes(days: list[PersonDay]) -> list[int]:
    lengths, running = [], 0
    for day in days:
        if day.sessions:
            running += 1
        elif running:
            lengths.append(running)
            running = 0
    return lengths


def _hazards(lives: list[_Life]) -> tuple[float, float]:
    """Onset hazard per dry day after at least 30 dry days, and within 10 days of the last drinking day."""
    late: list[bool] = []
    early: list[bool] = []
    for life in lives:
        dry: int | None = None
        for day in life.days:
            drank = bool(day.sessions)
            if dry is not None and dry >= 30:
                late.append(drank)
            elif dry is not None and 0 < dry <= 10:
                early.append(drank)
            dry = 0 if drank else None if dry is None else dry + 1
    return fmean(late), fmean(early)


def _kind_of(day: date) -> str:
    if is_payday(day):
        return "payday"
    return {4: "friday", 5: "saturday"}.get(day.weekday(), "plain")


def _taken(day: PersonDay, name: str) -> bool:
    return any(blow.window.name == name for blow in day.blows)


def _has_ok_test(day: PersonDay) -> bool:
    return any(blow.quality.value == "good" and blow.presented_mg_per_l < 0.05 for blow in day.blows)
