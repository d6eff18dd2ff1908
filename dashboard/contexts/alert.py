"""The alert card: why, since when, who has it, what was done, and what a person can do now."""

from dataclasses import dataclass
from datetime import datetime

from backend.services.views import AlertView
from dashboard import words
from dashboard.contexts.page import Moment, moment
from dashboard.contexts.risk import say
from dashboard.language import N_, Language

_TIERS = {
    1: N_("Needs a person now"),
    2: N_("Needs a person today"),
    3: N_("For today's round"),
    4: N_("For technical support"),
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
class AlertCard:
    """An alert as a person acts on it; `can_*` say which buttons stand there."""

    alert_id: str
    kind: str
    heading: str
    tier: str
    state: str
    state_word: str
    opened: Moment
    owner: str | None
    evidence: tuple[Line, ...]
    steps: tuple[Step, ...]
    can_see: bool
    can_act: bool
    can_close: bool
    close_reason: str | None
    close_note: str | None


def alert_card(alert: AlertView, now: datetime, tz: str, lang: Language) -> AlertCard:
    """The card of one alert, newest evidence first."""
    return AlertCard(
        alert_id=str(alert.alert_id),
        kind=alert.kind,
        heading=lang.t(words.ALERTS[alert.kind]),
        tier=lang.t(_TIERS[alert.tier]),
        state=alert.state,
        state_word=lang.t(words.ALERT_STATES[alert.state]),
        opened=_at(alert.opened_at, now, tz, lang),
        owner=alert.owner,
        evidence=tuple(
            Line(_at(e.at, now, tz, lang), say(e.text, lang))
            for e in sorted(alert.evidence, key=lambda e: e.at, reverse=True)
        ),
        steps=tuple(
            Step(
                _at(c.at, now, tz, lang),
                c.by or lang.t("The system"),
                lang.t("Raised") if c.old is None else lang.t(words.ALERT_STATES[c.new]),
                c.note,
            )
            for c in alert.changes
        ),
        can_see=alert.state == "new",
        can_act=alert.state in {"new", "seen"},
        can_close=alert.state != "closed",
        close_reason=lang.t(words.CLOSE_REASONS[alert.close_reason]) if alert.close_reason else None,
        close_note=alert.close_note,
    )


def _at(instant: datetime, now: datetime, tz: str, lang: Language) -> Moment:
    at = moment(instant, now, tz, lang)
    assert at is not None
    return at
