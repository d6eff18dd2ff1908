"""Reads care relations. Only `backend.access` calls this."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from backend.store.pool import Connection
from backend.store.queries import load

_QUERIES = load("visibility")


def assigned(
    conn: Connection, account_id: UUID, tenant_id: str, client_id: UUID | None, *, now: datetime
) -> list[UUID]:
    """Clients an account has a care relation with at `now`; only this client when one is named."""
    params = {"account_id": account_id, "tenant_id": tenant_id, "client_id": client_id, "now": now}
    return [row["client_id"] for row in conn.execute(_QUERIES["assigned"], params)]


def prove(conn: Connection, clients: Sequence[UUID]) -> None:
    """Let this transaction see what stands in the record of these clients; nothing else does (row_security.PROVED)."""
    if clients:
        conn.execute(_QUERIES["prove"], {"clients": ",".join(map(str, clients))})


def of_unit(conn: Connection, unit_id: UUID) -> list[UUID]:
    """Every client of a unit."""
    return [row["client_id"] for row in conn.execute(_QUERIES["of_unit"], {"unit_id": unit_id})]


def of_tenant(conn: Connection, tenant_id: str) -> list[UUID]:
    """Every client of a tenant."""
    return [row["client_id"] for row in conn.execute(_QUERIES["of_tenant"], {"tenant_id": tenant_id})]


def of_research_tenant(conn: Connection, tenant_id: str, client_id: UUID | None) -> list[UUID]:
    """Clients of a tenant that exists for research; none of any other tenant."""
    params = {"tenant_id": tenant_id, "client_id": client_id}
    return [row["client_id"] for row in conn.execute(_QUERIES["of_research_tenant"], params)]


def existing(conn: Connection, client_id: UUID) -> list[UUID]:
    """The client, if there is one."""
    return [row["client_id"] for row in conn.execute(_QUERIES["existing"], {"client_id": client_id})]
