"""The graph in words and as a table: the same facts for those who do not see, print or prefer reading. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import partial

from backend.services.views import (
    Attendance,
    CheckInNote,
    ClientSeries,
    ContactView,
    DrinkingView,
    LifeEvent,
    ReadingPoint,
    ResultState,
    WindowView,
)
from dashboard import formats, words
from dashboard.lanes import drinking_words
from dashboard.language import N_, Language
from dashboard.ledger import Axes, Ledger

_RETESTS: dict[ResultState, str] = {
    "positive_confirmed": N_("confirmed by a retest"),
    "abnormal_confirmation": N_("the retest differed"),
    "positive_unconfirmed": N_("without a retest"),
    "positive_pending": N_("retest awaited"),
}
"""How a breath at or above the limit was followed up."""
_TOLD_ATTENDANCE: tuple[Attendance, ...] = ("late", "missed", "not_received", "excused", "outage")
_SHOWN_ATTENDANCE = {"late", "missed", "not_received", "excused", "paused", "outage"}


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the table. `kind` names the mark beside it."""

    at: datetime
    when: str
    machine: str
    kind: str
    what: str
    value: str
    detail: str
    axes: Axes | None = None
    """Of a planned or made test: result, attendance, identity and device apart."""


def sentences(series: ClientSeries, lang: Language) -> tuple[str, ...]:
    """What the graph says, in a few sentences; what is unknown is said to be unknown."""
    said = [
        _period(series, lang),
        _attendance(series, lang),
        _alcohol(series, lang),
        _worsening(series, lang),
        _absent(series, lang),
    ]
    return tuple(filter(None, said))


def events(series: ClientSeries, lang: Language, most: int | None = None) -> tuple[tuple[Event, ...], int]:
    """Tests, deviations, check-ins, told drinking, contacts and noted events, newest first, and how many there are.

    `most`: only so many of the newest are put into words; two years of them would take longer than the graph.
    """
    ledger = Ledger(series, lang)
    met = {r.measured_at for r in series.readings}
    found: list[tuple[datetime, Callable[[], Event]]] = [
        *((r.measured_at, partial(_reading, r, series, ledger, lang)) for r in series.readings),
        *(
            (w.opens_at, partial(_deviation, w, series, ledger, lang))
            for w in series.windows
            # one that a test met stands in that test's line
            if w.attendance in _SHOWN_ATTENDANCE and not (w.kind == "breath_test" and w.met_at in met)
        ),
        *((c.answered_at, partial(_note, c, series, lang)) for c in series.check_ins),
        *((d.started_at, partial(_told, d, series, lang)) for d in series.drinking),
        *((c.happened_at, partial(_contact, c, series, lang)) for c in series.contacts),
        *((_morning(e.began_on, series.tz), partial(_noted, e, series, lang)) for e in series.events),
    ]
    found.sort(key=lambda one: one[0], reverse=True)
    return tuple(made() for _, made in found[:most]), len(found)


def _period(series: ClientSeries, lang: Language) -> str:
    return lang.t(
        "{since} to {until}, times in {zone}.",
        since=formats.local_day(series.since, series.tz),
        until=formats.local_day(series.until, series.tz),
        zone=series.tz,
    )


def _attendance(series: ClientSeries, lang: Language) -> str:
    decided = [w for w in series.windows if w.attendance != "pending" and w.kind != "visit"]
    visits = sum(w.kind == "visit" for w in series.windows)
    if not decided and visits:
        return lang.n(
            "No tests were planned; {count} visit.", "No tests were planned; {count} visits.", visits
        )
    if not decided:
        return lang.t("No tests were planned.")
    counts = {state: sum(w.attendance == state for w in decided) for state in words.ATTENDANCE}
    taken = counts["on_time"] + counts["late"]
    parts = [
        lang.t("{taken} of {planned} planned tests and check-ins done", taken=taken, planned=len(decided))
    ]
    parts += [f"{lang.t(words.ATTENDANCE[s]).lower()} {counts[s]}" for s in _TOLD_ATTENDANCE if counts[s]]
    return ", ".join(parts) + "."


def _alcohol(series: ClientSeries, lang: Language) -> str:
    measured = [r for r in series.readings if r.brac_mg_per_l is not None]
    if not measured:
        return lang.t("No breath was measured, so nothing is known about alcohol from breath.")
    limit = series.rules.positive_mg_per_l
    found = [r for r in measured if (r.brac_mg_per_l or 0.0) >= limit or r.state in _RETESTS]
    if not found:
        return lang.n(
            "{count} breath measured, none at or above the limit.",
            "{count} breaths measured, none at or above the limit.",
            len(measured),
        )
    told = _highest(found, len(measured), series, lang)
    counts = {state: sum(r.state == state for r in found) for state in _RETESTS}
    how = ", ".join(f"{lang.t(_RETESTS[state])} {count}" for state, count in counts.items() if count)
    return f"{told} {lang.t('Of these: {how}.', how=how)}" if how else told


