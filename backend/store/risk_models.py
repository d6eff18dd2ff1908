"""The registry of risk models: which there are, who moved them, which are in use; switches, monitors, trends."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from psycopg.errors import UniqueViolation
from psycopg.types.json import Jsonb

from backend.store.pool import Connection, Row
from backend.store.queries import load
from relapse_model.artifact import Artifact
from relapse_model.scores import Score
from relapse_model.trend import Trend

_QUERIES = load("risk_models")
_CLAIM_HOLDS = timedelta(hours=1)


def next_version(conn: Connection, tenant_id: str) -> int:
    """The number of a tenant's next own model."""
    row = conn.execute(_QUERIES["next_version"], {"tenant_id": tenant_id}).fetchone()
    assert row is not None
    return int(row["next"])


def add(
    conn: Connection,
    model_id: UUID,
    tenant_id: str,
    name: str,
    version: str,
    account_id: UUID,
    *,
    now: datetime,
) -> bool:
    """Ask for a training; False when one is under way for the tenant."""
    params = {"model_id": model_id, "tenant_id": tenant_id, "name": name, "version": version}
    return conn.execute(_QUERIES["add"], {**params, "account_id": account_id, "now": now}).rowcount == 1


def of_tenant(conn: Connection, tenant_id: str) -> list[Row]:
    """Every model of a tenant without its document, newest first."""
    return conn.execute(_QUERIES["of_tenant"], {"tenant_id": tenant_id}).fetchall()


def one(conn: Connection, tenant_id: str, model_id: UUID) -> Row | None:
    """A model with its document, locked until the transaction ends."""
    return conn.execute(_QUERIES["one"], {"tenant_id": tenant_id, "model_id": model_id}).fetchone()


def in_use(conn: Connection, tenant_id: str) -> dict[str, UUID]:
    """Model ids by state, of those states that score: `active`, `shadow`."""
    rows = conn.execute(_QUERIES["in_use"], {"tenant_id": tenant_id})
    return {row["state"]: row["model_id"] for row in rows}


def document(conn: Connection, model_id: UUID) -> str | None:
    """The stored text of a model; None when it is not what was stored once (its SHA-256 differs) or gone."""
    row = conn.execute(_QUERIES["document"], {"model_id": model_id}).fetchone()
    if row is None or row["document"] is None:
        return None
    text: str = row["document"]
    return text if sha256(text.encode()).digest() == bytes(row["document_sha256"]) else None


def step(
    conn: Connection,
    tenant_id: str,
    model_id: UUID,
    old: str,
    new: str,
    account_id: UUID | None,
    reason: str,
    *,
    now: datetime,
) -> bool:
    """Move a model on; whoever holds the place of an active or a shadow model is retired. False: it moved already."""
    params = {
        "tenant_id": tenant_id,
        "model_id": model_id,
        "account_id": account_id,
        "reason": reason,
        "now": now,
    }
    if new in {"active", "shadow"}:
        conn.execute(_QUERIES["retire_others"], {**params, "state": new})
    moved = conn.execute(_QUERIES["step"], {**params, "old": old, "new": new}).rowcount == 1
    if moved:
        note(conn, tenant_id, model_id, old, new, account_id, reason, now=now)
    return moved


def note(
    conn: Connection,
    tenant_id: str,
    model_id: UUID,
    old: str | None,
    new: str,
    account_id: UUID | None,
    reason: str,
    *,
    now: datetime,
) -> None:
    """Write a step into the model's history."""
    params = {
        "tenant_id": tenant_id,
        "model_id": model_id,
        "account_id": account_id,
        "reason": reason,
        "now": now,
    }
    conn.execute(_QUERIES["note"], {**params, "old": old, "new": new})


def changes(conn: Connection, tenant_id: str) -> list[Row]:
    """The history of every model of a tenant, oldest first."""
    return conn.execute(_QUERIES["changes"], {"tenant_id": tenant_id}).fetchall()


def claim_training(conn: Connection, *, now: datetime) -> Row | None:
    """A model to train that nobody else is training: model_id, tenant_id, name, version."""
    return conn.execute(_QUERIES["claim"], {"now": now, "stale": now - _CLAIM_HOLDS}).fetchone()


def clients(conn: Connection, tenant_id: str) -> list[UUID]:
    """Whom a tenant's own model may learn from."""
    return [row["client_id"] for row in conn.execute(_QUERIES["clients"], {"tenant_id": tenant_id})]


def trained(
    conn: Connection, model_id: UUID, artifact: Artifact, text: str, checks: Sequence[Mapping[str, Any]]
) -> bool:
    """Store what a training came to. False when the model no longer waits for it."""
    params = {
        "model_id": model_id,
        "trained_on": artifact.trained_on,
        "people": artifact.people,
        "data_hash": artifact.data_hash,
        "feature_hash": artifact.feature_hash,
        "document": text,
        "checks": Jsonb([dict(check) for check in checks]),
    }
    return conn.execute(_QUERIES["trained"], params).rowcount == 1


def failed(conn: Connection, model_id: UUID, failure: str) -> bool:
    """Note why a training came to nothing."""
    return conn.execute(_QUERIES["failed"], {"model_id": model_id, "failure": failure}).rowcount == 1


