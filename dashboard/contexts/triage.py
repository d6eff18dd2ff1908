"""The triage list: the caseload in the order in which a human is needed."""

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from backend.services.views import TriageList, TriageRow
from dashboard import strip as strips
from dashboard import words
from dashboard.contexts.page import Frame, Moment, moment
from dashboard.contexts.risk import say
from dashboard.language import Language


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
    alert_state: str | None
    alert_word: str | None
    owner: str | None
    strip: strips.Strip
    coverage_percent: int
    last_data: Moment | None
    last_review: Moment | None
    reviewed_by: str | None
    search: str
    """What the search box looks in, lower case."""


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that need the same thing. The stable ones stand folded."""

    key: str
    heading: str
    rows: tuple[Row, ...]
    folded: bool


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """One entry of the key to the strip."""

    kind: str
    path: str
    text: str


@dataclass(frozen=True, slots=True)
class TriagePage:
    """The whole page."""

    frame: Frame
    groups: tuple[Group, ...]
    count: int
    waiting: int
    """Clients outside the stable group."""
    generated: str
    order: tuple[str, ...]
    key: tuple[KeyEntry, ...]


def triage_page(found: TriageList, frame: Frame) -> TriagePage:
    """The page of a list; the service's order is kept as it is."""
    lang = frame.lang
    groups = tuple(
        Group(
            key,
            lang.t(words.GROUPS[key]),
            tuple(_row(r, found.generated_at, lang) for r in rows),
            key == "stable",
        )
        for key, rows in groupby(found.rows, key=lambda r: r.group)
    )
    tz = found.rows[0].tz if found.rows else "Europe/Stockholm"
    at = moment(found.generated_at, found.generated_at, tz, lang)
    return TriagePage(
        frame=frame,
        groups=groups,
        count=len(found.rows),
        waiting=sum(r.group != "stable" for r in found.rows),
        generated=at.text if at else "",
        order=tuple(say(text, lang) for text in found.order),
        key=strip_key(lang),
    )


def strip_key(lang: Language) -> tuple[KeyEntry, ...]:
    """The key to the strip, worst kind of day first."""
    return tuple(
        KeyEntry(kind, strips.example(kind), lang.t(text)) for kind, text in strips.KEY_WORDS.items()
    )


def _row(row: TriageRow, now: datetime, lang: Language) -> Row:
    return Row(
        client_id=str(row.client_id),
        href=f"/clients/{row.client_id}",
        alias=row.alias,
        name=row.display_name,
        group=row.group,
        why=say(row.why, lang),
        since=moment(row.since, now, row.tz, lang),
        alert_state=row.alert.state if row.alert else None,
        alert_word=lang.t(words.ALERT_STATES[row.alert.state]) if row.alert else None,
        owner=row.owner,
        strip=strips.strip(row.strip, lang),
        coverage_percent=row.coverage_percent,
        last_data=moment(row.last_data_at, now, row.tz, lang),
        last_review=moment(row.last_reviewed_at, now, row.tz, lang),
        reviewed_by=row.last_reviewed_by,
        search=" ".join(filter(None, [row.alias, row.display_name, row.owner])).lower(),
    )
