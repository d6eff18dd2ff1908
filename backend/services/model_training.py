"""Training a tenant's own model, in a process of its own, and watching models in use. Jobs call this."""

import logging
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime, timedelta

import numpy as np

from backend.store import histories
from backend.store import risk_models as store
from backend.store.pool import Connection, Database
from backend.store.scope import SYSTEM_SCOPE
from relapse_model.artifact import Artifact, artifact_text
from relapse_model.checks import run_checks
from relapse_model.errors import RelapseModelError
from relapse_model.frame import History, micros
from relapse_model.labels import Decisions
from relapse_model.monitor import RECENT_DAYS, REFERENCE_DAYS, Monitored, monitor

log = logging.getLogger(__name__)

Train = Callable[[History, str], Artifact]
"""Fits a model on a history; the text says on whom. Raises RelapseModelError when there is too little data."""


def train_next(db: Database, train: Train, *, now: datetime) -> bool:
    """Train one model that somebody asked for; False when none waits.

    The claim is one transaction and the result another, so that nothing is locked while it computes. A killed
    training is begun again when its claim is an hour old.
    """
    with db.transaction(SYSTEM_SCOPE) as conn:
        asked = store.claim_training(conn, now=now)
        if asked is None:
            return False
        clients = store.clients(conn, asked["tenant_id"])
        history = histories.history_of(conn, clients, now=now)
    try:
        artifact = train(history, f"clients of {asked['tenant_id']} as known on {now.date().isoformat()}")
    except RelapseModelError as error:
        _fail(db, asked, str(error), now=now)
        return True
    own = replace(artifact, name=asked["name"], version=asked["version"])
    checks = [asdict(check) for check in run_checks(own.report)]
    for check in checks:
        check["horizon_hours"] = int(check["horizon_hours"])
    with db.transaction(SYSTEM_SCOPE) as conn:
        if store.trained(conn, asked["model_id"], own, artifact_text(own), checks):
            reason = f"trained on {own.people} people"
            store.note(
                conn, asked["tenant_id"], asked["model_id"], "training", "candidate", None, reason, now=now
            )
    log.info("a model was trained on %d people", own.people)
    return True


def watch(db: Database, *, now: datetime) -> int:
    """Compare every model's scores of the last weeks with what followed; returns how many looks were stored."""
    since = now - timedelta(days=RECENT_DAYS + REFERENCE_DAYS)
    with db.transaction(SYSTEM_SCOPE) as conn:
        found = store.scored_tenants(conn, since=since)
    for row in found:
        with db.transaction(SYSTEM_SCOPE) as conn:
            looked = _look(conn, row["tenant_id"], row["model_version"], row["horizon_hours"], since, now)
            figures = {name: value for name, value in asdict(looked).items() if name != "verdict"}
            store.add_monitor(
                conn, row["tenant_id"], row["model_version"], row["horizon_hours"], looked.verdict, figures, now=now
            )  # fmt: skip
    return len(found)


def _look(
    conn: Connection, tenant_id: str, version: str, horizon_hours: int, since: datetime, now: datetime
) -> Monitored:
    given = store.scores_given(conn, tenant_id, version, horizon_hours, since=since, now=now)
    history = histories.history_of(conn, sorted({row["client_id"] for row in given}), now=now)
    number = {person: row for row, person in enumerate(history.people.person_id)}
    rows = sorted(
        (number[str(row["client_id"])], micros(row["decided_at"]), row["probability"]) for row in given
    )
    decisions = Decisions(
        np.array([row[0] for row in rows], dtype=np.int64), np.array([row[1] for row in rows], dtype=np.int64)
    )
    said = np.array([np.nan if row[2] is None else row[2] for row in rows], dtype=np.float64)
    return monitor(history, decisions, said, horizon_hours, micros(now))


def _fail(db: Database, asked: dict[str, object], why: str, *, now: datetime) -> None:
    with db.transaction(SYSTEM_SCOPE) as conn:
        model_id, tenant_id = asked["model_id"], str(asked["tenant_id"])
        if store.failed(conn, model_id, why):  # type: ignore[arg-type]
            store.note(conn, tenant_id, model_id, "training", "failed", None, why, now=now)  # type: ignore[arg-type]
