"""Contexts of the pages about access: an emergency, its review, checks of the log, and the routine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from backend.services.emergencies import EmergencyReason, EmergencyView, Outcome
from backend.services.log_checks import CheckOutcome, DrawnEntry, LogCheck, Why
from dashboard import words
from dashboard.contexts.own import action_words
from dashboard.contexts.page import Frame, Moment, moment
from dashboard.contexts.staff_time import month_words
from dashboard.language import N_, Language

ZONE = "Europe/Stockholm"
REASONS: dict[EmergencyReason, str] = {
    "acute_risk": N_("Somebody's life or health is at risk"),
    "colleague_away": N_("Whoever has the client cannot be reached"),
    "client_asked": N_("The client asked me to"),
    "other": N_("Something else"),
}
OUTCOMES: dict[Outcome, str] = {
    "justified": N_("It was justified"),
    "not_justified": N_("It was not justified"),
}
CHECK_OUTCOMES: dict[CheckOutcome, str] = {
    "nothing_found": N_("Nothing to remark on"),
    "followed_up": N_("Something was followed up"),
}
WHYS: dict[Why, str] = {
    "emergency": N_("In an emergency"),
    "at_night": N_("At night"),
    "many_clients": N_("Many clients the same day"),
    "random": N_("By chance"),
}


@dataclass(frozen=True, slots=True)
class EmergencyPage:
    """The form that opens a client in an emergency; `problem` says why it did not."""

    frame: Frame
    reasons: tuple[tuple[str, str], ...]
    alias: str
    reason: str
    words: str
    problem: str | None


@dataclass(frozen=True, slots=True)
class Reviewed:
    """An emergency for the manager."""

    emergency_id: str
    alias: str
    by: str
    reason: str
    words: str
    past_block: bool
    at: Moment | None
    minutes: int
    actions: tuple[str, ...]
    verdict: str | None
    verdict_words: str | None


@dataclass(frozen=True, slots=True)
class CheckRow:
    """A check in the list."""

    check_id: str
    month: str
    drawn: Moment | None
    by: str
    entries: int
    sample: int
    verdict: str | None
    words: str | None


@dataclass(frozen=True, slots=True)
class AccessPage:
    """What a unit's manager answers for: emergencies to review, and checks of the log."""

    frame: Frame
    waiting: tuple[Reviewed, ...]
    reviewed: tuple[Reviewed, ...]
    outcomes: tuple[tuple[str, str], ...]
    checks: tuple[CheckRow, ...]
    months: tuple[tuple[str, str], ...]
    """Months a sample can be drawn of: value and words."""


@dataclass(frozen=True, slots=True)
class DrawnRow:
    """One entry of a sample."""

    at: Moment | None
    who: str
    alias: str
    what: str
    why: str
    is_question: bool


@dataclass(frozen=True, slots=True)
class CheckPage:
    """One check with its sample, and the form that finishes it."""

    frame: Frame
    check: CheckRow
    rows: tuple[DrawnRow, ...]
    outcomes: tuple[tuple[str, str], ...]
    is_open: bool


@dataclass(frozen=True, slots=True)
class RoutinePage:
    """The routine for checks of the log."""

    frame: Frame
    is_read: bool


def emergency_page(
    frame: Frame, alias: str = "", reason: str = "", said: str = "", problem: str | None = None
) -> EmergencyPage:
    """The form, with what was written before."""
    return EmergencyPage(frame, _choices(REASONS, frame.lang), alias, reason, said, problem)


def access_page(
    emergencies: Sequence[EmergencyView], checks: Sequence[LogCheck], frame: Frame, now: datetime
) -> AccessPage:
    """Emergencies to review first; then those reviewed, and the checks."""
    lang = frame.lang
    shown = [(one, _reviewed(one, now, lang)) for one in emergencies]
    return AccessPage(
        frame,
        tuple(view for one, view in shown if one.reviewed_at is None),
        tuple(view for one, view in shown if one.reviewed_at is not None),
        _choices(OUTCOMES, lang),
        tuple(_check_row(one, now, lang) for one in checks),
        tuple((day.isoformat(), month_words(day.year, day.month, lang)) for day in _last_months(now)),
    )


def check_page(check: LogCheck, drawn: Sequence[DrawnEntry], frame: Frame, now: datetime) -> CheckPage:
    """A check, what is worth a question first."""
    lang = frame.lang
    rows = tuple(
        DrawnRow(
            moment(one.at, now, ZONE, lang),
            f"{one.by} ({lang.t(words.ROLES.get(one.role, one.role))}{', ' + one.unit if one.unit else ''})",
            one.alias,
            action_words(one.action, lang),
            lang.t(WHYS[one.why]),
            one.why != "random",
        )
        for one in drawn
    )
    return CheckPage(
        frame, _check_row(check, now, lang), rows, _choices(CHECK_OUTCOMES, lang), check.done_at is None
    )


def _reviewed(one: EmergencyView, now: datetime, lang: Language) -> Reviewed:
    verdict = None
    if one.outcome is not None:
        verdict = lang.t(
            "{outcome}, said {who}", outcome=lang.t(OUTCOMES[one.outcome]), who=one.reviewed_by or ""
        )
    return Reviewed(
        str(one.emergency_id),
        one.alias,
        f"{one.by}, {one.by_unit}" if one.by_unit else one.by,
        lang.t(REASONS[one.reason]),
        one.words,
        one.past_block,
        moment(one.from_at, now, ZONE, lang),
        round((one.ends_at - one.from_at) / timedelta(minutes=1)),
        tuple(f"{action_words(name, lang)} ({times})" for name, times in one.actions),
        verdict,
        one.review_words,
    )


def _check_row(one: LogCheck, now: datetime, lang: Language) -> CheckRow:
    verdict = None
    if one.outcome is not None:
        verdict = lang.t(
            "{outcome}, said {who}", outcome=lang.t(CHECK_OUTCOMES[one.outcome]), who=one.done_by or ""
        )
    return CheckRow(
        str(one.check_id),
        month_words(one.month.year, one.month.month, lang),
        moment(one.drawn_at, now, ZONE, lang),
        one.drawn_by,
        one.entries,
        one.drawn,
        verdict,
        one.words,
    )


def _choices(texts: Mapping[Any, str], lang: Language) -> tuple[tuple[str, str], ...]:
    return tuple((str(value), lang.t(text)) for value, text in texts.items())


def _last_months(now: datetime) -> list[date]:
    this = now.date().replace(day=1)
    months = [this]
    for _ in range(5):
        months.append((months[-1] - timedelta(days=1)).replace(day=1))
    return months
