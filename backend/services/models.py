"""The life of a tenant's risk models: asked for, trained, looked at, run in the shadow, put to use, retired.

Each step is taken by a named person with a reason; training only prepares. A tenant can turn scores off as a whole.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, cast
from uuid import UUID, uuid4

from backend.access.principal import Principal
from backend.domain.model_states import ModelState, may_step
from backend.errors import Conflict, Forbidden, Invalid, NotFound
from backend.store import risk_models as store
from backend.store.pool import Connection, Database
from relapse_model.artifact import MODEL_NAME, MODEL_VERSION, Artifact, cold_start, read_artifact
from relapse_model.card import model_card

LEAST_WORDS = 3
_LOOK_BACK = timedelta(days=28)
_USEFUL_BACK = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class ModelChange:
    """One step of a model, and who took it (None: a training that ended)."""

    at: datetime
    by: str | None
    old: ModelState | None
    new: ModelState
    reason: str


@dataclass(frozen=True, slots=True)
class CheckView:
    """What a check before activation found."""

    code: str
    horizon_hours: int
    outcome: Literal["issue", "passed", "not_applicable"]
    explanation: str


@dataclass(frozen=True, slots=True)
class ModelView:
    """A model in the registry. `may_be_activated`: no check found an issue."""

    model_id: UUID
    name: str
    version: str
    state: ModelState
    trained_on: str
    people: int | None
    created_at: datetime
    created_by: str | None
    failure: str | None
    checks: tuple[CheckView, ...]
    may_be_activated: bool
    changes: tuple[ModelChange, ...]


@dataclass(frozen=True, slots=True)
class SwitchView:
    """Somebody turned scores on or off."""

    at: datetime
    by: str
    is_on: bool
    reason: str


@dataclass(frozen=True, slots=True)
class MonitorView:
    """One look at scores given, beside what followed (see relapse_model/monitor.py)."""

    model_version: str
    horizon_hours: int
    measured_at: datetime
    verdict: Literal["too_few", "steady", "watch", "shifted"]
    figures: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Registry:
    """All that a unit manager is shown of the tenant's models. Without an active one the shipped one scores."""

    is_on: bool
    scoring_with: str
    models: tuple[ModelView, ...]
    switches: tuple[SwitchView, ...]
    monitors: tuple[MonitorView, ...]
    shadow_beside_active: tuple[dict[str, Any], ...]
    judged: dict[str, int]
    """How staff closed the last year's alerts about worsening, by reason."""


@dataclass(frozen=True, slots=True)
class InUse:
    """Who scores a tenant's clients: `active` None when scores are turned off; `shadow` is heard by nobody."""

    active: Artifact | None
    shadow: Artifact | None


def in_use(conn: Connection, tenant_id: str, shipped: Artifact) -> InUse:
    """The models that score a tenant now. Raises Conflict when a stored model is not what was approved."""
    if not store.is_on(conn, tenant_id):
        return InUse(None, None)
    held = store.in_use(conn, tenant_id)
    active = _artifact(conn, held["active"]) if "active" in held else shipped
    return InUse(active, _artifact(conn, held["shadow"]) if "shadow" in held else None)


def registry(db: Database, principal: Principal, *, now: datetime) -> Registry:
    """The tenant's models with their histories. For managers; raises Forbidden."""
    _require_manager(principal)
    tenant_id = principal.tenant_id
    with db.transaction(principal) as conn:
        rows, changes = store.of_tenant(conn, tenant_id), store.changes(conn, tenant_id)
        switches, monitors = store.switches(conn, tenant_id), store.monitors(conn, tenant_id)
        beside = store.shadow_against_active(conn, tenant_id, since=now - _LOOK_BACK)
        judged = store.judged_useful(conn, tenant_id, since=now - _USEFUL_BACK)
    steps: dict[UUID, list[ModelChange]] = {}
    for row in changes:
        step = ModelChange(row["changed_at"], row["by"], row["old"], row["new"], row["reason"])
        steps.setdefault(row["model_id"], []).append(step)
    models = tuple(_view(row, tuple(steps.get(row["model_id"], ()))) for row in rows)
    active = next((f"{m.name} {m.version}" for m in models if m.state == "active"), None)
    return Registry(
        is_on=not switches or switches[0]["is_on"],
        scoring_with=active or f"{MODEL_NAME} {MODEL_VERSION}",
        models=models,
        switches=tuple(SwitchView(s["switched_at"], s["by"], s["is_on"], s["reason"]) for s in switches),
        monitors=tuple(MonitorView(**row) for row in monitors),
        shadow_beside_active=tuple(beside),
        judged=judged,
    )


