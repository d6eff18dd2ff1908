"""Server-side logins: a digest of the token, who it stands for, and failed attempts."""

from datetime import datetime
from uuid import UUID

from backend.store.pool import Connection, Row
from backend.store.queries import load

_QUERIES = load("logins")


def account(conn: Connection, username: str) -> Row | None:
    """The account of a username, whosever tenant: account_id, tenant_id, password_hash, role, disabled_at."""
    return conn.execute(_QUERIES["account"], {"username": username}).fetchone()


def recent_failures(conn: Connection, username: str, *, since: datetime) -> tuple[int, datetime | None]:
    """How many attempts failed since then, and when the latest did.

    Until the transaction ends nobody else is told: who tries many at the same moment is counted like anybody.
    """
    conn.execute(_QUERIES["one_at_a_time"], {"username": username})
    row = conn.execute(_QUERIES["recent_failures"], {"username": username, "since": since}).fetchone()
    assert row is not None
    return row["failures"], row["latest"]


def remember_failure(conn: Connection, username: str, *, now: datetime) -> None:
    """Note a failed attempt."""
    conn.execute(_QUERIES["remember_failure"], {"username": username, "now": now})


def forget_failures(conn: Connection, username: str, *, before: datetime) -> None:
    """Forget this username's failures, and everybody's old ones."""
    conn.execute(_QUERIES["forget_failures"], {"username": username, "before": before})


def start(
    conn: Connection,
    token_sha256: bytes,
    account_id: UUID,
    csrf_token: str,
    *,
    now: datetime,
    ends_at: datetime,
    method: str,
    is_strong: bool,
    browser: str,
    proved_at: datetime | None,
    phone_id: UUID | None,
) -> None:
    """Store a login; those that have ended are removed on the way."""
    conn.execute(_QUERIES["forget_ended"], {"now": now})
    conn.execute(
        _QUERIES["start"],
        {
            "token_sha256": token_sha256,
            "account_id": account_id,
            "csrf_token": csrf_token,
            "now": now,
            "ends_at": ends_at,
            "method": method,
            "is_strong": is_strong,
            "browser": browser,
            "proved_at": proved_at,
            "phone_id": phone_id,
        },
    )


def find(conn: Connection, token_sha256: bytes) -> Row | None:
    """The login of a token and the account behind it, whosever tenant, unless that is disabled."""
    return conn.execute(_QUERIES["find"], {"token_sha256": token_sha256}).fetchone()


def seen(conn: Connection, token_sha256: bytes, *, now: datetime) -> None:
    """Note that the login was used."""
    conn.execute(_QUERIES["seen"], {"token_sha256": token_sha256, "now": now})


def end(conn: Connection, token_sha256: bytes) -> None:
    """End a login."""
    conn.execute(_QUERIES["end"], {"token_sha256": token_sha256})


def rehash(conn: Connection, account_id: UUID, password_hash: str) -> None:
    """Store a password hash made with newer parameters."""
    conn.execute(_QUERIES["rehash"], {"account_id": account_id, "password_hash": password_hash})
