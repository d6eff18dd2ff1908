"""What changed since somebody last went through it, and their saved views of the list."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from backend.access.types import VisibleClientId
from backend.store.pool import Connection, Row
from backend.store.queries import load

_QUERIES = load("morning")


def looked_at(conn: Connection, account_id: UUID) -> datetime | None:
    """When the account last said that it had gone through what had changed."""
    row = conn.execute(_QUERIES["looked_at"], {"account_id": account_id}).fetchone()
    return None if row is None else row["looked_at"]


def look(conn: Connection, account_id: UUID, tenant_id: str, *, now: datetime) -> None:
    """Say that it has."""
    conn.execute(_QUERIES["look"], {"account_id": account_id, "tenant_id": tenant_id, "now": now})


def news(
    conn: Connection, clients: Sequence[VisibleClientId], account_id: UUID, since: datetime, *, now: datetime
) -> list[Row]:
    """One row per kind of change and client: kind, client_id, alias, at, by."""
    params = {"client_ids": list(clients), "account_id": account_id, "since": since, "now": now}
    return conn.execute(_QUERIES["news"], params).fetchall()


def views(conn: Connection, account_id: UUID) -> list[Row]:
    """The account's saved views: view_id, name, filters."""
    return conn.execute(_QUERIES["views"], {"account_id": account_id}).fetchall()


def save_view(
    conn: Connection,
    view_id: UUID,
    tenant_id: str,
    account_id: UUID,
    name: str,
    filters: Mapping[str, Any],
    *,
    now: datetime,
) -> None:
    """Keep a view; one of the same name is replaced."""
    who = {"view_id": view_id, "tenant_id": tenant_id, "account_id": account_id}
    conn.execute(_QUERIES["save_view"], {**who, "name": name, "filters": Jsonb(dict(filters)), "now": now})


def drop_view(conn: Connection, view_id: UUID, account_id: UUID) -> bool:
    """Drop one of the account's views; whether there was one."""
    return conn.execute(_QUERIES["drop_view"], {"view_id": view_id, "account_id": account_id}).rowcount == 1