def ask_for_training(db: Database, principal: Principal, reason: str, *, now: datetime) -> UUID:
    """Have a model trained on the tenant's own clients; a job does it, and nothing is put to use by that.

    Raises Forbidden for all but managers, Invalid without a reason, Conflict while one is being trained.
    """
    _require_manager(principal)
    words = _reason(reason)
    model_id = uuid4()
    with db.transaction(principal) as conn:
        tenant_id = principal.tenant_id
        version = f"{MODEL_VERSION}-{tenant_id}.{store.next_version(conn, tenant_id)}"
        if not store.add(conn, model_id, tenant_id, MODEL_NAME, version, principal.account_id, now=now):
            raise Conflict("a model is being trained already")
        store.note(conn, tenant_id, model_id, None, "training", principal.account_id, words, now=now)
        store.wake(conn, "training")
    return model_id


def step(
    db: Database, principal: Principal, model_id: UUID, new: ModelState, reason: str, *, now: datetime
) -> None:
    """Take a model to the shadow, into use, or out of use. The one whose place it takes is retired.

    Raises NotFound for another tenant's model, Forbidden for all but managers, Invalid without a reason or for a step
    there is not, Conflict when a check found an issue or somebody was quicker.
    """
    _require_manager(principal)
    words = _reason(reason)
    tenant_id = principal.tenant_id
    with db.transaction(principal) as conn:
        row = store.one(conn, tenant_id, model_id)
        if row is None:
            raise NotFound
        old = cast("ModelState", row["state"])
        if not may_step(old, new):
            raise Invalid(f"a model does not go from {old} to {new}")
        if new == "active" and any(check["outcome"] == "issue" for check in row["checks"]):
            raise Conflict("a check found an issue; such a model is not put to use")
        if new in {"shadow", "active"}:
            read_artifact(row["document"], row["version"])  # raises when made for other features
        if not store.step(conn, tenant_id, model_id, old, new, principal.account_id, words, now=now):
            raise Conflict


def turn(db: Database, principal: Principal, *, is_on: bool, reason: str, now: datetime) -> None:
    """Turn the tenant's risk scores on or off as a whole. Raises Forbidden, Invalid without a reason."""
    _require_manager(principal)
    words = _reason(reason)
    with db.transaction(principal) as conn:
        store.switch(conn, principal.tenant_id, principal.account_id, is_on, words, now=now)


def card(db: Database, principal: Principal, model_id: UUID | None, language: Literal["sv", "en"]) -> str:
    """The card of a model, or of the one that scores now. For everybody who works there; raises Forbidden, NotFound."""
    if not principal.may("models.read"):
        raise Forbidden
    with db.transaction(principal) as conn:
        if model_id is None:
            found = in_use(conn, principal.tenant_id, cold_start()).active or cold_start()
        else:
            row = store.one(conn, principal.tenant_id, model_id)
            if row is None or row["document"] is None:
                raise NotFound
            found = read_artifact(row["document"], row["version"])
    return model_card(found, language)


_KEPT = 16
_read: dict[UUID, Artifact] = {}
"""Stored models never change, so each is read once in a process."""


def _artifact(conn: Connection, model_id: UUID) -> Artifact:
    found = _read.get(model_id)
    if found is None:
        text = store.document(conn, model_id)
        if text is None:
            raise Conflict("the stored model is not the one that was approved")
        if len(_read) >= _KEPT:
            _read.clear()
        found = _read[model_id] = read_artifact(text, str(model_id))
    return found


def _view(row: dict[str, Any], changes: tuple[ModelChange, ...]) -> ModelView:
    checks = tuple(CheckView(**check) for check in row["checks"])
    return ModelView(
        row["model_id"],
        row["name"],
        row["version"],
        row["state"],
        row["trained_on"],
        row["people"],
        row["created_at"],
        row["created_by"],
        row["failure"],
        checks,
        bool(checks) and all(check.outcome != "issue" for check in checks),
        changes,
    )


def _require_manager(principal: Principal) -> None:
    if not principal.may("models.decide"):
        raise Forbidden


def _reason(reason: str) -> str:
    words = reason.strip()
    if not LEAST_WORDS <= len(words) <= 1000:
        raise Invalid("this needs a reason in your own words")
    return words
