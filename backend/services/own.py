"""A client's own pages: the same values that staff see, about nobody but themselves."""

from datetime import datetime

from backend.access.principal import Principal
from backend.access.visibility import own_client
from backend.services import clients
from backend.services.views import ClientOverview, ClientSeries
from backend.store.pool import Database


def overview(
    db: Database, principal: Principal, *, now: datetime, is_refresh: bool = False
) -> ClientOverview:
    """The client's own head. Raises NotFound when the principal is not a client."""
    return clients.overview(db, principal, own_client(principal), now=now, is_refresh=is_refresh)


def series(
    db: Database,
    principal: Principal,
    since: datetime,
    until: datetime,
    *,
    now: datetime,
    is_refresh: bool = False,
) -> ClientSeries:
    """The client's own time axis. Raises NotFound when the principal is not a client, Invalid for a turned span."""
    return clients.series(db, principal, own_client(principal), since, until, now=now, is_refresh=is_refresh)
