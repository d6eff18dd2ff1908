"""Check-ins that a client fills in on their own page."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

from backend.access.types import VisibleClientId
from backend.store.pool import Connection
from backend.store.queries import load
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
    now: datetime,
) -> None:
    """Store a check-in answered now, with its answers and the drinking it reports."""
    key = {"check_in_id": check_in_id, "client_id": client, "now": now}
    conn.execute(_QUERIES["add"], {**key, "drank": drank, "comment": comment})
    if answers:
        columns = {name: [getattr(one, name) for one in answers] for name in ("item", "value", "low", "high")}
        conn.execute(_QUERIES["add_answers"], {**key, **columns})
    if drinking:
        told = {
            name: [getattr(one, name) for one in drinking] for name in ("started_at", "ended_at", "amount_g")
        }
        conn.execute(_QUERIES["add_drinking"], {**key, **told, "report_id": [uuid4() for _ in drinking]})
