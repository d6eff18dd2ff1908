"""Who looks after a colleague's clients while they are on leave."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from backend.access.types import VisibleClientId
from backend.store.pool import Connection, Row
from backend.store.queries import load

_QUERIES = load("leave_cover")


def colleagues(conn: Connection, tenant_id: str, unit_id: UUID) -> list[Row]:
    """The clinicians of a unit: account_id, display_name."""
    return conn.execute(_QUERIES["colleagues"], {"tenant_id": tenant_id, "unit_id": unit_id}).fetchall()


def caseload(conn: Connection, account_id: UUID, from_at: datetime, to_at: datetime) -> list[UUID]:
    """Clients whose own clinician an account is during a stretch. Only `backend.access` makes them visible."""
    params = {"account_id": account_id, "from_at": from_at, "to_at": to_at}
    return [row["client_id"] for row in conn.execute(_QUERIES["caseload"], params)]


def add(
    conn: Connection,
    cover_id: UUID,
    tenant_id: str,
    absent_id: UUID,
    covered_by: UUID,
    clients: Sequence[VisibleClientId],
    from_at: datetime,
    to_at: datetime,
    created_by: UUID,
    *,
    now: datetime,
) -> None:
    """Store a cover with the care relations it gives."""
    params = {
        "cover_id": cover_id,
        "tenant_id": tenant_id,
        "absent_id": absent_id,
        "covered_by": covered_by,
        "from_at": from_at,
        "to_at": to_at,
        "created_by": created_by,
        "now": now,
        "client_ids": list(clients),
    }
    conn.execute(_QUERIES["add"], params)
    conn.execute(_QUERIES["let_in"], params)


def of_unit(conn: Connection, unit_id: UUID, *, now: datetime) -> list[Row]:
    """Covers of a unit's clinicians that have not ended."""
    return conn.execute(_QUERIES["of_unit"], {"unit_id": unit_id, "now": now}).fetchall()


def withdraw(conn: Connection, cover_id: UUID, account_id: UUID, *, now: datetime) -> list[UUID]:
    """End a cover and its care relations now; returns the clients they were about."""
    params = {"cover_id": cover_id, "account_id": account_id, "now": now}
    conn.execute(_QUERIES["withdraw"], params)
    return [row["client_id"] for row in conn.execute(_QUERIES["let_out"], params)]
