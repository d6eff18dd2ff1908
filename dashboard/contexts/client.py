"""A client's page: the head, the cards a person acts on, and the graph with its words and its table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from backend.services.casework_views import Thread
from backend.services.client_reach import ReachLine
from backend.services.identity_photos import PhotoView
from backend.services.views import Channel, ClientOverview, ClientSeries, CloseReason
from dashboard import formats, summary, words
from dashboard.contexts.alert import AlertCard, alert_card
from dashboard.contexts.course import LifeRow, MeasureColumn, NextLine, life_rows, measure_columns, next_line
from dashboard.contexts.key import GraphKey, graph_key
from dashboard.contexts.page import Frame, Moment, moment
from dashboard.contexts.photos import PhotoCard, row_photos
from dashboard.contexts.reach import ReachHead, reach_head
from dashboard.contexts.risk import RiskCard, risk_card
from dashboard.contexts.thread import ThreadCard, thread_card
from dashboard.decimation import leaves_out
from dashboard.heat import HeatMap, heat_map
from dashboard.language import N_, Language
from dashboard.units import UNITS, UnitName

RANGES = (7, 28, 84)
"""Days the range buttons offer: one, four and twelve weeks. A last button shows everything."""
DEFAULT_RANGE = 28
LONGEST_DAYS = 1100
"""Three years: more than that is a matter of the file."""
_LEAVES_OUT = N_(
    "So long a time is drawn with fewer marks for tests without alcohol; "
    "every other result and every missed test is there. Closer in, every test is drawn."
)
_KEYS: tuple[tuple[str, str], ...] = (
    ("1 2 3 4", N_("one, four, twelve weeks, or all")),
    ("u", N_("the other unit")),
    ("a", N_("to the signal")),
    ("c", N_("note a contact")),
    ("g", N_("to the graph; there the arrows move it, + and - scale it, 0 shows the whole period")),
    ("t", N_("to the table")),
    ("l", N_("back to the list")),
)
SHOWN_EVENTS = 300
"""Lines of the table; the CSV has them all."""

HOME_ZONE = "Europe/Stockholm"
"""The clock of a unit that has decided none."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of a row of buttons or of a list."""

    value: str
    text: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Graph:
    """The graph with its switches, its sentences and its table."""

    figure_url: str
    client_id: str
    days: int
    until: str | None
    """Where the observation of an imported person ended; None for those followed now."""
    ranges: tuple[Choice, ...]
    units: tuple[Choice, ...]
    items: tuple[Choice, ...]
    period: str
    """First and last day shown, for paper."""
    sentences: tuple[str, ...]
    events: tuple[summary.Event, ...]
    more_events: int
    heat: HeatMap | None
    key: tuple[GraphKey, ...]
    photos: Mapping[str, PhotoCard] = field(default_factory=dict)
    """Pictures at the blow by the instant of the row they stand in; for those who give care."""


@dataclass(frozen=True, slots=True)
class Head:
    """Who it is, and how fresh and complete what we know is."""

    client_id: str
    alias: str
    name: str | None
    started_on: str
    study: str | None
    zone: str
    is_elsewhere: bool
    """Whether the client's clock is another than the unit's, so that it has to be said which one is shown."""
    coverage_percent: int
    last_data: Moment | None
    last_review: Moment | None
    reviewed_by: str | None
    gateway: str | None
    gateway_heard: Moment | None
    gateway_error: str | None
    gateway_alarms: tuple[str, ...]
    gateway_grade: str
    next_window: str | None
    next_contact: NextLine | None
    clocks: str | None
    """Messages whose clock was far off and that wait for technical support; None when there are none."""
    retest_until: str | None
    reach: ReachHead | None = None
    """How to reach the client; None where that is nobody's business here."""


