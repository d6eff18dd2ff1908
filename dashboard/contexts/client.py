"""A client's page: the head, the cards a person acts on, and the graph with its words and its table."""

from dataclasses import dataclass
from datetime import datetime

from backend.services.casework_views import Thread
from backend.services.views import Channel, ClientOverview, ClientSeries, CloseReason
from dashboard import formats, summary, words
from dashboard.contexts.alert import AlertCard, alert_card
from dashboard.contexts.key import GraphKey, graph_key
from dashboard.contexts.page import Frame, Moment, moment
from dashboard.contexts.risk import RiskCard, risk_card
from dashboard.contexts.thread import ThreadCard, thread_card
from dashboard.language import Language
from dashboard.units import UNITS, UnitName

RANGES = (7, 28, 120)
"""Days the range buttons offer."""
DEFAULT_RANGE = 28
SHOWN_EVENTS = 300
"""Lines of the table; the CSV has them all."""


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
    sentences: tuple[str, ...]
    events: tuple[summary.Event, ...]
    more_events: int
    key: tuple[GraphKey, ...]


@dataclass(frozen=True, slots=True)
class Head:
    """Who it is, and how fresh and complete what we know is."""

    client_id: str
    alias: str
    name: str | None
    started_on: str
    study: str | None
    zone: str
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
    retest_until: str | None


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
    is_followed: bool
    """Whether staff follow this person now. Nobody calls or reviews somebody of an imported study."""


def client_page(
    overview: ClientOverview,
    series: ClientSeries,
    frame: Frame,
    now: datetime,
    days: int,
    unit: UnitName,
    item: str | None,
    thread: Thread | None = None,
) -> ClientPage:
    """The page of one client as staff see it."""
    lang, tz = frame.lang, overview.tz

    channels: tuple[Channel, ...] = ("phone", "visit", "letter", "sms", "message")
    reasons: tuple[CloseReason, ...] = ("contacted", "wait", "technical", "not_relevant")
    return ClientPage(
        frame=frame,
        head=head(overview, now, lang),
        alerts=tuple(
            alert_card(one, now, tz, lang, overview.track_record if one is overview.alert else None)
            for one in (overview.alert, overview.equipment_alert)
            if one is not None
        ),
        past_alerts=tuple(alert_card(a, now, tz, lang) for a in overview.past_alerts),
        risk=risk_card(overview.risk, now, tz, lang, overview.trend),
        scores_are_on=overview.scores_are_on,
        graph=graph(
            series,
            lang,
            f"/clients/{overview.client_id}/figure.json",
            days,
            unit,
            item,
            _ended(overview, now),
        ),
        channels=tuple(Choice(c, lang.t(words.CHANNELS[c]), c == "phone") for c in channels),
        close_reasons=tuple(Choice(r, lang.t(words.CLOSE_REASONS[r]), False) for r in reasons),
        now_local=formats.wall(now, tz)[:16],
        outcomes=tuple(Choice(o, lang.t(text), False) for o, text in words.OUTCOMES.items()),
        thread=thread_card(thread, frame, now) if thread else None,
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
) -> Graph:
    """The graph's switches, words and table; the figure itself is fetched by the page."""
    shown = chosen_item(series, item)
    computed = lang.t("computed")
    events = summary.events(series, lang)
    return Graph(
        figure_url=figure_url,
        client_id=str(series.client_id),
        days=days,
        until=formats.machine(until) if until else None,
        ranges=tuple(Choice(str(d), lang.n("{count} day", "{count} days", d), d == days) for d in RANGES),
        units=tuple(
            Choice(name, "mg/L" if name == "mg" else f"‰ ({computed})", name == unit) for name in UNITS
        ),
        items=tuple(Choice(name, words.item(name, lang), name == shown) for name in items_of(series)),
        sentences=summary.sentences(series, lang),
        events=events[:SHOWN_EVENTS],
        more_events=max(0, len(events) - SHOWN_EVENTS),
        key=graph_key(lang),
    )


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


def head(overview: ClientOverview, now: datetime, lang: Language) -> Head:
    """The head of a client's page."""
    tz, gateway, window = overview.tz, overview.gateway, overview.next_window
    return Head(
        client_id=str(overview.client_id),
        alias=overview.alias,
        name=overview.display_name,
        started_on=overview.started_on.isoformat(),
        study=overview.study,
        zone=tz,
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
        retest_until=formats.near(overview.retest_until, now, tz, lang) if overview.retest_until else None,
    )


def window_words(kind: str, opens: datetime, closes: datetime, now: datetime, tz: str, lang: Language) -> str:
    """A planned test in words: `Breath test today 19:00–21:00`."""
    hours = f"{formats.near(opens, now, tz, lang)}{formats.DASH}{formats.clock(closes, tz, lang)}"
    return f"{lang.t(words.WINDOWS[kind])} {hours}"
