"""Steps, factors, passkeys, codes, phones, identities and events of accounts: the queries of `sign_in.sql` by name."""

from typing import Any

from backend.store.pool import Connection, Row
from backend.store.queries import load

_QUERIES = load("sign_in")


def one(conn: Connection, query: str, **values: Any) -> Row | None:
    """The row a query finds or changes; None when there is none."""
    return conn.execute(_QUERIES[query], values).fetchone()


def every(conn: Connection, query: str, **values: Any) -> list[Row]:
    """All rows a query finds."""
    return conn.execute(_QUERIES[query], values).fetchall()


def change(conn: Connection, query: str, **values: Any) -> int:
    """Carry a change out; how many rows it changed."""
    return conn.execute(_QUERIES[query], values).rowcount


def tenant_of(conn: Connection, kind: str, secret: bytes) -> str | None:
    """Whose a `step`, `code`, `passkey`, `identity` or `phone` is that somebody shows before they are signed in."""
    row = conn.execute(_QUERIES["tenant_of"], {"kind": kind, "secret": secret}).fetchone()
    return None if row is None else row["tenant_id"]
