"""Signing in with a password, and out. `now` is always the machine's own time here, also where a demo's clock runs
faster.

Tokens are 256 random bits; the database keeps only their SHA-256. How it works, in words: docs/sign-in.md.
"""

from datetime import datetime, timedelta
from uuid import UUID

from backend.access.principal import Principal
from backend.errors import SignInFailed
from backend.services.guessing import (
    FREE_ATTEMPTS,
    LONGEST_WAIT,
    TooManyAttempts,
    Tries,
    place,
    refuse_guessing,
)
from backend.services.passwords import hash_password, is_password, needs_rehash
from backend.services.sign_in_steps import (
    CLIENT_LONGEST,
    NOWHERE,
    REQUIRED,
    STAFF_IDLE,
    STAFF_LONGEST,
    Asker,
    Shown,
    SignInPolicy,
    digest,
    is_known,
    is_staff,
    known_key,
    proceed,
)
from backend.services.views import LoginResult
from backend.store import logins
from backend.store.pool import Connection, Database, Row, enter_tenant
from backend.store.scope import NOBODY, tenant_scope

__all__ = [
    "CLIENT_LONGEST",
    "FREE_ATTEMPTS",
    "LONGEST_WAIT",
    "STAFF_IDLE",
    "STAFF_LONGEST",
    "TooManyAttempts",
    "principal_for",
    "refuse_guessing",
    "sign_in",
    "sign_out",
]
_SEEN_EVERY = timedelta(minutes=1)


def sign_in(
    db: Database,
    username: str,
    password: str,
    *,
    asker: Asker = NOWHERE,
    policy: SignInPolicy = REQUIRED,
    now: datetime,
) -> LoginResult:
    """Check a password and start a login.

    Raises SignInFailed; TooManyAttempts with the seconds to wait; StepNeeded when a second factor has to be shown or,
    for staff, to be set up first.
    """
    name = username.strip().lower()[:200]
    with db.transaction(NOBODY) as conn:
        account = logins.account(conn, name)
        counted = _counted(conn, name, account, asker, now)
        for tries in counted:
            refuse_guessing(conn, tries, now)
    fits = is_password(account["password_hash"] if account else None, password)
    if account is None or not fits or account["disabled_at"] is not None:
        with db.transaction(NOBODY) as conn:
            for tries in counted:
                logins.remember_failure(conn, tries.key, now=now)
        raise SignInFailed
    if needs_rehash(account["password_hash"]):
        with db.transaction(tenant_scope(account["tenant_id"])) as conn:
            logins.rehash(conn, account["account_id"], hash_password(password))
    shown = Shown("password")
    return proceed(
        db, account["account_id"], account["tenant_id"], shown, asker=asker, policy=policy, now=now
    )


def principal_for(
    db: Database,
    token: str,
    *,
    policy: SignInPolicy = REQUIRED,
    now: datetime,
    is_refresh: bool = False,
) -> tuple[Principal, str] | None:
    """Who a token stands for, and the login's CSRF token; None when it is unknown, idle too long or ended.

    Staff who showed no second factor are nobody where the policy asks for one. `is_refresh`: the page asked by itself,
    so this does not count as use: an abandoned screen goes idle all the same.
    """
    token_sha256 = digest(token)
    with db.transaction(NOBODY) as conn:
        found = logins.find(conn, token_sha256)
        if found is None:
            return None
        enter_tenant(conn, found["tenant_id"])
        idle = CLIENT_LONGEST if found["role"] == "client" else STAFF_IDLE
        is_too_weak = policy.staff_second_factor and is_staff(found["role"]) and not found["is_strong"]
        if now >= found["ends_at"] or now - found["seen_at"] >= idle or is_too_weak:
            logins.end(conn, token_sha256)
            return None
        if not is_refresh and now - found["seen_at"] >= _SEEN_EVERY:
            logins.seen(conn, token_sha256, now=now)
    principal = Principal(
        found["account_id"],
        found["tenant_id"],
        found["role"],
        found["unit_id"],
        found["client_id"],
        found["display_name"],
        found["language"],
    )
    return principal, found["csrf_token"]


def sign_out(db: Database, token: str, *, now: datetime) -> None:  # noqa: ARG001 (as its neighbours)
    """End a login; one that is gone already is no error."""
    token_sha256 = digest(token)
    with db.transaction(NOBODY) as conn:
        found = logins.find(conn, token_sha256)
        if found is not None:
            enter_tenant(conn, found["tenant_id"])
            logins.end(conn, token_sha256)


def _counted(
    conn: Connection, name: str, account: Row | None, asker: Asker, now: datetime
) -> tuple[Tries, ...]:
    """What this attempt counts against. Leaves the transaction inside the account's tenant."""
    if account is not None and asker.known:
        account_id: UUID = account["account_id"]
        enter_tenant(conn, account["tenant_id"])
        if is_known(conn, account_id, asker, now):
            return (Tries(known_key(asker)),)
    return (Tries(name), place(asker.address)) if asker.address else (Tries(name),)
