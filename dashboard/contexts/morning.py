"""Above the list: what changed since one last went through it, the filters, and the saved views."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from backend.domain.triage_filter import TriageFilter
from backend.services.morning import Morning, NewsItem, NewsKind, SavedView
from backend.services.views import TriageRow
from dashboard import formats, words
from dashboard.language import N_, NN_, Language

SHOWN_NAMES = 6
_NEWS: dict[NewsKind, tuple[str, str]] = {
    "opened": NN_("{count} new signal", "{count} new signals"),
    "taken": NN_("{count} signal taken by a colleague", "{count} signals taken by colleagues"),
    "closed": NN_("{count} signal closed", "{count} signals closed"),
    "contact": NN_("{count} client contacted by a colleague", "{count} clients contacted by colleagues"),
    "mended": NN_(
        "{count} client whose missed test came in or was excused",
        "{count} clients whose missed tests came in or were excused",
    ),
    "joined": NN_("{count} client new in your list", "{count} clients new in your list"),
}
_WHOSE: dict[str, str] = {
    "all": N_("Everybody"),
    "mine": N_("My own"),
    "cover": N_("For a colleague on leave"),
}


@dataclass(frozen=True, slots=True)
class NewsName:
    """A client who is named, with the colleague who did it."""

    href: str
    text: str


@dataclass(frozen=True, slots=True)
class NewsLine:
    """One kind of change: how many, and the first few by name."""

    text: str
    names: tuple[NewsName, ...]
    more: str


@dataclass(frozen=True, slots=True)
class MorningCard:
    """The summary. Without lines nothing has changed."""

    since: str
    lines: tuple[NewsLine, ...]


@dataclass(frozen=True, slots=True)
class FilterChoice:
    """One switch of the filter."""

    value: str
    text: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class ViewLink:
    """A saved view as a link."""

    view_id: str
    name: str
    href: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class FilterBar:
    """The filter's switches as they stand, and the saved views."""

    groups: tuple[FilterChoice, ...]
    whose: tuple[FilterChoice, ...]
    untaken: bool
    is_set: bool
    shown: str
    """How many of how many are shown."""
    views: tuple[ViewLink, ...]


def morning_card(found: Morning, now: datetime, tz: str, lang: Language) -> MorningCard:
    """The summary in words."""
    lines = []
    for kind, (one, many) in _NEWS.items():
        items = [item for item in found.items if item.kind == kind]
        if items:
            names = tuple(_name(item) for item in items[:SHOWN_NAMES])
            more = len(items) - len(names)
            told = lang.n("and {count} more", "and {count} more", more) if more else ""
            lines.append(NewsLine(lang.n(one, many, len(items)), names, told))
    return MorningCard(formats.near(found.since, now, tz, lang), tuple(lines))


def _name(item: NewsItem) -> NewsName:
    return NewsName(f"/clients/{item.client_id}", f"{item.alias} ({item.by})" if item.by else item.alias)


def filter_bar(
    wish: TriageFilter,
    views: Sequence[SavedView],
    every: Sequence[TriageRow],
    kept: Sequence[TriageRow],
    lang: Language,
) -> FilterBar:
    """The switches with how many each group holds. `cover` is offered where somebody is stood in for."""
    counts = {group: sum(row.group == group for row in every) for group in words.GROUPS}
    has_cover = wish.whose == "cover" or any(row.stands_in_for for row in every)
    return FilterBar(
        groups=tuple(
            FilterChoice(group, f"{lang.t(text)} {counts[group]}", group in wish.groups)
            for group, text in words.GROUPS.items()
            if counts[group] or group in wish.groups
        ),
        whose=tuple(
            FilterChoice(value, lang.t(text), value == wish.whose)
            for value, text in _WHOSE.items()
            if value != "cover" or has_cover
        ),
        untaken=wish.untaken,
        is_set=wish.is_set,
        shown=lang.t("{shown} of {all} shown", shown=len(kept), all=len(every)),
        views=tuple(
            ViewLink(str(one.view_id), one.name, f"/?{query_of(one.wish)}", one.wish == wish) for one in views
        ),
    )


def query_of(wish: TriageFilter) -> str:
    """The filter as it stands in an address."""
    pairs: list[tuple[str, str]] = [("group", group) for group in wish.groups]
    if wish.whose != "all":
        pairs.append(("whose", wish.whose))
    if wish.untaken:
        pairs.append(("untaken", "1"))
    return urlencode(pairs)
