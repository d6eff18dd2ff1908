"""A plan proposed from an application. A pure function: the robot computes, a person decides.

Every window and every remark names the rule that led to it, with the answer it rests on. The rules are proposals of
this project (assumption) unless a source stands beside them; a case worker approves, changes or rejects what comes out.
"""

from dataclasses import dataclass
from datetime import time
from typing import Any, Literal

from backend.domain.application import Application
from backend.domain.instruments import AuditScore
from backend.domain.wording import Sentence

VERSION = "plan-proposal-1"
"""Kept beside every decision, so that it can be told later which rules were in force."""
Rule = Literal[
    "morning_and_evening",
    "third_test",
    "risk_days",
    "waking_hours",
    "night_work",
    "daily_questions",
    "cannot_blow",
    "below_limit",
    "withdrawal",
    "lend_equipment",
    "goal_less",
    "only_audit_c",
]
EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)
WAKES, SLEEPS = time(7), time(22)
NIGHT_WAKES, NIGHT_SLEEPS = time(15), time(7)
WINDOW_MIN = 120
_DAY_MIN = 24 * 60
_DAYS_SV = ("måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag")
_DAYS_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class Line:
    """One rule that applied: what it led to and which answer it rests on, in words."""

    rule: Rule
    text: Sentence


@dataclass(frozen=True, slots=True)
class ProposedWindow:
    """A recurring window with the rule that led to it; wall clock in the client's zone."""

    kind: Literal["breath_test", "check_in"]
    weekdays: tuple[int, ...]
    opens: time
    closes: time
    rule: Rule

    def stored(self) -> dict[str, Any]:
        """As a plan writes it."""
        return {
            "kind": self.kind,
            "weekdays": list(self.weekdays),
            "opens": self.opens.strftime("%H:%M"),
            "closes": self.closes.strftime("%H:%M"),
        }


@dataclass(frozen=True, slots=True)
class Proposal:
    """Windows to agree on with the person, why, and what a human should look at first."""

    windows: tuple[ProposedWindow, ...]
    reasons: tuple[Line, ...]
    remarks: tuple[Line, ...]
    """For a person to judge; nothing in the plan follows from these."""
    version: str = VERSION


def propose(application: Application, score: AuditScore) -> Proposal:
    """A plan for a complete application, or no windows at all where the score is below its limit."""
    remarks = _remarks(application, score)
    if score.zone == "low":
        return Proposal((), (_below_limit(score),), remarks)
    wakes, sleeps, hours = _waking_hours(application)
    reasons = [hours] if hours else []
    windows: list[ProposedWindow] = []
    if application.can_blow:
        more, lines = _breath_tests(application, score, wakes, sleeps)
        windows += more
        reasons += lines
    else:
        reasons.append(
            Line(
                "cannot_blow",
                Sentence(
                    "Inga utandningstest: personen kan inte blåsa i fem sekunder. Frågor varje dag i stället",
                    "No breath tests: the person cannot blow for five seconds. Questions every day instead",
                ),
            )
        )
    evening = _later(sleeps, -2 * WINDOW_MIN)
    windows.append(ProposedWindow("check_in", EVERY_DAY, evening, sleeps, "daily_questions"))
    reasons.append(
        Line(
            "daily_questions",
            Sentence(
                f"Frågor om dagen varje kväll {_span(evening, sleeps)}: de fångar sug och sömn som testet inte ser",
                f"Questions about the day each evening {_span(evening, sleeps)}: they catch craving and sleep, which a "
                "breath test does not",
            ),
        )
    )
    return Proposal(tuple(windows), tuple(reasons), remarks)


def _breath_tests(
    application: Application, score: AuditScore, wakes: time, sleeps: time
) -> tuple[list[ProposedWindow], list[Line]]:
    morning, evening = _later(wakes, WINDOW_MIN), _later(sleeps, -WINDOW_MIN)
    windows = [
        ProposedWindow("breath_test", EVERY_DAY, wakes, morning, "morning_and_evening"),
        ProposedWindow("breath_test", EVERY_DAY, evening, sleeps, "morning_and_evening"),
    ]
    # An evening's drinking can be gone by morning: with 0.17 permille an hour, 1.7 at 22:30 is 0.0 at 08:30
    # (computed, domain reference 8.1). Hence a test before sleep and one at waking.
    reasons = [
        Line(
            "morning_and_evening",
            Sentence(
                f"Test morgon {_span(wakes, morning)} och kväll {_span(evening, sleeps)}: det som dricks sent kan vara "
                "borta till morgonen, så båda behövs",
                f"Tests in the morning {_span(wakes, morning)} and the evening {_span(evening, sleeps)}: what is drunk "
                "late can be gone by morning, so both are needed",
            ),
        )
    ]
    opens, closes = _middle(wakes, sleeps)
    if score.zone in {"harmful", "dependence"}:
        windows.insert(1, ProposedWindow("breath_test", EVERY_DAY, opens, closes, "third_test"))
        reasons.append(
            Line(
                "third_test",
                Sentence(
                    f"Ett tredje test mitt på dagen {_span(opens, closes)}: AUDIT {score.audit} tyder på mer än "
                    "riskbruk, och tre test om dagen är vanligt i sådan vård",
                    f"A third test around midday {_span(opens, closes)}: AUDIT {score.audit} points to more than risky "
                    "use, and three tests a day are usual in such care",
                ),
            )
        )
    elif application.risk_days:
        windows.insert(1, ProposedWindow("breath_test", application.risk_days, opens, closes, "risk_days"))
        sv = ", ".join(_DAYS_SV[day - 1] for day in application.risk_days)
        en = ", ".join(_DAYS_EN[day - 1] for day in application.risk_days)
        reasons.append(
            Line(
                "risk_days",
                Sentence(
                    f"Ett extra test {_span(opens, closes)} på {sv}: personen säger själv att risken är störst då",
                    f"One more test {_span(opens, closes)} on {en}: the person says that the risk is highest then",
                ),
            )
        )
    return windows, reasons


