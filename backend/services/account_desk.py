"""Accounts from the command line, where no manager exists yet: the platform itself acts."""

from datetime import datetime
from typing import Literal, cast
from uuid import UUID, uuid4

from backend.access.matrix import may
from backend.access.principal import SYSTEM, Role
from backend.errors import Invalid, NotFound
from backend.services import enrolment
from backend.services.account_codes import IssuedCode, issue
from backend.services.accounts import add_account, disable, sign_out_everywhere
from backend.services.enrolment import TenantKind
from backend.services.sign_in_steps import is_staff, note
from backend.store import enrolment as places
from backend.store import logins
from backend.store import sign_in as store
from backend.store.pool import Connection, Database, Row

Action = Literal["code", "restart", "sign-out", "disable", "enable"]


def invite_first(
    db: Database,
    username: str,
    display_name: str,
    role: str,
    *,
    tenant_id: str,
    tenant_name: str | None,
    kind: TenantKind,
    unit: str | None,
    now: datetime,
) -> IssuedCode:
    """An account of staff anywhere, and its code; tenant and unit are made where they are missing.

    Raises NotFound for a tenant that does not exist and has no name given, Invalid, Conflict.
    """
    if may(cast("Role", role), "care.read") and not unit:
        raise Invalid("a clinician or manager belongs to a unit: --unit")
    with db.transaction(SYSTEM) as conn:
        there = store.one(conn, "tenant", tenant_id=tenant_id) is not None
    if not there:
        if not tenant_name:
            raise NotFound("There is no such tenant; --tenant-name makes it.")
        enrolment.create_tenant(db, SYSTEM, tenant_id, tenant_name, kind, now=now)
    with db.transaction(SYSTEM) as conn:
        unit_id = _unit(conn, tenant_id, unit) if unit else None
        account = add_account(conn, tenant_id, unit_id, username, display_name, role, now=now)
        return issue(conn, account, "invite", None, now=now)


def act(db: Database, username: str, action: Action, *, now: datetime) -> IssuedCode | None:
    """What a manager could do with an account; a code where the action makes one. Raises NotFound."""
    with db.transaction(SYSTEM) as conn:
        account = _account(conn, username)
        if action == "code":
            return issue(conn, account, "password", None, now=now)
        if action == "restart":
            return issue(conn, account, "restart", None, now=now)
        if action == "sign-out":
            sign_out_everywhere(conn, account, None, "logins_ended", now=now)
        elif action == "disable":
            disable(conn, account, None, now=now)
        elif store.change(conn, "enable", account_id=account["account_id"]):
            note(conn, account, "enabled", by=None, now=now)
    return None


def _account(conn: Connection, username: str) -> Row:
    found = logins.account(conn, username.strip().lower())
    account = store.one(conn, "account", account_id=found["account_id"]) if found else None
    if account is None or not is_staff(account["role"]):
        raise NotFound("There is no such account of staff.")
    return account


def _unit(conn: Connection, tenant_id: str, name: str) -> UUID:
    found = store.one(conn, "unit", tenant_id=tenant_id, name=name)
    if found is not None:
        existing: UUID = found["unit_id"]
        return existing
    unit_id = uuid4()
    places.add(conn, "unit", unit_id=unit_id, tenant_id=tenant_id, name=name)
    return unit_id
