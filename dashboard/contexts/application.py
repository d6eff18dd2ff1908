"""The application desk: the form, the list, and one application with its proposal and a person's decision."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backend.domain.instruments import CutOffs
from backend.services.casework_views import ApplicationDesk, ApplicationRow, ApplicationView, RuleLine
from dashboard import formats, words
from dashboard.contexts.client import Choice
from dashboard.contexts.page import Frame, Moment, moment
from dashboard.contexts.risk import say
from dashboard.language import N_, Language

ZONE = "Europe/Stockholm"
"""Clock times on the desk, which is a Swedish unit's; a client's own pages use the client's zone."""

OLDER_FROM = 65
"""From this age AUDIT has a limit of its own (see `CutOffs`)."""
_OFTEN = (
    N_("Never"),
    N_("Once a month or less"),
    N_("2–4 times a month"),
    N_("2–3 times a week"),
    N_("4 times a week or more"),
)
_GLASSES = (N_("1–2"), N_("3–4"), N_("5–6"), N_("7–9"), N_("10 or more"))
_LATELY = (N_("Never"), N_("Less than monthly"), N_("Monthly"), N_("Weekly"), N_("Daily or almost daily"))
_EVER = (N_("No"), N_("Yes, but not in the last year"), N_("Yes, during the last year"))
AUDIT: tuple[tuple[str, tuple[str, ...]], ...] = (
    (N_("How often do you have a drink containing alcohol?"), _OFTEN),
    (N_("How many standard glasses do you have on a typical day when you drink?"), _GLASSES),
    (N_("How often do you have six glasses or more on one occasion?"), _LATELY),
    (N_("How often during the last year could you not stop drinking once you had started?"), _LATELY),
    (
        N_("How often during the last year did you fail to do what was expected of you because of drinking?"),
        _LATELY,
    ),
    (
        N_("How often during the last year did you need a first drink in the morning after heavy drinking?"),
        _LATELY,
    ),
    (N_("How often during the last year did you feel guilt or remorse after drinking?"), _LATELY),
    (
        N_("How often during the last year could you not remember the night before because of drinking?"),
        _LATELY,
    ),
    (N_("Have you or somebody else been injured because of your drinking?"), _EVER),
    (N_("Has a relative, friend, doctor or other health worker been concerned about your drinking?"), _EVER),
)
"""The ten items of AUDIT (WHO, published; free to use). An answer's place gives its points: 0 to 4, or 0, 2, 4."""
_WEEKDAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))
_SEX = (("woman", N_("Woman")), ("man", N_("Man")), ("not_said", N_("Not said")))
_GOAL = (
    ("abstinence", N_("To stop drinking")),
    ("less", N_("To drink less")),
    ("unsure", N_("Not sure yet")),
)
_WORK = (
    ("day", N_("Daytime")),
    ("night", N_("Night-time")),
    ("shifts", N_("Shifts")),
    ("none", N_("No work now")),
)
_KINDS = {"breath_test": N_("Breath test"), "check_in": N_("Check-in")}


@dataclass(frozen=True, slots=True)
class Item:
    """One item of AUDIT with its answers; `value` of a choice is its points."""

    name: str
    text: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class FormFields:
    """The application form's fields, filled with what is known."""

    texts: dict[str, str]
    sex: tuple[Choice, ...]
    goal: tuple[Choice, ...]
    work: tuple[Choice, ...]
    can_blow: tuple[Choice, ...]
    has_phone: tuple[Choice, ...]
    risk_days: tuple[Choice, ...]
    consent: bool
    short: bool
    items: tuple[Item, ...]
    about_oneself: bool


@dataclass(frozen=True, slots=True)
class ApplyPage:
    """The public form, or its end."""

    frame: Frame
    form: FormFields
    action: str
    sent: bool
    problem: str | None


@dataclass(frozen=True, slots=True)
class NewPage:
    """Staff type in an application, or complete one."""

    frame: Frame
    form: FormFields
    action: str
    version: int | None
    """Set while completing."""
    problem: str | None


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the desk."""

    href: str
    name: str
    source: str
    received: Moment
    state: str
    score: str | None
    is_open: bool


@dataclass(frozen=True, slots=True)
class Link:
    """A link that can still be used."""

    link_id: str
    text: str


@dataclass(frozen=True, slots=True)
class DeskPage:
    """The desk. `fresh` is the address of a link just made, shown once."""

    frame: Frame
    unit: str
    undecided: tuple[Row, ...]
    decided: tuple[Row, ...]
    links: tuple[Link, ...]
    fresh: str | None


@dataclass(frozen=True, slots=True)
class WindowRow:
    """One proposed time, editable."""

    number: int
    kind: str
    kind_word: str
    days: tuple[Choice, ...]
    opens: str
    closes: str
    why: str


@dataclass(frozen=True, slots=True)
class ApplicationPage:
    """One application: what it says, what was computed, what a person decides."""

    frame: Frame
    application_id: str
    name: str
    source: str
    received: Moment
    version: int
    facts: tuple[tuple[str, str], ...]
    answers: tuple[tuple[str, str], ...]
    gaps: tuple[str, ...]
    score: str | None
    basis: str | None
    """For whom the limit counts, and whose it is: the published one, or the unit's own."""
    windows: tuple[WindowRow, ...]
    editable: tuple[WindowRow, ...]
    """The proposed times, and one without days to add."""
    reasons: tuple[str, ...]
    remarks: tuple[str, ...]
    rules_version: str
    decision: str | None
    decision_words: str
    decided_by: str
    decided_at: Moment | None
    client_href: str | None
    history: tuple[str, ...]
    alias: str


