"""A unit's month for its manager, and a tenant's equipment for technical support. Counts, never a person's results."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from backend.access.principal import Principal
from backend.access.visibility import open_equipment
from backend.domain.drift import Drift, ZeroValues, drifts
from backend.errors import Forbidden
from backend.services.unit_settings import own_unit, zone_of
from backend.store import beats
from backend.store import overviews as store
from backend.store.pool import Connection, Database, Row

WEEKS: Final = 12
LEAST_JUDGED: Final = 10
"""Closed risk signals before it means something that nobody judged otherwise (assumption)."""
_BEAT_FRESH_S: Final = 30.0
_SILENT_AFTER: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class SignalWeek:
    """Signals about people opened in one week, and what became of them."""

    week: date
    opened: int
    now: int
    same_day: int
    acted_on: int
    contacted: int
    wait: int
    technical: int
    not_relevant: int


@dataclass(frozen=True, slots=True)
class AdherenceWeek:
    """Tests and check-ins of one week, all clients of the unit together."""

    week: date
    due: int
    taken: int
    missed: int
    not_received: int
    asked: int
    answered: int


@dataclass(frozen=True, slots=True)
class Responsible:
    """Who follows whom, and until when."""

    name: str
    alias: str
    from_at: datetime
    to_at: datetime | None
    because: str


@dataclass(frozen=True, slots=True)
class UnitMonth:
    """Burden, adherence and people of one unit over the last twelve weeks."""

    unit_id: UUID
    unit: str
    tz: str
    clinicians: int
    signals: tuple[SignalWeek, ...]
    judged: int
    judged_otherwise: int
    adherence: tuple[AdherenceWeek, ...]
    caseload: Mapping[str, int]
    staff: tuple[tuple[UUID, str], ...]
    responsible: tuple[Responsible, ...]

    @property
    def nobody_disagrees(self) -> bool:
        """Whether staff followed every computed signal: a warning that nobody judges for themselves any more."""
        return self.judged >= LEAST_JUDGED and self.judged_otherwise == 0


@dataclass(frozen=True, slots=True)
class GatewayRow:
    """A gateway as technical support sees it: no client."""

    device_id: str
    heard_at: datetime | None
    version: str | None
    waiting: int | None
    battery: str | None
    last_error: str | None
    is_silent: bool


@dataclass(frozen=True, slots=True)
class BreathalyzerRow:
    """A breathalyzer: use, calibration as it tells itself, and its zero against its peers'."""

    model: str
    serial: str
    readings: int
    newest: datetime
    calibration: str
    device_id: str
    drift: Drift | None


@dataclass(frozen=True, slots=True)
class ProcessRow:
    """A process of the platform and its newest sign of life (real seconds ago)."""

    name: str
    age_s: float
    is_alive: bool
    note: str


@dataclass(frozen=True, slots=True)
class Operation:
    """How the platform and a tenant's equipment are."""

    processes: tuple[ProcessRow, ...]
    readings: int
    median_lag_s: float | None
    p95_lag_s: float | None
    letters: int
    gateways: tuple[GatewayRow, ...]
    breathalyzers: tuple[BreathalyzerRow, ...]
    outages: tuple[tuple[datetime, datetime | None], ...]


def unit_month(db: Database, principal: Principal, *, now: datetime) -> UnitMonth:
    """The last twelve weeks of the manager's own unit. Raises Forbidden for others, NotFound without a unit."""
    with db.transaction(principal) as conn:
        unit_id, name = own_unit(conn, principal)
        zone = zone_of(conn, unit_id, now=now)
        span = {"since": now - timedelta(weeks=WEEKS), "now": now}

        def rows(kind: str, **more: Any) -> list[Row]:
            return store.of_unit(conn, kind, unit_id, **{**span, **more})

        [judged], [clinicians], [caseload] = rows("deviation"), rows("clinicians"), rows("caseload")
        return UnitMonth(
            unit_id,
            name,
            zone,
            clinicians["clinicians"],
            tuple(SignalWeek(**row) for row in rows("signals_by_week", timezone=zone)),
            judged["closed"],
            judged["judged_otherwise"],
            tuple(AdherenceWeek(**row) for row in rows("adherence_by_week")),
            dict(caseload),
            tuple((row["account_id"], row["display_name"]) for row in rows("staff")),
            tuple(
                Responsible(row["display_name"], row["alias"], row["from_at"], row["to_at"], row["because"])
                for row in rows("responsible")
            ),
        )


def operation(db: Database, principal: Principal, *, now: datetime) -> Operation:
    """The tenant's equipment and the platform's processes. Raises Forbidden for others than technical support."""
    if principal.reach("operations") != "equipment":
        raise Forbidden
    with db.transaction(principal) as conn:
        open_equipment(conn, principal)
        tenant_id = principal.tenant_id
        [lag] = store.of_tenant(conn, "lag", tenant_id, since=now - timedelta(days=1))
        [letters] = store.of_tenant(conn, "letters_waiting", tenant_id)
        outages = store.of_tenant(conn, "outages", tenant_id, since=now - timedelta(days=90))
        return Operation(
            _processes(conn),
            lag["readings"],
            lag["median_s"],
            lag["p95_s"],
            letters["letters"],
            tuple(_gateway(row, now) for row in store.of_tenant(conn, "gateways", tenant_id)),
            _breathalyzers(conn, tenant_id, now),
            tuple((row["began_at"], row["ended_at"]) for row in outages),
        )


def _processes(conn: Connection) -> tuple[ProcessRow, ...]:
    found = []
    for name, beat in sorted(beats.beats(conn).items()):
        note = "broker" if beat.detail.get("broker_connected") is False else ""
        found.append(ProcessRow(name, beat.age_s, beat.age_s <= _BEAT_FRESH_S, note))
    return tuple(found)


def _gateway(row: Row, now: datetime) -> GatewayRow:
    heard = row["heard_at"]
    return GatewayRow(
        row["device_id"],
        heard,
        row["version"],
        row["waiting"],
        row["battery"],
        row["last_error"],
        heard is None or now - heard > _SILENT_AFTER,
    )


def _breathalyzers(conn: Connection, tenant_id: str, now: datetime) -> tuple[BreathalyzerRow, ...]:
    rows = store.of_tenant(conn, "breathalyzers", tenant_id, since=now - timedelta(days=90))
    found = drifts([ZeroValues(r["model"], r["serial"], r["zeros"], r["zero_mean"]) for r in rows])
    return tuple(
        BreathalyzerRow(
            row["model"],
            row["serial"],
            row["readings"],
            row["newest"],
            row["calibration"],
            row["device_id"],
            found.get(row["serial"]),
        )
        for row in rows
    )
