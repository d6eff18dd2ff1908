"""Check-ins that a client fills in on their own page."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from psycopg.types.json import Jsonb

from backend.access.types import VisibleClientId
from backend.store.pool import Connection
from backend.store.queries import load
from backend.store.sealed_text import seal
from contracts.check_in import Answer, DrinkingReport

_QUERIES = load("web_check_ins")


def add(
    conn: Connection,
    client: VisibleClientId,
    check_in_id: UUID,
    answers: Sequence[Answer],
    drank: bool | None,
    comment: str | None,
    drinking: Sequence[DrinkingReport],
    *,
    answered_at: datetime,
    now: datetime,
) -> bool:
    """Store a check-in with its answers and the drinking it reports; False when this very one is stored already."""
    key = {"check_in_id": check_in_id, "client_id": client, "answered_at": answered_at, "now": now}
    sealed = None if comment is None else seal(conn, client, "check_in.comment", comment)
    if not conn.execute(_QUERIES["add"], {**key, "drank": drank, "comment": sealed}).rowcount:
        return False
    if answers:
        columns = {name: [getattr(one, name) for one in answers] for name in ("item", "value", "low", "high")}
        conn.execute(_QUERIES["add_answers"], {**key, **columns})
    if drinking:
        told = {
            name: [getattr(one, name) for one in drinking] for name in ("started_at", "ended_at", "amount_g")
        }
        conn.execute(_QUERIES["add_drinking"], {**key, **told, "report_id": [uuid4() for _ in drinking]})
    return True


def run_of(
    conn: Connection, client: VisibleClientId, device_id: str, boot_id: str, sequence: int
) -> str | None:
    """The run a client's reading belongs to; None when they have no such reading."""
    key = {"client_id": client, "device_id": device_id, "boot_id": boot_id, "sequence": sequence}
    row = conn.execute(_QUERIES["run_of"], key).fetchone()
    return row["run_id"] if row else None


def add_comment(
    conn: Connection,
    client: VisibleClientId,
    check_in_id: UUID,
    comment: str,
    about: Mapping[str, Any],
    *,
    now: datetime,
) -> bool:
    """Store words about one test or planned test; False when these very words are stored already."""
    key = {"check_in_id": check_in_id, "client_id": client, "now": now}
    sealed = seal(conn, client, "check_in.comment", comment)
    return (
        conn.execute(_QUERIES["add_comment"], {**key, "comment": sealed, "about": Jsonb(about)}).rowcount == 1
    )
