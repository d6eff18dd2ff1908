"""Contact points: how accounts can be reached outside their own pages."""

from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, Literal
from uuid import UUID, uuid4

from backend.access.types import VisibleClientId
from backend.store.pool import Connection, Row
from backend.store.queries import load

Hours = Literal["always", "working", "duty"]

_QUERIES = load("contact_points")


@dataclass(frozen=True, slots=True)
class Uses:
    """What a place is used for (a client's choice), and at which hours (a choice of staff)."""

    for_reminders: bool = True
    for_messages: bool = True
    hours: Hours = "always"


def of_account(conn: Connection, account_id: UUID) -> list[Row]:
    """Every contact point of an account in its own order, with address, without code."""
    return conn.execute(_QUERIES["of_account"], {"account_id": account_id}).fetchall()


def lock_own(conn: Connection, account_id: UUID, contact_point_id: UUID) -> Row | None:
    """One contact point of this account, kept for this transaction; None when it is not theirs."""
    params = {"account_id": account_id, "contact_point_id": contact_point_id}
    return conn.execute(_QUERIES["lock_own"], params).fetchone()


def add(
    conn: Connection,
    tenant_id: str,
    account_id: UUID,
    kind: str,
    address: str,
    *,
    position: int,
    quiet: tuple[time, time] | None,
    timezone: str,
    uses: Uses,
    now: datetime,
) -> UUID | None:
    """A new one, unconfirmed; None when the account has that address already."""
    params = {
        "contact_point_id": uuid4(),
        "tenant_id": tenant_id,
        "account_id": account_id,
        "kind": kind,
        "address": address,
        "position": position,
        "timezone": timezone,
        "now": now,
        **_quiet(quiet),
        **_uses(uses),
    }
    row = conn.execute(_QUERIES["add"], params).fetchone()
    return None if row is None else row["contact_point_id"]


def change(
    conn: Connection,
    contact_point_id: UUID,
    *,
    position: int,
    active: bool,
    quiet: tuple[time, time] | None,
    timezone: str,
    uses: Uses,
) -> None:
    """Change everything but kind and address."""
    params = {
        "contact_point_id": contact_point_id,
        "position": position,
        "active": active,
        "timezone": timezone,
    }
    conn.execute(_QUERIES["change"], {**params, **_quiet(quiet), **_uses(uses)})


def put_first(conn: Connection, account_id: UUID, contact_point_id: UUID) -> None:
    """Let one of an account's places be the first; the others keep their order behind it."""
    conn.execute(_QUERIES["put_first"], {"account_id": account_id, "contact_point_id": contact_point_id})


def ask_code(conn: Connection, contact_point_id: UUID, code_sha256: bytes, *, ends_at: datetime) -> None:
    """A new code is under way; the one before it is worth nothing any more."""
    params = {"contact_point_id": contact_point_id, "code_sha256": code_sha256, "ends_at": ends_at}
    conn.execute(_QUERIES["ask_code"], params)


def wrong_code(conn: Connection, contact_point_id: UUID) -> None:
    """Count a wrong guess."""
    conn.execute(_QUERIES["wrong_code"], {"contact_point_id": contact_point_id})


def confirm(conn: Connection, contact_point_id: UUID, *, now: datetime) -> None:
    """The code was right: the place is the person's own, and usable (again)."""
    conn.execute(_QUERIES["confirm"], {"contact_point_id": contact_point_id, "now": now})


def remove(conn: Connection, account_id: UUID, contact_point_id: UUID) -> bool:
    """Remove it and its address; False when it is not theirs."""
    params = {"account_id": account_id, "contact_point_id": contact_point_id}
    return conn.execute(_QUERIES["remove"], params).fetchone() is not None


def disable(conn: Connection, contact_point_id: UUID, reason: str, *, now: datetime) -> None:
    """The place refused for good."""
    conn.execute(_QUERIES["disable"], {"contact_point_id": contact_point_id, "reason": reason, "now": now})


def codes_since(conn: Connection, account_id: UUID, since: datetime) -> int:
    """How many codes an account has asked for after an instant."""
    return _number(conn, "codes_since", {"account_id": account_id, "since": since})


def cancel_codes(conn: Connection, contact_point_id: UUID, *, now: datetime) -> None:
    """Codes still under way need not arrive."""
    conn.execute(_QUERIES["cancel_codes"], {"contact_point_id": contact_point_id, "now": now})


def kinds_of_unit(conn: Connection, tenant_id: str, unit_id: UUID) -> list[Row]:
    """Per account of a unit which kinds of place work, and how many were disabled; no addresses."""
    return conn.execute(_QUERIES["kinds_of_unit"], {"tenant_id": tenant_id, "unit_id": unit_id}).fetchall()


def of_client(conn: Connection, client: VisibleClientId) -> list[Row]:
    """The kinds of place a client has and whether each works; no addresses."""
    return conn.execute(_QUERIES["of_client"], {"client_id": client}).fetchall()


def disabled_count(conn: Connection, tenant_id: str | None) -> int:
    """How many places the platform has disabled, in one tenant or all."""
    return _number(conn, "disabled_count", {"tenant_id": tenant_id})


def _number(conn: Connection, name: str, params: dict[str, Any]) -> int:
    row = conn.execute(_QUERIES[name], params).fetchone()
    assert row is not None
    return int(row["n"])


def _quiet(quiet: tuple[time, time] | None) -> dict[str, time | None]:
    return {"quiet_from": quiet[0] if quiet else None, "quiet_to": quiet[1] if quiet else None}


def _uses(uses: Uses) -> dict[str, Any]:
    return {
        "for_reminders": uses.for_reminders,
        "for_messages": uses.for_messages,
        "hours": uses.hours,
    }
