"""Accounts of staff: invite, disable, end logins, a code for a new password. For the unit's manager, and in part for
the tenant's operator; the platform's own command may all of it.

An operator may end and disable, which takes access away, but hands out no code: a code lets its holder in as somebody
else, and operators see no client.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID, uuid4

from backend.access.principal import Principal
from backend.errors import Conflict, Forbidden, Invalid, NotFound
from backend.services.account_codes import IssuedCode, issue
from backend.services.sign_in_steps import is_staff, note
from backend.services.two_persons import SameHand, given_by, hands
from backend.store import enrolment
from backend.store import sign_in as store
from backend.store.pool import Connection, Database, Row

StaffRole = Literal["clinician", "manager"]
INVITED_BY_MANAGERS: Final = ("clinician", "manager")
_USERNAME: Final = re.compile(r"^[a-z0-9][a-z0-9._@-]{1,79}$")


class StartedAlready(Conflict):
    """This account is in use already. A code for a new password or for a new start is what its owner needs."""


@dataclass(frozen=True, slots=True)
class StaffAccount:
    """An account as its manager sees it: no secret, and no client.

    `let_in_by`: who lately gave it the code it got in by, until it is confirmed; two persons, say, only then.
    """

    account_id: UUID
    username: str
    display_name: str
    role: str
    unit: str | None
    is_disabled: bool
    has_password: bool
    has_factor: bool
    logins: int
    seen_at: datetime | None
    code_until: datetime | None
    is_own: bool
    can_have_code: bool
    is_started: bool
    let_in_by: tuple[str, ...]
    can_confirm: bool


def of_staff(db: Database, principal: Principal, *, now: datetime) -> tuple[StaffAccount, ...]:
    """The unit's accounts for its manager, the tenant's for its operator. Raises NotFound for anybody else."""
    _require_keeper(principal)
    with db.transaction(principal) as conn:
        unit_id = principal.unit_id if principal.reach("accounts") == "unit" else None
        rows = store.every(conn, "staff", tenant_id=principal.tenant_id, unit_id=unit_id, now=now)
        held_by = given_by(conn, now=now)
        givers = {one for several in held_by.values() for one in several}
        names = {one: account["display_name"] for one in givers if (account := _account(conn, one))}
    own = hands(held_by, principal.account_id)
    return tuple(
        StaffAccount(
            row["account_id"],
            row["username"],
            row["display_name"],
            row["role"],
            row["unit"],
            row["disabled_at"] is not None,
            row["has_password"],
            row["has_factor"],
            row["logins"],
            row["seen_at"],
            row["code_until"],
            row["account_id"] == principal.account_id,
            principal.may("unit.manage") and row["role"] in INVITED_BY_MANAGERS,
            _is_started(row),
            tuple(sorted(names[one] for one in held_by.get(row["account_id"], ()) if one in names)),
            _is_started(row) and row["account_id"] in held_by and not own & hands(held_by, row["account_id"]),
        )
        for row in rows
    )


def invite(
    db: Database, principal: Principal, username: str, display_name: str, role: str, *, now: datetime
) -> IssuedCode:
    """A new account in the manager's unit, and the code by which its owner chooses a password.

    Raises NotFound for anybody but a unit's manager, Invalid, Conflict when the username is taken.
    """
    if not principal.may("unit.manage") or principal.unit_id is None:
        raise NotFound
    if role not in INVITED_BY_MANAGERS:
        raise Invalid
    with db.transaction(principal) as conn:
        account = add_account(
            conn, principal.tenant_id, principal.unit_id, username, display_name, role, now=now
        )
        return issue(conn, account, "invite", principal.account_id, now=now)


def add_account(
    conn: Connection,
    tenant_id: str,
    unit_id: UUID | None,
    username: str,
    display_name: str,
    role: str,
    *,
    now: datetime,
) -> Row:
    """An account without a password, for a caller who has checked that it may be made. Raises Invalid, Conflict."""
    name, shown = username.strip().lower(), " ".join(display_name.split())
    if not _USERNAME.match(name) or not 1 < len(shown) <= 80:
        raise Invalid("a username has 2 to 80 letters, digits or . _ @ -, and a name 2 to 80 letters")
    account_id = uuid4()
    enrolment.add(
        conn,
        "account",
        account_id=account_id,
        tenant_id=tenant_id,
        username=name,
        display_name=shown,
        role=role,
        unit_id=unit_id,
        client_id=None,
        password_hash=None,
        language="sv",
        now=now,
    )
    account = store.one(conn, "account", account_id=account_id)
    assert account is not None, "it was made just now"
    return account


def issue_code(
    db: Database, principal: Principal, account_id: UUID, purpose: str, *, now: datetime
) -> IssuedCode:
    """A code to hand over in person: `invite` again, `password`, or `restart` without the second factor.

    Raises NotFound for an account that is not the manager's to look after, Forbidden for their own, Invalid for a
    closed one, and StartedAlready for an invitation to one that is in use: that would be a way to set its password
    that lasts three days.
    """
    if purpose not in {"invite", "password", "restart"}:
        raise Invalid
    with db.transaction(principal) as conn:
        account = _kept(conn, principal, account_id)
        if not principal.may("unit.manage") or account["role"] not in INVITED_BY_MANAGERS:
            raise NotFound
        if account["disabled_at"] is not None:
            raise Invalid
        if purpose == "invite":
            if _is_started(_factors(conn, account)):
                raise StartedAlready
            return issue(conn, account, "invite", principal.account_id, now=now)
        if purpose == "password":
            return issue(conn, account, "password", principal.account_id, now=now)
        return issue(conn, account, "restart", principal.account_id, now=now)


def confirm(db: Database, principal: Principal, account_id: UUID, *, now: datetime) -> None:
    """Say that an account that somebody else let in lately is in the hands of the person it should be.

    From then on it counts as a second person to whoever gave the code, too (decision 0019). Nothing happens to one that
    nobody let in. Raises NotFound, Forbidden for one's own, Invalid for one that nobody can sign in with yet, SameHand
    for who might hold the account themselves.
    """
    with db.transaction(principal) as conn:
        account = _kept(conn, principal, account_id)
        held_by = given_by(conn, now=now)
        if hands(held_by, principal.account_id) & hands(held_by, account_id):
            raise SameHand
        if not _is_started(_factors(conn, account)):
            raise Invalid("whoever holds the code has not chosen a password yet")
        if account_id in held_by:
            note(conn, account, "confirmed", by=principal.account_id, now=now)


def end_logins(db: Database, principal: Principal, account_id: UUID, *, now: datetime) -> None:
    """Sign somebody out everywhere. Raises NotFound."""
    with db.transaction(principal) as conn:
        account = _kept(conn, principal, account_id)
        sign_out_everywhere(conn, account, principal.account_id, "logins_ended", now=now)


def set_disabled(
    db: Database, principal: Principal, account_id: UUID, *, is_disabled: bool, now: datetime
) -> None:
    """Close an account, which signs it out everywhere at once, or open it again. Raises NotFound."""
    with db.transaction(principal) as conn:
        account = _kept(conn, principal, account_id)
        if is_disabled:
            disable(conn, account, principal.account_id, now=now)
        elif store.change(conn, "enable", account_id=account_id):
            note(conn, account, "enabled", by=principal.account_id, now=now)


def disable(conn: Connection, account: Row, by: UUID | None, *, now: datetime) -> None:
    """Close an account within the caller's transaction: logins, steps, codes and phones end with it."""
    store.change(conn, "disable", account_id=account["account_id"], now=now)
    store.change(conn, "end_phones", account_id=account["account_id"], ended_by=by, now=now)
    sign_out_everywhere(conn, account, by, "disabled", now=now)


