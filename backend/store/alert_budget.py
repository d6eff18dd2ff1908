"""Thresholds of predictive signals with their history, what they are set from, and the daily course of the index."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from backend.domain.budget import Threshold
from backend.domain.precision import Precision
from backend.domain.risk import ScorePoint
from backend.domain.trend import TrendDay
from backend.store.pool import Connection, Row
from backend.store.queries import load

_QUERIES = load("alert_budget")
_LOCK = 0x4E5B


@dataclass(frozen=True, slots=True)
class UnitPast:
    """What happened in a unit: scores, days of the index, and moments of known drinking, per client."""

    scores: dict[UUID, list[ScorePoint]]
    trend: dict[UUID, list[TrendDay]]
    drinking: dict[UUID, list[datetime]]


def any_stale(conn: Connection, *, stale: datetime) -> bool:
    """Whether some unit's thresholds were not looked at since then."""
    row = conn.execute(_QUERIES["any_stale"], {"stale": stale}).fetchone()
    assert row is not None
    return bool(row["there_is"])


def take_stale(conn: Connection, limit: int, *, stale: datetime, now: datetime) -> list[Row]:
    """Such units, for this transaction alone; they count as looked at when it commits."""
    rows = conn.execute(_QUERIES["stale_units"], {"stale": stale, "lock": _LOCK, "limit": limit}).fetchall()
    for row in rows:
        conn.execute(_QUERIES["looked"], {**row, "now": now})
    return rows


def people(conn: Connection, unit_id: UUID, *, now: datetime) -> tuple[int, int]:
    """How many clinicians with clients, and how many followed clients a unit has."""
    row = conn.execute(_QUERIES["people"], {"unit_id": unit_id, "now": now}).fetchone()
    assert row is not None
    return row["clinicians"], row["clients"]


def past_of(conn: Connection, unit_id: UUID, since: datetime, *, now: datetime) -> UnitPast:
    """A unit's past from `since` on."""
    params = {"unit_id": unit_id, "since": since, "now": now}
    scores: dict[UUID, list[ScorePoint]] = defaultdict(list)
    for row in conn.execute(_QUERIES["scores"], params):
        point = ScorePoint(
            row["decided_at"], row["probability"], row["usual"], row["coverage"] != "too_little"
        )
        scores[row["client_id"]].append(point)
    trend: dict[UUID, list[TrendDay]] = defaultdict(list)
    for row in conn.execute(_QUERIES["trend"], params):
        trend[row["client_id"]].append(TrendDay(row["day"], row["stands_at"], row["index"]))
    drinking: dict[UUID, list[datetime]] = defaultdict(list)
    for row in conn.execute(_QUERIES["drinking"], params):
        drinking[row["client_id"]].append(row["at"])
    return UnitPast(scores, trend, drinking)


def add_threshold(
    conn: Connection,
    unit: Row,
    kind: str,
    threshold: Threshold,
    precision: Precision,
    *,
    budget_per_week: float,
    clinicians: int,
    clients: int,
    now: datetime,
) -> None:
    """Store a threshold in force from `now` on."""
    params: dict[str, Any] = {
        "unit_id": unit["unit_id"],
        "tenant_id": unit["tenant_id"],
        "kind": kind,
        "value": threshold.value,
        "budget_per_week": budget_per_week,
        "per_week": threshold.per_week,
        "is_within": threshold.is_within,
        "clinicians": clinicians,
        "clients": clients,
        "signals": precision.right.n,
        "right_signals": precision.right.hits,
        "starts": precision.warned.n,
        "warned_starts": precision.warned.hits,
        "now": now,
    }
    conn.execute(_QUERIES["add"], params)


def newest(conn: Connection, unit_id: UUID, *, now: datetime) -> list[Row]:
    """The thresholds in force, one per kind that has any."""
    return conn.execute(_QUERIES["newest"], {"unit_id": unit_id, "now": now}).fetchall()


def history(conn: Connection, unit_id: UUID, limit: int) -> list[Row]:
    """A unit's thresholds, newest first."""
    return conn.execute(_QUERIES["history"], {"unit_id": unit_id, "limit": limit}).fetchall()


def opened(conn: Connection, client_ids: Sequence[UUID], since: datetime, *, now: datetime) -> int:
    """How many predictive alerts were opened about these clients since then."""
    params = {"client_ids": list(client_ids), "since": since, "now": now}
    row = conn.execute(_QUERIES["opened"], params).fetchone()
    assert row is not None
    return int(row["n"])


def trend_due(conn: Connection, client_ids: Sequence[UUID], *, now: datetime) -> dict[UUID, str]:
    """Those of the clients whose index of finished days is to be made, with their zones."""
    rows = conn.execute(_QUERIES["trend_due"], {"client_ids": list(client_ids), "now": now})
    return {row["client_id"]: row["timezone"] for row in rows}


def add_trend(
    conn: Connection,
    days: Sequence[tuple[UUID, date, float, str | None, str | None]],
    due: Sequence[tuple[UUID, datetime]],
    *,
    now: datetime,
) -> None:
    """Store the index of finished days (one that is there stays as it is), and when each client's next is due."""
    if days:
        names = ("client_id", "day", "index", "sv", "en")
        columns: dict[str, Any] = {name: [day[i] for day in days] for i, name in enumerate(names)}
        conn.execute(_QUERIES["add_trend"], {**columns, "now": now})
    if due:
        params = {"client_id": [one for one, _ in due], "due_at": [at for _, at in due]}
        conn.execute(_QUERIES["set_trend_due"], params)
