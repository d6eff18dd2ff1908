"""The client's plan: what is agreed, what is proposed and waits for their yes or no, the days ahead, pauses."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from backend.services.own_schedule import ComingTest
from backend.services.plan_views import DraftView, PauseView, PlanHistory, PlanView
from backend.services.views import Text
from dashboard import formats
from dashboard.contexts.own_around import Around
from dashboard.contexts.own_home import ComingDay, coming_days
from dashboard.contexts.page import Frame
from dashboard.language import N_, Language

_STATES: dict[str, str] = {
    "requested": N_("asked for; the clinic has not decided yet"),
    "granted": N_("agreed"),
    "refused": N_("not agreed"),
    "withdrawn": N_("taken back"),
}
SHOWN_PAUSES = 10


@dataclass(frozen=True, slots=True)
class PlanCard:
    """A plan, in force or proposed, in sentences."""

    plan_id: str
    says: tuple[str, ...]
    changes: tuple[str, ...]
    since: str
    reason: str
    agreed: str | None
    """When the client agreed; None while they have not said so here."""


@dataclass(frozen=True, slots=True)
class PauseLine:
    """One pause."""

    pause_id: str
    span: str
    reason: str
    state: str
    note: str
    can_end: bool
    is_asked: bool


@dataclass(frozen=True, slots=True)
class OwnPlan:
    """The whole page."""

    frame: Frame
    around: Around
    proposals: tuple[PlanCard, ...]
    current: PlanCard | None
    earlier: tuple[PlanCard, ...]
    coming: tuple[ComingDay, ...]
    pauses: tuple[PauseLine, ...]
    today: str
    """For the pause form's first day."""
    zone: str


def own_plan(
    history: PlanHistory,
    pauses: Sequence[PauseView],
    coming: Sequence[ComingTest],
    tz: str,
    frame: Frame,
    around: Around,
    now: datetime,
) -> OwnPlan:
    """The page of the signed-in client."""
    lang = frame.lang
    begun = [plan for plan in history.plans if plan.valid_from <= now]
    current = next((plan for plan in begun if plan.valid_to is None or plan.valid_to > now), None)
    return OwnPlan(
        frame=frame,
        around=around,
        proposals=tuple(_proposal(one, now, tz, lang) for one in history.drafts),
        current=_plan(current, now, tz, lang) if current else None,
        earlier=tuple(_plan(one, now, tz, lang) for one in history.plans if one is not current),
        coming=coming_days(coming, now, tz, lang),
        pauses=tuple(_pause(one, now, tz, lang) for one in _newest(pauses)),
        today=formats.local_day(now, tz).isoformat(),
        zone=tz,
    )


def _newest(pauses: Iterable[PauseView]) -> list[PauseView]:
    return sorted(pauses, key=lambda one: one.from_at, reverse=True)[:SHOWN_PAUSES]


def _said(texts: Iterable[Text], lang: Language) -> tuple[str, ...]:
    return tuple(one.sv if lang.code == "sv" else one.en for one in texts)


def _plan(one: PlanView, now: datetime, tz: str, lang: Language) -> PlanCard:
    return PlanCard(
        str(one.plan_id),
        _said(one.says, lang),
        _said(one.changes, lang),
        formats.near_in_words(one.valid_from, now, tz, lang),
        one.reason,
        formats.near(one.agreed_at, now, tz, lang) if one.agreed_at else None,
    )


def _proposal(one: DraftView, now: datetime, tz: str, lang: Language) -> PlanCard:
    since = (
        formats.near_in_words(one.valid_from, now, tz, lang)
        if one.valid_from and one.valid_from > now
        else ""
    )
    return PlanCard(
        str(one.plan_id),
        _said(one.says, lang),
        _said(one.changes, lang),
        since or lang.t("when you say yes"),
        one.reason,
        None,
    )


def _pause(one: PauseView, now: datetime, tz: str, lang: Language) -> PauseLine:
    return PauseLine(
        str(one.pause_id),
        f"{formats.moment(one.from_at, tz, lang)} {formats.DASH} {formats.moment(one.to_at, tz, lang)}",
        one.reason,
        lang.t(_STATES[one.state]),
        one.decision_note or "",
        one.to_at > now and one.state in {"requested", "granted"},
        one.state == "requested",
    )
