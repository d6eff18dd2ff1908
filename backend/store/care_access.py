"""Blocks, emergency access and protected identity."""

from datetime import datetime
from typing import Any
from uuid import UUID

from backend.access.types import VisibleClientId
from backend.store.pool import Connection, Row
from backend.store.queries import load
from backend.store.sealed_text import open_columns, seal

_QUERIES = load("care_access")


def set_block(
    conn: Connection, client: VisibleClientId, block_id: UUID, set_by: UUID, words: str, *, now: datetime
) -> bool:
    """Keep other units than the client's out, and end their care relations; False when that is so already."""
    sealed = seal(conn, client, "care_block.words", words)
    params = {"client_id": client, "block_id": block_id, "set_by": set_by, "words": sealed, "now": now}
    row = conn.execute(_QUERIES["set_block"], params).fetchone()
    if row is None:
        return False
    conn.execute(
        _QUERIES["end_relations_of_others"], {"client_id": client, "unit_id": row["unit_id"], "now": now}
    )
    return True


def lift_block(
    conn: Connection, client: VisibleClientId, lifted_by: UUID, words: str, *, now: datetime
) -> bool:
    """Let other units in again; False when nothing keeps them out."""
    sealed = seal(conn, client, "care_block.lift_words", words)
    params = {"client_id": client, "lifted_by": lifted_by, "words": sealed, "now": now}
    return conn.execute(_QUERIES["lift_block"], params).fetchone() is not None


def blocks(conn: Connection, client: VisibleClientId) -> list[Row]:
    """Every block there was, newest first."""
    rows = conn.execute(_QUERIES["blocks"], {"client_id": client}).fetchall()
    return open_columns(conn, rows, "care_block", "words", "lift_words", client=client)


def keeps_out(conn: Connection, client_id: UUID, account_id: UUID) -> bool:
    """Whether a client keeps the unit of this account out."""
    block = conn.execute(_QUERIES["block_of"], {"client_id": client_id}).fetchone()
    account = conn.execute(_QUERIES["unit_of_account"], {"account_id": account_id}).fetchone()
    return block is not None and (account is None or account["unit_id"] != block["unit_id"])


def unit_of_client(conn: Connection, client: VisibleClientId) -> UUID | None:
    """The client's own unit."""
    row = conn.execute(_QUERIES["unit_of_client"], {"client_id": client}).fetchone()
    return None if row is None else row["unit_id"]


def set_protected(conn: Connection, client: VisibleClientId, *, is_on: bool) -> bool:
    """Hide or show the client's name in lists; False when it stands so already."""
    return (
        conn.execute(_QUERIES["set_protected"], {"client_id": client, "is_on": is_on}).fetchone() is not None
    )


def is_protected(conn: Connection, client: VisibleClientId) -> bool:
    """Whether the client's name stands in no list."""
    row = conn.execute(_QUERIES["is_protected"], {"client_id": client}).fetchone()
    return row is not None and bool(row["is_on"])


def name_is_open(conn: Connection, client: VisibleClientId, account_id: UUID, *, now: datetime) -> bool:
    """Whether the client's name may stand for this account. Only `backend.access` calls this."""
    params = {"client_id": client, "account_id": account_id, "now": now}
    row = conn.execute(_QUERIES["name_is_open"], params).fetchone()
    return row is not None and bool(row["is_open"])


def client_with_alias(conn: Connection, tenant_id: str, alias: str, unit_id: UUID | None) -> Row | None:
    """A client by alias, and whether they keep that unit out. Only `backend.access` calls this."""
    params = {"tenant_id": tenant_id, "alias": alias, "unit_id": unit_id}
    return conn.execute(_QUERIES["client_with_alias"], params).fetchone()


def open_emergency(conn: Connection, client: VisibleClientId, **values: Any) -> None:
    """Store an emergency access, its words sealed."""
    sealed = seal(conn, client, "emergency_access.words", values["words"])
    conn.execute(_QUERIES["open"], {**values, "client_id": client, "words": sealed})


def emergency_in_force(conn: Connection, account_id: UUID, client_id: UUID, *, now: datetime) -> Row | None:
    """The emergency access by which an account sees a client at `now`."""
    params = {"account_id": account_id, "client_id": client_id, "now": now}
    return conn.execute(_QUERIES["in_force"], params).fetchone()


def end_emergency(conn: Connection, account_id: UUID, client: VisibleClientId, *, now: datetime) -> None:
    """End it before its time."""
    conn.execute(_QUERIES["end"], {"account_id": account_id, "client_id": client, "now": now})


def managers(conn: Connection, unit_id: UUID) -> list[UUID]:
    """The managers of a unit."""
    return [row["account_id"] for row in conn.execute(_QUERIES["managers"], {"unit_id": unit_id})]


def emergencies_of_unit(conn: Connection, unit_id: UUID, *, since: datetime) -> list[Row]:
    """Emergency accesses to a unit's clients: all that wait for a review, and those reviewed since."""
    rows = conn.execute(_QUERIES["of_unit"], {"unit_id": unit_id, "since": since}).fetchall()
    opened = open_columns(conn, rows, "emergency_access", "words", "review_words")
    return [{name: value for name, value in row.items() if name != "client_id"} for row in opened]


def opened_emergency(conn: Connection, unit_id: UUID, emergency_id: UUID) -> Row | None:
    """Who opened an emergency, and which client of the unit (`account_id`, `client_id`); None when there is none."""
    params = {"unit_id": unit_id, "emergency_id": emergency_id}
    return conn.execute(_QUERIES["opened_by"], params).fetchone()


def emergencies_overdue(conn: Connection, *, before: datetime) -> list[Row]:
    """Emergency accesses from before that instant that nobody has reviewed. As the system."""
    return conn.execute(_QUERIES["overdue"], {"before": before}).fetchall()


def review(
    conn: Connection,
    unit_id: UUID,
    emergency_id: UUID,
    reviewed_by: UUID,
    outcome: str,
    words: str,
    *,
    now: datetime,
) -> UUID | None:
    """Write the review of somebody else's emergency access; the client's id, or None when there is none to review."""
    opened = opened_emergency(conn, unit_id, emergency_id)
    if opened is None:
        return None
    sealed = seal(conn, opened["client_id"], "emergency_access.review_words", words)
    params = {
        "unit_id": unit_id, "emergency_id": emergency_id, "reviewed_by": reviewed_by, "outcome": outcome,
        "words": sealed, "now": now,
    }  # fmt: skip
    row = conn.execute(_QUERIES["review"], params).fetchone()
    return None if row is None else row["client_id"]
