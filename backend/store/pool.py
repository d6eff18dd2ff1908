"""The connection pool, and the one way to get a transaction: on behalf of one tenant, of the platform, or of nobody."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import DictRow, dict_row
from psycopg_pool import ConnectionPool, PoolClosed, PoolTimeout

from backend.errors import DatabaseUnavailable, RolesMissing
from backend.store.deployment_keys import DeploymentKeys
from backend.store.scope import NOBODY, Acting

APP_ROLE = "nykter_app"
"""What services run as: row-level security shows it the rows of the tenant that was set, and without one none."""
SYSTEM_ROLE = "nykter_system"
"""What ingest, jobs and commands run as: rows of every tenant, by a policy of its own; never BYPASSRLS."""

Row = dict[str, Any]
"""A row by column name."""

_DISK_FULL = "The disk is full, so the database can store nothing. Free some space and try again."

_ENTER = (
    b"SELECT set_config('role', %s, true), set_config('nykter.tenant', %s, true),"
    b" set_config('nykter.clients', %s, true)"
)
"""Until the transaction ends (SET LOCAL), so that a pool, ours or a pooler's, hands nobody another one's tenant."""

_KEYS = "nykter_data_keys"
"""Where a connection carries the deployment's keys, so that store functions need no further argument."""

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
        keys: DeploymentKeys | None = None,
    ) -> None:
        """`keys` open and seal free text and photos (backend/store/sealed_text.py)."""
        self.conninfo = conninfo
        self.keys = keys
        self._pool: ConnectionPool[Connection] = ConnectionPool(
            conninfo,
            connection_class=psycopg.Connection[DictRow],
            kwargs={"row_factory": dict_row, "application_name": application_name},
            min_size=min_size,
            max_size=max_size,
            timeout=timeout_s,
            reconnect_timeout=timeout_s,
            configure=self._configure,
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
    def transaction(self, acting: Acting = NOBODY, *, timeout_s: float | None = None) -> Iterator[Connection]:
        """One transaction on behalf of `acting`: commits when the block ends, rolls back when it raises.

        A principal sees and writes the rows of its own tenant, the system (SYSTEM, SYSTEM_SCOPE) those of all; who
        says nothing finds no rows. Raises RolesMissing when the database has no roles for that; DatabaseUnavailable
        when no connection can be had in time, the connection breaks on the way, or the server lacks disk or memory;
        the work may then be tried again (a COMMIT whose answer was lost may have happened).
        """
        try:
            with self._pool.connection(timeout_s) as conn:
                try:
                    # Begun here and not by the first statement, so that `conn.transaction()` inside is a savepoint.
                    with conn.transaction() as work:
                        _enter(conn, acting)
                        yield conn
                except psycopg.OperationalError as error:
                    if conn.broken or conn.closed:
                        raise DatabaseUnavailable from error
                    raise
                # psycopg ends a block quietly when its connection is gone. A server that dies while a savepoint is
                # rolled back is such a case: the caller, who expected that error, would take lost rows for stored ones.
                if work.status is psycopg.Transaction.Status.FAILED:
                    raise DatabaseUnavailable
        except (PoolTimeout, PoolClosed) as error:
            raise DatabaseUnavailable from error
        except psycopg.OperationalError as error:
            if isinstance(error, psycopg.errors.DiskFull):
                raise DatabaseUnavailable(_DISK_FULL) from error
            if error.sqlstate is None or error.sqlstate.startswith(("08", "53", "57P")):
                raise DatabaseUnavailable from error
            raise

    def _configure(self, conn: Connection) -> None:
        _configure(conn)
        if self.keys is not None:
            vars(conn)[_KEYS] = self.keys

    @property
    def system_conninfo(self) -> str:
        """For a library that makes connections of its own (the job queue): these act as the system."""
        parts = conninfo_to_dict(self.conninfo)
        options = f"{parts.get('options') or ''} -c role={SYSTEM_ROLE}".strip()
        return make_conninfo(self.conninfo, options=options)

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def data_keys(conn: Connection) -> DeploymentKeys | None:
    """The deployment's keys, as far as this process was given them."""
    found: DeploymentKeys | None = vars(conn).get(_KEYS)
    return found


def enter_tenant(conn: Connection, tenant_id: str) -> None:
    """Go on for one tenant in a transaction begun for nobody: whose it is was only found out in it (signing in)."""
    conn.execute(b"SELECT set_config('nykter.tenant', %s, true)", (tenant_id,))


def _enter(conn: Connection, acting: Acting) -> None:
    role = SYSTEM_ROLE if acting.is_system else APP_ROLE
    try:
        own = "" if acting.client_id is None else str(acting.client_id)
        conn.execute(_ENTER, (role, "" if acting.is_system else acting.tenant_id, own))
    except (psycopg.errors.InvalidParameterValue, psycopg.errors.InsufficientPrivilege) as error:
        raise RolesMissing from error


def _configure(conn: Connection) -> None:
    """UTC, and plans made for the values at hand.

    psycopg prepares what is asked often, and PostgreSQL would then keep one plan for any span of time and any client;
    it took two years of one client's readings for a handful and needed 1.2 s instead of 12 ms. Planning costs 0.3 ms.
    Compiling a plan (JIT) costs more than any of ours can win back.
    """
    conn.execute("SET TIME ZONE 'UTC'")
    conn.execute("SET plan_cache_mode = force_custom_plan")
    conn.execute("SET jit = off")
    conn.commit()
