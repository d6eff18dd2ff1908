"""Whole histories of clients, with both clocks, as the relapse model takes them."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from math import nan
from typing import Any
from uuid import UUID

from psycopg.rows import tuple_row

from backend.store.pool import Connection
from backend.store.queries import load
from relapse_model.frame import History
from relapse_model.gather import HistoryBuilder

_QUERIES = load("histories")
_DRANK = frozenset({"positive_confirmed", "positive_unconfirmed"})
"""A positive test counts as known drinking once its retest agreed, or was never made; while one waits, as nothing."""
_SAME_EPISODE = timedelta(hours=12)
_BEFORE_A_POSITIVE = timedelta(hours=2)
_BEFORE_A_CHECK_IN = timedelta(hours=12)


def history_of(
    conn: Connection, client_ids: Sequence[UUID], *, now: datetime, as_if_delivered: bool = False
) -> History:
    """Everything stored about these clients; `person_id` is the client id as text.

    A row is known from the moment it was received. With `as_if_delivered` it is known when it happened: for scores of
    past days whose data came in afterwards in one go, which say by `computed_at` that they were made later.

    Drinking shown by a settled positive breath test becomes an episode here: tests less than 12 hours apart are
    one, taken to have begun 2 hours before the first of them; "I drank" without a time is put 12 hours back
    (assumptions).
    """
    builder = HistoryBuilder()
    params = {"client_ids": list(client_ids), "now": now}
    for client_id, timezone, observed_from, observed_to in _rows(conn, "people", params):
        builder.person(str(client_id), timezone, min(observed_from, observed_to), observed_to)

    def known(at: datetime, received_at: datetime) -> datetime:
        return at if as_if_delivered else max(at, received_at)

    for client_id, started_at, known_at, source, ended_at, amount_g in _rows(conn, "drinking", params):
        said_at = (
            max(started_at, min(known_at, started_at + _BEFORE_A_CHECK_IN)) if as_if_delivered else known_at
        )
        grams = nan if amount_g is None else amount_g
        builder.drinking(str(client_id), started_at, max(said_at, started_at), source, ended_at, grams)
    for client_id, answered_at, received_at in _rows(conn, "drank", params):
        at = known(answered_at, received_at)
        builder.drinking(str(client_id), answered_at - _BEFORE_A_CHECK_IN, at, "self_report")
    for client_id, kind, opens_at, closes_at, met_at, known_at in _rows(conn, "prompts", params):
        heard = None if met_at is None else known(met_at, known_at or met_at)
        builder.prompt(str(client_id), kind, opens_at, closes_at, met_at, heard)
    for client_id, answered_at, item, value, low, high, received_at in _rows(conn, "answers", params):
        builder.answer(str(client_id), answered_at, item, value, low, high, known(answered_at, received_at))
    _add_breath_tests(builder, _rows(conn, "breath_tests", params), as_if_delivered)
    return builder.build()


def _add_breath_tests(
    builder: HistoryBuilder, rows: Iterator[tuple[Any, ...]], as_if_delivered: bool
) -> None:
    latest: dict[UUID, datetime] = {}
    for client_id, measured_at, received_at, brac, outcome, state in rows:
        known_at = measured_at if as_if_delivered else max(measured_at, received_at)
        builder.breath_test(str(client_id), measured_at, known_at, nan if brac is None else brac, outcome)
        if state not in _DRANK:
            continue
        if client_id not in latest or measured_at - latest[client_id] > _SAME_EPISODE:
            builder.drinking(str(client_id), measured_at - _BEFORE_A_POSITIVE, known_at, "breath_test")
        latest[client_id] = measured_at


def _rows(conn: Connection, name: str, params: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    with conn.cursor(row_factory=tuple_row) as cursor:
        yield from cursor.execute(_QUERIES[name], params)
