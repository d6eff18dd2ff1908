"""A client's plan: what holds, the two weeks ahead, pauses, excuses, and every change with who and why."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from backend.services.plan_page import PlanPageView
from backend.services.plan_views import DraftView, ExcuseView, PauseView, PlanView
from backend.services.views import Text
from dashboard import formats, words
from dashboard.contexts.client import Choice
from dashboard.contexts.page import Frame
from dashboard.contexts.risk import say
from dashboard.language import N_, Language
from dashboard.week import Week, week

PAUSE_STATES = {
    "requested": N_("Asked for"),
    "granted": N_("Agreed"),
    "refused": N_("Refused"),
    "withdrawn": N_("Taken back"),
}
ORDER_MINUTES = (30, 60, 120)
ZONES = (
    "Europe/Stockholm", "Europe/Helsinki", "Europe/London", "Europe/Madrid", "Europe/Athens", "Europe/Istanbul",
    "Asia/Baghdad", "Asia/Tehran", "Asia/Bangkok", "Africa/Mogadishu", "America/New_York", "Atlantic/Canary",
)  # fmt: skip
"""Offered in the list of zones; any other IANA name can be typed (assumption: where people of Swedish clinics go)."""


@dataclass(frozen=True, slots=True)
class Change:
    """One plan of the history, or a proposal."""

    plan_id: str
    span: str
    who: str
    reason: str
    agreed: str | None
    lines: tuple[str, ...]
    """What it changed; for the first plan, what it holds."""
    whole: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PauseRow:
    """A pause."""

    pause_id: str
    span: str
    state: str
    state_word: str
    reason: str
    asked: str
    decided: str | None
    can_end: bool


@dataclass(frozen=True, slots=True)
class ExcuseRow:
    """An excused window."""

    excuse_id: str
    window: str
    reason: str
    who: str
    withdrawn: str | None


@dataclass(frozen=True, slots=True)
class PlanPage:
    """The whole page."""

    frame: Frame
    client_id: str
    alias: str
    zone: str
    since: str | None
    agreed: str | None
    says: tuple[str, ...]
    limits: tuple[str, ...]
    week: Week | None
    coming: Change | None
    proposals: tuple[Change, ...]
    history: tuple[Change, ...]
    pauses: tuple[PauseRow, ...]
    excuses: tuple[ExcuseRow, ...]
    windows: tuple[Choice, ...]
    """Windows that can be excused: those ahead, then those of the last days."""
    minutes: tuple[Choice, ...]
    zones: tuple[str, ...]
    now_local: str
    pause_from: str
    pause_to: str


def plan_page(view: PlanPageView, frame: Frame, now: datetime) -> PlanPage:
    """The page as staff see it."""
    lang, tz = frame.lang, view.tz
    today = formats.local_day(now, tz)
    return PlanPage(
        frame=frame,
        client_id=str(view.client_id),
        alias=view.alias,
        zone=tz,
        since=None if view.current is None else formats.moment(view.current.valid_from, tz, lang),
        agreed=None if view.current is None else _agreed(view.current, tz, lang),
        says=_said(view.says, lang),
        limits=_said(view.limits, lang),
        week=None if view.ahead is None else week(view.ahead, lang),
        coming=None if view.coming is None else _change(view.coming, tz, lang),
        proposals=tuple(_proposal(one, tz, lang) for one in view.history.drafts),
        history=tuple(_change(one, tz, lang) for one in view.history.plans),
        pauses=tuple(_pause(one, tz, now, lang) for one in reversed(view.pauses)),
        excuses=tuple(_excuse(one, tz, lang) for one in reversed(view.excuses)),
        windows=_windows(view, now, lang),
        minutes=tuple(
            Choice(str(minutes), lang.n("{count} min", "{count} min", minutes), minutes == 60)
            for minutes in ORDER_MINUTES
        ),
        zones=ZONES,
        now_local=formats.wall(now, tz)[:16],
        pause_from=f"{today + timedelta(days=1)}T00:00",
        pause_to=f"{today + timedelta(days=8)}T00:00",
    )


def _said(texts: tuple[Text, ...], lang: Language) -> tuple[str, ...]:
    return tuple(say(one, lang) for one in texts)


def _agreed(plan: PlanView, tz: str, lang: Language) -> str | None:
    if plan.agreed_at is None:
        return None
    return lang.t("The client agreed {time}", time=formats.moment(plan.agreed_at, tz, lang))


def _change(plan: PlanView, tz: str, lang: Language) -> Change:
    start = formats.moment(plan.valid_from, tz, lang)
    end = "" if plan.valid_to is None else formats.moment(plan.valid_to, tz, lang)
    span = lang.t("{start} to {end}", start=start, end=end) if end else lang.t("from {start}", start=start)
    who = lang.t(
        "{name}, {time}",
        name=plan.made_by or lang.t("The system"),
        time=formats.moment(plan.made_at, tz, lang),
    )
    agreed = _agreed(plan, tz, lang)
    lines = _said(plan.changes, lang) or (lang.t("No change in what is planned"),)
    return Change(str(plan.plan_id), span, who, plan.reason, agreed, lines, _said(plan.says, lang))


def _proposal(draft: DraftView, tz: str, lang: Language) -> Change:
    start = None if draft.valid_from is None else formats.moment(draft.valid_from, tz, lang)
    span = lang.t("from {start}", start=start) if start else lang.t("from when the client agrees")
    who = lang.t(
        "{name}, {time}",
        name=draft.proposed_by or lang.t("The system"),
        time=formats.moment(draft.proposed_at, tz, lang),
    )
    lines = _said(draft.changes, lang) or (lang.t("No change in what is planned"),)
    return Change(str(draft.plan_id), span, who, draft.reason, None, lines, _said(draft.says, lang))


def _pause(pause: PauseView, tz: str, now: datetime, lang: Language) -> PauseRow:
    asked = lang.t(
        "{name}, {time}",
        name=pause.requested_by or lang.t("The system"),
        time=formats.moment(pause.requested_at, tz, lang),
    )
    decided = None
    if pause.decided_at is not None and pause.decided_by is not None:
        decided = lang.t(
            "{name}, {time}", name=pause.decided_by, time=formats.moment(pause.decided_at, tz, lang)
        )
        decided += f": {pause.decision_note}" if pause.decision_note else ""
    start, end = formats.moment(pause.from_at, tz, lang), formats.moment(pause.to_at, tz, lang)
    return PauseRow(
        pause_id=str(pause.pause_id),
        span=lang.t("{start} to {end}", start=start, end=end),
        state=pause.state,
        state_word=lang.t(PAUSE_STATES[pause.state]),
        reason=pause.reason,
        asked=asked,
        decided=decided,
        can_end=pause.state == "granted" and pause.to_at > now,
    )


def _excuse(excuse: ExcuseView, tz: str, lang: Language) -> ExcuseRow:
    kind = lang.t(words.WINDOWS[excuse.kind])
    return ExcuseRow(
        excuse_id=str(excuse.excuse_id),
        window=f"{kind} {formats.moment(excuse.opens_at, tz, lang)}",
        reason=excuse.reason,
        who=lang.t(
            "{name}, {time}",
            name=excuse.granted_by or lang.t("The system"),
            time=formats.moment(excuse.granted_at, tz, lang),
        ),
        withdrawn=None if excuse.withdrawn_at is None else formats.moment(excuse.withdrawn_at, tz, lang),
    )


def _windows(view: PlanPageView, now: datetime, lang: Language) -> tuple[Choice, ...]:
    ahead = [
        (window.kind, window.opens_at)
        for day in (view.ahead.days if view.ahead else ())
        for window in day.windows
        if window.closes_at > now
    ]
    taken = {(one.kind, one.opens_at) for one in view.excuses if one.withdrawn_at is None}
    coming = [
        Choice(
            f"{kind}@{formats.machine(opens_at)}",
            f"{formats.near(opens_at, now, view.tz, lang)} {lang.t(words.WINDOWS[kind]).lower()}",
            False,
        )
        for kind, opens_at in ahead
        if (kind, opens_at) not in taken
    ]
    past = [
        Choice(
            str(one.window_id),
            f"{formats.near(one.opens_at, now, view.tz, lang)} {lang.t(words.WINDOWS[one.kind]).lower()} "
            f"({lang.t(words.ATTENDANCE[one.attendance]).lower()})",
            False,
        )
        for one in view.unmet
    ]
    return (*coming, *past)
