"""Telling somebody, and then somebody else, until an alert is answered. Safe to repeat, to kill and to run twice.

A step is one transaction: the row of the alert is locked, the notices are planned, what was done is written down, and
the next deadline is stored. A worker that dies takes all of it along; the next one does it again.
"""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from backend.domain.escalation import StepName, take_step
from backend.domain.rota import on_duty
from backend.services.notices import plan_notice
from backend.store import alert_policy, care_writes, escalations, live_events
from backend.store.pool import Connection, Database, Row
from backend.store.scope import SYSTEM_SCOPE

log = logging.getLogger(__name__)

BATCH = 20
ON_DUTY_MAY_LOOK = timedelta(hours=24)
"""How long somebody who was told as the one on duty may see the client (assumption)."""
_PER_ROUND = 8
_NUMBER: dict[str, int] = {"owner": 0, "duty_first": 1, "duty_second": 2, "manager": 3, "operator": 4}
_SNOOZE_ENDED = 6
_SEES_CLIENT: frozenset[StepName] = frozenset({"owner", "duty_first", "duty_second"})


def wake_if_due(db: Database, *, now: datetime) -> bool:
    """Create the `escalate` job when a stored deadline has passed; returns whether."""
    with db.transaction(SYSTEM_SCOPE) as conn:
        return escalations.is_due(conn, now=now) and escalations.wake_worker(conn)


def escalate_due(db: Database, *, now: datetime, batch: int = BATCH) -> int:
    """Take every step that is due and end every snooze that has run out; returns how many alerts were moved."""
    done = 0
    while True:
        with db.transaction(SYSTEM_SCOPE) as conn:
            alerts = escalations.take_due(conn, batch, now=now)
            for alert in alerts:
                _take(conn, alert, now=now)
            snoozes = escalations.take_snoozes(conn, batch, now=now)
            for alert in snoozes:
                _wake_up(conn, alert, now=now)
        if not alerts and not snoozes:
            return done
        done += len(alerts) + len(snoozes)


def _take(conn: Connection, alert: Row, *, now: datetime) -> None:
    policy = alert_policy.of_unit(conn, alert["unit_id"])
    lines = alert_policy.duty_lines(conn, alert["unit_id"], now=now)
    zone = policy.hours.timezone
    duty = {
        "duty_first": on_duty(lines, 1, now, zone),
        "duty_second": on_duty(lines, 2, now, zone),
        "owner": alert["owner_id"],
    }
    named = [one for one in duty.values() if one is not None]
    found = escalations.people(conn, alert["client_id"], alert["tenant_id"], alert["unit_id"], named, now=now)

    def who(step: StepName, _at: datetime) -> tuple[UUID, ...]:
        if step in {"manager", "operator"}:
            return found.get(step, ())
        one = duty[step]
        if one is not None and one in found.get("usable", ()):
            return (one,)
        return found.get("assigned", ()) if step == "owner" else ()

    came = take_step(
        alert["escalate_step"],
        alert["tier"],
        alert["raised_at"],
        frozenset(alert["told"]),
        who,
        now,
        policy.hours,
        policy.waits,
    )
    for told in came.told:
        escalations.add_step(conn, alert, told.step, told.accounts, now=now)
        for account_id in told.accounts:
            _tell(conn, alert, told.step, account_id, now=now)
    if came.next_at is None and not any(told.accounts for told in came.told) and not alert["told"]:
        log.error(
            "an alert of unit %s could be told to nobody: no clinician, duty or manager", alert["unit_id"]
        )
    number = came.next_number if came.next_number is not None else alert["escalate_step"]
    escalations.set_next(conn, alert["alert_id"], number, came.next_at)
    live_events.announce(conn, alert["tenant_id"], [alert["client_id"]], "alert", now=now)


def _tell(conn: Connection, alert: Row, step: StepName, account_id: UUID, *, now: datetime) -> None:
    """Plan the notice. Whoever is on duty is let in to the client; managers and operators learn of no client."""
    if step in {"duty_first", "duty_second"}:
        escalations.let_in(conn, account_id, alert["client_id"], now + ON_DUTY_MAY_LOOK, now=now)
    plan_notice(
        conn,
        tenant_id=alert["tenant_id"],
        account_id=account_id,
        client_id=alert["client_id"] if step in _SEES_CLIENT else None,
        subject_kind="alert",
        subject_id=alert["alert_id"],
        step=alert["round"] * _PER_ROUND + _NUMBER[step],
        tier=alert["tier"],
        due_at=now,
        now=now,
    )


def _wake_up(conn: Connection, alert: Row, *, now: datetime) -> None:
    """The snooze is over: the alert stands in its place again, and whoever put it off is reminded once."""
    escalations.end_snooze(conn, alert["alert_id"], now=now)
    care_writes.alert_changed(conn, alert["alert_id"], alert["state"], "snooze_ended", now=now)
    plan_notice(
        conn,
        tenant_id=alert["tenant_id"],
        account_id=alert["snoozed_by"],
        client_id=alert["client_id"],
        subject_kind="alert",
        subject_id=alert["alert_id"],
        step=alert["round"] * _PER_ROUND + _SNOOZE_ENDED,
        tier=alert["tier"],
        due_at=now,
        now=now,
    )
    live_events.announce(conn, alert["tenant_id"], [alert["client_id"]], "alert", now=now)
