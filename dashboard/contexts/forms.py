"""Questionnaires: scores over time for staff, and the form itself for staff and for the client."""

from dataclasses import dataclass
from datetime import datetime

from backend.services.questionnaires import HIGHEST, INSTRUMENTS, FormResult, FormsView, Instrument
from dashboard import formats
from dashboard.contexts.client import Choice
from dashboard.contexts.own_around import Around
from dashboard.contexts.page import Frame
from dashboard.contexts.risk import say
from dashboard.instruments import ABOUT, BANDS, LEADS, NAMES, items
from dashboard.language import N_, Language

SOURCES = {
    "client": N_("answered on the client's page"),
    "talk": N_("asked in a talk"),
    "paper": N_("typed in from paper"),
}
_WIDE, _HIGH, _EDGE = 600, 120, 12


@dataclass(frozen=True, slots=True)
class Dot:
    """A score in the picture."""

    x: int
    y: int
    text: str
    is_above: bool


@dataclass(frozen=True, slots=True)
class Line:
    """Scores over time: a path, dots, and the height of the cut-off."""

    path: str
    dots: tuple[Dot, ...]
    limit_y: int
    limit: str
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One form."""

    form_id: str
    day: str
    score: str
    band: str
    limit: str
    how: str
    answers: tuple[tuple[str, str], ...]
    safety: bool
    withdrawn: str | None


@dataclass(frozen=True, slots=True)
class Scale:
    """One instrument with its scores."""

    key: str
    name: str
    about: str
    headline: str | None
    since: str | None
    line: Line | None
    rows: tuple[ResultRow, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A form the client was asked for."""

    request_id: str
    name: str
    about: str
    when: str


@dataclass(frozen=True, slots=True)
class FormsPage:
    """A client's questionnaires. `safety`: the newest form with an answer that asks for safety, in words."""

    frame: Frame
    client_id: str
    alias: str
    scales: tuple[Scale, ...]
    asked: tuple[Asked, ...]
    instruments: tuple[Choice, ...]
    safety: str | None


@dataclass(frozen=True, slots=True)
class Item:
    """One item of the form."""

    name: str
    text: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class FillPage:
    """A form to fill in. `alias` None: the client's own."""

    frame: Frame
    around: Around | None
    client_id: str
    alias: str | None
    action: str
    name: str
    about: str
    lead: str
    items: tuple[Item, ...]
    today: str
    day: str
    asks_sex: bool
    problem: str | None


@dataclass(frozen=True, slots=True)
class OwnFormsPage:
    """The client's own forms: to fill in, and what was answered. `told`: an answer asked for safety just now."""

    frame: Frame
    around: Around
    asked: tuple[Asked, ...]
    answered: tuple[str, ...]
    told: bool


def forms_page(view: FormsView, frame: Frame, now: datetime) -> FormsPage:
    """The page as staff see it."""
    lang = frame.lang
    return FormsPage(
        frame=frame,
        client_id=str(view.client_id),
        alias=view.alias,
        scales=tuple(
            _scale(one, mine, view.tz, lang)
            for one in INSTRUMENTS
            if (mine := [result for result in view.results if result.instrument == one])
        ),
        asked=_asked(view, now, lang),
        instruments=tuple(Choice(one, NAMES[one], False) for one in INSTRUMENTS),
        safety=_safety(view, lang),
    )


def fill_page(
    view: FormsView,
    instrument: Instrument,
    frame: Frame,
    now: datetime,
    *,
    action: str,
    own: Around | None = None,
    given: dict[str, str],
    has_problem: bool = False,
) -> FillPage:
    """The form, with what was answered so far."""
    lang, today = frame.lang, formats.local_day(now, view.tz).isoformat()
    problem = lang.t("Every question needs an answer. Those without one are marked.") if has_problem else None
    return FillPage(
        frame=frame,
        around=own,
        client_id=str(view.client_id),
        alias=view.alias if own is None else None,
        action=action,
        name=NAMES[instrument],
        about=lang.t(ABOUT[instrument]),
        lead=lang.t(LEADS[instrument]),
        items=tuple(
            Item(
                f"item_{number}",
                lang.t(text),
                tuple(
                    Choice(str(points), lang.t(said), given.get(f"item_{number}") == str(points))
                    for points, said in answers
                ),
            )
            for number, (text, answers) in enumerate(items(instrument), start=1)
        ),
        today=today,
        day=given.get("day", today),
        asks_sex=own is None and view.sex == "not_said" and instrument in {"audit", "audit_c"},
        problem=problem,
    )


