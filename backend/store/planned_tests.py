"""Random and on-demand tests. Those to come are read for drawing and for gateways alone, never for a page."""

from datetime import datetime
from typing import Any
from uuid import UUID

from backend.store.pool import Connection, Row
from backend.store.queries import load
from backend.store.sealed_text import seal_given

_QUERIES = load("planned_tests")


def add(conn: Connection, **test: Any) -> None:
    """Store one test; one that is drawn already stays as it is."""
    reason = seal_given(conn, test["client_id"], "planned_test.reason", test.get("reason"))
    conn.execute(_QUERIES["add"], {"ordered_by": None, "plan_id": None, **test, "reason": reason})


def has_open_on_demand(conn: Connection, client_id: UUID, *, now: datetime) -> bool:
    """Whether an on-demand test of the client still waits to be taken."""
    row = conn.execute(_QUERIES["open_on_demand"], {"client_id": client_id, "now": now}).fetchone()
    return row is not None and bool(row["there_is"])


def to_draw(
    conn: Connection,
    *,
    until: datetime,
    behind: datetime,
    now: datetime,
    limit: int,
    plan_id: UUID | None = None,
) -> list[Row]:
    """Plans whose random tests are drawn less far than `behind`, locked; of all, or this one."""
    params = {"until": until, "behind": behind, "now": now, "limit": limit, "plan_id": plan_id}
    return conn.execute(_QUERIES["to_draw"], params).fetchall()


def drawn(conn: Connection, plan_id: UUID, until: datetime) -> None:
    """Note how far a plan's random tests are drawn."""
    conn.execute(_QUERIES["drawn"], {"plan_id": plan_id, "until": until})


def coming(conn: Connection, client_id: UUID, since: datetime, until: datetime) -> list[Row]:
    """Tests that are open or will open between two instants."""
    params = {"client_id": client_id, "since": since, "until": until}
    return conn.execute(_QUERIES["coming"], params).fetchall()