def _waking_hours(application: Application) -> tuple[time, time, Line | None]:
    nights = application.work == "night"
    wakes = application.wakes_at or (NIGHT_WAKES if nights else WAKES)
    sleeps = application.sleeps_at or (NIGHT_SLEEPS if nights else SLEEPS)
    if _minutes_between(wakes, sleeps) < 4 * WINDOW_MIN:
        # Such hours cannot hold the windows; the usual day stands in, and it is said.
        text = Sentence(
            f"De angivna tiderna {_span(wakes, sleeps)} rymmer inte testen, så vanliga tider används: fråga personen",
            f"The given hours {_span(wakes, sleeps)} do not hold the tests, so usual ones stand in: ask the person",
        )
        return WAKES, SLEEPS, Line("waking_hours", text)
    if nights:
        text = Sentence(
            f"Tiderna följer nattarbetet, vaken {_span(wakes, sleeps)}",
            f"The times follow the night work, awake {_span(wakes, sleeps)}",
        )
        return wakes, sleeps, Line("night_work", text)
    if application.wakes_at or application.sleeps_at:
        text = Sentence(
            f"Tiderna följer personens dygn, vaken {_span(wakes, sleeps)}",
            f"The times follow the person's day, awake {_span(wakes, sleeps)}",
        )
        return wakes, sleeps, Line("waking_hours", text)
    return wakes, sleeps, None


def _below_limit(score: AuditScore) -> Line:
    name, value = ("AUDIT", score.audit) if score.audit is not None else ("AUDIT-C", score.audit_c)
    text = Sentence(
        f"Inga test föreslås: {name} {value} ligger under gränsen {score.limit}. Ett samtal kan räcka",
        f"No tests are proposed: {name} {value} lies below the limit of {score.limit}. A talk may be enough",
    )
    return Line("below_limit", text)


def _remarks(application: Application, score: AuditScore) -> tuple[Line, ...]:
    found: list[Line] = []
    if score.zone == "dependence":
        found.append(
            Line(
                "withdrawal",
                Sentence(
                    "Bedöm risken för abstinensbesvär innan personen slutar dricka",
                    "Judge the risk of withdrawal symptoms before the person stops drinking",
                ),
            )
        )
    if score.audit is None:
        found.append(
            Line(
                "only_audit_c",
                Sentence(
                    "Bara AUDIT-C är besvarat: det skiljer inte riskbruk från beroende",
                    "Only AUDIT-C was answered: it does not tell risky use from dependence",
                ),
            )
        )
    if application.goal == "less":
        found.append(
            Line(
                "goal_less",
                Sentence(
                    "Personen vill dricka mindre, inte sluta: kom överens om vad ett test med alkohol ska leda till",
                    "The person wants to drink less, not to stop: agree on what a test with alcohol shall lead to",
                ),
            )
        )
    if application.has_phone is False:
        found.append(
            Line(
                "lend_equipment",
                Sentence("Personen behöver låna telefon", "The person needs to borrow a telephone"),
            )
        )
    return tuple(found)


def _later(clock: time, minutes: int) -> time:
    total = (clock.hour * 60 + clock.minute + minutes) % _DAY_MIN
    return time(total // 60, total % 60)


def _minutes_between(start: time, end: time) -> int:
    return ((end.hour - start.hour) * 60 + end.minute - start.minute) % _DAY_MIN


def _middle(wakes: time, sleeps: time) -> tuple[time, time]:
    """A window around the middle of the waking hours, on a quarter of an hour."""
    middle = _minutes_between(wakes, sleeps) // 2 // 15 * 15
    return _later(wakes, middle - WINDOW_MIN // 2), _later(wakes, middle + WINDOW_MIN // 2)


def _span(opens: time, closes: time) -> str:
    return f"{opens:%H:%M}–{closes:%H:%M}"
