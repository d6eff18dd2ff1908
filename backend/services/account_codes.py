"""One-time codes that are handed over in person: a first password, a new one, a new start, or a client's phone.

A code is 12 letters or digits out of 30 (58 random bits), lives shortly, is used once, and wrong ones slow down where
they come from. A code for a new password leaves the second factor in place; only a new start, issued after the same
check of who it is as at the beginning, removes it (compliance reference 7.5, V6.4.3 and V6.4.4).
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from backend.errors import BackendError
from backend.services.guessing import Tries, place, refuse_guessing
from backend.services.password_rules import PasswordRefused
from backend.services.passwords import is_password, new_hash
from backend.services.sign_in_steps import (
    REQUIRED,
    Asker,
    Shown,
    SignInPolicy,
    StepNeeded,
    begin_step,
    digest,
    note,
    proceed,
    step_of,
)
from backend.services.views import LoginResult
from backend.store import logins
from backend.store import sign_in as store
from backend.store.pool import Connection, Database, Row, enter_tenant
from backend.store.scope import NOBODY

Purpose = Literal["invite", "password", "restart", "phone"]
LIFE: Final[dict[Purpose, timedelta]] = {
    "invite": timedelta(hours=72),
    "password": timedelta(hours=1),
    "restart": timedelta(hours=1),
    "phone": timedelta(minutes=15),
}
FREE_CODES: Final = 10
LETTERS: Final = "abcdefghjkmnpqrstvwxyz23456789"
_GROUPS, _GROUP = 3, 4


class CodeRefused(BackendError):
    """The code is wrong, used or too old. Ask for a new one."""

    status = 404


@dataclass(frozen=True, slots=True)
class IssuedCode:
    """A code, shown once."""

    code: str
    ends_at: datetime


def issue(conn: Connection, account: Row, purpose: Purpose, by: UUID | None, *, now: datetime) -> IssuedCode:
    """A new code for an account, for a caller who has checked that `by` may. Unused ones before it end."""
    letters = [secrets.choice(LETTERS) for _ in range(_GROUPS * _GROUP)]
    code = "-".join("".join(letters[at : at + _GROUP]) for at in range(0, len(letters), _GROUP))
    ends_at = now + LIFE[purpose]
    store.change(conn, "withdraw_codes", account_id=account["account_id"])
    store.change(
        conn,
        "add_code",
        code_sha256=code_digest(code),
        tenant_id=account["tenant_id"],
        account_id=account["account_id"],
        purpose=purpose,
        issued_by=by,
        now=now,
        ends_at=ends_at,
    )
    note(conn, account, f"code_{purpose}", by=by, now=now)
    return IssuedCode(code, ends_at)


def use_for_password(db: Database, code: str, *, asker: Asker, now: datetime) -> None:
    """Use a staff code up. Always raises: StepNeeded to choose a password, CodeRefused, TooManyAttempts."""
    refuse_guessed_codes(db, asker, now)
    with db.transaction(NOBODY) as conn:
        needed = _password_step(conn, code, asker, now)
    if needed is None:
        remember_wrong_code(db, asker, now)
        raise CodeRefused
    raise needed


def choose_password(
    db: Database,
    step_token: str,
    password: str,
    *,
    asker: Asker,
    policy: SignInPolicy = REQUIRED,
    now: datetime,
) -> LoginResult:
    """Set the password of a sign-in that began with a code; every other login of the account ends.

    Raises PasswordRefused, StepOver, and StepNeeded for the second factor, which a code never stands for.
    """
    step = step_of(db, step_token, now=now, kind="password")
    principal = step.principal
    with db.transaction(principal) as conn:
        account = store.one(conn, "account", account_id=principal.account_id)
        assert account is not None, "a step's account exists"
        store_password(conn, account, password, now=now, asker=asker)
        store.change(conn, "end_steps_of", account_id=principal.account_id)
        store.change(conn, "end_logins", account_id=principal.account_id, but=b"")
    shown = Shown("code")
    return proceed(db, principal.account_id, principal.tenant_id, shown, asker=asker, policy=policy, now=now)


def store_password(conn: Connection, account: Row, password: str, *, asker: Asker, now: datetime) -> None:
    """Judge a password and store its hash. Raises PasswordRefused, also for the password there is already."""
    own = [account[name] or "" for name in ("username", "display_name", "unit", "tenant")]
    if account["password_hash"] is not None and is_password(account["password_hash"], password):
        raise PasswordRefused("same")
    password_hash = new_hash(password, own)
    account_id = account["account_id"]
    store.change(conn, "set_password", account_id=account_id, password_hash=password_hash)
    note(conn, account, "password_set", by=account_id, browser=asker.browser, now=now)


def code_digest(code: str) -> bytes:
    """What is kept of a code, however it was typed."""
    return digest("".join(letter for letter in code.lower() if letter.isalnum())[:64])


def refuse_guessed_codes(db: Database, asker: Asker, now: datetime) -> None:
    """Slow down a place that many wrong codes came from. Raises TooManyAttempts."""
    with db.transaction(NOBODY) as conn:
        refuse_guessing(conn, _tries(asker), now)


def remember_wrong_code(db: Database, asker: Asker, now: datetime) -> None:
    """Count a wrong code."""
    with db.transaction(NOBODY) as conn:
        logins.remember_failure(conn, _tries(asker).key, now=now)


def enter_code(conn: Connection, code: str, now: datetime) -> Row | None:
    """The unused code, with the transaction inside its tenant; None when there is none."""
    tenant_id = store.tenant_of(conn, "code", code_digest(code))
    if tenant_id is None:
        return None
    enter_tenant(conn, tenant_id)
    return store.one(conn, "code", code_sha256=code_digest(code), now=now)


def used(conn: Connection, row: Row, code: str, now: datetime) -> Row | None:
    """Use the code up: its account, or None when somebody was quicker."""
    if not store.change(conn, "use_code", code_sha256=code_digest(code), now=now):
        return None
    return store.one(conn, "account", account_id=row["account_id"])


def _password_step(conn: Connection, code: str, asker: Asker, now: datetime) -> StepNeeded | None:
    row = enter_code(conn, code, now)
    if row is None or row["purpose"] == "phone":
        return None
    account = used(conn, row, code, now)
    if account is None:
        return None
    account_id = account["account_id"]
    if row["purpose"] == "restart":
        for query in ("remove_totp", "remove_passkeys", "remove_recovery_codes", "remove_identities"):
            store.change(conn, query, account_id=account_id)
        # Whoever knows the old password must not set up a factor of their own before its owner has chosen a new one.
        store.change(conn, "set_password", account_id=account_id, password_hash=None)
        store.change(conn, "end_steps_of", account_id=account_id)
        store.change(conn, "forget_known_browsers", account_id=account_id, all=True, since=now)
        store.change(conn, "end_logins", account_id=account_id, but=b"")
    return begin_step(conn, account, "password", "code", asker=asker, now=now)


def _tries(asker: Asker) -> Tries:
    return Tries(f"code {place(asker.address).key}", FREE_CODES)
