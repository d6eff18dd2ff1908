"""The event log from which staff time is computed: one row per piece of work, minutes as set by the unit."""

from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from backend.access.principal import Principal
from backend.access.types import VisibleClientId
from backend.domain.staff_time import DEFAULT_MINUTES, WORK_KINDS, WorkKind
from backend.store import unit_settings
from backend.store import work as store
from backend.store.pool import Connection

CONTACT_KINDS: Final[tuple[WorkKind, ...]] = tuple(kind for kind in WORK_KINDS if kind.startswith("contact_"))


def log_work(
    conn: Connection,
    principal: Principal,
    kind: WorkKind,
    client_id: VisibleClientId | None,
    *,
    source: str,
    now: datetime,
    minutes: Decimal | None = None,
) -> None:
    """Log one piece of work in the caller's transaction; the same kind and source again changes nothing.

    `minutes`: as somebody noted them; None takes the unit's figure at `now`. Clients and the system do no staff work,
    and somebody without a unit logs under the client's unit: neither is an error here.
    """
    if principal.is_outside or principal.is_system:
        return
    unit_id = unit_settings.unit_of_client(conn, client_id) if client_id is not None else principal.unit_id
    if unit_id is None:
        return
    each, manual = minutes_in_force(conn, unit_id, kind, at=now)
    store.log(
        conn,
        principal.tenant_id,
        unit_id,
        principal.account_id,
        client_id,
        kind,
        each if minutes is None else minutes,
        manual,
        source,
        measured=minutes is not None,
        at=now,
    )


def forget_contact(conn: Connection, contact_id: UUID) -> None:
    """Take back what a contact note logged, before its corrected form is logged."""
    store.forget(conn, str(contact_id), CONTACT_KINDS)


def minutes_in_force(
    conn: Connection, unit_id: UUID, kind: WorkKind, *, at: datetime
) -> tuple[Decimal, Decimal | None]:
    """Minutes per piece of work at an instant, and minutes by hand (None: the unit states no comparison)."""
    row = store.minutes_in_force(conn, unit_id, kind, at=at)
    return (DEFAULT_MINUTES[kind], None) if row is None else (row["minutes"], row["manual_minutes"])
