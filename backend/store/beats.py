"""Signs of life of the processes, and the platform's own outages that their absence tells of."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg.types.json import Jsonb

from backend.store.pool import Connection
from backend.store.queries import load

OUTAGE_AFTER = timedelta(minutes=2)
"""An ingest silent for longer (real time) was an outage: tests due meanwhile are nobody's fault."""

_QUERIES = load("beats")


@dataclass(frozen=True, slots=True)
class Beat:
    """The newest sign of life of one process."""

    process: str
    beat_at: datetime
    """By the process's own clock."""
    age_s: float
    """Real seconds since, by the database's clock."""
    detail: dict[str, Any]


def record_beat(conn: Connection, process: str, detail: dict[str, Any], *, now: datetime) -> None:
    """Say that `process` lives. `detail` holds counters and states, never personal data."""
    conn.execute(_QUERIES["record"], {"process": process, "now": now, "detail": Jsonb(detail)})


def beats(conn: Connection) -> dict[str, Beat]:
    """The newest beat of each process that ever lived."""
    rows = conn.execute(_QUERIES["all"]).fetchall()
    return {row["process"]: Beat(**row) for row in rows}


def record_outage_since_last_beat(conn: Connection, process: str, *, now: datetime) -> bool:
    """If `process` has been silent for longer than OUTAGE_AFTER, write that down as an outage until `now`.

    Called by the process when it starts, before its first beat. Returns whether there was one.
    """
    last = beats(conn).get(process)
    if last is None or last.age_s <= OUTAGE_AFTER.total_seconds() or last.beat_at >= now:
        return False
    conn.execute(_QUERIES["record_outage"], {"began_at": last.beat_at, "ended_at": now})
    return True
