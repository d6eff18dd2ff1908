"""Who follows whom: the relations of a unit's clients, decisions about them, and what becomes of the signals."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from backend.access.types import VisibleClientId
from backend.store.pool import Connection, Row
from backend.store.queries import load
from backend.store.sealed_text import open_rows, seal

_QUERIES = load("care_relations")
_WORDS = "care_change.words"


def caseloads(conn: Connection, unit_id: UUID, account_id: UUID | None, *, now: datetime) -> list[Row]:
    """A unit's clients and their own clinicians; only the clients of one account when it is named."""
    params = {"unit_id": unit_id, "account_id": account_id, "now": now}
    return conn.execute(_QUERIES["caseloads"], params).fetchall()


def lock_clients(conn: Connection, unit_id: UUID, client_ids: Sequence[UUID]) -> list[UUID]:
    """Those of these clients that the unit follows, locked. Only `backend.access` makes them visible."""
    params = {"unit_id": unit_id, "client_ids": list(client_ids)}
    return [row["client_id"] for row in conn.execute(_QUERIES["lock_clients"], params)]


def followed_by(
    conn: Connection, account_id: UUID, client_ids: Sequence[UUID], *, at: datetime
) -> list[UUID]:
    """Those of these clients whose own clinician an account is, at an instant or later."""
    params = {"account_id": account_id, "client_ids": list(client_ids), "at": at}
    return [row["client_id"] for row in conn.execute(_QUERIES["followed_by"], params)]


def still_followed(
    conn: Connection, clients: Sequence[VisibleClientId], without: UUID, *, at: datetime
) -> set[UUID]:
    """Those of these clients who keep a clinician of their own when this account goes."""
    params = {"client_ids": list(clients), "account_id": without, "at": at}
    return {row["client_id"] for row in conn.execute(_QUERIES["still_followed"], params)}


def let_out(conn: Connection, clients: Sequence[VisibleClientId], account_id: UUID, *, at: datetime) -> None:
    """End every relation of an account to these clients at an instant, and of whoever covers its leave."""
    conn.execute(_QUERIES["let_out"], {"client_ids": list(clients), "account_id": account_id, "at": at})


def let_in(
    conn: Connection,
    tenant_id: str,
    clients: Sequence[VisibleClientId],
    account_id: UUID,
    *,
    at: datetime,
    until: datetime | None,
) -> None:
    """Make an account these clients' own clinician from an instant on."""
    params = {"tenant_id": tenant_id, "client_ids": list(clients), "account_id": account_id}
    conn.execute(_QUERIES["let_in"], {**params, "at": at, "until": until})


def add(conn: Connection, client: VisibleClientId, words: str, **values: Any) -> None:
    """Store a decision about one client, with its words sealed."""
    sealed = seal(conn, client, _WORDS, words)
    conn.execute(_QUERIES["add"], {**values, "change_id": uuid4(), "client_id": client, "words": sealed})


def take_to_settle(conn: Connection, limit: int, *, now: datetime) -> list[Row]:
    """Decisions that have taken effect and whose signals have not been seen to; locked."""
    return conn.execute(_QUERIES["take_to_settle"], {"limit": limit, "now": now}).fetchall()


def settled(conn: Connection, change_id: UUID) -> None:
    """Nothing is left to do about it."""
    conn.execute(_QUERIES["settled"], {"change_id": change_id})


def signals_of(conn: Connection, client_id: UUID, from_id: UUID) -> list[Row]:
    """Open signals that somebody had taken, seen or put off; locked."""
    return conn.execute(_QUERIES["signals_of"], {"client_id": client_id, "from_id": from_id}).fetchall()


def give_back(conn: Connection, alert_id: UUID, escalate_at: datetime, *, now: datetime) -> None:
    """Let a signal be told anew."""
    conn.execute(_QUERIES["give_back"], {"alert_id": alert_id, "escalate_at": escalate_at, "now": now})


def pass_snooze(conn: Connection, alert_id: UUID, heir_id: UUID | None, *, now: datetime) -> None:
    """Let somebody else be reminded when what is put off comes back."""
    conn.execute(_QUERIES["pass_snooze"], {"alert_id": alert_id, "heir_id": heir_id, "now": now})


def relations(conn: Connection, client: VisibleClientId) -> list[Row]:
    """Everybody of the staff who may see a client, might or could: newest first."""
    return conn.execute(_QUERIES["relations"], {"client_id": client}).fetchall()


def history(conn: Connection, client: VisibleClientId) -> list[Row]:
    """Decisions about a client, newest first, with their words."""
    rows = conn.execute(_QUERIES["history"], {"client_id": client}).fetchall()
    return open_rows(conn, rows, _WORDS, "words", client)


def decisions(conn: Connection, unit_id: UUID, account_id: UUID | None) -> list[Row]:
    """A unit's newest decisions, without words; of one account when it is named."""
    return conn.execute(_QUERIES["decisions"], {"unit_id": unit_id, "account_id": account_id}).fetchall()
