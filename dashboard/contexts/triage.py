"""The triage list: the caseload in the order in which a human is needed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from backend.domain.triage_filter import TriageFilter
from backend.services.morning import Morning, SavedView
from backend.services.views import AlertView, BudgetView, ThresholdView, TriageGroup, TriageList, TriageRow
from dashboard import formats, words
from dashboard import strip as strips
from dashboard.contexts.alert import drawn_as, state_words
from dashboard.contexts.course import NextLine, next_line
from dashboard.contexts.morning import FilterBar, MorningCard, filter_bar, morning_card
from dashboard.contexts.page import Frame, Moment, moment
from dashboard.contexts.risk import say
from dashboard.language import N_, Language

_CAUSES = {
    "gateways": N_("Technical support has been told."),
    "broker": N_("The message broker does not answer. Technical support has been told."),
    "ingest": N_("The receiving service does not answer. Technical support has been told."),
}
_THRESHOLDS = {
    "risk": N_("Estimated risk: signals from {value} and clearly above the client's own usual."),
    "trend": N_("The client's own course: signals from index {value} of 100, three days taken together."),
}


UNIT_PAGE = "/manager/unit"
"""Where a unit's manager sees who is on duty and who follows whom."""
SHOWN_STABLE = 200
"""Clients who need nobody are many in a study of thousands; a page of them all takes seconds and helps nobody."""


