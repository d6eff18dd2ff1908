"""Reads what operators need."""

from backend.store.pool import Connection, Row
from backend.store.queries import load

_QUERIES = load("operations")


def dead_letters(conn: Connection, tenant_id: str | None, limit: int) -> list[Row]:
    """Dead letters of one tenant, or of all, newest first."""
    return conn.execute(_QUERIES["dead_letters"], {"tenant_id": tenant_id, "limit": limit}).fetchall()