@dataclass(frozen=True, slots=True)
class ClientPage:
    """The whole page."""

    frame: Frame
    head: Head
    alerts: tuple[AlertCard, ...]
    """What is open: about the person first, then about the equipment."""
    past_alerts: tuple[AlertCard, ...]
    risk: RiskCard | None
    scores_are_on: bool
    graph: Graph
    channels: tuple[Choice, ...]
    close_reasons: tuple[Choice, ...]
    now_local: str
    """For the contact form's time field."""
    outcomes: tuple[Choice, ...]
    thread: ThreadCard | None
    """The messages; None where nobody follows this person."""
    measures: tuple[MeasureColumn, ...]
    life: tuple[LifeRow, ...]
    today: str
    """The client's own day, for the forms."""
    keys: tuple[tuple[str, str], ...]
    """What single keys do."""
    is_followed: bool
    """Whether staff follow this person now. Nobody calls or reviews somebody of an imported study."""
    is_practice: bool = False
    """Whether this is the made-up client that staff learn on: nothing can be done there."""


def client_page(
    overview: ClientOverview,
    series: ClientSeries,
    frame: Frame,
    now: datetime,
    days: int,
    unit: UnitName,
    item: str | None,
    thread: Thread | None = None,
    reach: ReachLine | None = None,
    photos: Sequence[PhotoView] = (),
) -> ClientPage:
    """The page of one client as staff see it."""
    lang, tz = frame.lang, overview.tz
    risk = risk_card(overview.risk, now, tz, lang, overview.trend)
    channels: tuple[Channel, ...] = ("phone", "visit", "letter", "sms", "message")
    reasons: tuple[CloseReason, ...] = ("contacted", "wait", "technical", "not_relevant")
    return ClientPage(
        frame=frame,
        head=head(overview, now, lang, reach),
        alerts=tuple(
            alert_card(one, now, tz, lang, overview.track_record if one is overview.alert else None, risk)
            for one in (overview.alert, overview.equipment_alert)
            if one is not None
        ),
        past_alerts=tuple(alert_card(a, now, tz, lang) for a in overview.past_alerts),
        risk=risk,
        scores_are_on=overview.scores_are_on,
        graph=replace(
            graph(
                series,
                lang,
                f"/clients/{overview.client_id}/figure.json",
                days,
                unit,
                item,
                _ended(overview, now),
                whole_course(overview, now),
            ),
            photos=row_photos(photos, str(overview.client_id), tz, lang, now),
        ),
        channels=tuple(Choice(c, lang.t(words.CHANNELS[c]), c == "phone") for c in channels),
        close_reasons=tuple(Choice(r, lang.t(words.CLOSE_REASONS[r]), False) for r in reasons),
        now_local=formats.wall(now, tz)[:16],
        outcomes=tuple(Choice(o, lang.t(text), False) for o, text in words.OUTCOMES.items()),
        thread=thread_card(thread, frame, now) if thread else None,
        measures=measure_columns(overview, lang),
        life=life_rows(series, lang),
        today=formats.local_day(now, tz).isoformat(),
        keys=tuple((key, lang.t(text)) for key, text in _KEYS),
        is_followed=overview.study is None,
    )


def _ended(overview: ClientOverview, now: datetime) -> datetime | None:
    return overview.observed_to if overview.observed_to is not None and overview.observed_to < now else None


def graph(
    series: ClientSeries,
    lang: Language,
    figure_url: str,
    days: int,
    unit: UnitName,
    item: str | None,
    until: datetime | None = None,
    whole: int = 0,
) -> Graph:
    """The graph's switches, words and table; the figure itself is fetched by the page."""
    shown = chosen_item(series, item)
    computed = lang.t("computed")
    events, count = summary.events(series, lang, SHOWN_EVENTS)
    return Graph(
        figure_url=figure_url,
        client_id=str(series.client_id),
        days=days,
        until=formats.machine(until) if until else None,
        ranges=_ranges(days, whole, lang),
        units=tuple(
            Choice(name, "mg/L" if name == "mg" else f"‰ ({computed})", name == unit) for name in UNITS
        ),
        items=tuple(Choice(name, words.item(name, lang), name == shown) for name in items_of(series)),
        period=f"{formats.local_day(series.since, series.tz)}{formats.DASH}"
        f"{formats.local_day(series.until, series.tz)}",
        sentences=(
            *summary.sentences(series, lang),
            *((lang.t(_LEAVES_OUT),) if leaves_out(series) else ()),
        ),
        events=events,
        more_events=count - len(events),
        heat=heat_map(series, lang),
        key=graph_key(lang),
    )


