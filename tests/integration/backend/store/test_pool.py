"""Transactions, and what happens to them when the server is away."""

from datetime import UTC
from pathlib import Path

import psycopg
import pytest

from backend.errors import DatabaseUnavailable
from backend.store.notifications import LIVE, listening, notify
from backend.store.pool import Database
from nykter.runtime.postgres import EmbeddedPostgres
from tests.support.servers import reachable_folder


def test_a_transaction_commits_at_its_end_and_not_when_it_raises(postgres_database: str) -> None:
    with Database(postgres_database) as database:
        with database.transaction() as conn:
            conn.execute("CREATE TABLE t (x int)")
        with pytest.raises(RuntimeError), database.transaction() as conn:
            conn.execute("INSERT INTO t VALUES (1)")
            raise RuntimeError
        with database.transaction() as conn:
            assert conn.execute("SELECT count(*) AS n FROM t").fetchone() == {"n": 0}


def test_instants_come_back_in_utc_whatever_the_server_is_set_to(postgres_database: str) -> None:
    with psycopg.connect(postgres_database, autocommit=True) as conn:
        name = psycopg.sql.Identifier(conn.info.dbname)
        conn.execute(psycopg.sql.SQL("ALTER DATABASE {} SET timezone TO 'Asia/Tokyo'").format(name))
    with Database(postgres_database) as database, database.transaction() as conn:
        row = conn.execute("SELECT now() AS at").fetchone()
        assert row is not None
        assert row["at"].tzinfo is UTC or str(row["at"].tzinfo) == "UTC"


def test_a_server_that_is_away_is_unavailable_and_one_that_is_back_is_used_again() -> None:
    with reachable_folder() as folder:
        server = EmbeddedPostgres(Path(folder) / "pg")
        url = server.start()
        try:
            with Database(url, timeout_s=1.0) as database:
                with database.transaction() as conn:
                    conn.execute("SELECT 1")
                with pytest.raises(DatabaseUnavailable), database.transaction() as conn:
                    server.kill()
                    conn.execute("SELECT 1")
                with pytest.raises(DatabaseUnavailable), database.transaction() as conn:
                    conn.execute("SELECT 1")
                server.start()
                with database.transaction(timeout_s=20) as conn:
                    assert conn.execute("SELECT 1 AS one").fetchone() == {"one": 1}
        finally:
            server.stop()


def test_an_error_in_a_statement_is_not_called_unavailable(postgres_database: str) -> None:
    with (
        Database(postgres_database) as database,
        pytest.raises(psycopg.errors.DivisionByZero),
        database.transaction() as conn,
    ):
        conn.execute("SELECT 1/0")


def test_notifications_arrive_after_commit_and_never_after_rollback(postgres_database: str) -> None:
    with Database(postgres_database) as database, listening(postgres_database, LIVE) as heard:
        with pytest.raises(RuntimeError), database.transaction() as conn:
            notify(conn, LIVE, ["lost"])
            raise RuntimeError
        with database.transaction() as conn:
            notify(conn, LIVE, ["first", "second"])
            assert heard.wait(0.05) == []
        found = heard.wait(5)
        while len(found) < 2:
            found += heard.wait(5)
        assert found == ["first", "second"]
