"""Signing in and out. `now` is always the machine's own time here, also where a demo's clock runs faster.

Tokens are 256 random bits; the database keeps only their SHA-256. Guessing is slowed down per username by a wait that
grows to a minute at most; nobody is ever locked out.
"""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from backend.access.principal import Principal
from backend.errors import SignInFailed
from backend.services.passwords import hash_password, is_password, needs_rehash
from backend.services.views import LoginResult
from backend.store import logins
from backend.store.pool import Connection, Database, enter_tenant
from backend.store.scope import NOBODY, tenant_scope

STAFF_IDLE = timedelta(minutes=30)
STAFF_LONGEST = timedelta(hours=12)
CLIENT_LONGEST = timedelta(days=30)
FREE_ATTEMPTS = 5
LONGEST_WAIT = timedelta(seconds=60)
_FAILURES_COUNT_FOR = timedelta(minutes=15)
_SEEN_EVERY = timedelta(minutes=1)


class TooManyAttempts(SignInFailed):
    """Too many attempts; wait a little and try again."""

    status = 429

    def __init__(self, retry_after: timedelta) -> None:
        super().__init__()
        self.retry_after_s = max(1, int(retry_after.total_seconds()) + 1)


def sign_in(db: Database, username: str, password: str, *, now: datetime) -> LoginResult:
    """Check a password and start a login. Raises SignInFailed, or TooManyAttempts with the seconds to wait."""
    name = username.strip().lower()[:200]
    with db.transaction(NOBODY) as conn:
        refuse_guessing(conn, name, now)
        account = logins.account(conn, name)
    fits = is_password(account["password_hash"] if account else None, password)
    if account is None or not fits or account["disabled_at"] is not None:
        with db.transaction(NOBODY) as conn:
            logins.remember_failure(conn, name, now=now)
        raise SignInFailed
    token, csrf_token = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    ends_at = now + (CLIENT_LONGEST if account["role"] == "client" else STAFF_LONGEST)
    with db.transaction(tenant_scope(account["tenant_id"])) as conn:
        logins.forget_failures(conn, name, before=now - timedelta(days=1))
        if needs_rehash(account["password_hash"]):
            logins.rehash(conn, account["account_id"], hash_password(password))
        logins.start(conn, _digest(token), account["account_id"], csrf_token, now=now, ends_at=ends_at)
    return LoginResult(token, csrf_token, ends_at)


def principal_for(
    db: Database, token: str, *, now: datetime, is_refresh: bool = False
) -> tuple[Principal, str] | None:
    """Who a token stands for, and the login's CSRF token; None when it is unknown, idle too long or ended.

    `is_refresh`: the page asked by itself, so this does not count as use: an abandoned screen goes idle all the same.
    """
    digest = _digest(token)
    with db.transaction(NOBODY) as conn:
        found = logins.find(conn, digest)
        if found is None:
            return None
        enter_tenant(conn, found["tenant_id"])
        idle = CLIENT_LONGEST if found["role"] == "client" else STAFF_IDLE
        if now >= found["ends_at"] or now - found["seen_at"] >= idle:
            logins.end(conn, digest)
            return None
        if not is_refresh and now - found["seen_at"] >= _SEEN_EVERY:
            logins.seen(conn, digest, now=now)
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
    digest = _digest(token)
    with db.transaction(NOBODY) as conn:
        found = logins.find(conn, digest)
        if found is not None:
            enter_tenant(conn, found["tenant_id"])
            logins.end(conn, digest)


def refuse_guessing(conn: Connection, username: str, now: datetime) -> None:
    """Let whoever has failed too often lately wait a little. Raises TooManyAttempts."""
    failures, latest = logins.recent_failures(conn, username, since=now - _FAILURES_COUNT_FOR)
    if failures < FREE_ATTEMPTS or latest is None:
        return
    wait = min(LONGEST_WAIT, timedelta(seconds=2.0 ** min(failures - FREE_ATTEMPTS, 10)))
    if now < latest + wait:
        raise TooManyAttempts(latest + wait - now)


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()