def form_fields(lang: Language, written: dict[str, object], *, about_oneself: bool) -> FormFields:
    """The form with what is known; `written` is an application's stored form."""

    def choices(options: tuple[tuple[str, str], ...], name: str) -> tuple[Choice, ...]:
        return tuple(Choice(value, lang.t(text), written.get(name) == value) for value, text in options)

    def yes_no(name: str) -> tuple[Choice, ...]:
        known = written.get(name)
        return (Choice("yes", lang.t("Yes"), known is True), Choice("no", lang.t("No"), known is False))

    answers = written.get("audit") or [None] * 10
    days = written.get("risk_days") or []
    assert isinstance(answers, list | tuple)
    assert isinstance(days, list | tuple)
    texts = ("name", "born_year", "phone", "referrer", "words", "wakes_at", "sleeps_at")
    return FormFields(
        texts={name: str(written.get(name) or "") for name in texts},
        sex=choices(_SEX, "sex"),
        goal=choices(_GOAL, "goal"),
        work=choices(_WORK, "work"),
        can_blow=yes_no("can_blow"),
        has_phone=yes_no("has_phone"),
        risk_days=_days(lang, tuple(days)),
        consent=written.get("consent") is True,
        short=written.get("instrument") == "audit_c",
        items=tuple(_item(number, answers[number], lang) for number in range(10)),
        about_oneself=about_oneself,
    )


def desk_page(desk: ApplicationDesk, frame: Frame, now: datetime, fresh: str | None) -> DeskPage:
    """The list, what waits first."""
    rows = [_row(one, frame.lang, now) for one in desk.applications]
    who = {"person": frame.lang.t("for the person"), "referrer": frame.lang.t("for a referrer")}
    return DeskPage(
        frame,
        desk.unit,
        tuple(row for row in rows if row.is_open),
        tuple(row for row in rows if not row.is_open),
        tuple(
            Link(
                str(link.link_id),
                frame.lang.t(
                    "{who}, made by {name}, ends {time}",
                    who=who[link.written_by],
                    name=link.issued_by,
                    time=formats.near(link.ends_at, now, ZONE, frame.lang),
                ),
            )
            for link in desk.links
        ),
        fresh,
    )


def application_page(view: ApplicationView, frame: Frame, now: datetime) -> ApplicationPage:
    """One application as a person decides on it."""
    lang, content, assessment, decision = frame.lang, view.content, view.assessment, view.decision
    received = _at(view.received_at, now, lang)
    why = {line.rule: say(line.text, lang) for line in assessment.reasons}
    windows = tuple(
        WindowRow(
            number,
            one.kind,
            lang.t(_KINDS[one.kind]),
            _days(lang, one.weekdays),
            one.opens,
            one.closes,
            why.get(one.rule, ""),
        )
        for number, one in enumerate(assessment.windows)
    )
    extra = WindowRow(
        len(windows), "breath_test", lang.t(_KINDS["breath_test"]), _days(lang, ()), "07:00", "09:00", ""
    )
    return ApplicationPage(
        frame=frame,
        application_id=str(view.application_id),
        name=content.name or lang.t("No name given"),
        source=lang.t(words.SOURCES[view.source]),
        received=received,
        version=view.version,
        facts=_facts(view, lang),
        answers=_answers(view, lang),
        gaps=_lines(assessment.gaps, lang),
        score=score_words(view, lang),
        basis=score_basis(view, now, lang),
        windows=windows,
        editable=(*windows, extra),
        reasons=_lines(assessment.reasons, lang),
        remarks=_lines(assessment.remarks, lang),
        rules_version=assessment.version,
        decision=lang.t(words.DECISIONS[decision.decision]) if decision else None,
        decision_words=decision.words if decision else "",
        decided_by=decision.by if decision else "",
        decided_at=_at(decision.at, now, lang) if decision else None,
        client_href=f"/clients/{decision.client_id}" if decision and decision.client_id else None,
        history=tuple(
            f"{formats.near(v.entered_at, now, ZONE, lang)} · {v.entered_by or lang.t('the applicant')}"
            + (f": {v.reason}" if v.reason else "")
            for v in view.versions
        ),
        alias=suggested_alias(view.application_id),
    )


def _days(lang: Language, chosen: tuple[int, ...]) -> tuple[Choice, ...]:
    return tuple(Choice(str(d), lang.t(day), d in chosen) for d, day in enumerate(_WEEKDAYS, start=1))


def suggested_alias(application_id: UUID) -> str:
    """An alias that says nothing about the person; the case worker may choose another."""
    return f"K-{str(application_id)[:4].upper()}"


