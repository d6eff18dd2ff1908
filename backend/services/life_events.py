"""Medication and life events beside a client's course, and the next contact: what staff note, in their own words."""

from datetime import date, datetime, timedelta
from typing import Final, Literal, get_args
from uuid import UUID, uuid4

from backend.access.principal import Principal
from backend.access.visibility import require_visible, visible_clients
from backend.errors import Forbidden, Invalid, NotFound
from backend.store import access_log, live_events
from backend.store import life_events as store
from backend.store.pool import Database

LifeKind = Literal["medication", "life"]
KINDS: Final[tuple[LifeKind, ...]] = get_args(LifeKind)
LONGEST_TEXT: Final = 400
FURTHEST: Final = timedelta(days=400)
"""How far ahead a contact may be planned; further is taken for a slip of the pen."""


def add(
    db: Database,
    principal: Principal,
    client_id: UUID,
    kind: LifeKind,
    began_on: date,
    ended_on: date | None,
    text: str,
    *,
    now: datetime,
) -> UUID:
    """Note an event. Raises NotFound for strangers, Forbidden for who gives no care, Invalid for days or text."""
    said = text.strip()
    if kind not in KINDS or not 2 <= len(said) <= LONGEST_TEXT:
        raise Invalid("an event has a kind and 2 to 400 characters")
    if ended_on is not None and ended_on < began_on:
        raise Invalid("an event cannot end before it begins")
    event_id = uuid4()
    with db.transaction(principal) as conn:
        client = require_visible(conn, principal, client_id, now)
        if not principal.gives_care:
            raise Forbidden
        store.add(
            conn, client, event_id, principal.tenant_id, principal.account_id, kind, began_on, ended_on, said, now=now
        )  # fmt: skip
        access_log.write(conn, principal, [client], "life_event_added", now=now)
        live_events.announce(conn, principal.tenant_id, [client], "contact", now=now)
    return event_id


def withdraw(db: Database, principal: Principal, event_id: UUID, *, now: datetime) -> UUID:
    """Take back what was noted wrongly; returns the client. Raises NotFound for strangers, Forbidden."""
    with db.transaction(principal) as conn:
        visible_clients(conn, principal, now)  # only their rows can be found at all
        client_id = store.client_of(conn, event_id)
        if client_id is None:
            raise NotFound
        client = require_visible(conn, principal, client_id, now)
        if not principal.gives_care:
            raise Forbidden
        store.withdraw(conn, client, event_id, principal.account_id, now=now)
        access_log.write(conn, principal, [client], "life_event_withdrawn", now=now)
        live_events.announce(conn, principal.tenant_id, [client], "contact", now=now)
    return client_id


def plan_contact(
    db: Database, principal: Principal, client_id: UUID, at: datetime | None, *, now: datetime
) -> None:
    """Set or take away the time of the next contact. Raises NotFound for strangers, Forbidden, Invalid."""
    if at is not None and not now - timedelta(minutes=5) <= at <= now + FURTHEST:
        raise Invalid("the next contact lies ahead, within a year")
    with db.transaction(principal) as conn:
        client = require_visible(conn, principal, client_id, now)
        if not principal.gives_care:
            raise Forbidden
        store.plan_contact(conn, client, principal.tenant_id, principal.account_id, at, now=now)
        access_log.write(conn, principal, [client], "contact_planned", now=now)
        live_events.announce(conn, principal.tenant_id, [client], "contact", now=now)
