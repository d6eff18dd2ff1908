"""Contacts with a client, in whatever channel: phone, visit and letter count as much as anything digital.

A note can be corrected by whoever wrote it or by a colleague with a care relation; what it said before is kept.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final, cast, get_args
from uuid import UUID, uuid4

from backend.access.principal import Principal
from backend.access.types import VisibleClientId
from backend.access.visibility import require_visible, visible_clients
from backend.domain.staff_time import WorkKind
from backend.errors import Forbidden, Invalid, NotFound
from backend.services.casework_views import ContactNote, Correction, Direction, Outcome
from backend.services.views import Channel
from backend.services.work_log import forget_contact, log_work
from backend.store import access_log, live_events
from backend.store import contacts as store
from backend.store.pool import Connection, Database

CHANNELS: Final[tuple[Channel, ...]] = get_args(Channel)
OUTCOMES: Final[tuple[Outcome, ...]] = get_args(Outcome)
NOT_REACHED: Final[frozenset[Outcome]] = frozenset({"no_answer", "left_word"})
LONGEST_NOTE = 4000
LONGEST_MIN = 600


def add(
    db: Database,
    principal: Principal,
    client_id: UUID,
    channel: Channel,
    reached: bool,
    note: str,
    happened_at: datetime,
    *,
    direction: Direction = "outgoing",
    duration_min: int | None = None,
    outcome: Outcome | None = None,
    now: datetime,
) -> UUID:
    """Note a contact; `duration_min` is whole minutes, None when nobody measured it.

    Raises NotFound for strangers, Invalid for a wrong channel, time, length or outcome, Forbidden for those who give
    no care.
    """
    told = _checked(channel, reached, note, happened_at, direction, duration_min, outcome, now)
    contact_id = uuid4()
    with db.transaction(principal) as conn:
        client = require_visible(conn, principal, client_id, now)
        if not principal.gives_care:
            raise Forbidden
        store.add(
            conn,
            client,
            contact_id=contact_id,
            tenant_id=principal.tenant_id,
            account_id=principal.account_id,
            now=now,
            **told,
        )
        _log(conn, principal, client, contact_id, told)
        access_log.write(conn, principal, [client], "contact_added", now=now)
        live_events.announce(conn, principal.tenant_id, [client], "contact", now=now)
    return contact_id


def correct(
    db: Database,
    principal: Principal,
    contact_id: UUID,
    channel: Channel,
    reached: bool,
    note: str,
    happened_at: datetime,
    *,
    direction: Direction = "outgoing",
    duration_min: int | None = None,
    outcome: Outcome | None = None,
    reason: str,
    now: datetime,
) -> None:
    """Put a contact note right. What it said before, who changed it and why is kept. Raises as `add` does."""
    told = _checked(channel, reached, note, happened_at, direction, duration_min, outcome, now)
    if len(reason.strip()) < 3:
        raise Invalid("a correction needs a reason in words")
    with db.transaction(principal) as conn:
        client = _client_of(conn, principal, contact_id, now)
        if not principal.gives_care or principal.is_system:
            raise Forbidden
        store.correct(
            conn, client, contact_id, principal.tenant_id, principal.account_id, reason.strip(), told, now=now
        )
        forget_contact(conn, contact_id)
        _log(conn, principal, client, contact_id, told)
        access_log.write(conn, principal, [client], "contact_corrected", now=now)
        live_events.announce(conn, principal.tenant_id, [client], "contact", now=now)


def of_client(
    db: Database, principal: Principal, client_id: UUID, *, now: datetime
) -> tuple[ContactNote, ...]:
    """A client's contact notes, newest first. Raises NotFound for strangers."""
    with db.transaction(principal) as conn:
        client = require_visible(conn, principal, client_id, now)
        rows = store.of_client(conn, client)
        access_log.write(conn, principal, [client], "contacts_opened", now=now)
    return tuple(ContactNote(**row) for row in rows)


def corrections(
    db: Database, principal: Principal, contact_id: UUID, *, now: datetime
) -> tuple[Correction, ...]:
    """What a note said before each correction, newest first. Raises NotFound for strangers."""
    with db.transaction(principal) as conn:
        client = _client_of(conn, principal, contact_id, now)
        rows = store.corrections(conn, client, contact_id)
    return tuple(Correction(row["corrected_at"], row["by"], row["reason"], row["before"]) for row in rows)


def _client_of(conn: Connection, principal: Principal, contact_id: UUID, now: datetime) -> VisibleClientId:
    visible_clients(conn, principal, now)  # only their rows can be found at all
    client_id = store.client_of(conn, contact_id)
    if client_id is None:
        raise NotFound
    return require_visible(conn, principal, client_id, now)


def _checked(
    channel: Channel,
    reached: bool,
    note: str,
    happened_at: datetime,
    direction: Direction,
    duration_min: int | None,
    outcome: Outcome | None,
    now: datetime,
) -> dict[str, Any]:
    if channel not in CHANNELS:
        raise Invalid("unknown channel")
    if direction not in get_args(Direction):
        raise Invalid("unknown direction")
    if len(note) > LONGEST_NOTE:
        raise Invalid(f"a note has at most {LONGEST_NOTE} characters")
    if happened_at > now + timedelta(minutes=5):
        raise Invalid("a contact cannot have happened in the future")
    if duration_min is not None and not 0 <= duration_min <= LONGEST_MIN:
        raise Invalid(f"a contact lasts 0 to {LONGEST_MIN} minutes")
    if outcome is not None and (outcome not in OUTCOMES or (outcome in NOT_REACHED) is reached):
        raise Invalid("the outcome does not go with whether the client was reached")
    return {
        "channel": channel,
        "reached": reached,
        "note": note.strip(),
        "happened_at": happened_at,
        "direction": direction,
        "duration_min": duration_min,
        "outcome": outcome,
    }


def _log(
    conn: Connection, principal: Principal, client: VisibleClientId, contact_id: UUID, told: dict[str, Any]
) -> None:
    minutes = told["duration_min"]
    log_work(
        conn,
        principal,
        cast("WorkKind", f"contact_{told['channel']}"),
        client,
        source=str(contact_id),
        now=told["happened_at"],
        minutes=None if minutes is None else Decimal(minutes),
    )
