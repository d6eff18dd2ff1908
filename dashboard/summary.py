"""The graph in words and as a table: the same facts for those who do not see, print or prefer reading. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from backend.services.views import Attendance, ClientSeries, ResultState
from dashboard import formats, words
from dashboard.lanes import drinking_words
from dashboard.language import N_, Language

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


def events(series: ClientSeries, lang: Language) -> tuple[Event, ...]:
    """Every reading, deviation, check-in note, drinking report and contact, newest first."""
    found = [
        *_readings(series, lang),
        *_deviations(series, lang),
        *_notes(series, lang),
        *_told(series, lang),
        *_contacts(series, lang),
    ]
    return tuple(sorted(found, key=lambda e: e.at, reverse=True))


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
    top = max(found, key=lambda r: r.brac_mg_per_l or 0.0)
    value = formats.both(top.brac_mg_per_l or 0.0, top.permille, lang)
    told = lang.t(
        "{found} of {measured} measured breaths at or above the limit; the highest {value}, {when}.",
        found=len(found),
        measured=len(measured),
        value=value,
        when=formats.moment(top.measured_at, series.tz, lang),
    )
    counts = {state: sum(r.state == state for r in found) for state in _RETESTS}
    how = ", ".join(f"{lang.t(_RETESTS[state])} {count}" for state, count in counts.items() if count)
    return f"{told} {lang.t('Of these: {how}.', how=how)}" if how else told


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
    at: datetime, series: ClientSeries, lang: Language, kind: str, what: str, value: str, detail: str
) -> Event:
    when = formats.moment(at, series.tz, lang)
    return Event(at, when, formats.machine(at), kind, what, value, detail)


def _readings(series: ClientSeries, lang: Language) -> Iterator[Event]:
    for r in series.readings:
        value = "" if r.brac_mg_per_l is None else formats.brac(r.brac_mg_per_l, lang)
        if value and r.permille is not None:
            value += f" · {formats.permille(r.permille, lang)}"
        grade = words.grade(r.driver_grade, lang)
        device = " · ".join(part for part in (r.breathalyzer_model, grade) if part)
        detail = words.failure(r.failure, lang) if r.failure else device
        other = lang.t("another breathalyzer than the client's own") if r.is_other_breathalyzer else ""
        detail = " · ".join(part for part in (detail, other, words.identity(r.identity, lang)) if part)
        yield _event(
            r.measured_at, series, lang, f"result-{r.state}", lang.t(words.RESULTS[r.state]), value, detail
        )


def _deviations(series: ClientSeries, lang: Language) -> Iterator[Event]:
    for w in series.windows:
        if w.attendance in _SHOWN_ATTENDANCE:
            hours = formats.hours(w.opens_at, w.closes_at, series.tz, lang)
            what = f"{lang.t(words.WINDOWS[w.kind])}: {lang.t(words.ATTENDANCE[w.attendance]).lower()}"
            yield _event(w.opens_at, series, lang, f"window-{w.attendance}", what, "", hours)


def _notes(series: ClientSeries, lang: Language) -> Iterator[Event]:
    for c in series.check_ins:
        drank = {True: lang.t("has drunk"), False: lang.t("has not drunk"), None: ""}[c.drank]
        what = lang.t("Check-in")
        if c.about_at is not None:
            what = lang.t("Comment on {when}", when=formats.moment(c.about_at, series.tz, lang))
        yield _event(c.answered_at, series, lang, "check-in", what, drank, c.comment or "")


def _told(series: ClientSeries, lang: Language) -> Iterator[Event]:
    for d in series.drinking:
        yield _event(
            d.started_at, series, lang, "told", lang.t("Told drinking"), "", drinking_words(d.amount_g, lang)
        )


def _contacts(series: ClientSeries, lang: Language) -> Iterator[Event]:
    for c in series.contacts:
        word = lang.t("Contact")
        what = f"{word}: {lang.t(words.CHANNELS[c.channel]).lower()}"
        reached = lang.t("Reached") if c.reached else lang.t("Not reached")
        yield _event(
            c.happened_at, series, lang, "contact", what, reached, " · ".join(filter(None, [c.note, c.by]))
        )
