"""Upgrades: a database of every earlier version, with rows in it, keeps each row and every value."""

import json
import re
from collections import Counter
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from backend.store.migrate import migrate, migration_status
from backend.store.migration_files import shipped_migrations
from tests.support import servers

_PARTS = re.split(
    r"^-- from: (\S+)$",
    Path(servers.__file__).with_name("upgrade_rows.sql").read_text(encoding="utf-8"),
    flags=re.MULTILINE,
)
_ROWS = dict(zip(_PARTS[1::2], _PARTS[2::2], strict=True))
"""Rows as they are written from a version on; each part builds on those before it."""
VERSIONS = [one.name for one in shipped_migrations()]
_NO_ROWS_YET = {"schema_migration"}

Tables = dict[str, Counter[str]]


def database_at(url: str, version: str) -> None:
    """Migrated up to `version`, with the rows that were written at each step on the way."""
    for number, name in enumerate(VERSIONS[: VERSIONS.index(version) + 1], start=1):
        migrate(url, shipped_migrations()[:number])
        if (rows := _ROWS.get(name.removesuffix(".sql"))) is not None:
            with psycopg.connect(url) as conn:
                conn.execute(rows.encode())


def columns_of(conn: psycopg.Connection[tuple[object, ...]]) -> dict[str, list[str]]:
    """Our tables and their columns; the job queue's own tables are its package's affair."""
    found = conn.execute(
        """SELECT c.relname, array_agg(a.attname ORDER BY a.attname)::text[]
             FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname NOT LIKE 'procrastinate%'
            GROUP BY c.relname"""
    ).fetchall()
    return {str(table): list(columns) for table, columns in found}  # type: ignore[call-overload]


def rows_of(url: str, columns: dict[str, list[str]]) -> Tables:
    """Every row of these tables, by these columns."""
    found: Tables = {}
    with psycopg.connect(url) as conn:
        for table, names in columns.items():
            query = sql.SQL("SELECT {} FROM {}").format(
                sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(name)) for name in names),
                sql.Identifier(table),
            )
            found[table] = Counter(json.dumps(row) for row in conn.execute(query))
    return found


@pytest.mark.parametrize("version", VERSIONS[:-1])
def test_an_upgrade_from_an_earlier_version_keeps_every_row(empty_database: str, version: str) -> None:
    database_at(empty_database, version)
    with psycopg.connect(empty_database) as conn:
        columns = {name: kept for name, kept in columns_of(conn).items() if name not in _NO_ROWS_YET}
    before = rows_of(empty_database, columns)
    assert sum(map(Counter.total, before.values())) > 30

    migrate(empty_database)

    assert migration_status(empty_database).is_current
    assert rows_of(empty_database, columns) == before


def test_the_rows_for_upgrades_fill_every_table_of_the_first_versions(
    postgres_server: servers.TestDatabases,
) -> None:
    with postgres_server.empty() as url:
        database_at(url, "0003_pre_care.sql")
        with psycopg.connect(url) as conn:
            found = rows_of(url, columns_of(conn))
    assert [name for name, kept in found.items() if not kept] == []


def test_the_rows_for_upgrades_fill_what_notices_alerts_casework_and_risk_models_keep(
    postgres_server: servers.TestDatabases,
) -> None:
    with postgres_server.empty() as url:
        database_at(url, "0011_pre_risk_models.sql")
        with psycopg.connect(url) as conn:
            found = rows_of(url, columns_of(conn))
    ledger = {"plan_draft", "planned_test", "pause", "excuse"}
    assert {name for name, kept in found.items() if not kept} - ledger == set()


def test_rows_written_before_a_table_became_a_hypertable_are_moved_into_its_chunks(
    timescale_server: servers.TestDatabases,
) -> None:
    with timescale_server.empty() as url:
        database_at(url, "0003_pre_care.sql")
        with psycopg.connect(url) as conn:
            columns = columns_of(conn)
            columns.pop("schema_migration")
        before = rows_of(url, columns)
        migrate(url)
        assert rows_of(url, columns) == before
        with psycopg.connect(url) as conn:
            chunks = conn.execute(
                "SELECT hypertable_name, count(*) FROM timescaledb_information.chunks GROUP BY 1 ORDER BY 1"
            ).fetchall()
        assert chunks == [("check_in_answer", 2), ("device_status", 1), ("reading", 3)]
