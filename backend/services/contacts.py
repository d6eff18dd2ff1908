"""Contacts with a client, in whatever channel: phone, visit and letter count as much as anything digital."""

from datetime import datetime, timedelta
from typing import Final, get_args
from uuid import UUID, uuid4

from backend.access.principal import Principal
from backend.access.visibility import require_visible
from backend.errors import Forbidden, Invalid
from backend.services.views import Channel
from backend.store import access_log, clients, live_events
from backend.store.pool import Database

CHANNELS: Final[tuple[Channel, ...]] = get_args(Channel)
LONGEST_NOTE = 4000


def add(
    db: Database,
    principal: Principal,
    client_id: UUID,
    channel: Channel,
    reached: bool,
    note: str,
    happened_at: datetime,
    *,
    now: datetime,
) -> UUID:
    """Note a contact. Raises NotFound for strangers, Invalid for a wrong channel or time,
    Forbidden for those who give no care.
    """
    if channel not in CHANNELS:
        raise Invalid("unknown channel")
    if len(note) > LONGEST_NOTE:
        raise Invalid(f"a note has at most {LONGEST_NOTE} characters")
    if happened_at > now + timedelta(minutes=5):
        raise Invalid("a contact cannot have happened in the future")
    contact_id = uuid4()
    with db.transaction() as conn:
        client = require_visible(conn, principal, client_id, now)
        if not principal.gives_care:
            raise Forbidden
        clients.add_contact(
            conn,
            client,
            contact_id,
            principal.tenant_id,
            principal.account_id,
            channel,
            reached,
            note.strip(),
            happened_at,
            now=now,
        )
        access_log.write(conn, principal, [client], "contact_added", now=now)
        live_events.announce(conn, principal.tenant_id, [client], "contact", now=now)
    return contact_id
