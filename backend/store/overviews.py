"""Counts for a unit's manager and for technical support: no row is about one client's health."""

from typing import Any
from uuid import UUID

from backend.store.pool import Connection, Row
from backend.store.queries import load

_QUERIES = load("overviews")


def of_unit(conn: Connection, name: str, unit_id: UUID, **params: Any) -> list[Row]:
    """Rows of one kind about a unit: signals_by_week, deviation, clinicians, adherence_by_week, caseload, staff,
    responsible.
    """
    return conn.execute(_QUERIES[name], {"unit_id": unit_id, **params}).fetchall()


def of_tenant(conn: Connection, name: str, tenant_id: str, **params: Any) -> list[Row]:
    """Rows of one kind about a tenant's equipment: gateways, breathalyzers, lag, outages, letters_waiting."""
    return conn.execute(_QUERIES[name], {"tenant_id": tenant_id, **params}).fetchall()