def switch(
    conn: Connection, tenant_id: str, account_id: UUID, is_on: bool, reason: str, *, now: datetime
) -> None:
    """Turn a tenant's scores on or off."""
    params = {"tenant_id": tenant_id, "account_id": account_id, "is_on": is_on, "reason": reason, "now": now}
    conn.execute(_QUERIES["switch"], params)


def switches(conn: Connection, tenant_id: str) -> list[Row]:
    """Who turned scores on or off, newest first."""
    return conn.execute(_QUERIES["switches"], {"tenant_id": tenant_id}).fetchall()


def is_on(conn: Connection, tenant_id: str) -> bool:
    """Whether a tenant's clients are scored; on unless somebody turned it off."""
    row = conn.execute(_QUERIES["is_on"], {"tenant_id": tenant_id}).fetchone()
    return row is None or bool(row["is_on"])


def wake(conn: Connection, job: str) -> None:
    """Create the job `training` or `past` in this transaction, unless one is waiting."""
    try:
        with conn.transaction():
            conn.execute(_QUERIES[f"wake_{job}"])
    except UniqueViolation:
        return


def scored_tenants(conn: Connection, *, since: datetime) -> list[Row]:
    """Which models gave scores to whose clients: tenant_id, model_version, horizon_hours."""
    return conn.execute(_QUERIES["scored_tenants"], {"since": since}).fetchall()


def scores_given(
    conn: Connection,
    tenant_id: str,
    model_version: str,
    horizon_hours: int,
    *,
    since: datetime,
    now: datetime,
) -> list[Row]:
    """Scores as they were given, by client and time: client_id, decided_at, probability."""
    params = {"tenant_id": tenant_id, "model_version": model_version, "horizon_hours": horizon_hours}
    return conn.execute(_QUERIES["scores_given"], {**params, "since": since, "now": now}).fetchall()


def add_monitor(
    conn: Connection,
    tenant_id: str,
    model_version: str,
    horizon_hours: int,
    verdict: str,
    figures: Mapping[str, Any],
    *,
    now: datetime,
) -> None:
    """Store one look at a model in use."""
    params = {"tenant_id": tenant_id, "model_version": model_version, "horizon_hours": horizon_hours}
    conn.execute(
        _QUERIES["add_monitor"], {**params, "verdict": verdict, "figures": Jsonb(dict(figures)), "now": now}
    )


def monitors(conn: Connection, tenant_id: str) -> list[Row]:
    """Looks at a tenant's models, newest first."""
    return conn.execute(_QUERIES["monitors"], {"tenant_id": tenant_id}).fetchall()


def judged_useful(conn: Connection, tenant_id: str, *, since: datetime) -> dict[str, int]:
    """How staff closed alerts about worsening, by reason."""
    rows = conn.execute(_QUERIES["judged_useful"], {"tenant_id": tenant_id, "since": since})
    return {row["close_reason"]: row["n"] for row in rows}


def shadow_against_active(conn: Connection, tenant_id: str, *, since: datetime) -> list[Row]:
    """Means and correlation of the shadow's scores and the ones in use, for the same decisions."""
    return conn.execute(
        _QUERIES["shadow_against_active"], {"tenant_id": tenant_id, "since": since}
    ).fetchall()


def add_shadow_scores(
    conn: Connection, tenant_id: str, scores: Sequence[Score], *, computed_at: datetime
) -> None:
    """Store what a shadow model says, apart from the scores anybody sees."""
    rows = [
        (UUID(s.person_id), s.decided_at, h.horizon_hours, h.probability, s.coverage.level)
        for s in scores
        for h in s.horizons
    ]
    if rows:
        names = ("client_id", "decided_at", "horizon_hours", "probability", "coverage")
        columns = dict(zip(names, (list(column) for column in zip(*rows, strict=True)), strict=True))
        version = f"{scores[0].model_name} {scores[0].model_version}"
        params = {"tenant_id": tenant_id, "model_version": version, "computed_at": computed_at}
        conn.execute(_QUERIES["add_shadow_scores"], {**columns, **params})


def add_trends(conn: Connection, trends: Sequence[Trend], *, now: datetime) -> None:
    """Each client's trend as it stands now."""
    params = {
        "client_id": [UUID(trend.person_id) for trend in trends],
        "index": [trend.index for trend in trends],
        "is_alarm": [trend.alarm for trend in trends],
        "onset": [trend.onset for trend in trends],
        "drivers": [",".join(trend.drivers) for trend in trends],
        "sv": [trend.sv for trend in trends],
        "en": [trend.en for trend in trends],
        "now": now,
    }
    conn.execute(_QUERIES["add_trends"], params)


def past_unscored(conn: Connection, limit: int) -> list[UUID]:
    """Imported people whose past has no scores yet and whom no other worker is scoring."""
    return [row["client_id"] for row in conn.execute(_QUERIES["past_unscored"], {"limit": limit})]


def past_scored(conn: Connection, client_ids: Sequence[UUID], *, now: datetime) -> None:
    """Note that these people's past has been scored."""
    conn.execute(_QUERIES["past_scored"], {"client_ids": list(client_ids), "now": now})