def _highest(found: list[ReadingPoint], measured: int, series: ClientSeries, lang: Language) -> str:
    """How many breaths were at or above the limit, and the highest; one that no retest confirmed is told apart."""
    confirmed = [r for r in found if r.state == "positive_confirmed"]
    top, highest = (max(some, key=_breath, default=None) for some in (confirmed, found))
    if top is None:
        value, when = _value_and_when(max(found, key=_breath), series, lang)
        return lang.t(
            "{found} of {measured} measured breaths at or above the limit, none confirmed by a retest; "
            "the highest {value}, {when}.",
            found=len(found),
            measured=measured,
            value=value,
            when=when,
        )
    value, when = _value_and_when(top, series, lang)
    told = lang.t(
        "{found} of {measured} measured breaths at or above the limit; the highest confirmed {value}, {when}.",
        found=len(found),
        measured=measured,
        value=value,
        when=when,
    )
    if highest is None or _breath(highest) <= _breath(top):
        return told
    value, when = _value_and_when(highest, series, lang)
    return f"{told} {lang.t('One higher was not confirmed: {value}, {when}.', value=value, when=when)}"


def _breath(r: ReadingPoint) -> float:
    return r.brac_mg_per_l or 0.0


def _value_and_when(r: ReadingPoint, series: ClientSeries, lang: Language) -> tuple[str, str]:
    """A reading's value and time in words; with how its retest went, where that did not confirm it."""
    when = formats.moment(r.measured_at, series.tz, lang)
    if r.state in _RETESTS and r.state != "positive_confirmed":
        when = f"{when} ({lang.t(_RETESTS[r.state])})"
    return formats.both(_breath(r), r.permille, lang), when


def _worsening(series: ClientSeries, lang: Language) -> str:
    if series.worse_since is None:
        return ""
    return lang.t(
        "Worse than the own usual since {day} (shaded). Computed from check-ins and tests, for a person to judge.",
        day=series.worse_since.isoformat(),
    )


def _absent(series: ClientSeries, lang: Language) -> str:
    """What the graph leaves out because there is nothing to draw."""
    missing = []
    if not series.answers and not any(w.kind == "check_in" for w in series.windows):
        missing.append(lang.t("No check-in questions were asked."))
    if not any(score.horizon_hours == 24 for score in series.risk):
        missing.append(lang.t("There is no risk estimate for these days."))
    return " ".join(missing)


def _event(
    at: datetime,
    series: ClientSeries,
    lang: Language,
    kind: str,
    what: str,
    value: str,
    detail: str,
    axes: Axes | None = None,
) -> Event:
    when = formats.moment(at, series.tz, lang)
    return Event(at, when, formats.machine(at), kind, what, value, detail, axes)


def _reading(r: ReadingPoint, series: ClientSeries, ledger: Ledger, lang: Language) -> Event:
    value = "" if r.brac_mg_per_l is None else formats.brac(r.brac_mg_per_l, lang)
    if value and r.permille is not None:
        value += f" · {formats.permille(r.permille, lang)}"
    axes = ledger.of_reading(r)
    detail = words.failure(r.failure, lang) if r.failure else ""
    return _event(r.measured_at, series, lang, f"result-{r.state}", axes.result, value, detail, axes)


def _deviation(w: WindowView, series: ClientSeries, ledger: Ledger, lang: Language) -> Event:
    hours = formats.hours(w.opens_at, w.closes_at, series.tz, lang)
    what = f"{lang.t(words.WINDOWS[w.kind])}: {lang.t(words.ATTENDANCE[w.attendance]).lower()}"
    axes = ledger.of_window(w)
    return _event(w.opens_at, series, lang, f"window-{w.attendance}", what, "", hours, axes)


def _note(c: CheckInNote, series: ClientSeries, lang: Language) -> Event:
    drank = {True: lang.t("has drunk"), False: lang.t("has not drunk"), None: ""}[c.drank]
    what = lang.t("Check-in")
    if c.about_at is not None:
        what = lang.t("Comment on {when}", when=formats.moment(c.about_at, series.tz, lang))
    return _event(c.answered_at, series, lang, "check-in", what, drank, c.comment or "")


def _told(d: DrinkingView, series: ClientSeries, lang: Language) -> Event:
    return _event(
        d.started_at, series, lang, "told", lang.t("Told drinking"), "", drinking_words(d.amount_g, lang)
    )


def _contact(c: ContactView, series: ClientSeries, lang: Language) -> Event:
    what = f"{lang.t('Contact')}: {lang.t(words.CHANNELS[c.channel]).lower()}"
    reached = lang.t("Reached") if c.reached else lang.t("Not reached")
    detail = " · ".join(filter(None, [c.note, c.by]))
    return _event(c.happened_at, series, lang, "contact", what, reached, detail)


def _noted(e: LifeEvent, series: ClientSeries, lang: Language) -> Event:
    until = "" if e.ended_on is None else lang.t("until {day}", day=e.ended_on.isoformat())
    detail = " · ".join(filter(None, [e.text, e.by]))
    at = _morning(e.began_on, series.tz)
    return Event(
        at, e.began_on.isoformat(), e.began_on.isoformat(), "noted", lang.t(words.LIFE[e.kind]), until, detail
    )


def _morning(day: date, tz: str) -> datetime:
    return datetime.combine(day, time(0), formats.zone(tz))
