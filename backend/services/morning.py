"""The clinician's morning: what changed since they last went through it, filters of the list, and saved views of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID, uuid4

from backend.access.principal import Principal
from backend.access.visibility import visible_clients
from backend.domain.triage_filter import TriageFilter, keeps, read_filter
from backend.errors import Forbidden, Invalid, NotFound
from backend.services.access_log import log_look
from backend.services.views import TriageList, TriageRow
from backend.store import morning as store
from backend.store.pool import Database

NewsKind = Literal["opened", "closed", "taken", "contact", "mended", "joined"]
AT_FIRST: Final = timedelta(days=1)
"""How far back the summary reaches for somebody who never said that they had gone through it."""
FURTHEST: Final = timedelta(days=14)
"""And at most: after a holiday the list itself says more than everything that happened meanwhile."""
MOST_VIEWS: Final = 12
LONGEST_NAME: Final = 40


@dataclass(frozen=True, slots=True)
class NewsItem:
    """One client to whom something of a kind happened. `by`: the colleague who did it, if one did."""

    kind: NewsKind
    client_id: UUID
    alias: str
    at: datetime
    by: str | None


@dataclass(frozen=True, slots=True)
class Morning:
    """What changed since `since`."""

    since: datetime
    items: tuple[NewsItem, ...]


@dataclass(frozen=True, slots=True)
class SavedView:
    """A named filter."""

    view_id: UUID
    name: str
    wish: TriageFilter


def summary(db: Database, principal: Principal, *, now: datetime) -> Morning:
    """What happened in the caseload since one last went through it. Raises Forbidden for who has none."""
    _require_caseload(principal)
    with db.transaction(principal) as conn:
        clients = visible_clients(conn, principal, now)
        last = store.looked_at(conn, principal.account_id) or now - AT_FIRST
        since = max(last, now - FURTHEST)
        rows = store.news(conn, clients, principal.account_id, since, now=now)
        log_look(conn, principal, clients, "triage_list", is_refresh=True, now=now)
    return Morning(since, tuple(NewsItem(**row) for row in rows))


def gone_through(db: Database, principal: Principal, *, now: datetime) -> None:
    """Note that the person has gone through it; the next summary begins here. Raises Forbidden."""
    _require_caseload(principal)
    with db.transaction(principal) as conn:
        store.look(conn, principal.account_id, principal.tenant_id, now=now)


def filtered(found: TriageList, wish: TriageFilter) -> tuple[TriageRow, ...]:
    """The rows of a list that the filter keeps, in their order."""
    return tuple(
        row
        for row in found.rows
        if keeps(
            wish,
            row.group,
            is_mine=row.is_own,
            is_cover=row.stands_in_for is not None,
            is_untaken=row.alert is not None and row.alert.owner is None,
        )
    )


def views_of(db: Database, principal: Principal) -> tuple[SavedView, ...]:
    """The person's own saved views. Raises Forbidden."""
    _require_caseload(principal)
    with db.transaction(principal) as conn:
        rows = store.views(conn, principal.account_id)
    return tuple(SavedView(row["view_id"], row["name"], _wish(row["filters"])) for row in rows)


def save_view(db: Database, principal: Principal, name: str, wish: TriageFilter, *, now: datetime) -> None:
    """Keep a filter under a name. Raises Forbidden, Invalid for a name or a number too many."""
    _require_caseload(principal)
    called = " ".join(name.split())
    if not 1 <= len(called) <= LONGEST_NAME:
        raise Invalid("a view has a name of up to 40 characters")
    filters = {"groups": list(wish.groups), "whose": wish.whose, "untaken": wish.untaken}
    with db.transaction(principal) as conn:
        kept = {row["name"] for row in store.views(conn, principal.account_id)}
        if called not in kept and len(kept) >= MOST_VIEWS:
            raise Invalid("so many views cannot be found again; drop one first")
        store.save_view(conn, uuid4(), principal.tenant_id, principal.account_id, called, filters, now=now)


def drop_view(db: Database, principal: Principal, view_id: UUID) -> None:
    """Drop one of one's own views. Raises Forbidden, NotFound for somebody else's."""
    _require_caseload(principal)
    with db.transaction(principal) as conn:
        if not store.drop_view(conn, view_id, principal.account_id):
            raise NotFound


def _wish(filters: dict[str, object]) -> TriageFilter:
    groups = filters.get("groups")
    names = [str(one) for one in groups] if isinstance(groups, list) else []
    return read_filter(names, str(filters.get("whose", "all")), filters.get("untaken") is True)


def _require_caseload(principal: Principal) -> None:
    if not principal.may("morning"):
        raise Forbidden
