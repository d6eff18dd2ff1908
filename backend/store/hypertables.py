"""Tables that are hypertables where TimescaleDB is at hand, and plain tables with the same queries where it is not."""

import logging
from typing import Any

import psycopg

from backend.errors import MigrationError

log = logging.getLogger(__name__)

HYPERTABLES = (("reading", "measured_at"), ("check_in_answer", "answered_at"), ("device_status", "sent_at"))
"""Table and time column. Chunks hold 30 days: 10,000 clients at 4 tests a day make 1.2 million readings each, and with
one check-in of ten items a day 3 million answers."""

_IS_PLAIN = b"""
SELECT FROM pg_class t
 WHERE t.oid = to_regclass(%(table)s)
   AND NOT EXISTS (SELECT FROM timescaledb_information.hypertables WHERE hypertable_name = %(table)s)
   -- before migration 0009 the key of check_in_answer does not hold the time
   AND NOT EXISTS (
       SELECT FROM pg_index i
        WHERE i.indrelid = t.oid AND i.indisunique
          AND NOT (SELECT a.attnum FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attname = %(column)s)
                  = ANY (i.indkey::int2[]))"""


def make_hypertables(conn: psycopg.Connection[Any]) -> list[str]:
    """Turn the tables into hypertables where that is possible and not done yet; returns those it turned.

    Rows already there are moved (the table is locked meanwhile). Without TimescaleDB, or without the right to create
    the extension, the tables stay plain: logged, not an error. Raises MigrationError when the extension refuses.
    """
    if not _has_extension(conn):
        return []
    made = []
    for table, column in HYPERTABLES:
        if conn.execute(_IS_PLAIN, {"table": table, "column": column}).fetchone() is None:
            continue
        try:
            conn.execute(
                "SELECT create_hypertable(%s::regclass, by_range(%s::name, INTERVAL '30 days'), migrate_data => true)",
                (table, column),
            )
        except psycopg.Error as error:
            raise MigrationError(f"{table} cannot be made a hypertable: {error}") from error
        made.append(table)
    return made


def _has_extension(conn: psycopg.Connection[Any]) -> bool:
    if _exists(conn, "SELECT 1 FROM pg_extension WHERE extname = %s", "timescaledb"):
        return True
    if not _exists(conn, "SELECT 1 FROM pg_available_extensions WHERE name = %s", "timescaledb"):
        return False
    # Creating it where the server has not loaded it ends the connection; the loader tells by this setting.
    if not _exists(conn, "SELECT 1 WHERE current_setting(%s, true) IS NOT NULL", "timescaledb.disable_load"):
        log.warning("TimescaleDB is installed but not in shared_preload_libraries; tables stay plain")
        return False
    try:
        conn.execute("CREATE EXTENSION IF NOT EXISTS timescaledb")
    except psycopg.errors.InsufficientPrivilege:
        log.warning(
            "TimescaleDB is installed, but this account may not create the extension; tables stay plain. "
            "Let a superuser run CREATE EXTENSION timescaledb in this database, then migrate again"
        )
        return False
    return True


def _exists(conn: psycopg.Connection[Any], query: str, value: str) -> bool:
    return conn.execute(query.encode(), (value,)).fetchone() is not None