def sign_out_everywhere(conn: Connection, account: Row, by: UUID | None, kind: str, *, now: datetime) -> None:
    """End what an account has open: logins, sign-ins under way, unused codes, known browsers."""
    account_id = account["account_id"]
    store.change(conn, "end_logins", account_id=account_id, but=b"")
    store.change(conn, "end_steps_of", account_id=account_id)
    store.change(conn, "withdraw_codes", account_id=account_id)
    store.change(conn, "forget_known_browsers", account_id=account_id, all=True, since=now)
    note(conn, account, kind, by=by, now=now)


def _require_keeper(principal: Principal) -> None:
    how_far = principal.reach("accounts")
    if how_far is None or (how_far == "unit" and principal.unit_id is None):
        raise NotFound


def _account(conn: Connection, account_id: UUID) -> Row | None:
    return store.one(conn, "account", account_id=account_id)


def _factors(conn: Connection, account: Row) -> Row:
    account_id = account["account_id"]
    factors = store.one(conn, "has_factor", account_id=account_id) or {}
    return {
        "has_password": account["password_hash"] is not None,
        "has_factor": factors.get("totp") or factors.get("passkey"),
        "has_identity": bool(store.every(conn, "identities", account_id=account_id)),
    }


def _is_started(row: Row) -> bool:
    """Whether its owner has a way in already."""
    return bool(row["has_password"] or row["has_factor"] or row["has_identity"])


def _kept(conn: Connection, principal: Principal, account_id: UUID) -> Row:
    """An account the principal looks after; never their own, never a client's. Raises NotFound, Forbidden."""
    _require_keeper(principal)
    account = store.one(conn, "account", account_id=account_id)
    if account is None or not is_staff(account["role"]) or account["tenant_id"] != principal.tenant_id:
        raise NotFound
    if principal.reach("accounts") == "unit" and account["unit_id"] != principal.unit_id:
        raise NotFound
    if account_id == principal.account_id:
        raise Forbidden("not one's own account here")
    return account
