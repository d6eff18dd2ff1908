"""A client asks to be contacted, from Help on their own pages; staff hear of it as an alert of the most urgent tier.

The row is what counts: the next assessment, which is woken at once, makes the alert of it. Who is told, when and after
whom is the alert policy's affair (docs/alerts.md).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import uuid4

from backend.access.principal import Principal
from backend.access.types import VisibleClientId
from backend.access.visibility import own_client
from backend.domain.alerting import RECENT
from backend.domain.help_calls import SAME_CALL
from backend.services.casework_views import Desk
from backend.services.messages import desk_of
from backend.store import access_log, assessment_queue
from backend.store import help_calls as store
from backend.store.pool import Connection, Database

CallState = Literal["waiting", "seen", "answered"]


@dataclass(frozen=True, slots=True)
class OwnCall:
    """The client's newest call. `waiting`: nobody has seen it yet; `seen`: somebody has; `answered`: it was closed."""

    asked_at: datetime
    state: CallState


@dataclass(frozen=True, slots=True)
class HelpDesk:
    """Whether anybody reads now, and what became of the client's newest call of the last days."""

    desk: Desk
    call: OwnCall | None


def desk(db: Database, principal: Principal, *, now: datetime) -> HelpDesk:
    """For the client's page. Nothing about anybody's data: it is no look. Raises NotFound when it is no client."""
    client = own_client(principal)
    with db.transaction(principal) as conn:
        return HelpDesk(desk_of(conn, client, now), _newest(conn, client, now))


def ask(db: Database, principal: Principal, *, now: datetime) -> None:
    """Ask to be contacted. Again within a quarter of an hour is the same call. Raises NotFound when it is no client."""
    client = own_client(principal)
    with db.transaction(principal) as conn:
        store.hold(conn, client)
        before = _newest(conn, client, now)
        if before is not None and before.state != "answered" and now - before.asked_at < SAME_CALL:
            return
        store.add(conn, client, uuid4(), principal.tenant_id, now=now)
        access_log.write(conn, principal, [client], "help_asked", now=now)
        assessment_queue.enqueue(conn, {client: now}, now=now)
        assessment_queue.wake_worker(conn)


def _newest(conn: Connection, client: VisibleClientId, now: datetime) -> OwnCall | None:
    row = store.newest(conn, client, now - RECENT)
    if row is None:
        return None
    states: dict[str | None, CallState] = {"seen": "seen", "acting": "seen", "closed": "answered"}
    return OwnCall(row["asked_at"], states.get(row["state"], "waiting"))