@dataclass(frozen=True, slots=True)
class Row:
    """One client."""

    client_id: str
    href: str
    alias: str
    name: str | None
    group: str
    why: str
    since: Moment | None
    since_label: str
    """What `since` is the beginning of: the reason beside it names the newest event, which may be a later one."""
    events: str | None
    """How many events of the signal's own kind there are, where there are several."""
    alert_state: str | None
    alert_word: str | None
    """State of the alert, and who has taken it."""
    strip: strips.Strip
    coverage_percent: int
    last_data: Moment | None
    last_review: Moment | None
    reviewed_by: str | None
    owner: str | None
    stands_in_for: str | None
    next_contact: NextLine | None
    pictures: str | None
    """How many pictures wait for a look, in words; None for none."""
    take: str | None
    """The alert that `a` takes; None where there is none or somebody has it."""
    search: str
    """What the search box looks in, lower case."""


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that need the same thing. The stable ones stand folded."""

    key: str
    heading: str
    rows: tuple[Row, ...]
    count: int
    """How many there are; the rows may be fewer."""
    folded: bool


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """One entry of the key to the strip."""

    kind: str
    path: str
    text: str


@dataclass(frozen=True, slots=True)
class News:
    """Something about the platform or the unit that whoever reads the list has to know first."""

    text: str
    more: str
    link: tuple[str, str] | None = None
    """A page where more of it stands, and what the link to it is called."""


@dataclass(frozen=True, slots=True)
class Budget:
    """How many predictive signals came, and how often they were right."""

    line: str
    details: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TriagePage:
    """The whole page."""

    frame: Frame
    groups: tuple[Group, ...]
    find: str
    """What was sought; empty for the whole list."""
    count: int
    signals: int
    """Clients with an open alert."""
    reviews: int
    """Clients due for review, without an alert."""
    generated: str
    order: tuple[str, ...]
    key: tuple[KeyEntry, ...]
    news: tuple[News, ...]
    budget: Budget | None
    morning: MorningCard | None
    bar: FilterBar | None
    """None for those who have no caseload."""
    keys: tuple[tuple[str, str], ...]
    elsewhere: tuple[str, str] | None = None
    """For managers and technical support: the page their work begins on, and its name."""


_KEYS: tuple[tuple[str, str], ...] = (
    ("j", N_("next client")),
    ("k", N_("previous client")),
    ("Enter", N_("open")),
    ("a", N_("take the signal of the client one stands on")),
    ("/", N_("search")),
    ("f", N_("to the filters")),
)


def triage_page(
    found: TriageList,
    frame: Frame,
    find: str = "",
    *,
    kept: Sequence[TriageRow] | None = None,
    wish: TriageFilter | None = None,
    views: Sequence[SavedView] = (),
    morning: Morning | None = None,
) -> TriagePage:
    """The page of a list; the service's order is kept as it is. `kept`: what the filter leaves, all without one.

    Of the stable ones, who need nobody, the first 200 are shown; `find` shows those whose alias or name holds it.
    """
    lang = frame.lang
    sought = find.casefold()
    wanted = [
        r
        for r in (found.rows if kept is None else kept)
        if sought in f"{r.alias} {r.display_name or ''}".casefold()
    ]
    groups = tuple(
        _group(key, tuple(rows), found.generated_at, lang)
        for key, rows in groupby(wanted, key=lambda r: r.group)
    )
    tz = found.rows[0].tz if found.rows else "Europe/Stockholm"
    at = moment(found.generated_at, found.generated_at, tz, lang)
    return TriagePage(
        frame=frame,
        groups=groups,
        find=find,
        count=len(found.rows),
        signals=sum(r.group not in {"review_due", "stable"} for r in found.rows),
        reviews=sum(r.group == "review_due" for r in found.rows),
        generated=at.text if at else "",
        order=tuple(say(text, lang) for text in found.order),
        key=strip_key(lang),
        news=tuple(_news(found, tz, lang)),
        budget=None if found.budget is None else _budget(found.budget, lang),
        morning=None if morning is None else morning_card(morning, found.generated_at, tz, lang),
        bar=None if wish is None else filter_bar(wish, views, found.rows, kept or (), lang),
        keys=tuple((key, lang.t(text)) for key, text in _KEYS),
        elsewhere=next((one for one in frame.nav if one[0] in {UNIT_PAGE, "/operations"}), None),
    )


def _group(key: TriageGroup, rows: tuple[TriageRow, ...], now: datetime, lang: Language) -> Group:
    folded = key == "stable"
    shown = rows[:SHOWN_STABLE] if folded else rows
    return Group(key, lang.t(words.GROUPS[key]), tuple(_row(r, now, lang) for r in shown), len(rows), folded)


def _news(found: TriageList, tz: str, lang: Language) -> Iterator[News]:
    system, unanswered = found.system_alert, found.unanswered
    if system is not None:
        since = formats.near(system.began_at, found.generated_at, tz, lang)
        yield News(
            lang.t(
                "The platform has not heard from {silent} of {all} gateways since {time}.",
                silent=system.silent,
                all=system.gateways,
                time=since,
            ),
            lang.t("Missing tests in this time are not counted against anybody.")
            + " "
            + lang.t(_CAUSES[system.cause]),
        )
    if unanswered is not None and unanswered.since is not None:
        since = formats.near(unanswered.since, found.generated_at, tz, lang)
        yield News(
            lang.n(
                "{count} signal in the unit has been answered by nobody, since {time}.",
                "{count} signals in the unit have been answered by nobody, the oldest since {time}.",
                unanswered.count,
                time=since,
            ),
            lang.t(
                "Everybody who was to be told has been told. Only those who follow the client see who it is. The "
                "unit's page says who is on duty now and who follows whom: ask one of them to see to it."
            ),
            (UNIT_PAGE, lang.t("To the unit's page")),
        )


def _budget(budget: BudgetView, lang: Language) -> Budget:
    most = formats.decimal(budget.per_clinician_week, lang, 0)
    line = lang.t(
        "Signals of worsening in your list this week: {count}. The unit means to have at most {most} per clinician.",
        count=budget.opened_last_week,
        most=most,
    )
    if not budget.thresholds:
        return Budget(
            line, (lang.t("Too few scores yet to set the thresholds from; the defaults are in force."),)
        )
    return Budget(line, tuple(text for one in budget.thresholds for text in _threshold(one, lang)))


def _threshold(one: ThresholdView, lang: Language) -> Iterator[str]:
    yield lang.t(
        _THRESHOLDS[one.kind], value=formats.decimal(one.value, lang, 2 if one.kind == "risk" else 0)
    )
    if one.per_week is not None:
        rate = formats.decimal(one.per_week, lang, 1)
        yield (
            lang.t("In the last weeks that would have been {rate} signals a week in the unit.", rate=rate)
            if one.is_within
            else lang.t(
                "Even the highest threshold gives {rate} signals a week, more than was agreed.", rate=rate
            )
        )
    right, warned = one.right, one.warned
    yield (
        lang.t(
            "Of {n} such signals, {hits} were followed by known drinking within three days.",
            n=right.n,
            hits=right.hits,
        )
        if right.is_enough
        else lang.t("{n} such signals so far: too few to say how often they are right.", n=right.n)
    )
    yield (
        lang.t(
            "Of {n} times that drinking began, {hits} had such a signal in the three days before.",
            n=warned.n,
            hits=warned.hits,
        )
        if warned.is_enough
        else lang.t("{n} times that drinking began: too few to say how many had a signal before.", n=warned.n)
    )


def strip_key(lang: Language) -> tuple[KeyEntry, ...]:
    """The key to the strip, worst kind of day first."""
    return tuple(
        KeyEntry(kind, strips.example(kind), lang.t(text)) for kind, text in strips.KEY_WORDS.items()
    )


def _events(alert: AlertView, lang: Language) -> str | None:
    count = sum(line.kind == alert.kind for line in alert.evidence)
    if count < 2:
        return None
    return lang.n(
        "{count} event, the newest is named here", "{count} events, the newest is named here", count
    )


def _row(row: TriageRow, now: datetime, lang: Language) -> Row:
    return Row(
        client_id=str(row.client_id),
        href=f"/clients/{row.client_id}",
        alias=row.alias,
        name=row.display_name,
        group=row.group,
        why=say(row.why, lang),
        # Beside a review that is due, and of stable ones, the sentence and the last columns say when.
        since=None if row.group in {"review_due", "stable"} else moment(row.since, now, row.tz, lang),
        since_label=lang.t("Reported")
        if row.group == "device" and not row.alert
        else lang.t("Going on since"),
        events=_events(row.alert, lang) if row.alert else None,
        alert_state=drawn_as(row.alert) if row.alert else None,
        alert_word=state_words(row.alert, now, row.tz, lang) if row.alert else None,
        strip=strips.strip(row.strip, lang),
        coverage_percent=row.coverage_percent,
        last_data=moment(row.last_data_at, now, row.tz, lang),
        last_review=moment(row.last_reviewed_at, now, row.tz, lang),
        reviewed_by=row.last_reviewed_by,
        owner=row.owner,
        stands_in_for=row.stands_in_for,
        next_contact=next_line(row.next_contact, now, row.tz, lang),
        pictures=(
            lang.n(
                "{count} picture waits for a person.",
                "{count} pictures wait for a person.",
                row.pictures_waiting,
            )
            if row.pictures_waiting
            else None
        ),
        take=str(row.alert.alert_id) if row.alert and row.alert.state in {"new", "seen"} else None,
        search=" ".join(filter(None, [row.alias, row.display_name, row.owner])).lower(),
    )
