"""Assessing clients: what changed data and passed deadlines come to. Bulk; every call is safe to repeat or to kill.

Each batch is one transaction that also takes the clients off the list of changed ones: a killed worker loses nothing,
and since alerts are keyed by what happened, nothing is told twice.
"""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from backend.domain.alerting import TROUBLE_OVER, URGENT_TIER, AlertDecision, contact_again
from backend.domain.assessment import AHEAD, Assessment, assess
from backend.domain.attendance import Attendance, Verdict
from backend.domain.escalation import first_due
from backend.domain.repairs import ARRIVED_AFTER_ALL, FROM_MISSING
from backend.domain.results import Judgement
from backend.services.notices import cancel_notices
from backend.store import (
    alert_policy,
    assessment_queue,
    care_facts,
    care_writes,
    escalations,
    live_events,
    risk_scores,
)
from backend.store.care_facts import StoredClient
from backend.store.pool import Connection, Database
from backend.store.scope import SYSTEM_SCOPE

log = logging.getLogger(__name__)

BATCH = 50


def sweep(db: Database, *, now: datetime) -> int:
    """Put every client whose stored deadline has passed on the list of those to assess; returns how many."""
    with db.transaction(SYSTEM_SCOPE) as conn:
        overdue = care_writes.overdue(conn, now=now)
        if overdue:
            assessment_queue.enqueue(conn, overdue, now=now)
            assessment_queue.wake_worker(conn)
        return len(overdue)


def assess_due(db: Database, *, now: datetime, batch: int = BATCH) -> int:
    """Assess every client on the list, batch by batch, until it is empty; returns how many were assessed."""
    done = 0
    while True:
        with db.transaction(SYSTEM_SCOPE) as conn:
            due = assessment_queue.take(conn, batch)
            if due:
                assess_clients(conn, {one.client_id: one.touched_from for one in due}, now=now)
        if not due:
            return done
        done += len(due)


def assess_clients(conn: Connection, touched: Mapping[UUID, datetime], *, now: datetime) -> None:
    """Assess these clients from the given instants on, inside the caller's transaction."""
    clients = care_facts.load_clients(conn, touched, now=now)
    assessed = [(one, assess(one.facts, now, uuid4)) for one in clients]
    windows, verdicts, judged = [], {}, []
    for one, found in assessed:
        windows += [
            (
                one.tenant_id,
                one.client_id,
                w.window_id,
                found.planned[w.window_id],
                found.verdicts[w.window_id],
                found.announced.get(w.window_id),
                w.ordinal,
            )
            for w in found.new_windows
        ]
        verdicts.update(_new_verdicts(one, found))
        judged += [(one.client_id, judgement) for judgement in _new_judgements(one, found)]
    care_writes.lay_out_windows(conn, windows, now=now)
    care_writes.decide_windows(conn, verdicts, now=now)
    care_writes.judge(conn, judged, now=now)
    care_writes.refresh_days(conn, {one.client_id: one.since for one in clients}, now=now)
    care_writes.touch_clients(
        conn,
        [
            (
                one.client_id,
                one.last_data_at,
                _silence_deadline(found),
                _is_news(one) or _is_repaired(one, found),
                now + AHEAD if one.facts.plans else None,
            )
            for one, found in assessed
        ],
        now=now,
    )
    if any(_is_news(one) or _is_repaired(one, found) for one, found in assessed):
        risk_scores.wake_scoring(conn)
    for one, found in assessed:
        for decision in (found.alert, found.equipment):
            _alert(conn, one, decision, now=now)
    for one, _ in assessed:
        live_events.announce(conn, one.tenant_id, [one.client_id], "assessed", now=now)


def _new_verdicts(one: StoredClient, found: Assessment) -> dict[UUID, Verdict]:
    stored = {window.window_id: window for window in one.facts.windows}
    new = {}
    for window_id, verdict in found.verdicts.items():
        window = stored.get(window_id)
        if window is None:
            continue
        old = Verdict(window.attendance, window.met_at, window.known_at, one.due_of[window_id])
        if verdict != old:
            new[window_id] = verdict
    return new


