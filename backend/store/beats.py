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
_LOCK = 0x4E5A


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
    """If `process` and its kin were silent for longer than OUTAGE_AFTER, write that down as an outage until `now`.

    Kin share the name up to a dash (ingest, ingest-2): while one of them works there is no outage. Called by the
    process before each of its beats. Returns whether there was an outage.
    """
    family = process.split("-", maxsplit=1)[0]
    conn.execute(_QUERIES["lock_outages"], {"lock": _LOCK, "family": family})
    kin = [beat for name, beat in beats(conn).items() if name.split("-", maxsplit=1)[0] == family]
    last = min(kin, key=lambda beat: beat.age_s, default=None)
    if last is None or last.age_s <= OUTAGE_AFTER.total_seconds() or last.beat_at >= now:
        return False
    conn.execute(_QUERIES["record_outage"], {"began_at": last.beat_at, "ended_at": now})
    return True
