"""Thresholds from the budget: made anew by a job, kept with their history, shown with how often they were right."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from backend.access.principal import Principal
from backend.access.types import VisibleClientId
from backend.domain.budget import BACK, Threshold, risk_threshold, trend_threshold
from backend.domain.precision import Precision, Share, precision_of
from backend.domain.risk import DEFAULT_LIMITS, HORIZON_HOURS, rises, yardsticks
from backend.domain.trend import DEFAULT_TREND_LIMITS, TrendLimits, trend_rises
from backend.services.views import BudgetView, Precise, ThresholdView, Unanswered
from backend.store import alert_budget as store
from backend.store import alert_policy, alerts
from backend.store.pool import Connection, Database, Row
from backend.store.scope import SYSTEM_SCOPE

EVERY: Final = timedelta(hours=6)
MEASURED_BACK: Final = timedelta(days=90)
"""How far back precision is counted (assumption)."""
_HORIZON: Final = timedelta(hours=HORIZON_HOURS)
_WEEK: Final = timedelta(days=7)
_UNITS_AT_ONCE: Final = 5
Kind = Literal["risk", "trend"]


def is_stale(db: Database, *, now: datetime) -> bool:
    """Whether some unit's thresholds are to be made anew."""
    with db.transaction(SYSTEM_SCOPE) as conn:
        return store.any_stale(conn, stale=now - EVERY)


def renew(db: Database, *, now: datetime) -> int:
    """Make the thresholds of every unit anew that is due; returns how many units were looked at."""
    done = 0
    while True:
        with db.transaction(SYSTEM_SCOPE) as conn:
            units = store.take_stale(conn, _UNITS_AT_ONCE, stale=now - EVERY, now=now)
            for unit in units:
                _renew(conn, unit, now=now)
        if not units:
            return done
        done += len(units)


def _renew(conn: Connection, unit: Row, *, now: datetime) -> None:
    policy = alert_policy.of_unit(conn, unit["unit_id"])
    clinicians, clients = store.people(conn, unit["unit_id"], now=now)
    per_week = policy.budget_per_week * max(1, clinicians)
    past = store.past_of(conn, unit["unit_id"], now - MEASURED_BACK, now=now)
    found = thresholds_for(past, per_week, now)
    for kind, (threshold, signals) in found.items():
        if threshold is None:
            continue
        store.add_threshold(
            conn,
            unit,
            kind,
            threshold,
            _precision(past, signals, kind, now),
            budget_per_week=per_week,
            clinicians=clinicians,
            clients=clients,
            now=now,
        )


def thresholds_for(
    past: store.UnitPast, per_week: float, now: datetime
) -> dict[Kind, tuple[Threshold | None, dict[UUID, list[datetime]]]]:
    """The thresholds that keep to so many signals a week in the whole unit, and the rises each would have had."""
    courses = {client: yardsticks(scores) for client, scores in past.scores.items()}
    recent = {client: [one for one in course if one.at > now - BACK] for client, course in courses.items()}
    begun = min((one.at for course in recent.values() for one in course), default=now)
    risk = risk_threshold(recent, per_week / 2, _weeks(begun, now), DEFAULT_LIMITS)
    risk_limits = type(DEFAULT_LIMITS)(floor=risk.value) if risk else DEFAULT_LIMITS
    days = {client: [one for one in course if one.at > now - BACK] for client, course in past.trend.items()}
    begun = min((one.at for course in days.values() for one in course), default=now)
    trend = trend_threshold(days, per_week / 2, _weeks(begun, now), DEFAULT_TREND_LIMITS)
    trend_limits = TrendLimits(level=trend.value) if trend else DEFAULT_TREND_LIMITS
    return {
        "risk": (
            risk,
            {client: [one.at for one in rises(course, risk_limits)] for client, course in courses.items()},
        ),
        "trend": (
            trend,
            {
                client: [one.at for one in trend_rises(past_days, trend_limits)]
                for client, past_days in past.trend.items()
            },
        ),
    }


def _precision(
    past: store.UnitPast, signals: dict[UUID, list[datetime]], kind: Kind, now: datetime
) -> Precision:
    """Counted from where there are scores at all: before that no signal could have come."""
    known = (
        [s.decided_at for course in past.scores.values() for s in course]
        if kind == "risk"
        else [day.at for course in past.trend.values() for day in course]
    )
    return precision_of(signals, past.drinking, min(known, default=now), now, _HORIZON)


def _weeks(begun: datetime, now: datetime) -> float:
    """Weeks of scores there are, so that a unit's first days are not counted as four quiet weeks."""
    return max(min(now - begun, BACK) / _WEEK, 1.0)


def budget_of(
    conn: Connection, principal: Principal, clients: Sequence[VisibleClientId], *, now: datetime
) -> BudgetView | None:
    """The budget line of a person's unit; None for those who belong to none."""
    if principal.unit_id is None or not principal.may("unit.read"):
        return None
    policy = alert_policy.of_unit(conn, principal.unit_id)
    clinicians, _ = store.people(conn, principal.unit_id, now=now)
    return BudgetView(
        policy.budget_per_week,
        clinicians,
        store.opened(conn, clients, now - _WEEK, now=now),
        tuple(_view(row) for row in store.newest(conn, principal.unit_id, now=now)),
    )


def unanswered_of(conn: Connection, principal: Principal) -> Unanswered | None:
    """For a unit's manager: how many alerts nobody answered, without naming any client."""
    if not principal.may("unit.manage") or principal.unit_id is None:
        return None
    count, since = alerts.unanswered(conn, principal.unit_id)
    return Unanswered(count, since) if count else None


def _view(row: Row) -> ThresholdView:
    return ThresholdView(
        row["kind"],
        row["value"],
        row["set_at"],
        row["per_week"],
        row["is_within"],
        _share(row["right_signals"], row["signals"]),
        _share(row["warned_starts"], row["starts"]),
    )


def _share(hits: int | None, n: int | None) -> Precise:
    share = Share(hits or 0, n or 0)
    return Precise(share.hits, share.n, share.is_enough)
