"""Risk scores: who is due for one, the scores themselves, and the job that makes them."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from psycopg.errors import UniqueViolation

from backend.store.pool import Connection, Row
from backend.store.queries import load
from relapse_model.scores import Reason, Score

_QUERIES = load("risk_scores")
_LOCK = 0x4E5A


def due(conn: Connection, limit: int, *, now: datetime) -> list[Row]:
    """Clients whose score is due and whom no other worker is scoring: client_id, tenant_id, timezone, score_due_at."""
    return conn.execute(_QUERIES["due"], {"now": now, "lock": _LOCK, "limit": limit}).fetchall()


def any_due(conn: Connection, *, now: datetime) -> bool:
    """Whether anybody's score is due."""
    row = conn.execute(_QUERIES["any_due"], {"now": now}).fetchone()
    return row is not None and row["there_is"]


def add(conn: Connection, scores: Sequence[Score], *, computed_at: datetime) -> None:
    """Store scores with their reasons, one row per horizon; a decision that is there already stays as it was."""
    rows = [
        (
            UUID(one.person_id),
            one.decided_at,
            horizon.horizon_hours,
            f"{one.model_name} {one.model_version}",
            horizon.probability,
            horizon.low,
            horizon.high,
            one.coverage.level,
            _reasons(one),
            horizon.own_rate,
        )
        for one in scores
        for horizon in one.horizons
    ]
    if rows:
        names = (
            "client_id",
            "decided_at",
            "horizon_hours",
            "model_version",
            "probability",
            "low",
            "high",
            "coverage",
            "reasons",
            "usual",
        )
        columns = dict(zip(names, (list(column) for column in zip(*rows, strict=True)), strict=True))
        conn.execute(_QUERIES["add"], {**columns, "computed_at": computed_at})


def reschedule(conn: Connection, seen: Mapping[UUID, tuple[datetime, datetime]]) -> None:
    """From the due time that was seen to the next one; a client for whom something newer came in stays due."""
    if seen:
        params = {
            "client_id": list(seen),
            "seen": [pair[0] for pair in seen.values()],
            "next_at": [pair[1] for pair in seen.values()],
        }
        conn.execute(_QUERIES["reschedule"], params)


def wake_scoring(conn: Connection) -> None:
    """Create the `score` job in this transaction, unless one is waiting."""
    try:
        with conn.transaction():
            conn.execute(_QUERIES["wake_scoring"])
    except UniqueViolation:
        return


def _reasons(score: Score) -> str:
    said = [
        *(_line(one, "raises") for one in score.reasons),
        *(_line(one, "lowers") for one in score.counter_evidence),
    ]
    return json.dumps(said, ensure_ascii=False)


def _line(reason: Reason, direction: str) -> dict[str, object]:
    return {
        "item": reason.item,
        "direction": direction,
        "weight": reason.weight,
        "sv": reason.sv,
        "en": reason.en,
        "numbers": reason.numbers,
    }
