"""The tenant's breathalyzers for technical support: how their zeros wander over time, and who has those of a recall.

Technical support learns an alias and a unit, and which readings were taken with what; never what a reading showed.
Each client found stands in the log of who has looked.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any, Final
from uuid import UUID

from backend.access.principal import Principal
from backend.access.visibility import open_equipment, require_recalled
from backend.domain.drift import LEAST_PEERS, drifts_of_rows
from backend.domain.recall import RecallWish
from backend.errors import Forbidden, Invalid
from backend.store import access_log
from backend.store import overviews as store
from backend.store.pool import Connection, Database, Row

WEEKS: Final = 26
LEAST_A_WEEK: Final = 5
"""Values a device needs in a week before their mean is drawn (assumption)."""
MOST_READINGS: Final = 100_000
SINCE: Final = timedelta(days=2 * 365)


@dataclass(frozen=True, slots=True)
class ZeroWeek:
    """One week of one device: mean of the values that should be nothing (mg/L), how many, and its calibration."""

    week: date
    mean: float
    values: int
    calibration: str


@dataclass(frozen=True, slots=True)
class DeviceCourse:
    """One device over the weeks; weeks with too few values are absent."""

    serial: str
    weeks: tuple[ZeroWeek, ...]
    stands_out: bool


@dataclass(frozen=True, slots=True)
class ModelCourse:
    """The devices of one model, and what is usual: the median of those that have values in a week, if enough have."""

    model: str
    devices: tuple[DeviceCourse, ...]
    usual: tuple[tuple[date, float], ...]


@dataclass(frozen=True, slots=True)
class Recalled:
    """A client who has, or had, such a breathalyzer. `is_paired`: it is noted as theirs now."""

    alias: str
    unit: str
    model: str
    serial: str
    firmware: str | None
    readings: int
    first: datetime | None
    last: datetime | None
    gateways: tuple[str, ...]
    is_paired: bool


@dataclass(frozen=True, slots=True)
class RecalledReading:
    """A reading taken with one: when, by which gateway and with what. Not what it showed."""

    alias: str
    unit: str
    measured_at: datetime
    received_at: datetime
    model: str
    serial: str
    firmware: str | None
    calibration: str
    gateway: str
    boot_id: str
    sequence: int
    run_id: str


def courses(db: Database, principal: Principal, *, now: datetime) -> tuple[ModelCourse, ...]:
    """How the zeros of the tenant's breathalyzers went, week by week. Raises Forbidden for others than support."""
    _require_support(principal)
    with db.transaction(principal) as conn:
        open_equipment(conn, principal)
        rows = store.of_tenant(conn, "weekly_zeros", principal.tenant_id, since=now - timedelta(weeks=WEEKS))
        span = now - timedelta(days=90)
        outs = drifts_of_rows(store.of_tenant(conn, "breathalyzers", principal.tenant_id, since=span))
    models: dict[str, dict[str, list[ZeroWeek]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        if row["n"] >= LEAST_A_WEEK:
            week = ZeroWeek(row["week"], row["mean"], row["n"], row["calibration"])
            models[row["model"]][row["serial"]].append(week)
    return tuple(_course(model, devices, outs) for model, devices in sorted(models.items()))


def recall(db: Database, principal: Principal, wish: RecallWish, *, now: datetime) -> tuple[Recalled, ...]:
    """Clients of the tenant with such a breathalyzer, in the last two years or noted as theirs. Each is logged.

    Raises Forbidden for others than technical support, Invalid for a wish that leaves nothing out.
    """
    with db.transaction(principal) as conn:
        found = list(_found(conn, principal, wish, now))
        paired = store.of_tenant(conn, "paired", principal.tenant_id)
        told = _told(found, [row for row in paired if _may_be_meant(row, wish)])
        _log(conn, principal, [client for client, _ in told], "recall_searched", now)
    return tuple(one for _, one in told)


def recalled_readings(
    db: Database, principal: Principal, wish: RecallWish, *, now: datetime
) -> tuple[RecalledReading, ...]:
    """The readings that were taken with such breathalyzers, newest first. Each client is logged. Raises as `recall`."""
    with db.transaction(principal) as conn:
        found = list(_found(conn, principal, wish, now))
        _log(conn, principal, [row["client_id"] for row, _ in found], "recall_taken_out", now)
    return tuple(
        RecalledReading(
            row["alias"],
            row["unit"],
            row["measured_at"],
            row["received_at"],
            row["model"],
            row["serial"] or "",
            firmware,
            row["calibration"],
            row["device_id"],
            row["boot_id"],
            row["sequence"],
            row["run_id"],
        )
        for row, firmware in found
    )


def _found(
    conn: Connection, principal: Principal, wish: RecallWish, now: datetime
) -> Iterator[tuple[Row, str | None]]:
    _require_support(principal)
    if wish.is_empty:
        raise Invalid("say which breathalyzers it is about")
    open_equipment(conn, principal)
    since = now - SINCE
    devices = [
        row
        for row in store.of_tenant(conn, "devices", principal.tenant_id, since=since)
        if wish.takes_device(row["model"], row["serial"])
    ]
    if not devices:
        return
    rows = store.of_tenant(
        conn,
        "readings_with",
        principal.tenant_id,
        since=since,
        models=[row["model"] for row in devices],
        serials=[row["serial"] or "" for row in devices],
        limit=MOST_READINGS + 1,
    )
    if len(rows) > MOST_READINGS:
        raise Invalid("too many readings; narrow the range")
    for row in rows:
        firmware = _firmware(row["body"])
        if wish.takes_firmware(firmware):
            yield row, firmware


def _told(found: Sequence[tuple[Row, str | None]], paired: Sequence[Row]) -> list[tuple[UUID, Recalled]]:
    groups: dict[tuple[UUID, str, str, str | None], list[Row]] = defaultdict(list)
    for row, firmware in found:
        groups[row["client_id"], row["model"], row["serial"] or "", firmware].append(row)
    now_theirs = {(row["client_id"], row["serial"]): row for row in paired}
    told = [
        (
            client,
            Recalled(
                rows[0]["alias"],
                rows[0]["unit"],
                model,
                serial,
                firmware,
                len(rows),
                min(row["measured_at"] for row in rows),
                max(row["measured_at"] for row in rows),
                tuple(sorted({row["device_id"] for row in rows})),
                (client, serial) in now_theirs,
            ),
        )
        for (client, model, serial, firmware), rows in groups.items()
    ]
    used = {(client, serial) for client, _, serial, _ in groups}
    for (client, serial), row in now_theirs.items():
        if (client, serial) not in used:
            told.append(
                (client, Recalled(row["alias"], row["unit"], "", serial, None, 0, None, None, (), True))
            )
    return sorted(told, key=lambda one: (one[1].unit, one[1].alias, one[1].serial))


def _may_be_meant(row: Row, wish: RecallWish) -> bool:
    """A pairing knows the serial number only: one without a reading is told when its number lies in the range."""
    return bool(wish.first_serial or wish.last_serial) and wish.takes_device(wish.model, row["serial"])


def _log(conn: Connection, principal: Principal, clients: Sequence[UUID], action: str, now: datetime) -> None:
    seen = require_recalled(conn, principal, sorted(set(clients)))
    access_log.write(conn, principal, seen, action, now=now)


def _firmware(body: bytes) -> str | None:
    """What the device told in the signed message; None where it told nothing, or the message cannot be read here."""
    try:
        told: Any = json.loads(bytes(body))["breathalyzer"].get("firmware")
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return str(told) if told else None


def _course(model: str, devices: dict[str, list[ZeroWeek]], outs: set[str]) -> ModelCourse:
    by_week: dict[date, list[float]] = defaultdict(list)
    for weeks in devices.values():
        for one in weeks:
            by_week[one.week].append(one.mean)
    return ModelCourse(
        model,
        tuple(
            DeviceCourse(serial, tuple(weeks), serial in outs) for serial, weeks in sorted(devices.items())
        ),
        tuple((week, median(means)) for week, means in sorted(by_week.items()) if len(means) >= LEAST_PEERS),
    )


def _require_support(principal: Principal) -> None:
    if not principal.may("operations") or principal.is_system:
        raise Forbidden
