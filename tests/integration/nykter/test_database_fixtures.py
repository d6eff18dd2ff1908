"""The databases tests are given are real, separate, and on both kinds of server."""

import psycopg

from tests.support.servers import TestDatabases


def test_an_empty_database_accepts_a_connection_and_keeps_instants_in_utc(empty_database: str) -> None:
    with psycopg.connect(empty_database) as connection:
        assert connection.execute("SHOW timezone").fetchone() == ("UTC",)
        assert connection.execute("SHOW fsync").fetchone() == ("on",)


def test_timescaledb_is_the_real_extension(timescale_server: TestDatabases) -> None:
    with timescale_server.empty() as url, psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS timescaledb")
        connection.execute("CREATE TABLE measured (at timestamptz NOT NULL, value real)")
        connection.execute("SELECT create_hypertable('measured', by_range('at', INTERVAL '7 days'))")
        connection.execute("INSERT INTO measured VALUES ('2026-01-01Z', 0.1), ('2026-03-01Z', 0.2)")
        chunks = connection.execute("SELECT count(*) FROM show_chunks('measured')").fetchone()
    assert chunks == (2,)


def test_a_database_is_gone_when_its_test_is_over(postgres_server: TestDatabases) -> None:
    with postgres_server.empty() as url:
        name = url.split("/")[-1].split("?")[0]
    with psycopg.connect(postgres_server.url()) as connection:
        left = connection.execute("SELECT count(*) FROM pg_database WHERE datname = %s", [name]).fetchone()
    assert left == (0,)
