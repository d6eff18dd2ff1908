"""How the platform itself is: readiness and queues. No data about a person's health passes here."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from backend.errors import DatabaseUnavailable
from backend.ingest.verification import CLOCK_FAR_OFF
from backend.store import assessment_queue, beats, operations, row_security
from backend.store.migrate import migration_status
from backend.store.pool import Database
from backend.store.scope import SYSTEM_SCOPE

FRESH_S = 30.0
"""A process whose last sign of life is older (real seconds) is not running."""


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether the platform can do its work, and for each part what is the matter (empty: nothing)."""

    ready: bool
    problems: dict[str, str]
    waiting_clients: int = 0
    quarantined: int = 0
    """Messages with clocks far off that wait for a person; no reason not to be ready."""
    details: dict[str, dict[str, Any]] = field(default_factory=dict)


def readiness(db: Database, *, now: datetime) -> Readiness:  # noqa: ARG001 (ages come from the database's clock)
    """Database migrated, ingest and worker alive, broker reachable (as ingest tells by its beat), nothing loading."""
    try:
        status = migration_status(db.conninfo)
        if not status.is_current:
            return Readiness(False, {"database": "not migrated"})
        with db.transaction(SYSTEM_SCOPE) as conn:
            alive = beats.beats(conn)
            waiting, _ = assessment_queue.waiting(conn)
            quarantined = operations.dead_letters_waiting(conn).get(CLOCK_FAR_OFF, 0)
    except DatabaseUnavailable:
        return Readiness(False, {"database": "not reachable"})
    problems: dict[str, str] = {}
    for process in ("ingest", "worker"):
        beat = alive.get(process)
        if beat is None:
            problems[process] = "never seen"
        elif beat.age_s > FRESH_S:
            problems[process] = f"last seen {beat.age_s:.0f} s ago"
    ingest = alive.get("ingest")
    if ingest is not None and ingest.detail.get("broker_connected") is False:
        problems["broker"] = "not connected"
    if any(beat.detail.get("loading") for beat in alive.values()):
        problems["loading"] = "history is being loaded"
    details = {name: beat.detail for name, beat in alive.items()}
    return Readiness(not problems, problems, waiting, quarantined, details)


def close_chunks(db: Database) -> None:
    """Part of the sweep: no service may read a new chunk of a hypertable past its policies."""
    with db.transaction(SYSTEM_SCOPE) as conn:
        row_security.close_chunks(conn)
