"""Writes tenants, units, accounts, clients, care relations and gateways."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import errors
from psycopg.types.json import Jsonb

from backend.errors import Conflict
from backend.store.pool import Connection, Row
from backend.store.queries import load

_QUERIES = load("enrolment")


class AlreadyThere(Conflict):
    """There is one with that name already."""


def add(conn: Connection, what: str, **values: Any) -> None:
    """Insert one `tenant`, `unit`, `account`, `client` or `gateway`. Raises AlreadyThere when its name is taken."""
    with _names_taken():
        conn.execute(_QUERIES[f"add_{what}"], {name: _stored(value) for name, value in values.items()})


def has_accounts(conn: Connection, tenant_id: str) -> bool:
    """Whether a tenant has any login."""
    return conn.execute(_QUERIES["any_account"], {"tenant_id": tenant_id}).fetchone() is not None


def tenant_of_unit(conn: Connection, unit_id: UUID) -> str | None:
    """The tenant a unit belongs to."""
    row = conn.execute(_QUERIES["unit_tenant"], {"unit_id": unit_id}).fetchone()
    return None if row is None else row["tenant_id"]


def client(conn: Connection, client_id: UUID) -> Row | None:
    """A client's tenant_id, unit_id and timezone, for administration."""
    return conn.execute(_QUERIES["client"], {"client_id": client_id}).fetchone()


def account(conn: Connection, account_id: UUID) -> Row | None:
    """An account's tenant_id and role, for administration."""
    return conn.execute(_QUERIES["account"], {"account_id": account_id}).fetchone()


def assign(
    conn: Connection,
    assignment_id: UUID,
    account_id: UUID,
    client_id: UUID,
    from_at: datetime,
    to_at: datetime | None,
) -> None:
    """Start a care relation."""
    params = {"assignment_id": assignment_id, "account_id": account_id, "client_id": client_id}
    conn.execute(_QUERIES["assign"], {**params, "from_at": from_at, "to_at": to_at})


@contextmanager
def _names_taken() -> Iterator[None]:
    try:
        yield
    except errors.UniqueViolation as error:
        raise AlreadyThere from error


def _stored(value: Any) -> Any:
    return Jsonb(value) if isinstance(value, dict | list) else value
