"""What a unit has decided about its alerts: working hours, waits, budget, and who is on duty.

The unit's manager decides; its clinicians may read. Everybody else finds nothing.
"""

from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal
from uuid import UUID

from backend.access.matrix import may
from backend.access.principal import Principal
from backend.domain.alert_policy import AlertPolicy
from backend.domain.escalation import Waits
from backend.domain.rota import DutyLine, Once, RotaError, Weekly, check_line, on_duty
from backend.domain.working_time import WorkingHoursError, read_hours
from backend.errors import Forbidden, Invalid, NotFound
from backend.store import alert_budget, enrolment, unit_settings
from backend.store import alert_policy as store
from backend.store.pool import Connection, Database, Row

_SHOWN = 200


@dataclass(frozen=True, slots=True)
class PolicyView:
    """A unit's policy as written. Times are wall-clock times in `timezone`; `working_hours` by ISO weekday."""

    timezone: str
    working_hours: dict[str, tuple[str, str]]
    half_day_closes: str
    budget_per_week: float
    now_wait_min: int
    same_day_wait_min: int
    closed_days: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class DutyView:
    """A line of the rota. `account_id` None: nobody has the place then."""

    duty_id: int
    place: int
    account_id: UUID | None
    name: str | None
    from_weekday: int | None
    from_time: time | None
    to_weekday: int | None
    to_time: time | None
    first_day: date | None
    last_day: date | None
    from_at: datetime | None
    to_at: datetime | None


@dataclass(frozen=True, slots=True)
class Rota:
    """The lines of a rota that are not over, and who is on duty now."""

    lines: tuple[DutyView, ...]
    first_now: UUID | None
    second_now: UUID | None


@dataclass(frozen=True, slots=True)
class ThresholdRecord:
    """A threshold that was set, from what, and how right it was then."""

    kind: Literal["risk", "trend"]
    set_at: datetime
    value: float
    budget_per_week: float | None
    per_week: float | None
    is_within: bool | None
    clinicians: int | None
    clients: int | None
    signals: int | None
    right_signals: int | None
    starts: int | None
    warned_starts: int | None


def policy(db: Database, principal: Principal, unit_id: UUID) -> PolicyView:
    """A unit's policy, or the defaults. Raises NotFound for anybody outside the unit."""
    with db.transaction(principal) as conn:
        _require_of_unit(principal, unit_id)
        return policy_view(store.of_unit(conn, unit_id))


def set_policy(
    db: Database, principal: Principal, unit_id: UUID, wanted: PolicyView, reason: str = "", *, now: datetime
) -> None:
    """Decide a unit's policy. Raises NotFound outside the unit, Forbidden for others than its manager, Invalid."""
    decided = checked_policy(wanted)
    with db.transaction(principal) as conn:
        _require_manager(principal, unit_id)
        keep_policy(conn, principal, unit_id, decided, reason, now=now)


def checked_policy(wanted: PolicyView) -> AlertPolicy:
    """The policy as decisions need it. Raises Invalid for what cannot be meant."""
    try:
        hours = read_hours(wanted.timezone, wanted.working_hours, wanted.half_day_closes, wanted.closed_days)
    except (WorkingHoursError, ValueError) as error:
        raise Invalid(str(error)) from error
    if not 0.5 <= wanted.budget_per_week <= 100:
        raise Invalid("the budget lies between 0.5 and 100 signals per clinician and week")
    if not 5 <= wanted.now_wait_min <= 240 or not 30 <= wanted.same_day_wait_min <= 1440:
        raise Invalid("waits: 5 to 240 minutes for now, 30 to 1440 minutes of working time for the same day")
    waits = Waits(timedelta(minutes=wanted.now_wait_min), timedelta(minutes=wanted.same_day_wait_min))
    return AlertPolicy(hours, waits, wanted.budget_per_week)


def keep_policy(
    conn: Connection, principal: Principal, unit_id: UUID, decided: AlertPolicy, reason: str, *, now: datetime
) -> None:
    """Store a policy with its reason in the unit's history, for a caller who has checked that the principal may."""
    store.set_policy(conn, unit_id, decided, _by(principal), now=now)
    if not principal.is_system:
        unit_settings.add(
            conn,
            principal.tenant_id,
            unit_id,
            "alert_policy",
            _plain(policy_view(decided)),
            principal.account_id,
            reason,
            valid_from=now,
            now=now,
        )


