"""Plans and proposed plans of a client. A plan is never changed, only followed by another."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from backend.domain.plans import Plan, read_random, read_rules, read_windows
from backend.errors import Conflict
from backend.store.notifications import notify
from backend.store.pool import Connection, Row
from backend.store.queries import load
from backend.store.sealed_text import open_rows, seal

CHANGED = "nykter_plan"
"""Channel that tells who sends plans to gateways whose was changed; payload: the client's id."""
_QUERIES = load("plans")


def next_version(conn: Connection, client_id: UUID) -> Row:
    """Count one change of what a client is to do: plan_version, with tenant_id and timezone. Locks the client.

    Its gateway is told once the transaction has committed.
    """
    row = conn.execute(_QUERIES["next_version"], {"client_id": client_id}).fetchone()
    assert row is not None, "a visible client exists"
    notify(conn, CHANGED, [str(client_id)])
    return row


def follow(conn: Connection, client_id: UUID, plan: Plan, *, now: datetime, **said: Any) -> None:
    """Let a plan follow those before it; windows that nobody has decided on are laid out again from there.

    `said`: windows and random as written, version, created_by, reason, agreed_at, agreed_by. Raises Conflict when a
    plan with a later start exists.
    """
    key = {"client_id": client_id, "valid_from": plan.valid_from, "now": now}
    row = conn.execute(_QUERIES["later_plan"], key).fetchone()
    if row is not None and row["there_is"]:
        raise Conflict("there is a plan that starts then or later")
    for step in ("end_plans", "drop_undecided_windows", "cancel_random", "lay_out_from"):
        conn.execute(_QUERIES[step], key)
    stored = {"plan_id": plan.plan_id, "timezone": plan.timezone, "seed": plan.seed}
    parts = {name: Jsonb(said.pop(name)) for name in ("windows", "random")}
    said["reason"] = seal(conn, client_id, "plan.reason", said["reason"])
    conn.execute(_QUERIES["add_plan"], {**key, **stored, **parts, "rules": Jsonb(asdict(plan.rules)), **said})


def agree(conn: Connection, client_id: UUID, plan_id: UUID, account_id: UUID, *, now: datetime) -> bool:
    """Note who agreed to a plan; False when somebody has already, or it is not this client's."""
    params = {"client_id": client_id, "plan_id": plan_id, "account_id": account_id, "now": now}
    return conn.execute(_QUERIES["agree"], params).fetchone() is not None


def client_of(conn: Connection, plan_id: UUID) -> UUID | None:
    """Whose plan or proposal it is."""
    row = conn.execute(_QUERIES["plan_client"], {"plan_id": plan_id}).fetchone()
    return None if row is None else row["client_id"]


def history(conn: Connection, client_id: UUID) -> list[Row]:
    """Every plan, oldest first, with who made it and who agreed to it."""
    rows = conn.execute(_QUERIES["history"], {"client_id": client_id}).fetchall()
    return open_rows(conn, rows, "plan.reason", "reason", client_id)


def drafts(conn: Connection, client_id: UUID) -> list[Row]:
    """Open proposals, oldest first."""
    rows = conn.execute(_QUERIES["drafts"], {"client_id": client_id}).fetchall()
    return open_rows(conn, rows, "plan_draft.reason", "reason", client_id)


def plan_at(conn: Connection, client_id: UUID, at: datetime) -> Row | None:
    """The newest plan begun by then."""
    return conn.execute(_QUERIES["plan_at"], {"client_id": client_id, "at": at}).fetchone()


def plans_between(conn: Connection, client_id: UUID, since: datetime, until: datetime) -> list[Row]:
    """The plans in force at any time between two instants, in order."""
    params = {"client_id": client_id, "since": since, "until": until}
    return conn.execute(_QUERIES["plans_between"], params).fetchall()


def timezone_of(conn: Connection, client_id: UUID) -> str:
    """The client's own zone."""
    row = conn.execute(_QUERIES["client_zone"], {"client_id": client_id}).fetchone()
    assert row is not None, "a visible client exists"
    return str(row["timezone"])


def add_draft(conn: Connection, **draft: Any) -> None:
    """Store a proposal, its reason sealed."""
    reason = seal(conn, draft["client_id"], "plan_draft.reason", draft["reason"])
    stored = {name: _stored(value) for name, value in draft.items()}
    conn.execute(_QUERIES["add_draft"], {**stored, "reason": reason})


def close_draft(
    conn: Connection, client_id: UUID, plan_id: UUID, closed_as: str, closed_by: UUID | None, *, now: datetime
) -> Row | None:
    """Close an open proposal and return it; None when there is none (any more)."""
    params = {"client_id": client_id, "plan_id": plan_id, "closed_as": closed_as, "closed_by": closed_by}
    rows = conn.execute(_QUERIES["close_draft"], {**params, "now": now}).fetchall()
    opened = open_rows(conn, rows, "plan_draft.reason", "reason", client_id)
    return opened[0] if opened else None


def gateway(conn: Connection, device_id: str) -> Row | None:
    """A gateway's client with timezone and plan_version; None for one that is unknown or revoked."""
    return conn.execute(_QUERIES["gateway"], {"device_id": device_id}).fetchone()


def plan_of(row: Mapping[str, Any]) -> Plan:
    """A stored plan as decisions take it. Without a seed in the row its random tests cannot be drawn."""
    return Plan(
        row["plan_id"],
        row["timezone"],
        row["valid_from"],
        row.get("valid_to"),
        read_windows(row["windows"]),
        read_rules(row["rules"]),
        read_random(row["random"]),
        row.get("seed", 0),
    )


def _stored(value: Any) -> Any:
    return Jsonb(value) if isinstance(value, dict | list) else value


def versions(conn: Connection, client_ids: Sequence[UUID], device_ids: Sequence[str]) -> list[Row]:
    """Of the gateways in use among these, and those of these clients: device, tenant, client and plan_version."""
    params = {"client_ids": list(client_ids), "device_ids": list(device_ids)}
    return conn.execute(_QUERIES["gateway_versions"], params).fetchall()


def outgrow(conn: Connection, client_id: UUID, version: int) -> None:
    """Make the client's plan_version higher than one a gateway holds already."""
    conn.execute(_QUERIES["outgrow"], {"client_id": client_id, "version": version})
