"""The alert card: why, since when, who has it, what was done, and what a person can do now."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from backend.services.views import AlertChange, AlertKind, AlertView, TrackRecord
from dashboard import formats, words
from dashboard.contexts.page import Moment, moment
from dashboard.contexts.risk import RiskCard, say
from dashboard.language import N_, Language

_TIERS = {
    1: N_("Needs a person now"),
    2: N_("Needs a person today"),
    3: N_("For today's round"),
    4: N_("For technical support"),
}


_SNOOZES = {2: (1, 3), 3: (1, 3, 7, 14), 4: (1, 7, 14)}
"""Choices of days by tier; what needs a person now cannot wait."""


_TESTS = N_("Worked out from breath tests against the limits of the plan; no model took part.")
_MISSED = N_(
    "Worked out from planned tests that were missed, against how many this client usually misses; no model took part."
)
_HEARD = N_("Worked out from when the equipment was last heard from; no model took part.")
_BASES: dict[AlertKind, str] = {
    "safety_answer": N_("Said by an answer in a questionnaire; no model took part."),
    "help_asked": N_("Said by the client with the help button; no model took part."),
    "confirmed_positive": _TESTS,
    "unconfirmed_positive": _TESTS,
    "identity_mismatch": N_(
        "Said by a person who looked at the picture; no model took part, and the test's value stands."
    ),
    "testing_stopped": _MISSED,
    "missed_tests": _MISSED,
    "worsening_risk": N_(
        "Worked out from tests, check-ins and silence by the risk model, or from the client's own course."
    ),
    "lost_contact": _HEARD,
    "equipment": _HEARD,
}


@dataclass(frozen=True, slots=True)
class Step:
    """One change in the alert's life."""

    at: Moment
    by: str
    what: str
    note: str | None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of evidence."""

    at: Moment
    text: str


@dataclass(frozen=True, slots=True)
class SnoozeChoice:
    """For how many days an alert may be put off, and until when that is."""

    days: int
    text: str


@dataclass(frozen=True, slots=True)
class AlertCard:
    """An alert as a person acts on it; `can_*` say which buttons stand there."""

    alert_id: str
    kind: str
    heading: str
    tier: str
    state: str
    """How the pill is drawn, see `drawn_as`."""
    state_word: str
    """State, and who has it: nobody has taken what is merely seen."""
    began: Moment
    """Since when what it is about has been going on."""
    opened: Moment
    put_off: str | None
    next_told: str | None
    record: str | None
    """How often such alerts were judged relevant."""
    basis: tuple[str, ...]
    """What it was worked out from, how sure that is, and by which version of the model."""
    evidence: tuple[Line, ...]
    steps: tuple[Step, ...]
    snooze_days: tuple[SnoozeChoice, ...]
    """Empty where it cannot be put off."""
    can_take_up: bool
    can_see: bool
    can_act: bool
    can_close: bool
    close_reason: str | None
    close_note: str | None


def alert_card(
    alert: AlertView,
    now: datetime,
    tz: str,
    lang: Language,
    record: TrackRecord | None = None,
    risk: RiskCard | None = None,
) -> AlertCard:
    """The card of one alert, newest evidence first. `record`: what people made of such alerts before.

    `risk`: the newest estimate, for an alert that rests on one.
    """
    is_open = alert.state != "closed"
    return AlertCard(
        alert_id=str(alert.alert_id),
        kind=alert.kind,
        heading=lang.t(words.ALERTS[alert.kind]),
        tier=lang.t(_TIERS[alert.tier]),
        state=drawn_as(alert),
        state_word=state_words(alert, now, tz, lang),
        began=_at(alert.began_at or alert.opened_at, now, tz, lang),
        opened=_at(alert.opened_at, now, tz, lang),
        put_off=_put_off(alert, now, tz, lang),
        next_told=_next_told(alert, now, tz, lang),
        record=None if record is None else _record(record, lang),
        basis=_basis(alert, risk, lang),
        evidence=tuple(
            Line(_at(e.at, now, tz, lang), say(e.text, lang))
            for e in sorted(alert.evidence, key=lambda e: e.at, reverse=True)
        ),
        steps=tuple(_step(change, now, tz, lang) for change in alert.changes),
        snooze_days=_snooze_days(alert, now, tz, lang),
        can_take_up=is_open and alert.snoozed_until is not None,
        can_see=alert.state == "new",
        can_act=alert.state in {"new", "seen"},
        can_close=is_open,
        close_reason=lang.t(words.CLOSE_REASONS[alert.close_reason]) if alert.close_reason else None,
        close_note=alert.close_note,
    )


def _basis(alert: AlertView, risk: RiskCard | None, lang: Language) -> tuple[str, ...]:
    said = [lang.t(_BASES[alert.kind])]
    if alert.kind == "worsening_risk" and risk is not None:
        said += [text for text in (risk.likeness, f"{risk.coverage}.") if text]
        said.append(lang.t("model {version}", version=risk.model_version).capitalize() + ".")
        said.append(lang.t("Such estimates are often wrong for one person on one day."))
    return tuple(said)


def drawn_as(alert: AlertView) -> str:
    """How the pill of an alert is drawn: its state, `snoozed`, or `waits` for new ones that need nobody today.

    The strong frame is kept for tiers 1 and 2: where everything is marked, nothing is.
    """
    if alert.snoozed_until is not None:
        return "snoozed"
    return "waits" if alert.state == "new" and alert.tier > 2 else alert.state


def state_words(alert: AlertView, now: datetime, tz: str, lang: Language) -> str:
    """The state and whose it is. Only somebody who took it is named as having it; what is new is nobody's."""
    if alert.snoozed_until is not None:
        return lang.t("Put off until {time}", time=formats.near(alert.snoozed_until, now, tz, lang))
    state = lang.t(words.ALERT_STATES[alert.state])
    if alert.state == "closed":
        return state
    if alert.owner is not None:
        return f"{state} · {alert.owner}"
    if alert.state == "new":
        return state
    if alert.state == "seen" and alert.seen_by is not None:
        state = lang.t("Seen by {name}", name=alert.seen_by)
    return f"{state} · {lang.t('nobody has taken it yet')}"


