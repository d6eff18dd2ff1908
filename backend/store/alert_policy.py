"""What units have decided about alerts, and their duty rotas."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from backend.domain.alert_policy import DEFAULT_POLICY, AlertPolicy
from backend.domain.escalation import Waits
from backend.domain.rota import DutyLine, Once, Weekly
from backend.domain.working_time import read_hours
from backend.store.pool import Connection, Row
from backend.store.queries import load

_QUERIES = load("alert_policy")


def of_client(conn: Connection, client_id: UUID) -> AlertPolicy:
    """The policy of a client's unit."""
    return _policy(conn.execute(_QUERIES["of_client"], {"client_id": client_id}).fetchone())


def of_unit(conn: Connection, unit_id: UUID) -> AlertPolicy:
    """A unit's policy."""
    return _policy(conn.execute(_QUERIES["of_unit"], {"unit_id": unit_id}).fetchone())


def set_policy(
    conn: Connection, unit_id: UUID, policy: AlertPolicy, account_id: UUID | None, *, now: datetime
) -> None:
    """Store a unit's policy."""
    hours = policy.hours
    written = {
        str(day): [f"{opens:%H:%M}", f"{closes:%H:%M}"] for day, (opens, closes) in sorted(hours.days.items())
    }
    params = {
        "unit_id": unit_id,
        "timezone": hours.timezone,
        "working_hours": Jsonb(written),
        "half_day_closes": hours.half_day_closes,
        "closed_days": sorted(hours.closed),
        "budget_per_week": policy.budget_per_week,
        "now_wait_min": int(policy.waits.now / timedelta(minutes=1)),
        "same_day_wait_min": int(policy.waits.same_day / timedelta(minutes=1)),
        "account_id": account_id,
        "now": now,
    }
    conn.execute(_QUERIES["set"], params)


def duty_rows(conn: Connection, unit_id: UUID, *, now: datetime) -> list[Row]:
    """The lines of a unit's rota that are not over, with the names of those on it."""
    return conn.execute(_QUERIES["duty_lines"], {"unit_id": unit_id, "now": now}).fetchall()


def duty_lines(conn: Connection, unit_id: UUID, *, now: datetime) -> tuple[DutyLine, ...]:
    """The same as decisions need them."""
    return tuple(_line(row) for row in duty_rows(conn, unit_id, now=now))


def add_duty(
    conn: Connection, unit_id: UUID, line: DutyLine, created_by: UUID | None, *, now: datetime
) -> int:
    """Add a line; returns its number."""
    weekly = line.when if isinstance(line.when, Weekly) else None
    once = line.when if isinstance(line.when, Once) else None
    params: dict[str, Any] = {
        "unit_id": unit_id,
        "place": line.place,
        "account_id": line.account_id,
        "from_at": once.from_at if once else None,
        "to_at": once.to_at if once else None,
        "created_by": created_by,
        "now": now,
    }
    for name in ("from_weekday", "from_time", "to_weekday", "to_time", "first_day", "last_day"):
        params[name] = getattr(weekly, name) if weekly else None
    row = conn.execute(_QUERIES["add_duty"], params).fetchone()
    assert row is not None, "the unit exists"
    return int(row["duty_id"])


def withdraw_duty(
    conn: Connection, unit_id: UUID, duty_id: int, account_id: UUID | None, *, now: datetime
) -> bool:
    """Take a line out of the rota; False when it is not in it."""
    params = {"unit_id": unit_id, "duty_id": duty_id, "account_id": account_id, "now": now}
    return conn.execute(_QUERIES["withdraw_duty"], params).fetchone() is not None


def _policy(row: Mapping[str, Any] | None) -> AlertPolicy:
    if row is None:
        return DEFAULT_POLICY
    return AlertPolicy(
        read_hours(
            row["timezone"], row["working_hours"], f"{row['half_day_closes']:%H:%M}", row["closed_days"]
        ),
        Waits(timedelta(minutes=row["now_wait_min"]), timedelta(minutes=row["same_day_wait_min"])),
        row["budget_per_week"],
    )


def _line(row: Row) -> DutyLine:
    when: Weekly | Once
    if row["from_at"] is not None:
        when = Once(row["from_at"], row["to_at"])
    else:
        when = Weekly(
            row["from_weekday"],
            row["from_time"],
            row["to_weekday"],
            row["to_time"],
            row["first_day"],
            row["last_day"],
        )
    return DutyLine(row["duty_id"], row["place"], row["account_id"], when)
