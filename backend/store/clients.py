"""Reads one client's page: its head and everything on its time axis."""

from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import tuple_row

from backend.access.types import VisibleClientId
from backend.store.pool import Connection, Row
from backend.store.queries import load
from backend.store.sealed_text import open_rows

_QUERIES = load("clients")
_SEALED = {
    "check_ins": (2, "check_in.comment"), "contacts": (4, "contact.note"), "life_events": (4, "life_event.text"),
}  # fmt: skip
"""Columns of free text by their place in the row, and the place each was sealed for."""


def head(conn: Connection, client: VisibleClientId, *, now: datetime) -> Row:
    """Who it is, the plan's rules, the newest review, the gateway, and the awaited retest."""
    row = conn.execute(_QUERIES["head"], {"client_id": client, "now": now}).fetchone()
    assert row is not None, "a visible client exists"
    return row


def next_window(conn: Connection, client: VisibleClientId, *, now: datetime) -> Row | None:
    """The window that is open or opens next."""
    return conn.execute(_QUERIES["next_window"], {"client_id": client, "now": now}).fetchone()


def lately(
    conn: Connection, client: VisibleClientId, *, now: datetime
) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """Tests of the last five weeks (when, result), and planned breath tests of four (opens, attendance, met)."""
    params = {"client_id": client, "now": now}
    with conn.cursor(row_factory=tuple_row, binary=True) as cursor:
        tests = cursor.execute(_QUERIES["tests_lately"], params).fetchall()
        return tests, cursor.execute(_QUERIES["breath_windows_lately"], params).fetchall()


def next_contact(conn: Connection, client: VisibleClientId, *, now: datetime) -> Row | None:
    """When somebody means to be in touch next: at, by, is_visit. A date that has passed still stands."""
    return conn.execute(_QUERIES["next_contact"], {"client_id": client, "now": now}).fetchone()


def clocks_waiting(conn: Connection, client: VisibleClientId) -> int:
    """Messages of the client's gateways kept back because their clock was far off."""
    row = conn.execute(_QUERIES["clocks_waiting"], {"client_id": client}).fetchone()
    return 0 if row is None else int(row["waiting"])


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
    """Rows of one kind on the client's time axis: readings, study_breath_tests, windows, verdicts, answers, check_ins,
    drinking, risk (with `timezone`), contacts, life_events, outages. In order of time.
    """
    params = {"client_id": client, "since": since, "until": until, **more}
    with conn.cursor(
        row_factory=tuple_row, binary=True
    ) as cursor:  # two years are thousands of rows of times
        rows = cursor.execute(_QUERIES[name], params).fetchall()
    if name not in _SEALED:
        return rows
    at, place = _SEALED[name]
    opened = open_rows(conn, [{"text": row[at]} for row in rows], place, "text", client)
    return [(*row[:at], one["text"], *row[at + 1 :]) for row, one in zip(rows, opened, strict=True)]


def add_review(conn: Connection, client: VisibleClientId, account_id: UUID, *, now: datetime) -> None:
    """Note that somebody has looked through a client's curves."""
    conn.execute(_QUERIES["review"], {"client_id": client, "account_id": account_id, "now": now})