def own_forms_page(
    view: FormsView, frame: Frame, around: Around, now: datetime, *, told: bool
) -> OwnFormsPage:
    """The client's page."""
    lang = frame.lang
    return OwnFormsPage(
        frame=frame,
        around=around,
        asked=_asked(view, now, lang),
        answered=tuple(
            lang.t(
                "{name}, {day}: {score} of {most}",
                name=NAMES[one.instrument],
                day=formats.local_day(one.answered_at, view.tz).isoformat(),
                score=one.total,
                most=HIGHEST[one.instrument],
            )
            for one in view.results
            if one.withdrawn_at is None
        ),
        told=told,
    )


def _asked(view: FormsView, now: datetime, lang: Language) -> tuple[Asked, ...]:
    return tuple(
        Asked(
            str(one.request_id),
            NAMES[one.instrument],
            lang.t(ABOUT[one.instrument]),
            lang.t("{name}, {time}", name=one.asked_by, time=formats.near(one.asked_at, now, view.tz, lang)),
        )
        for one in view.requests
    )


def _safety(view: FormsView, lang: Language) -> str | None:
    newest = next(
        (one for one in view.results if one.instrument == "phq9" and one.withdrawn_at is None), None
    )
    if newest is None or not newest.asks_for_safety:
        return None
    said = lang.t(
        "Item 9 of the newest PHQ-9 ({day}) was answered with {points} of 3.",
        day=formats.local_day(newest.answered_at, view.tz).isoformat(),
        points=newest.answers[8],
    )
    return f"{said} {say(view.safety_text, lang)}"


def _scale(instrument: Instrument, results: list[FormResult], tz: str, lang: Language) -> Scale:
    counted = [one for one in results if one.withdrawn_at is None]
    newest = counted[0] if counted else None
    return Scale(
        key=instrument,
        name=NAMES[instrument],
        about=lang.t(ABOUT[instrument]),
        headline=None if newest is None else _score(newest, lang) + ": " + lang.t(BANDS[newest.band]),
        since=_since(counted, lang),
        line=_line(list(reversed(counted)), tz) if len(counted) > 1 else None,
        rows=tuple(_row(one, tz, lang) for one in results),
    )


def _score(one: FormResult, lang: Language) -> str:
    return lang.t("{score} of {most}", score=one.total, most=HIGHEST[one.instrument])


def _since(counted: list[FormResult], lang: Language) -> str | None:
    if len(counted) < 2:
        return None
    change = counted[0].total - counted[1].total
    if not change:
        return lang.t("the same as last time")
    sign = "+" if change > 0 else "\N{MINUS SIGN}"
    return lang.t("{change} since last time", change=f"{sign}{abs(change)}")


def _row(one: FormResult, tz: str, lang: Language) -> ResultRow:
    how = f"{lang.t(SOURCES[one.source])}, {one.entered_by}"
    return ResultRow(
        form_id=str(one.questionnaire_id),
        day=formats.local_day(one.answered_at, tz).isoformat(),
        score=_score(one, lang),
        band=lang.t(BANDS[one.band]),
        limit=str(one.cut_off),
        how=how,
        answers=tuple(
            (lang.t(text), lang.t(dict(answers)[points]))
            for (text, answers), points in zip(items(one.instrument), one.answers, strict=True)
        ),
        safety=one.asks_for_safety,
        withdrawn=one.withdraw_reason,
    )


def _line(results: list[FormResult], tz: str) -> Line:
    """Oldest first. The height is the whole scale, so that two pictures can be compared."""
    highest, limit = HIGHEST[results[0].instrument], results[-1].cut_off
    begin, end = results[0].answered_at, results[-1].answered_at
    span = max((end - begin).total_seconds(), 1.0)

    def x(at: datetime) -> int:
        return round(_EDGE + (at - begin).total_seconds() / span * (_WIDE - 2 * _EDGE))

    def y(score: int) -> int:
        return round(_HIGH - _EDGE - score / highest * (_HIGH - 2 * _EDGE))

    dots = tuple(
        Dot(x(one.answered_at), y(one.total), str(one.total), one.total >= one.cut_off) for one in results
    )
    return Line(
        path="M" + "L".join(f"{dot.x} {dot.y}" for dot in dots),
        dots=dots,
        limit_y=y(limit),
        limit=str(limit),
        first=formats.local_day(begin, tz).isoformat(),
        last=formats.local_day(end, tz).isoformat(),
    )