def snooze_until(days: int, now: datetime, tz: str) -> datetime:
    """Eight in the morning by the client's clock, so many days from now."""
    day = formats.local_day(now, tz) + timedelta(days=days)
    return datetime.combine(day, time(8), formats.zone(tz)).astimezone(UTC)


def _put_off(alert: AlertView, now: datetime, tz: str, lang: Language) -> str | None:
    if alert.snoozed_until is None:
        return None
    until = formats.near(alert.snoozed_until, now, tz, lang)
    who, why = alert.snoozed_by or "", alert.snooze_reason or ""
    return lang.t("Put off until {time} by {name}: {reason}", time=until, name=who, reason=why)


def _next_told(alert: AlertView, now: datetime, tz: str, lang: Language) -> str | None:
    if alert.next_told_at is None or alert.next_told_at <= now:
        return None
    when = formats.near(alert.next_told_at, now, tz, lang)
    return lang.t("If nobody answers, the next person is told {time}.", time=when)


def _record(record: TrackRecord, lang: Language) -> str:
    if record.n == 0:
        return lang.t("No such signal has been closed yet: nothing can be said of how often they are right.")
    if not record.is_enough:
        return lang.n(
            "Only {count} such signal was closed before: too few to say how often they are right.",
            "Only {count} such signals were closed before: too few to say how often they are right.",
            record.n,
        )
    return lang.t(
        "Of the last {n} such signals, {relevant} were judged relevant.", n=record.n, relevant=record.relevant
    )


def _snooze_days(alert: AlertView, now: datetime, tz: str, lang: Language) -> tuple[SnoozeChoice, ...]:
    if alert.state == "closed":
        return ()
    return tuple(
        SnoozeChoice(days, formats.near(snooze_until(days, now, tz), now, tz, lang))
        for days in _SNOOZES.get(alert.tier, ())
    )


def _step(change: AlertChange, now: datetime, tz: str, lang: Language) -> Step:
    at = _at(change.at, now, tz, lang)
    if change.new == "told":
        role = lang.t(words.ESCALATION[change.step or "owner"])
        names = ", ".join(change.names) or lang.t("nobody was there")
        return Step(at, lang.t("The system"), f"{lang.t(words.ALERT_STEPS['told'])}: {role}, {names}", None)
    what = lang.t("Raised") if change.old is None else lang.t(words.ALERT_STEPS[change.new])
    return Step(at, change.by or lang.t("The system"), what, change.note)


def _at(instant: datetime, now: datetime, tz: str, lang: Language) -> Moment:
    at = moment(instant, now, tz, lang)
    assert at is not None
    return at
