"""The page that says why an alert rang."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backend.services.alert_reasons import CauseView, FactView, TellingView, WhyView
from dashboard import formats
from dashboard.contexts.alert import AlertCard, Step, alert_card
from dashboard.contexts.page import Frame, Moment, moment
from dashboard.contexts.risk import say
from dashboard.language import N_, Language

_NOTICES: dict[str, str] = {
    "planned": N_("waits to be sent"),
    "told": N_("told"),
    "unreachable": N_("could not be reached"),
    "cancelled": N_("not needed any more"),
}
_DELIVERIES: dict[str, str] = {
    "sending": N_("is being sent"),
    "sent": N_("sent"),
    "failed": N_("failed, is tried again"),
    "given_up": N_("given up"),
    "cancelled": N_("not needed any more"),
}
_CHANNELS: dict[str, str] = {
    "page": N_("on the page"),
    "email": N_("e-mail"),
    "sms": N_("text message"),
    "webhook": N_("to the unit's own system"),
}


@dataclass(frozen=True, slots=True)
class FactLine:
    """An input or a limit."""

    name: str
    value: str
    at: Moment | None


@dataclass(frozen=True, slots=True)
class CauseCard:
    """One reason, taken apart."""

    at: Moment
    text: str
    rule: str
    inputs: tuple[FactLine, ...]
    limits: tuple[FactLine, ...]
    otherwise: tuple[str, ...]
    reasons: tuple[str, ...]
    """The model's own, for and against."""
    model: str | None
    model_href: str | None


@dataclass(frozen=True, slots=True)
class TellingLine:
    """One message to one person, or that there was none."""

    due: Moment
    name: str
    how: str
    done: Moment | None
    opened: Moment | None


@dataclass(frozen=True, slots=True)
class WhyPage:
    """The whole page."""

    frame: Frame
    client_id: str
    alias: str
    card: AlertCard
    causes: tuple[CauseCard, ...]
    steps: tuple[Step, ...]
    tellings: tuple[TellingLine, ...]
    record: str
    opened: str
    is_practice: bool = False
    """Whether this is about the made-up client that staff learn on."""


def why_page(found: WhyView, frame: Frame, now: datetime, *, is_practice: bool = False) -> WhyPage:
    """The page in the frame's language, times on the client's clock."""
    lang, tz = frame.lang, found.tz
    card = alert_card(found.alert, now, tz, lang, found.record)
    return WhyPage(
        frame=frame,
        client_id=str(found.alert.client_id),
        alias=found.alert.client_alias,
        card=card,
        causes=tuple(_cause(one, now, tz, lang) for one in found.causes),
        steps=card.steps,
        tellings=tuple(_telling(one, now, tz, lang) for one in found.tellings),
        record=card.record or "",
        opened=formats.moment(found.alert.opened_at, tz, lang),
        is_practice=is_practice,
    )


def _cause(one: CauseView, now: datetime, tz: str, lang: Language) -> CauseCard:
    at = moment(one.at, now, tz, lang)
    assert at is not None
    score = one.score
    return CauseCard(
        at=at,
        text=say(one.text, lang),
        rule=say(one.rule, lang),
        inputs=tuple(_fact(fact, now, tz, lang) for fact in one.inputs),
        limits=tuple(_fact(fact, now, tz, lang) for fact in one.limits),
        otherwise=tuple(say(text, lang) for text in one.otherwise),
        reasons=()
        if score is None
        else tuple(
            f"{lang.t('Speaks for a talk') if r.raises else lang.t('Speaks against')}: {say(r.text, lang)}"
            for r in score.reasons
        ),
        model=None if score is None else score.model_version,
        model_href=None if score is None else card_href(score.model_version),
    )


def card_href(version: str) -> str:
    """Where the card of that model stands: one that a unit trained has an address of its own."""
    try:
        return f"/models/{UUID(version)}/card"
    except ValueError:
        return "/models/card"


def _fact(fact: FactView, now: datetime, tz: str, lang: Language) -> FactLine:
    return FactLine(say(fact.name, lang), say(fact.value, lang), moment(fact.at, now, tz, lang))


def _telling(one: TellingView, now: datetime, tz: str, lang: Language) -> TellingLine:
    due = moment(one.due_at, now, tz, lang)
    assert due is not None
    how = lang.t(_NOTICES[one.notice_state])
    if one.channel is not None and one.state is not None:
        how = f"{lang.t(_CHANNELS[one.channel])}: {lang.t(_DELIVERIES[one.state])}"
        if one.attempts > 1:
            how += ", " + lang.n("{count} attempt", "{count} attempts", one.attempts)
    return TellingLine(
        due, one.name, how, moment(one.finished_at, now, tz, lang), moment(one.opened_at, now, tz, lang)
    )