def _new_judgements(one: StoredClient, found: Assessment) -> list[Judgement]:
    """Judgements that differ from the stored ones; the first hours read are there as context only."""
    certain_from = one.since + timedelta(hours=6)
    new = []
    for judged in found.judgements:
        stored = one.results.get(judged.key)
        if stored is None or (
            judged.measured_at >= certain_from
            and (stored.state, stored.settled_by, stored.retest_until)
            != (
                judged.state,
                judged.settled_by,
                judged.retest_until,
            )
        ):
            new.append(judged)
    return new


def _silence_deadline(found: Assessment) -> datetime | None:
    return None if found.silence.lost else found.silence.deadline


def _is_news(one: StoredClient) -> bool:
    """Whether something became known that no score has seen yet."""
    if one.newest_known_at is None:
        return False
    return one.scored_at is None or one.newest_known_at > one.scored_at


def _is_repaired(one: StoredClient, found: Assessment) -> bool:
    """Whether a window that scores have seen decided weighs otherwise now: a test came in late, or people agreed."""
    return any(
        window.attendance != "pending"
        and _weight(window.attendance) != _weight(found.verdicts[window.window_id].attendance)
        for window in one.facts.windows
    )


def _weight(attendance: Attendance) -> str:
    if attendance in {"excused", "paused", "outage"}:
        return "does not count"
    return "taken" if attendance in {"on_time", "late"} else "not taken"


def _alert(conn: Connection, one: StoredClient, decision: AlertDecision, *, now: datetime) -> None:
    """Carry out the alert decision. When a person was quicker, the client is assessed again with what they did."""
    if decision.action == "nothing" or decision.kind is None:
        return
    if decision.action == "resolve":
        done = _resolve(conn, one, decision, now=now)
    else:
        done = _open_or_grow(conn, one, decision, now=now)
    if not done:
        assessment_queue.enqueue(conn, {one.client_id: now}, now=now)
        return
    live_events.announce(conn, one.tenant_id, [one.client_id], "alert", now=now)


def _open_or_grow(conn: Connection, one: StoredClient, decision: AlertDecision, *, now: datetime) -> bool:
    assert decision.kind is not None
    policy = alert_policy.of_client(conn, one.client_id)
    first = first_due(decision.tier, now, policy.hours)
    if decision.action == "open":
        is_done = care_writes.open_alert(
            conn,
            uuid4(),
            one.tenant_id,
            one.client_id,
            decision.kind,
            decision.tier,
            decision.findings,
            began_at=decision.began_at,
            escalate_at=first,
            now=now,
        )
    else:
        grown = care_writes.grow_alert(
            conn,
            decision.alert_id,
            decision.kind,
            decision.tier,
            decision.findings,
            began_at=decision.began_at,
            escalate_at=first,
            is_urgent=any(finding.tier <= URGENT_TIER for finding in decision.findings),
            calls_again=any(finding.kind == "help_asked" for finding in decision.findings),
            now=now,
        )
        is_done = grown is not None
        if grown is not None and grown.is_again:
            cancel_notices(conn, "alert", decision.alert_id, now)
    if is_done and first <= now:
        escalations.wake_worker(conn)
    return is_done


def _resolve(conn: Connection, one: StoredClient, decision: AlertDecision, *, now: datetime) -> bool:
    if decision.kind == "lost_contact":
        note = contact_again(one.facts.heard_at or now, one.facts.timezone)
    else:
        note = ARRIVED_AFTER_ALL if decision.kind in FROM_MISSING else TROUBLE_OVER
    standing = next(alert for alert in one.facts.alerts if alert.alert_id == decision.alert_id)
    said = f"{note.sv} / {note.en}"
    if care_writes.resolve_alert(conn, decision.alert_id, said, standing.state, now=now):
        cancel_notices(conn, "alert", decision.alert_id, now)
    return True
