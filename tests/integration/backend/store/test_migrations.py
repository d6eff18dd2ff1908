"""Migrations: each once, in order, unchanged, by one runner at a time."""

import threading
from importlib.resources import files

import psycopg
import pytest

from backend.errors import DatabaseUnavailable, MigrationError
from backend.store.migrate import migrate, migration_status
from backend.store.migration_files import Migration, complete, in_order, shipped_migrations
from backend.store.row_security import have_roles
from tests.support.catalog import schema_of
from tests.support.servers import TestDatabases


def own(*texts: str) -> tuple[Migration, ...]:
    return in_order([(f"{number:04d}_pre_test.sql", text) for number, text in enumerate(texts, start=1)])


def rows(conninfo: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(conninfo) as conn:
        return conn.execute(query.encode()).fetchall()


def test_the_migrations_make_the_schema_that_schema_sql_describes(postgres_server: TestDatabases) -> None:
    with postgres_server.empty() as migrated, postgres_server.empty() as described:
        migrate(migrated)
        with psycopg.connect(described) as conn:
            conn.execute(complete(files("backend.store").joinpath("schema.sql").read_text()).encode())
        by_migrations, by_description = schema_of(migrated), schema_of(described)
    assert len(by_migrations) > 200
    assert sorted(by_migrations - by_description) == []
    assert sorted(by_description - by_migrations) == []


def test_a_second_run_finds_nothing_to_do(empty_database: str) -> None:
    applied = migrate(empty_database)
    assert applied[: len(shipped_migrations())] == [one.name for one in shipped_migrations()]
    assert migrate(empty_database) == []
    assert migration_status(empty_database).is_current


def test_what_is_measured_is_in_hypertables_where_timescaledb_is_and_in_plain_tables_elsewhere(
    empty_database: str, request: pytest.FixtureRequest
) -> None:
    applied = migrate(empty_database)
    is_timescale = "timescale" in request.node.callspec.id
    assert ("hypertable reading" in applied) is is_timescale
    if is_timescale:
        found = rows(
            empty_database, "SELECT hypertable_name FROM timescaledb_information.hypertables ORDER BY 1"
        )
        assert found == [("check_in_answer",), ("device_status",), ("reading",)]


def test_an_account_that_may_not_create_the_extension_gets_plain_tables(
    timescale_server: TestDatabases, caplog: pytest.LogCaptureFixture
) -> None:
    with timescale_server.empty() as url:
        with psycopg.connect(url, autocommit=True) as conn:
            conn.execute("DROP ROLE IF EXISTS nykter_test_owner")
            conn.execute("CREATE ROLE nykter_test_owner LOGIN PASSWORD 'made-up'")
            conn.execute("GRANT ALL ON SCHEMA public TO nykter_test_owner")
            have_roles(conn)
            conn.execute("GRANT nykter_app, nykter_system TO nykter_test_owner")
        try:
            limited = psycopg.conninfo.make_conninfo(url, user="nykter_test_owner", password="made-up")
            applied = migrate(limited)
            assert "hypertable reading" not in applied
            assert "CREATE EXTENSION timescaledb" in caplog.text
        finally:
            with psycopg.connect(url, autocommit=True) as conn:
                conn.execute("DROP OWNED BY nykter_test_owner")
                conn.execute("DROP ROLE nykter_test_owner")


def test_two_runners_at_once_apply_each_migration_once(empty_database: str) -> None:
    done: list[list[str]] = []
    runners = [threading.Thread(target=lambda: done.append(migrate(empty_database))) for _ in range(2)]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join()
    assert min(map(len, done)) == 0
    assert len(done) == 2
    assert rows(empty_database, "SELECT count(*) FROM schema_migration") == [(len(shipped_migrations()),)]


def test_a_changed_migration_stops_the_run_before_anything_is_applied(postgres_server: TestDatabases) -> None:
    with postgres_server.empty() as url:
        migrate(url, own("CREATE TABLE a (x int)"))
        changed = own("CREATE TABLE a (x bigint)", "CREATE TABLE b (x int)")
        assert migration_status(url, changed).changed == ("0001_pre_test.sql",)
        with pytest.raises(MigrationError, match="0001_pre_test"):
            migrate(url, changed)
        assert rows(url, "SELECT to_regclass('b')") == [(None,)]


def test_a_failing_migration_leaves_nothing_behind_and_can_be_corrected(
    postgres_server: TestDatabases,
) -> None:
    with postgres_server.empty() as url:
        with pytest.raises(MigrationError, match="0002_pre_test"):
            migrate(url, own("CREATE TABLE a ()", "CREATE TABLE b (); SELECT 1/0"))
        assert migration_status(url, own("CREATE TABLE a ()", "")).pending == ("0002_pre_test.sql",)
        applied = migrate(url, own("CREATE TABLE a ()", "CREATE TABLE b ()"))
        assert applied[0] == "0002_pre_test.sql"


def test_an_index_can_be_made_without_a_transaction_while_another_runner_waits(
    postgres_server: TestDatabases,
) -> None:
    """A runner that waits inside a statement would hold a snapshot the concurrent index waits for."""
    concurrent = (
        "-- nykter: no-transaction\nCREATE INDEX CONCURRENTLY IF NOT EXISTS i ON a (x)\n"
        "-- nykter: next\nCREATE INDEX CONCURRENTLY IF NOT EXISTS j ON a (x, x)"
    )
    todo = own("CREATE TABLE a (x int)", "INSERT INTO a SELECT generate_series(1, 20000)", concurrent)
    with postgres_server.empty() as url:
        runners = [threading.Thread(target=migrate, args=(url, todo)) for _ in range(3)]
        for runner in runners:
            runner.start()
        for runner in runners:
            runner.join(30)
        assert rows(url, "SELECT count(*) FROM pg_index WHERE indrelid = 'a'::regclass AND indisvalid") == [
            (2,)
        ]


def test_numbers_have_no_doubles_and_the_lower_goes_first() -> None:
    found = in_order([("0003_pre_b.sql", ""), ("0001_pre_a.sql", ""), ("notes.txt", "")])
    assert [one.name for one in found] == ["0001_pre_a.sql", "0003_pre_b.sql"]
    with pytest.raises(MigrationError):
        in_order([("1_first.sql", "")])
    with pytest.raises(MigrationError):
        in_order([("0001_pre_a.sql", ""), ("0001_post_b.sql", "")])


def test_every_shipped_migration_limits_how_long_it_waits_for_locks() -> None:
    for one in shipped_migrations():
        if one.in_transaction:
            first = next(line for line in one.sql.splitlines() if line and not line.startswith("--"))
            assert first.startswith("SET LOCAL lock_timeout = "), one.name


def test_a_missing_package_is_named() -> None:
    with pytest.raises(MigrationError, match="no_such_package"):
        complete("-- nykter: include no_such_package/schema.sql")


def test_a_database_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(DatabaseUnavailable):
        migrate("postgresql://nobody@127.0.0.1:1/none")
