"""Reads and writes what operators need."""

from datetime import datetime
from uuid import UUID

from backend.store.pool import Connection, Row
from backend.store.queries import load

_QUERIES = load("operations")


def dead_letters(conn: Connection, tenant_id: str | None, limit: int) -> list[Row]:
    """Dead letters of one tenant, or of all: open ones first, newest first. Without their payload."""
    return conn.execute(_QUERIES["dead_letters"], {"tenant_id": tenant_id, "limit": limit}).fetchall()


def dead_letter(conn: Connection, tenant_id: str | None, letter_id: int) -> Row | None:
    """One dead letter with its payload and the digest of what arrived; None when the tenant has no such one."""
    return conn.execute(_QUERIES["dead_letter"], {"tenant_id": tenant_id, "letter_id": letter_id}).fetchone()


def lock_dead_letter(conn: Connection, letter_id: int) -> None:
    """Let nobody else deal with it before this transaction ends."""
    conn.execute(_QUERIES["lock_dead_letter"], {"letter_id": letter_id})


def handle_dead_letter(
    conn: Connection,
    letter_id: int,
    account_id: UUID | None,
    outcome: str,
    reason: str,
    detail: str,
    *,
    correction_ms: int | None = None,
    now: datetime,
) -> None:
    """Write down who dealt with it and what came of it, and what its times were corrected by."""
    params = {
        "letter_id": letter_id, "account_id": account_id, "outcome": outcome, "reason": reason, "detail": detail,
        "correction_ms": correction_ms, "now": now,
    }  # fmt: skip
    conn.execute(_QUERIES["handle_dead_letter"], params)


def dead_letters_waiting(conn: Connection) -> dict[str, int]:
    """How many nobody has dealt with, by reason, over all tenants."""
    rows = conn.execute(_QUERIES["dead_letters_waiting"]).fetchall()
    return {row["reason"]: row["letters"] for row in rows}
