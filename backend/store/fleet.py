"""How many gateways are heard, what is usual, and the system alert about many that are not."""

from datetime import datetime
from uuid import UUID, uuid4

from backend.domain.fleet import HEARD_WITHIN, SAMPLE_EVERY, USUAL_BACK, FleetSample, FleetVerdict
from backend.store.pool import Connection, Row
from backend.store.queries import load

_QUERIES = load("fleet")
_LOCK = 0x4E5C


def tenants_due(conn: Connection, *, now: datetime) -> list[str]:
    """Tenants whose fleet is to be looked at, for this transaction alone."""
    params = {"now": now, "week": now - USUAL_BACK, "stale": now - SAMPLE_EVERY, "lock": _LOCK}
    return [row["tenant_id"] for row in conn.execute(_QUERIES["tenants_due"], params)]


def sample(conn: Connection, tenant_id: str, *, now: datetime) -> tuple[FleetSample, datetime | None]:
    """The fleet now, stored for later; and since when those that are silent have been."""
    params = {"tenant_id": tenant_id, "lately": now - HEARD_WITHIN, "week": now - USUAL_BACK}
    row = conn.execute(_QUERIES["count"], params).fetchone()
    assert row is not None
    conn.execute(
        _QUERIES["add_sample"],
        {"tenant_id": tenant_id, "at": now, "active": row["active"], "heard": row["heard"]},
    )
    conn.execute(_QUERIES["forget"], {"tenant_id": tenant_id, "before": now - USUAL_BACK})
    return FleetSample(now, row["active"], row["heard"]), row["silent_since"]


def samples(conn: Connection, tenant_id: str, *, now: datetime) -> list[FleetSample]:
    """The last week's samples, oldest first."""
    rows = conn.execute(_QUERIES["samples"], {"tenant_id": tenant_id, "since": now - USUAL_BACK})
    return [FleetSample(row["at"], row["active"], row["heard"]) for row in rows]


def standing(conn: Connection, tenant_id: str) -> Row | None:
    """The open system alert of a tenant."""
    return conn.execute(_QUERIES["standing"], {"tenant_id": tenant_id}).fetchone()


def newest(conn: Connection, tenant_id: str, limit: int) -> list[Row]:
    """A tenant's system alerts, newest first."""
    return conn.execute(_QUERIES["newest"], {"tenant_id": tenant_id, "limit": limit}).fetchall()


def open_alert(
    conn: Connection, tenant_id: str, verdict: FleetVerdict, began_at: datetime, *, now: datetime
) -> UUID | None:
    """Open the system alert; None when there is one."""
    params = {
        "system_alert_id": uuid4(),
        "tenant_id": tenant_id,
        "cause": verdict.cause,
        "began_at": began_at,
        "gateways": verdict.gateways,
        "silent": verdict.silent,
        "usual": verdict.usual,
        "now": now,
    }
    row = conn.execute(_QUERIES["open"], params).fetchone()
    return None if row is None else row["system_alert_id"]


def keep_alert(conn: Connection, tenant_id: str, verdict: FleetVerdict) -> None:
    """What is known of the open one by now."""
    params = {"tenant_id": tenant_id, "cause": verdict.cause, "silent": verdict.silent}
    conn.execute(_QUERIES["keep"], params)


def close_alert(conn: Connection, tenant_id: str, *, now: datetime) -> tuple[UUID, datetime] | None:
    """End the open one; its id and beginning."""
    row = conn.execute(_QUERIES["close"], {"tenant_id": tenant_id, "now": now}).fetchone()
    return None if row is None else (row["system_alert_id"], row["began_at"])


def operators(conn: Connection, tenant_id: str) -> list[UUID]:
    """Technical support of a tenant."""
    return [row["account_id"] for row in conn.execute(_QUERIES["operators"], {"tenant_id": tenant_id})]


def clients(conn: Connection, tenant_id: str) -> list[UUID]:
    """Everybody followed in a tenant."""
    return [row["client_id"] for row in conn.execute(_QUERIES["clients"], {"tenant_id": tenant_id})]