def score_words(view: ApplicationView, lang: Language) -> str | None:
    """The scores with the limit that counted."""
    score = view.assessment.score
    if score is None:
        return None
    zone = lang.t(words.ZONES[score.zone])
    if score.audit is None:
        return lang.t(
            "AUDIT-C {score} of 12: {zone} (limit {limit})", score=score.audit_c, zone=zone, limit=score.limit
        )
    return lang.t(
        "AUDIT {score} of 40: {zone} (limit {limit}). AUDIT-C {short} of 12.",
        score=score.audit,
        zone=zone,
        limit=score.limit,
        short=score.audit_c,
    )


def score_basis(view: ApplicationView, now: datetime, lang: Language) -> str | None:
    """For whom the limit of the score counts, and where it comes from; None without a score."""
    score, content = view.assessment.score, view.content
    if score is None:
        return None
    told_at = view.decision.at if view.decision else now
    age = content.age(told_at.date())
    if score.audit is not None and age is not None and age >= OLDER_FROM:
        whom = lang.t("from 65 years")
    elif content.sex == "not_said":
        whom = lang.t("where the sex is not said (the lower limit)")
    else:
        whom = lang.t("for women") if content.sex == "woman" else lang.t("for men")
    usual = CutOffs().audit_c(content.sex) if score.audit is None else CutOffs().audit(content.sex, age)
    if score.limit == usual:
        return lang.t(
            "The limit {limit} counts {whom}; it is the published one.", limit=score.limit, whom=whom
        )
    return lang.t(
        "The limit {limit} counts {whom}; the unit has decided it, the published one is {usual}.",
        limit=score.limit,
        whom=whom,
        usual=usual,
    )


def _facts(view: ApplicationView, lang: Language) -> tuple[tuple[str, str], ...]:
    content = view.content
    labels = {**dict(_SEX), **dict(_GOAL), **dict(_WORK)}
    said = {True: lang.t("Yes"), False: lang.t("No"), None: lang.t("not said")}
    clock = " – ".join(f"{at:%H:%M}" if at else "?" for at in (content.wakes_at, content.sleeps_at))
    days = ", ".join(lang.t(_WEEKDAYS[day - 1]) for day in content.risk_days)
    pairs = (
        (lang.t("Year of birth"), str(content.born_year or "")),
        (lang.t("Sex"), lang.t(labels[content.sex])),
        (lang.t("Telephone"), content.phone),
        (lang.t("Referrer"), content.referrer),
        (lang.t("Says yes to the tests"), said[content.consent]),
        (lang.t("Goal"), lang.t(labels[content.goal])),
        (lang.t("Work"), lang.t(labels[content.work])),
        (lang.t("Awake"), clock if clock != "? – ?" else ""),
        (lang.t("Days with the highest risk"), days),
        (lang.t("Can blow for five seconds"), said[content.can_blow]),
        (lang.t("Has a smartphone"), said[content.has_phone]),
        (lang.t("Own words"), content.words),
    )
    return tuple((label, value) for label, value in pairs if value)


def _answers(view: ApplicationView, lang: Language) -> tuple[tuple[str, str], ...]:
    return tuple(
        (
            lang.t(text),
            lang.t("no answer") if points is None else f"{lang.t(_answer(options, points))} ({points})",
        )
        for (text, options), points in zip(AUDIT, view.content.audit, strict=True)
    )


def _answer(options: tuple[str, ...], points: int) -> str:
    return options[points // 2 if len(options) == 3 else points]


def _item(number: int, chosen: int | None, lang: Language) -> Item:
    text, options = AUDIT[number]
    step = 2 if len(options) == 3 else 1
    choices = tuple(
        Choice(str(place * step), lang.t(option), chosen == place * step)
        for place, option in enumerate(options)
    )
    return Item(f"audit_{number}", lang.t(text), choices)


def _row(one: ApplicationRow, lang: Language, now: datetime) -> Row:
    if one.decision is not None:
        state = f"{lang.t(words.DECISIONS[one.decision])} · {one.decided_by}"
    elif one.gaps:
        state = lang.n("{count} thing is missing", "{count} things are missing", one.gaps)
    else:
        state = lang.t("Complete, waits for a decision")
    score = None
    if one.score is not None:
        name, value = (
            ("AUDIT", one.score.audit) if one.score.audit is not None else ("AUDIT-C", one.score.audit_c)
        )
        score = f"{name} {value}: {lang.t(words.ZONES[one.score.zone])}"
    return Row(
        f"/applications/{one.application_id}",
        one.name or lang.t("No name given"),
        lang.t(words.SOURCES[one.source]),
        _at(one.received_at, now, lang),
        state,
        score,
        one.decision is None,
    )


def _lines(lines: tuple[RuleLine, ...], lang: Language) -> tuple[str, ...]:
    return tuple(say(line.text, lang) for line in lines)


def _at(instant: datetime, now: datetime, lang: Language) -> Moment:
    at = moment(instant, now, ZONE, lang)
    assert at is not None
    return at