def whole_course(overview: ClientOverview, now: datetime) -> int:
    """Days from the beginning of a client's course until now, or until the end of an imported one."""
    end = overview.observed_to or now
    begun = min(overview.started_on, (overview.observed_from or end).date())
    return min(LONGEST_DAYS, (end.date() - begun).days + 2)


def _ranges(days: int, whole: int, lang: Language) -> tuple[Choice, ...]:
    chosen = next((d for d in RANGES if days <= d), max(whole, days))
    weeks = [Choice(str(d), lang.n("{count} week", "{count} weeks", d // 7), d == chosen) for d in RANGES]
    if max(whole, days) <= RANGES[-1]:
        return tuple(weeks)
    return (*weeks, Choice(str(max(whole, days)), lang.t("All"), chosen > RANGES[-1]))


def items_of(series: ClientSeries) -> tuple[str, ...]:
    """Items the client has answered: those we have a word for first, in the vocabulary's order."""
    answered = {a.item for a in series.answers}
    known = [name for name in words.ITEMS if name in answered]
    return (*known, *sorted(answered - set(known)))


def chosen_item(series: ClientSeries, wish: str | None) -> str | None:
    """The wished item where it was answered, else the first; None when nothing was answered."""
    items = items_of(series)
    if wish in items:
        return wish
    return items[0] if items else None


def head(overview: ClientOverview, now: datetime, lang: Language, reach: ReachLine | None = None) -> Head:
    """The head of a client's page."""
    tz, gateway, window = overview.tz, overview.gateway, overview.next_window
    return Head(
        client_id=str(overview.client_id),
        alias=overview.alias,
        name=overview.display_name,
        started_on=overview.started_on.isoformat(),
        study=overview.study,
        zone=tz,
        is_elsewhere=tz != (overview.unit_tz or HOME_ZONE),
        coverage_percent=overview.coverage_percent,
        last_data=moment(overview.last_data_at, now, tz, lang),
        last_review=moment(overview.last_reviewed_at, now, tz, lang),
        reviewed_by=overview.last_reviewed_by,
        gateway=gateway.device_id if gateway else None,
        gateway_heard=moment(gateway.heard_at, now, tz, lang) if gateway else None,
        gateway_error=gateway.last_error if gateway else None,
        gateway_alarms=tuple(words.alarm(code, lang) for code in gateway.alarms) if gateway else (),
        gateway_grade=words.grade(gateway.driver_grade, lang) if gateway else "",
        next_window=window_words(window.kind, window.opens_at, window.closes_at, now, tz, lang)
        if window
        else None,
        next_contact=next_line(overview.next_contact, now, tz, lang),
        clocks=lang.n(
            "{count} message with a wrong clock waits for technical support",
            "{count} messages with a wrong clock wait for technical support",
            overview.clocks_waiting,
        )
        if overview.clocks_waiting
        else None,
        retest_until=formats.near(overview.retest_until, now, tz, lang) if overview.retest_until else None,
        reach=reach_head(reach, lang) if reach else None,
    )


def window_words(kind: str, opens: datetime, closes: datetime, now: datetime, tz: str, lang: Language) -> str:
    """A planned test in words: `Breath test today 19:00–21:00`."""
    hours = f"{formats.near(opens, now, tz, lang)}{formats.DASH}{formats.clock(closes, tz, lang)}"
    return f"{lang.t(words.WINDOWS[kind])} {hours}"
