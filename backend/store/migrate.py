"""Brings a database's schema up to date: each migration once, in order, one runner at a time.

`schema_migration` holds name and checksum of what was applied; a file that changed afterwards stops the run.
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass

import psycopg

from backend.errors import DatabaseUnavailable, MigrationError
from backend.store.hypertables import make_hypertables
from backend.store.migration_files import Migration, shipped_migrations
from backend.store.row_security import maintain, secure

log = logging.getLogger(__name__)

_LOCK = 0x4E594B544552  # one number for all runners against one database: "NYKTER"
_LOCK_POLL_S = 0.05

_Connection = psycopg.Connection[tuple[object, ...]]

_OWN_TABLE = b"""
CREATE TABLE IF NOT EXISTS schema_migration (
    name        text PRIMARY KEY,
    checksum    text NOT NULL,
    applied_at  timestamptz NOT NULL DEFAULT clock_timestamp()
)"""


@dataclass(frozen=True, slots=True)
class MigrationStatus:
    """Where a database stands against the migrations of this version."""

    applied: tuple[str, ...]
    pending: tuple[str, ...]
    changed: tuple[str, ...]
    """Applied, but the file reads differently now."""
    unknown: tuple[str, ...]
    """Applied by a newer version than this one."""

    @property
    def is_current(self) -> bool:
        """Whether this version may run on that database (a newer schema is fine: pre-migrations come first)."""
        return not self.pending and not self.changed


def migrate(
    conninfo: str, migrations: Sequence[Migration] | None = None, *, wait_s: float = 120.0
) -> list[str]:
    """Apply what is missing and return the names, in order; `hypertable <table>` for each one made, and `row security
    on <table>` for each one whose policies changed.

    Safe to call from several processes at once: the others wait up to `wait_s` and find nothing left to do.
    Raises MigrationError (changed file, failed statement, lock not had, roles not to be had), DatabaseUnavailable.
    """
    files = shipped_migrations() if migrations is None else tuple(migrations)
    with _connect(conninfo) as conn:
        _lock(conn, wait_s)
        maintain(conn)
        conn.execute(_OWN_TABLE)
        status = _status(conn, files)
        if status.changed:
            raise MigrationError(
                f"already applied, but changed since: {', '.join(status.changed)}. A migration is never edited; "
                "put the change into a new one"
            )
        for migration in files:
            if migration.name in status.pending:
                _apply(conn, migration)
                log.info("applied %s", migration.name)
        hypertables = [f"hypertable {table}" for table in make_hypertables(conn)]
        return [*status.pending, *hypertables, *(f"row security on {table}" for table in secure(conn))]


def migration_status(conninfo: str, migrations: Sequence[Migration] | None = None) -> MigrationStatus:
    """What is applied and what is not; changes nothing. Raises DatabaseUnavailable."""
    files = shipped_migrations() if migrations is None else tuple(migrations)
    with _connect(conninfo) as conn:
        return _status(conn, files)


def _connect(conninfo: str) -> _Connection:
    try:
        return psycopg.connect(conninfo, autocommit=True, application_name="nykter migrate")
    except psycopg.OperationalError as error:
        raise DatabaseUnavailable(f"The database cannot be reached: {error}".strip()) from error


def _lock(conn: _Connection, wait_s: float) -> None:
    # Tried again and again instead of waited for: a waiting statement holds a snapshot, and CREATE INDEX
    # CONCURRENTLY of the runner that has the lock would wait for that snapshot for ever.
    give_up_at = time.monotonic() + wait_s
    while not _one(conn, b"SELECT pg_try_advisory_lock(%s)", (_LOCK,)):
        if time.monotonic() > give_up_at:
            raise MigrationError("another process is migrating this database and does not finish")
        time.sleep(_LOCK_POLL_S)


def _status(conn: _Connection, files: Sequence[Migration]) -> MigrationStatus:
    applied: dict[str, str] = {}
    if _one(conn, b"SELECT to_regclass('schema_migration')::text"):
        rows = conn.execute("SELECT name, checksum FROM schema_migration ORDER BY name").fetchall()
        applied = {str(name): str(checksum) for name, checksum in rows}
    names = {migration.name for migration in files}
    return MigrationStatus(
        applied=tuple(applied),
        pending=tuple(m.name for m in files if m.name not in applied),
        changed=tuple(m.name for m in files if applied.get(m.name, m.checksum) != m.checksum),
        unknown=tuple(name for name in applied if name not in names),
    )


def _apply(conn: _Connection, migration: Migration) -> None:
    try:
        if migration.in_transaction:
            with conn.transaction():
                _run(conn, migration)
        else:
            _run(conn, migration)
    except psycopg.Error as error:
        raise MigrationError(f"{migration.name}: {error}") from error


def _run(conn: _Connection, migration: Migration) -> None:
    for statement in migration.statements:
        conn.execute(statement.encode())
    conn.execute(
        b"INSERT INTO schema_migration (name, checksum) VALUES (%s, %s)", (migration.name, migration.checksum)
    )


def _one(conn: _Connection, query: bytes, params: tuple[object, ...] = ()) -> object:
    row = conn.execute(query, params).fetchone()
    return row[0] if row else None
