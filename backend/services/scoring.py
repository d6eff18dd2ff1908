"""Risk scores: on arrival of data, daily at 04:00 local, and of past days. A score starts nothing by itself.

When a score is due is a column of the client. Scoring stays out of the transaction that judges tests: a model that
fails never holds up an alert about a positive test.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np

from backend.services import alert_budget, assessment, models, planned_tests
from backend.services.enrolment import next_score_at
from backend.store import alert_budget as alert_budget_store
from backend.store import assessment_queue, histories, risk_scores
from backend.store import risk_models as registry
from backend.store.pool import Connection, Database
from backend.store.scope import SYSTEM_SCOPE
from relapse_model.artifact import Artifact, cold_start, load_artifact
from relapse_model.frame import micros
from relapse_model.labels import Decisions, daily_decisions
from relapse_model.predict import score, score_decisions
from relapse_model.trend import Trend, trends

BATCH = 100
_TREND_DAYS = 60
_DAY_BEGINS = timedelta(hours=4)
LATE = timedelta(hours=6)
"""A daily score made later than this says so: it is decided at the time it was made, not at 04:00."""


@cache
def model_from(path: Path | None) -> Artifact:
    """The model of an artifact file, or the one that ships with the package."""
    return cold_start() if path is None else load_artifact(path)


def score_due(db: Database, model: Artifact, *, now: datetime, batch: int = BATCH) -> int:
    """Score every client whose score is due, batch by batch; returns how many. Their alerts are decided next.

    `model` is the shipped one: a tenant that has put its own to use is scored with that, and one that has turned
    scores off is only given its next deadline.
    """
    done = 0
    while True:
        with db.transaction(SYSTEM_SCOPE) as conn:
            rows = risk_scores.due(conn, batch, now=now)
            if rows:
                decided = {
                    row["client_id"]: row["score_due_at"] if now - row["score_due_at"] <= LATE else now
                    for row in rows
                }
                tenants: dict[str, list[UUID]] = {}
                for row in rows:
                    tenants.setdefault(row["tenant_id"], []).append(row["client_id"])
                for tenant_id, members in sorted(tenants.items()):
                    in_use = models.in_use(conn, tenant_id, model)
                    _score(conn, tenant_id, in_use, {one: decided[one] for one in members}, now=now)
                risk_scores.reschedule(
                    conn,
                    {
                        row["client_id"]: (row["score_due_at"], next_score_at(now, ZoneInfo(row["timezone"])))
                        for row in rows
                    },
                )
                assessment_queue.enqueue(conn, dict.fromkeys(decided, now), now=now)
                assessment_queue.wake_worker(conn)
        if not rows:
            return done
        done += len(rows)


def wake_if_due(db: Database, *, now: datetime) -> bool:
    """Create the `score` job when somebody's score is due; returns whether."""
    with db.transaction(SYSTEM_SCOPE) as conn:
        is_due = risk_scores.any_due(conn, now=now)
        if is_due:
            risk_scores.wake_scoring(conn)
    return is_due


def catch_up(db: Database, model: Artifact, *, now: datetime) -> int:
    """Do at once what the jobs do one after the other: deadlines, assessments, scores, and the alerts they lead to.

    Returns how many assessments were made.
    """
    planned_tests.draw_ahead(db, now=now)
    assessment.sweep(db, now=now)
    done = assessment.assess_due(db, now=now)
    score_due(db, model, now=now)
    alert_budget.renew(db, now=now)
    return done + assessment.assess_due(db, now=now)


def backfill_scores(
    db: Database,
    client_ids: Sequence[UUID],
    since: datetime,
    until: datetime,
    *,
    now: datetime,
    model: Artifact,
) -> int:
    """Daily scores of past days in [since, until), each from what had happened by then; returns how many decisions.

    For days before the platform had the data. They know each row from when it happened, and `computed_at` says when
    they were made. A day that has a score keeps it.
    """
    done = 0
    for first in range(0, len(client_ids), BATCH):
        with db.transaction(SYSTEM_SCOPE) as conn:
            history = histories.history_of(
                conn, client_ids[first : first + BATCH], now=now, as_if_delivered=True
            )
            decisions = daily_decisions(history)
            inside = (decisions.at >= micros(since)) & (decisions.at < micros(until))
            chosen = Decisions(decisions.person[inside], decisions.at[inside])
            risk_scores.add(conn, score_decisions(model, history, chosen), computed_at=now)
            done += int(np.count_nonzero(inside))
    return done


def score_at(conn: Connection, client_ids: Sequence[UUID], model: Artifact, *, now: datetime) -> None:
    """Score clients at the end of their observed time: imported studies, whose present is the last day observed."""
    history = histories.history_of(conn, client_ids, now=now)
    at = {person: history.people.observed_to[row] for row, person in enumerate(history.people.person_id)}
    decisions = Decisions(np.arange(len(at), dtype=np.int64), np.array(list(at.values()), dtype=np.int64))
    risk_scores.add(conn, score_decisions(model, history, decisions), computed_at=now)


def score_past(db: Database, model: Artifact, *, now: datetime, batch: int = 50) -> bool:
    """Weekly scores and the trend of some imported people whose past has none; returns whether there may be more.

    Made after the import, by jobs that end soon: a study of 2,000 people over months takes minutes.
    """
    with db.transaction(SYSTEM_SCOPE) as conn:
        clients = registry.past_unscored(conn, batch)
        if clients:
            history = histories.history_of(conn, clients, now=now)
            decisions = daily_decisions(history)
            first = np.searchsorted(decisions.person, decisions.person)
            weekly = (np.arange(len(decisions)) - first) % 7 == 6
            chosen = Decisions(decisions.person[weekly], decisions.at[weekly])
            risk_scores.add(conn, score_decisions(model, history, chosen), computed_at=now)
            registry.add_trends(conn, trends(history), now=now)
            registry.past_scored(conn, clients, now=now)
            registry.wake(conn, "past")
        return bool(clients)


def _score(
    conn: Connection, tenant_id: str, in_use: models.InUse, decided: dict[UUID, datetime], *, now: datetime
) -> None:
    if in_use.active is None:
        return
    history = histories.history_of(conn, list(decided), now=now)
    at = {str(client_id): when for client_id, when in decided.items()}
    risk_scores.add(conn, score(in_use.active, history, at), computed_at=now)
    course = trends(history)
    registry.add_trends(conn, course, now=now)
    _follow_trend(conn, list(decided), course, now=now)
    if in_use.shadow is not None:
        registry.add_shadow_scores(conn, tenant_id, score(in_use.shadow, history, at), computed_at=now)


def _follow_trend(
    conn: Connection, client_ids: Sequence[UUID], course: Sequence[Trend], *, now: datetime
) -> None:
    """Store the index of the days that have ended, once a day and client: as it is then, it stays."""
    due = alert_budget_store.trend_due(conn, client_ids, now=now)
    if not due:
        return
    days: list[tuple[UUID, date, float, str | None, str | None]] = []
    for one in course:
        client_id = UUID(one.person_id)
        if client_id not in due:
            continue
        today = (now.astimezone(ZoneInfo(due[client_id])) - _DAY_BEGINS).date()
        ended = [(day, index) for day, index in zip(one.days, one.course, strict=True) if day < today]
        for day, index in ended[-_TREND_DAYS:]:
            is_last = day == ended[-1][0] and one.alarm
            days.append((client_id, day, index, one.sv if is_last else None, one.en if is_last else None))
    following = [(client_id, next_score_at(now, ZoneInfo(zone))) for client_id, zone in due.items()]
    alert_budget_store.add_trend(conn, days, following, now=now)
