"""The connection pool, and the one way to get a transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

import psycopg
from psycopg.rows import DictRow, dict_row
from psycopg_pool import ConnectionPool, PoolClosed, PoolTimeout

from backend.errors import DatabaseUnavailable

Row = dict[str, Any]
"""A row by column name."""

_DISK_FULL = "The disk is full, so the database can store nothing. Free some space and try again."

Connection = psycopg.Connection[DictRow]
"""A connection inside a transaction; what repository functions take first."""


class Database:
    """A pool of connections to one PostgreSQL. Thread-safe; sessions run in UTC and return rows as dicts.

    Connections are checked before use, so a restarted server costs one reconnect and no error.
    """

    def __init__(
        self,
        conninfo: str,
        *,
        min_size: int = 1,
        max_size: int = 8,
        timeout_s: float = 10.0,
        application_name: str = "nykter",
    ) -> None:
        self.conninfo = conninfo
        self._pool: ConnectionPool[Connection] = ConnectionPool(
            conninfo,
            connection_class=psycopg.Connection[DictRow],
            kwargs={"row_factory": dict_row, "application_name": application_name},
            min_size=min_size,
            max_size=max_size,
            timeout=timeout_s,
            reconnect_timeout=timeout_s,
            configure=_configure,
            check=ConnectionPool.check_connection,
            open=False,
        )

    def open(self) -> Self:
        """Start the pool. Connections are made in the background; a database that is down shows at first use."""
        self._pool.open()
        return self

    def close(self) -> None:
        """Close every connection. Safe to call twice."""
        self._pool.close()

    @contextmanager
    def transaction(self, *, timeout_s: float | None = None) -> Iterator[Connection]:
        """One transaction: commits when the block ends, rolls back when it raises.

        Raises DatabaseUnavailable when no connection can be had in time, the connection breaks on the way, or the
        server lacks disk or memory; the work may then be tried again (a COMMIT whose answer was lost may have
        happened).
        """
        try:
            with self._pool.connection(timeout_s) as conn:
                try:
                    # Begun here and not by the first statement, so that `conn.transaction()` inside is a savepoint.
                    with conn.transaction():
                        yield conn
                except psycopg.OperationalError as error:
                    if conn.broken or conn.closed:
                        raise DatabaseUnavailable from error
                    raise
        except (PoolTimeout, PoolClosed) as error:
            raise DatabaseUnavailable from error
        except psycopg.OperationalError as error:
            if isinstance(error, psycopg.errors.DiskFull):
                raise DatabaseUnavailable(_DISK_FULL) from error
            if error.sqlstate is None or error.sqlstate.startswith(("08", "53", "57P")):
                raise DatabaseUnavailable from error
            raise

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _configure(conn: Connection) -> None:
    conn.execute("SET TIME ZONE 'UTC'")
    conn.commit()
