"""Setting up: tenants, units, accounts, clients, care relations and gateways. Plans: `backend.services.plans`."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal, get_args
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from backend.access.matrix import may
from backend.access.principal import Principal, Role
from backend.errors import Conflict, Forbidden, Invalid, NotFound
from backend.services.passwords import hash_password
from backend.services.plans import agree_on_plan, set_plan
from backend.store import care_access
from backend.store import enrolment as store
from backend.store.pool import Connection, Database
from contracts.envelope import key_id_of

__all__ = [
    "add_login",
    "admit",
    "agree_on_plan",
    "assign",
    "create_account",
    "create_client",
    "create_tenant",
    "create_unit",
    "enrol_gateway",
    "next_score_at",
    "set_plan",
]

TenantKind = Literal["municipality", "region", "research"]
SCORE_HOUR = time(4)
"""Local time of the daily score (the relapse model's decision hour); outside the hours that clock changes touch."""
_SLUG = re.compile(r"^[a-z0-9][a-z0-9-]{1,47}$")
_DEVICE = re.compile(r"^[a-z0-9][a-z0-9-]{2,47}$")
_USERNAME = re.compile(r"^[a-z0-9][a-z0-9._@-]{1,79}$")


def create_tenant(
    db: Database,
    principal: Principal,
    tenant_id: str,
    name: str,
    kind: TenantKind,
    *,
    settings: Mapping[str, Any] | None = None,
    now: datetime,
) -> None:
    """A new tenant. Only the system itself may. Raises Forbidden, Invalid, Conflict when the name is taken."""
    if not principal.is_system:
        raise Forbidden
    if not _SLUG.match(tenant_id) or kind not in get_args(TenantKind):
        raise Invalid("a tenant is named by lower-case letters, digits and hyphens")
    with db.transaction(principal) as conn:
        store.add(
            conn, "tenant", tenant_id=tenant_id, name=name, kind=kind, settings=dict(settings or {}), now=now
        )


def create_unit(db: Database, principal: Principal, tenant_id: str, name: str) -> UUID:
    """A new care unit of a tenant. Raises Forbidden."""
    _require_administrator(principal, tenant_id)
    unit_id = uuid4()
    with db.transaction(principal) as conn:
        store.add(conn, "unit", unit_id=unit_id, tenant_id=tenant_id, name=name)
    return unit_id


def create_account(
    db: Database,
    principal: Principal,
    tenant_id: str,
    *,
    username: str,
    display_name: str,
    role: Role,
    password: str,
    unit_id: UUID | None = None,
    client_id: UUID | None = None,
    language: Literal["sv", "en"] = "sv",
    now: datetime,
) -> UUID:
    """A login with a password that the caller knows, so for the system only; people are invited (accounts.invite).

    A client's login names the client. Raises Forbidden, NotFound, Invalid, Conflict when the username is taken.
    """
    if not principal.is_system:
        raise Forbidden
    if role == "relative":
        raise Invalid("a relative is invited by the client")
    with db.transaction(principal) as conn:
        if client_id is not None:
            _client_in(conn, tenant_id, client_id)
        if unit_id is not None and store.tenant_of_unit(conn, unit_id) != tenant_id:
            raise NotFound
        return add_login(
            conn,
            tenant_id,
            username=username,
            display_name=display_name,
            role=role,
            password=password,
            unit_id=unit_id,
            client_id=client_id,
            language=language,
            now=now,
        )


def add_login(
    conn: Connection,
    tenant_id: str,
    *,
    username: str,
    display_name: str,
    role: Role,
    password: str,
    unit_id: UUID | None = None,
    client_id: UUID | None = None,
    language: Literal["sv", "en"] = "sv",
    now: datetime,
) -> UUID:
    """A login within the caller's transaction, for a caller who has checked that there may be one.

    Raises Invalid, Conflict when the username is taken.
    """
    name = username.strip().lower()
    if not _USERNAME.match(name):
        raise Invalid("a username has 2 to 80 letters, digits or . _ @ -")
    if role == "system" or role not in get_args(Role) or (role == "client") != (client_id is not None):
        raise Invalid("a client's login names its client, and only that")
    account_id = uuid4()
    store.add(
        conn,
        "account",
        account_id=account_id,
        tenant_id=tenant_id,
        username=name,
        display_name=display_name,
        role=role,
        unit_id=unit_id,
        client_id=client_id,
        password_hash=hash_password(password),
        language=language,
        now=now,
    )
    return account_id


def create_client(
    db: Database,
    principal: Principal,
    unit_id: UUID,
    *,
    alias: str,
    timezone: str,
    started_on: date,
    display_name: str | None = None,
    now: datetime,
) -> UUID:
    """A new client of a unit. Raises Forbidden, NotFound for an unknown unit, Invalid, Conflict for a taken alias."""
    client_id = uuid4()
    with db.transaction(principal) as conn:
        tenant_id = store.tenant_of_unit(conn, unit_id)
        if tenant_id is None:
            raise NotFound
        _require_administrator(principal, tenant_id)
        admit(conn, client_id, tenant_id, unit_id, alias, timezone, started_on, display_name, now=now)
    return client_id


def admit(
    conn: Connection,
    client_id: UUID,
    tenant_id: str,
    unit_id: UUID,
    alias: str,
    timezone: str,
    started_on: date,
    display_name: str | None,
    *,
    now: datetime,
) -> None:
    """A new client within the caller's transaction, for a caller who has checked that the principal may.

    Raises Invalid for an unknown zone, Conflict for a taken alias.
    """
    store.add(
        conn,
        "client",
        client_id=client_id,
        tenant_id=tenant_id,
        unit_id=unit_id,
        alias=alias,
        display_name=display_name,
        timezone=timezone,
        started_on=started_on,
        score_due_at=next_score_at(now, _zone(timezone)),
        now=now,
    )


def assign(
    db: Database,
    principal: Principal,
    account_id: UUID,
    client_id: UUID,
    *,
    from_at: datetime | None = None,
    to_at: datetime | None = None,
    now: datetime,
) -> UUID:
    """Start a care relation: from then on the account sees the client. Raises Forbidden, NotFound, Invalid."""
    assignment_id = uuid4()
    with db.transaction(principal) as conn:
        tenant_id = _tenant_of_client(conn, client_id)
        _require_administrator(principal, tenant_id)
        account = store.account(conn, account_id)
        if account is None or account["tenant_id"] != tenant_id:
            raise NotFound
        if not may(account["role"], "care.read"):
            raise Invalid("only clinicians and managers have care relations")
        if care_access.keeps_out(conn, client_id, account_id):
            raise Conflict("the client keeps that unit out")
        store.assign(conn, assignment_id, account_id, client_id, from_at or now, to_at)
    return assignment_id


def enrol_gateway(
    db: Database, principal: Principal, device_id: str, client_id: UUID, public_key: bytes, *, now: datetime
) -> None:
    """Let a gateway speak for a client with this Ed25519 public key (32 bytes).

    Raises Forbidden, NotFound, Invalid, Conflict when the device or the key is enrolled already.
    """
    if not _DEVICE.match(device_id) or len(public_key) != 32:
        raise Invalid("a gateway has a name of lower-case letters, digits and hyphens, and a key of 32 bytes")
    with db.transaction(principal) as conn:
        tenant_id = _tenant_of_client(conn, client_id)
        _require_administrator(principal, tenant_id)
        store.add(
            conn,
            "gateway",
            device_id=device_id,
            tenant_id=tenant_id,
            client_id=client_id,
            public_key=public_key,
            key_id=key_id_of(public_key),
            now=now,
        )


def next_score_at(now: datetime, zone: ZoneInfo) -> datetime:
    """The next local 04:00 after `now`, in UTC."""
    day = now.astimezone(zone).date()
    at = datetime.combine(day, SCORE_HOUR, zone).astimezone(UTC)
    return at if at > now else datetime.combine(day + timedelta(days=1), SCORE_HOUR, zone).astimezone(UTC)


def _require_administrator(principal: Principal, tenant_id: str) -> None:
    """The system, or a manager or operator of the same tenant."""
    if principal.is_system:
        return
    if not principal.may("administer") or principal.tenant_id != tenant_id:
        raise Forbidden


def _tenant_of_client(conn: Connection, client_id: UUID) -> str:
    row = store.client(conn, client_id)
    if row is None:
        raise NotFound
    tenant_id: str = row["tenant_id"]
    return tenant_id


def _client_in(conn: Connection, tenant_id: str, client_id: UUID) -> None:
    if _tenant_of_client(conn, client_id) != tenant_id:
        raise NotFound


def _zone(timezone: str) -> ZoneInfo:
    try:
        return ZoneInfo(timezone)
    except (KeyError, ValueError, OSError) as error:
        raise Invalid(f"{timezone!r} is not an IANA time zone") from error
