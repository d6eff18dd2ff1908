"""The manager's settings: what is in force and why, the form of each, what a change would mean, and its history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from backend.domain.instruments import CutOffs
from backend.domain.questionnaires import SAFETY_TEXT
from backend.services.casework_views import SettingChange, UnitSettings
from backend.services.unit_policy import (
    BudgetPreview,
    BudgetWish,
    HoursPreview,
    HoursWish,
    LimitPreview,
    UnitPolicy,
)
from dashboard import formats
from dashboard.contexts.page import Frame
from dashboard.instruments import NAMES
from dashboard.language import N_, Language
from dashboard.week import WEEKDAYS

_BABOR = N_("WHO, AUDIT guidelines (published)")
_FHM = N_("Folkhälsomyndigheten (published); the test's own authors use one less")
LIMITS: dict[str, tuple[str, str]] = {
    "audit_woman": (N_("AUDIT, women: risky use from"), N_("Published; in use in Sweden")),
    "audit_man": (N_("AUDIT, men: risky use from"), N_("Published; in use in Sweden")),
    "audit_from_65": (N_("AUDIT, from 65 years: risky use from"), N_("Published")),
    "audit_harmful": (N_("AUDIT: harmful use from"), _BABOR),
    "audit_dependence": (N_("AUDIT: probable dependence from"), _BABOR),
    "audit_c_woman": (N_("AUDIT-C, women"), _FHM),
    "audit_c_man": (N_("AUDIT-C, men"), _FHM),
    "phq9": ("PHQ-9", "Kroenke, Spitzer, Williams 2001"),
    "gad7": ("GAD-7", "Spitzer, Kroenke, Williams, Löwe 2006"),
}
"""Each limit with its words and where the default comes from."""
_NAMES = {
    "hours": ("working_hours", "reply_within_hours", "alert_policy"),
    "cut-offs": ("cut_offs",),
    "safety-text": ("safety_text",),
    "budget": ("alert_policy",),
}
_THRESHOLDS = {"risk": N_("Estimated risk"), "trend": N_("The client's own course")}


@dataclass(frozen=True, slots=True)
class SettingLine:
    """One setting in force. `source`: whose decision it is."""

    href: str
    name: str
    values: tuple[str, ...]
    source: str
    is_default: bool


@dataclass(frozen=True, slots=True)
class SettingsPage:
    """Everything that is in force."""

    frame: Frame
    unit: str
    lines: tuple[SettingLine, ...]


@dataclass(frozen=True, slots=True)
class DayField:
    """Hours of one weekday in the form."""

    day: int
    name: str
    opens: str
    closes: str


@dataclass(frozen=True, slots=True)
class DayLine:
    """A day to come."""

    day: str
    hours: str
    why: str
    is_closed: bool


@dataclass(frozen=True, slots=True)
class HoursPage:
    """The form of the hours. `is_preview`: what stands there has not been saved."""

    frame: Frame
    days: tuple[DayField, ...]
    timezone: str
    half_day_closes: str
    closed: str
    reply_within_hours: int
    is_split: bool
    coming: tuple[DayLine, ...]
    told: str
    answered: str
    is_preview: bool
    problem: str | None
    history: tuple[str, ...]
    typed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LimitField:
    """One limit in the form."""

    name: str
    text: str
    value: int
    default: int
    source: str


@dataclass(frozen=True, slots=True)
class LimitsPage:
    """The form of the limits."""

    frame: Frame
    limits: tuple[LimitField, ...]
    effects: tuple[str, ...]
    is_preview: bool
    problem: str | None
    history: tuple[str, ...]
    typed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TextPage:
    """The form of the safety text. `reads`: how it stands where staff read it."""

    frame: Frame
    text: str
    default: str
    reads: str
    is_preview: bool
    problem: str | None
    history: tuple[str, ...]
    typed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BudgetPage:
    """The form of the budget."""

    frame: Frame
    budget: str
    now_wait_min: int
    same_day_wait_min: int
    effects: tuple[str, ...]
    is_preview: bool
    problem: str | None
    history: tuple[str, ...]
    typed: Mapping[str, str] = field(default_factory=dict)


def settings_page(found: UnitSettings, policy: UnitPolicy, frame: Frame, now: datetime) -> SettingsPage:
    """The overview."""
    lang = frame.lang
    limits = found.cut_offs
    signals = policy.policy
    values: dict[str, tuple[str, tuple[str, ...]]] = {
        "hours": (lang.t("Working hours and days off"), _hours_words(policy.hours, lang)),
        "cut-offs": (
            lang.t("Limits of questionnaires"),
            (
                "AUDIT {audit_woman}/{audit_man}, {audit_harmful}, {audit_dependence}".format(**limits),
                f"AUDIT-C {limits['audit_c_woman']}/{limits['audit_c_man']}",
                f"PHQ-9 {limits['phq9']}, GAD-7 {limits['gad7']}",
            ),
        ),
        "safety-text": (
            lang.t("When an answer asks for safety"),
            (found.safety_text or _default_text(lang),),
        ),
        "budget": (
            lang.t("How many signals"),
            (
                lang.t(
                    "{count} predictive signals per clinician and week",
                    count=formats.decimal(signals.budget_per_week, lang, 1),
                ),
                lang.t(
                    "The next person is told after {now} minutes (now) and {day} minutes of working time (same day)",
                    now=signals.now_wait_min,
                    day=signals.same_day_wait_min,
                ),
            ),
        ),
    }
    lines = [
        SettingLine(f"/manager/settings/{key}", name, told, *_source(found, _NAMES[key], now, lang))
        for key, (name, told) in values.items()
    ]
    numbers = _source(found, ("help_numbers",), now, lang)
    lines.append(SettingLine("/manager/numbers", lang.t("Numbers to call"), (), *numbers))
    return SettingsPage(frame, found.unit, tuple(lines))


def hours_page(
    found: UnitSettings,
    policy: UnitPolicy,
    wish: HoursWish,
    shown: HoursPreview,
    is_preview: bool,
    frame: Frame,
    now: datetime,
    problem: str | None,
) -> HoursPage:
    """The form with what is in force, or with what was typed."""
    lang, tz = frame.lang, wish.timezone
    return HoursPage(
        frame,
        tuple(
            DayField(
                day,
                lang.t(WEEKDAYS[day - 1]),
                *(f"{one:%H:%M}" for one in wish.days[day]) if day in wish.days else ("", ""),
            )
            for day in range(1, 8)
        ),
        tz,
        f"{wish.half_day_closes:%H:%M}",
        "\n".join(day.isoformat() for day in sorted(wish.closed)),
        wish.reply_within_hours,
        policy.is_split,
        tuple(
            DayLine(
                f"{lang.t(WEEKDAYS[one.day.isoweekday() - 1])} {one.day.isoformat()}",
                f"{formats.clock(one.opens, tz, lang)}–{formats.clock(one.closes, tz, lang)}"
                if one.opens and one.closes
                else lang.t("closed"),
                {"closed": lang.t("day off of the unit"), "half_day": lang.t("half day")}.get(
                    one.why, one.why
                ),
                one.opens is None,
            )
            for one in shown.days
        ),
        formats.near(shown.told_at, now, tz, lang),
        formats.near(shown.answered_by, now, tz, lang),
        is_preview,
        problem and lang.t(problem),
        _history(found, _NAMES["hours"], now, lang),
    )


def limits_page(
    found: UnitSettings,
    chosen: Mapping[str, int],
    shown: Sequence[LimitPreview],
    is_preview: bool,
    frame: Frame,
    now: datetime,
    problem: str | None,
) -> LimitsPage:
    """The form with what is in force, or with what was typed."""
    lang, defaults = frame.lang, CutOffs()
    return LimitsPage(
        frame,
        tuple(
            LimitField(name, lang.t(text), chosen[name], getattr(defaults, name), lang.t(source))
            for name, (text, source) in LIMITS.items()
        ),
        tuple(
            lang.t(
                "{form}: of {clients} clients with a form, {before} stand at or above the limit now and {after} would.",
                form=NAMES[one.instrument],
                clients=one.clients,
                before=one.before,
                after=one.after,
            )
            for one in shown
        ),
        is_preview,
        problem and lang.t(problem),
        _history(found, _NAMES["cut-offs"], now, lang),
    )


def text_page(
    found: UnitSettings, typed: str | None, is_preview: bool, frame: Frame, now: datetime, problem: str | None
) -> TextPage:
    """The form with what is in force, or with what was typed."""
    lang = frame.lang
    text = typed if typed is not None else found.safety_text or ""
    said = lang.t(
        "Item 9 of the newest PHQ-9 ({day}) was answered with {points} of 3.",
        day=formats.local_day(now, _zone(found)).isoformat(),
        points=2,
    )
    return TextPage(
        frame,
        text,
        _default_text(lang),
        f"{said} {text or _default_text(lang)}",
        is_preview,
        problem and lang.t(problem),
        _history(found, _NAMES["safety-text"], now, lang),
    )


def budget_page(
    found: UnitSettings,
    chosen: BudgetWish,
    shown: BudgetPreview,
    is_preview: bool,
    frame: Frame,
    now: datetime,
    problem: str | None,
) -> BudgetPage:
    """The form with what is in force, or with what was typed."""
    lang = frame.lang
    total = lang.t(
        "{count} signals a week in the unit, with {clinicians} clinicians who have clients.",
        count=formats.decimal(chosen.budget_per_week * max(1, shown.clinicians), lang, 1),
        clinicians=shown.clinicians,
    )
    return BudgetPage(
        frame,
        f"{chosen.budget_per_week:g}",
        chosen.now_wait_min,
        chosen.same_day_wait_min,
        (
            total,
            *(
                _threshold(one.kind, one.before, one.after, one.per_week, one.is_within, lang)
                for one in shown.thresholds
            ),
        ),
        is_preview,
        problem and lang.t(problem),
        _history(found, _NAMES["budget"], now, lang),
    )


def _threshold(
    kind: str,
    before: float | None,
    after: float | None,
    per_week: float | None,
    is_within: bool | None,
    lang: Language,
) -> str:
    name = lang.t(_THRESHOLDS[kind])
    if after is None or per_week is None:
        return lang.t("{name}: too few scores yet; the default threshold stays.", name=name)
    digits = 2 if kind == "risk" else 0
    told = lang.t(
        "{name}: signals from {after} (now {before}); in the last four weeks that would have been {rate} a week.",
        name=name,
        after=formats.decimal(after, lang, digits),
        before=lang.t("the default") if before is None else formats.decimal(before, lang, digits),
        rate=formats.decimal(per_week, lang, 1),
    )
    return told if is_within else f"{told} {lang.t('Even the highest threshold gives more than was wished.')}"


def _hours_words(wish: HoursWish, lang: Language) -> tuple[str, ...]:
    days = [
        f"{lang.t(WEEKDAYS[day - 1])} {opens:%H:%M}–{closes:%H:%M}"
        for day, (opens, closes) in sorted(wish.days.items())
    ]
    told = [
        ", ".join(days),
        lang.t(
            "Closed on red days and the three eves; half days end {time}.",
            time=f"{wish.half_day_closes:%H:%M}",
        ),
    ]
    if wish.closed:
        told.append(
            lang.n(
                "{count} day off of the unit's own.", "{count} days off of the unit's own.", len(wish.closed)
            )
        )
    told.append(
        lang.n(
            "An answer within {count} working hour",
            "An answer within {count} working hours",
            wish.reply_within_hours,
        )
    )
    return tuple(told)


def _source(found: UnitSettings, names: Sequence[str], now: datetime, lang: Language) -> tuple[str, bool]:
    changes = [one for one in found.history if one.name in names]
    if not changes:
        return lang.t("The project's default: nobody in the unit has decided yet."), True
    newest = max(changes, key=lambda one: one.at)
    return (
        lang.t(
            "Decided {time} by {name}", time=formats.near(newest.at, now, _zone(found), lang), name=newest.by
        ),
        False,
    )


def _history(found: UnitSettings, names: Sequence[str], now: datetime, lang: Language) -> tuple[str, ...]:
    return tuple(_told(one, found, now, lang) for one in found.history if one.name in names)


def _told(one: SettingChange, found: UnitSettings, now: datetime, lang: Language) -> str:
    said = f"{formats.near(one.at, now, _zone(found), lang)} {one.by}: {one.reason}".rstrip(": ")
    return f"{said} ({_value(one.name, one.value, lang)})"


def _value(name: str, value: Any, lang: Language) -> str:
    """A stored value in few words."""
    if name == "reply_within_hours":
        return lang.n(
            "An answer within {count} working hour", "An answer within {count} working hours", value
        )
    if name == "safety_text":
        return str(value)
    if name == "cut_offs":
        return ", ".join(
            f"{lang.t(LIMITS[key][0])} {number}" for key, number in value.items() if key in LIMITS
        )
    if name == "alert_policy":
        return lang.t(
            "{count} signals a week, {now} and {day} minutes; {hours}",
            count=f"{value['budget_per_week']:g}",
            now=value["now_wait_min"],
            day=value["same_day_wait_min"],
            hours=_days({day: [span] for day, span in value["working_hours"].items()}, lang),
        )
    return _days(value["days"], lang)


def _days(days: Mapping[str, Any], lang: Language) -> str:
    return ", ".join(
        f"{lang.t(WEEKDAYS[int(day) - 1])} " + " ".join(f"{opens}–{closes}" for opens, closes in spans)
        for day, spans in sorted(days.items())
    )


def _default_text(lang: Language) -> str:
    return SAFETY_TEXT.sv if lang.code == "sv" else SAFETY_TEXT.en


def _zone(found: UnitSettings) -> str:
    return str(found.hours["timezone"])
