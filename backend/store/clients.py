"""Reads one client's page: its head and everything on its time axis."""

from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import tuple_row

from backend.access.types import VisibleClientId
from backend.store.pool import Connection, Row
from backend.store.queries import load

_QUERIES = load("clients")


def head(conn: Connection, client: VisibleClientId, *, now: datetime) -> Row:
    """Who it is, the plan's rules, the newest review, the gateway, and the awaited retest."""
    row = conn.execute(_QUERIES["head"], {"client_id": client, "now": now}).fetchone()
    assert row is not None, "a visible client exists"
    return row


def next_window(conn: Connection, client: VisibleClientId, *, now: datetime) -> Row | None:
    """The window that is open or opens next."""
    return conn.execute(_QUERIES["next_window"], {"client_id": client, "now": now}).fetchone()


def newest_risk(conn: Connection, client: VisibleClientId, *, is_study: bool, now: datetime) -> list[Row]:
    """The newest score of each horizon; of an imported study the one at its end."""
    name = "newest_risk_of_study" if is_study else "newest_risk"
    return conn.execute(_QUERIES[name], {"client_id": client, "now": now}).fetchall()


def trend(conn: Connection, client: VisibleClientId) -> Row | None:
    """The client's trend as it was last worked out: index, onset (of a standing alarm), sv, en."""
    return conn.execute(_QUERIES["trend"], {"client_id": client}).fetchone()


def scores_are_on(conn: Connection, client: VisibleClientId) -> bool:
    """Whether the client's tenant has its scores turned on."""
    row = conn.execute(_QUERIES["scores_are_on"], {"client_id": client}).fetchone()
    assert row is not None
    return bool(row["is_on"])


def between(
    conn: Connection, name: str, client: VisibleClientId, since: datetime, until: datetime, **more: Any
) -> list[tuple[Any, ...]]:
    """Rows of one kind on the client's time axis: readings, study_breath_tests, windows, answers, check_ins, drinking,
    risk (with `timezone`), contacts, outages. In order of time.
    """
    params = {"client_id": client, "since": since, "until": until, **more}
    with conn.cursor(
        row_factory=tuple_row, binary=True
    ) as cursor:  # two years are thousands of rows of times
        return cursor.execute(_QUERIES[name], params).fetchall()


def add_review(conn: Connection, client: VisibleClientId, account_id: UUID, *, now: datetime) -> None:
    """Note that somebody has looked through a client's curves."""
    conn.execute(_QUERIES["review"], {"client_id": client, "account_id": account_id, "now": now})