def rota(db: Database, principal: Principal, unit_id: UUID, *, now: datetime) -> Rota:
    """Who is on duty when. Raises NotFound for anybody outside the unit."""
    with db.transaction(principal) as conn:
        _require_of_unit(principal, unit_id)
        zone = store.of_unit(conn, unit_id).hours.timezone
        lines = store.duty_lines(conn, unit_id, now=now)
        rows = store.duty_rows(conn, unit_id, now=now)
    return Rota(
        tuple(_duty_view(row) for row in rows), on_duty(lines, 1, now, zone), on_duty(lines, 2, now, zone)
    )


def add_duty(
    db: Database,
    principal: Principal,
    unit_id: UUID,
    place: Literal[1, 2],
    account_id: UUID | None,
    when: Weekly | Once,
    *,
    now: datetime,
) -> int:
    """Put somebody (or nobody) on duty; returns the line's number.

    Raises NotFound outside the unit or for an account that is no staff of the tenant, Forbidden for others than the
    unit's manager, Invalid for times that cannot be meant.
    """
    line = DutyLine(0, place, account_id, when)
    try:
        check_line(line)
    except RotaError as error:
        raise Invalid(str(error)) from error
    with db.transaction(principal) as conn:
        _require_manager(principal, unit_id)
        _require_staff(conn, account_id, _tenant_of(conn, unit_id))
        return store.add_duty(conn, unit_id, line, _by(principal), now=now)


def withdraw_duty(db: Database, principal: Principal, unit_id: UUID, duty_id: int, *, now: datetime) -> None:
    """Take a line out of the rota. Raises NotFound, Forbidden for others than the unit's manager."""
    with db.transaction(principal) as conn:
        _require_manager(principal, unit_id)
        if not store.withdraw_duty(conn, unit_id, duty_id, _by(principal), now=now):
            raise NotFound


def thresholds(db: Database, principal: Principal, unit_id: UUID) -> tuple[ThresholdRecord, ...]:
    """A unit's thresholds with their history, newest first. Raises NotFound for anybody outside the unit."""
    with db.transaction(principal) as conn:
        _require_of_unit(principal, unit_id)
        return tuple(ThresholdRecord(**row) for row in alert_budget.history(conn, unit_id, _SHOWN))


def _require_of_unit(principal: Principal, unit_id: UUID) -> None:
    if principal.is_system:
        return
    if not principal.may("unit.read") or principal.unit_id != unit_id:
        raise NotFound


def _require_manager(principal: Principal, unit_id: UUID) -> None:
    _require_of_unit(principal, unit_id)
    if not principal.may("unit.manage") and not principal.is_system:
        raise Forbidden


def _require_staff(conn: Connection, account_id: UUID | None, tenant_id: str) -> None:
    if account_id is None:
        return
    account = enrolment.account(conn, account_id)
    if account is None or account["tenant_id"] != tenant_id:
        raise NotFound
    if not may(account["role"], "care.read"):
        raise Invalid("only clinicians and managers can be on duty")


def _tenant_of(conn: Connection, unit_id: UUID) -> str:
    tenant_id = enrolment.tenant_of_unit(conn, unit_id)
    if tenant_id is None:
        raise NotFound
    return tenant_id


def _by(principal: Principal) -> UUID | None:
    return None if principal.is_system else principal.account_id


def policy_view(decided: AlertPolicy) -> PolicyView:
    """A policy as it is written."""
    return PolicyView(
        decided.hours.timezone,
        {
            str(day): (f"{opens:%H:%M}", f"{closes:%H:%M}")
            for day, (opens, closes) in sorted(decided.hours.days.items())
        },
        f"{decided.hours.half_day_closes:%H:%M}",
        decided.budget_per_week,
        int(decided.waits.now / timedelta(minutes=1)),
        int(decided.waits.same_day / timedelta(minutes=1)),
        tuple(sorted(decided.hours.closed)),
    )


def _plain(view: PolicyView) -> dict[str, object]:
    return {**asdict(view), "closed_days": [day.isoformat() for day in view.closed_days]}


def _duty_view(row: Row) -> DutyView:
    return DutyView(**{name: row[name] for name in DutyView.__dataclass_fields__})
