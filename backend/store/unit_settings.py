"""What units have set, with history. Nothing is overwritten: a newer row counts from its own time on."""

from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from backend.access.types import VisibleClientId
from backend.store.pool import Connection, Row
from backend.store.queries import load

_QUERIES = load("unit_settings")


def in_force(conn: Connection, unit_id: UUID, *, at: datetime) -> dict[str, Any]:
    """Every setting of a unit that counts at an instant, by name; what was never set is absent."""
    rows = conn.execute(_QUERIES["in_force"], {"unit_id": unit_id, "at": at})
    return {row["name"]: row["value"] for row in rows}


def history(conn: Connection, unit_id: UUID) -> list[Row]:
    """Every change of a unit's settings, newest first, with who made it and why."""
    return conn.execute(_QUERIES["history"], {"unit_id": unit_id}).fetchall()


def add(
    conn: Connection,
    tenant_id: str,
    unit_id: UUID,
    name: str,
    value: Any,
    set_by: UUID,
    reason: str,
    *,
    valid_from: datetime,
    now: datetime,
) -> None:
    """Let a setting count from `valid_from` on."""
    key = {"tenant_id": tenant_id, "unit_id": unit_id, "name": name, "value": Jsonb(value)}
    conn.execute(
        _QUERIES["add"], {**key, "set_by": set_by, "reason": reason, "valid_from": valid_from, "now": now}
    )


def unit_of_client(conn: Connection, client: VisibleClientId) -> UUID:
    """The unit that cares for a client."""
    row = conn.execute(_QUERIES["unit_of_client"], {"client_id": client}).fetchone()
    assert row is not None, "a visible client exists"
    found: UUID = row["unit_id"]
    return found


def newest_forms(conn: Connection, unit_id: UUID) -> list[Row]:
    """The newest form of each kind of each client the unit follows: its answers, and what limits depend on."""
    return conn.execute(_QUERIES["newest_forms"], {"unit_id": unit_id}).fetchall()


def unit(conn: Connection, unit_id: UUID, tenant_id: str) -> Row | None:
    """A unit of this tenant, with its name."""
    return conn.execute(_QUERIES["unit"], {"unit_id": unit_id, "tenant_id": tenant_id}).fetchone()
