"""Staff work: the minutes a unit has set, and one row per piece of work with the minutes of its moment."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from backend.store.pool import Connection, Row
from backend.store.queries import load

_QUERIES = load("work")


def minutes_in_force(conn: Connection, unit_id: UUID, kind: str, *, at: datetime) -> Row | None:
    """The unit's own figures for a kind of work at an instant; None when it never set any."""
    return conn.execute(_QUERIES["minutes_in_force"], {"unit_id": unit_id, "kind": kind, "at": at}).fetchone()


def all_minutes(conn: Connection, unit_id: UUID) -> list[Row]:
    """Every figure a unit has set, by kind, oldest first, with who set it and why."""
    return conn.execute(_QUERIES["all_minutes"], {"unit_id": unit_id}).fetchall()


def set_minutes(
    conn: Connection,
    tenant_id: str,
    unit_id: UUID,
    kind: str,
    minutes: Decimal,
    manual_minutes: Decimal | None,
    set_by: UUID,
    reason: str,
    *,
    valid_from: datetime,
    now: datetime,
) -> None:
    """Let figures count from `valid_from` on; what was logged before keeps its own."""
    params = {"tenant_id": tenant_id, "unit_id": unit_id, "kind": kind, "minutes": minutes, "set_by": set_by}
    more = {"manual_minutes": manual_minutes, "reason": reason, "valid_from": valid_from, "now": now}
    conn.execute(_QUERIES["set_minutes"], {**params, **more})


def log(
    conn: Connection,
    tenant_id: str,
    unit_id: UUID,
    account_id: UUID,
    client_id: UUID | None,
    kind: str,
    minutes: Decimal,
    manual_minutes: Decimal | None,
    source: str,
    *,
    measured: bool,
    at: datetime,
) -> None:
    """Log one piece of work; the same kind and source a second time changes nothing."""
    who = {"tenant_id": tenant_id, "unit_id": unit_id, "account_id": account_id, "client_id": client_id}
    what = {"kind": kind, "minutes": minutes, "manual_minutes": manual_minutes, "measured": measured}
    conn.execute(_QUERIES["log"], {**who, **what, "source": source, "at": at})


def forget(conn: Connection, source: str, kinds: Sequence[str]) -> None:
    """Take back what was logged from a source whose note has been corrected; the caller logs it anew."""
    conn.execute(_QUERIES["forget"], {"source": source, "kinds": list(kinds)})


def tallies(conn: Connection, unit_id: UUID, since: datetime, until: datetime) -> list[Row]:
    """Work in [since, until) by kind and figures: count and minutes in all. No names, no clients."""
    return conn.execute(_QUERIES["tallies"], {"unit_id": unit_id, "since": since, "until": until}).fetchall()


def tests_received(conn: Connection, unit_id: UUID, since: datetime, until: datetime) -> int:
    """How many planned breath tests of the unit's clients were met in [since, until)."""
    row = conn.execute(
        _QUERIES["tests_received"], {"unit_id": unit_id, "since": since, "until": until}
    ).fetchone()
    return 0 if row is None else int(row["count"])
