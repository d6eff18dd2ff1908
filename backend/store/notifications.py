"""PostgreSQL's LISTEN and NOTIFY: what tells open pages that something changed."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import psycopg

from backend.errors import DatabaseUnavailable
from backend.store.pool import Connection

LIVE = "nykter_live"
"""Channel of changes to clients; payload: JSON {"tenant", "client_id", "kind", "at"}."""


def notify(conn: Connection, channel: str, payloads: Iterable[str]) -> None:
    """Send notifications when this transaction commits; none when it does not. Equal payloads arrive once."""
    told = list(payloads)
    if told:  # in binary: as text each quotation mark of each payload is escaped, 8 µs a reading
        conn.execute(b"SELECT pg_notify(%s, payload) FROM unnest(%b::text[]) AS payload", (channel, told))


class Listening:
    """A connection that listens."""

    def __init__(self, conn: psycopg.Connection[tuple[object, ...]]) -> None:
        self._conn = conn

    def wait(self, timeout_s: float) -> list[str]:
        """Payloads that arrived, after at most `timeout_s` seconds. Raises DatabaseUnavailable when cut off."""
        try:
            found = [event.payload for event in self._conn.notifies(timeout=timeout_s, stop_after=1)]
            return found + [event.payload for event in self._conn.notifies(timeout=0)] if found else found
        except psycopg.OperationalError as error:
            raise DatabaseUnavailable from error


@contextmanager
def listening(conninfo: str, channel: str) -> Iterator[Listening]:
    """Listen on a connection of its own. Raises DatabaseUnavailable."""
    try:
        conn = psycopg.connect(conninfo, autocommit=True, application_name="nykter live")
    except psycopg.OperationalError as error:
        raise DatabaseUnavailable from error
    with conn:
        conn.execute(psycopg.sql.SQL("LISTEN {}").format(psycopg.sql.Identifier(channel)))
        yield Listening(conn)
