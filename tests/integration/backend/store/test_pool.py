"""Transactions, and what happens to them when the server is away."""

from contextlib import suppress
from datetime import UTC
from pathlib import Path

import psycopg
import pytest

from backend.errors import DatabaseUnavailable, RolesMissing
from backend.store.migrate import migrate
from backend.store.notifications import LIVE, listening, notify
from backend.store.pool import Database
from backend.store.scope import NOBODY, SYSTEM_SCOPE, tenant_scope
from nykter.runtime.postgres import EmbeddedPostgres
from tests.support.servers import reachable_folder


def test_a_transaction_commits_at_its_end_and_not_when_it_raises(postgres_database: str) -> None:
    with Database(postgres_database) as database:
        with database.transaction(SYSTEM_SCOPE) as conn:
            conn.execute("INSERT INTO outage (began_at) VALUES (now())")
        with pytest.raises(RuntimeError), database.transaction(SYSTEM_SCOPE) as conn:
            conn.execute("INSERT INTO outage (began_at) VALUES (now())")
            raise RuntimeError
        with database.transaction(SYSTEM_SCOPE) as conn:
            assert conn.execute("SELECT count(*) AS n FROM outage").fetchone() == {"n": 1}


def test_a_server_lost_while_an_expected_error_is_undone_has_stored_nothing_and_says_so(
    postgres_database: str,
) -> None:
    """What ingest met when the database was killed just as a waiting job was found: rows gone, receipts sent."""
    with Database(postgres_database) as database:
        with pytest.raises(DatabaseUnavailable), database.transaction(SYSTEM_SCOPE) as conn:
            conn.execute("INSERT INTO outage (began_at) VALUES (now())")
            with suppress(RuntimeError), conn.transaction():
                conn.execute("SELECT 1")
                with psycopg.connect(postgres_database, autocommit=True) as other:
                    other.execute("SELECT pg_terminate_backend(%s, 5000)", (conn.info.backend_pid,))
                raise RuntimeError
        with database.transaction(SYSTEM_SCOPE) as conn:
            assert conn.execute("SELECT count(*) AS n FROM outage").fetchone() == {"n": 0}


def test_instants_come_back_in_utc_whatever_the_server_is_set_to(postgres_database: str) -> None:
    with psycopg.connect(postgres_database, autocommit=True) as conn:
        name = psycopg.sql.Identifier(conn.info.dbname)
        conn.execute(psycopg.sql.SQL("ALTER DATABASE {} SET timezone TO 'Asia/Tokyo'").format(name))
    with Database(postgres_database) as database, database.transaction(SYSTEM_SCOPE) as conn:
        row = conn.execute("SELECT now() AS at").fetchone()
        assert row is not None
        assert row["at"].tzinfo is UTC or str(row["at"].tzinfo) == "UTC"


def test_a_server_that_is_away_is_unavailable_and_one_that_is_back_is_used_again() -> None:
    with reachable_folder() as folder:
        server = EmbeddedPostgres(Path(folder) / "pg")
        url = server.start()
        migrate(url)
        try:
            with Database(url, timeout_s=1.0) as database:
                with database.transaction(SYSTEM_SCOPE) as conn:
                    conn.execute("SELECT 1")
                with pytest.raises(DatabaseUnavailable), database.transaction(SYSTEM_SCOPE) as conn:
                    server.kill()
                    conn.execute("SELECT 1")
                with pytest.raises(DatabaseUnavailable), database.transaction(SYSTEM_SCOPE) as conn:
                    conn.execute("SELECT 1")
                server.start()
                with database.transaction(SYSTEM_SCOPE, timeout_s=20) as conn:
                    assert conn.execute("SELECT 1 AS one").fetchone() == {"one": 1}
        finally:
            server.stop()


def test_an_error_in_a_statement_is_not_called_unavailable(postgres_database: str) -> None:
    with (
        Database(postgres_database) as database,
        pytest.raises(psycopg.errors.DivisionByZero),
        database.transaction(SYSTEM_SCOPE) as conn,
    ):
        conn.execute("SELECT 1/0")


def test_notifications_arrive_after_commit_and_never_after_rollback(postgres_database: str) -> None:
    with Database(postgres_database) as database, listening(postgres_database, LIVE) as heard:
        with pytest.raises(RuntimeError), database.transaction(SYSTEM_SCOPE) as conn:
            notify(conn, LIVE, ["lost"])
            raise RuntimeError
        with database.transaction(SYSTEM_SCOPE) as conn:
            notify(conn, LIVE, ["first", "second"])
            assert heard.wait(0.05) == []
        found = heard.wait(5)
        while len(found) < 2:
            found += heard.wait(5)
        assert found == ["first", "second"]


def test_a_transaction_acts_as_the_role_of_its_scope_and_leaves_nothing_behind(
    postgres_database: str,
) -> None:
    asked = b"SELECT current_user::text AS role, current_setting('nykter.tenant', true) AS tenant"
    with Database(postgres_database, max_size=1) as database:
        for scope, role, tenant in (
            (tenant_scope("kommun"), "nykter_app", "kommun"),
            (SYSTEM_SCOPE, "nykter_system", ""),
            (NOBODY, "nykter_app", ""),
        ):
            with database.transaction(scope) as conn:
                assert conn.execute(asked).fetchone() == {"role": role, "tenant": tenant}
        with database.transaction() as conn:
            assert conn.execute(asked).fetchone() == {"role": "nykter_app", "tenant": ""}


def test_a_database_without_the_roles_says_what_to_run() -> None:
    with reachable_folder() as folder:
        server = EmbeddedPostgres(Path(folder) / "pg")
        try:
            with (
                Database(server.start(), timeout_s=5) as database,
                pytest.raises(RolesMissing, match="nykter doctor"),
                database.transaction(SYSTEM_SCOPE),
            ):
                pass
        finally:
            server.stop()


def test_what_is_asked_often_is_still_planned_for_the_values_at_hand(postgres_database: str) -> None:
    with Database(postgres_database, max_size=1) as db, db.transaction(SYSTEM_SCOPE) as conn:
        for often in range(20):
            conn.execute(
                "SELECT count(*) FROM test_result WHERE measured_at > now() - %s::interval", [f"{often} days"]
            )
        row = conn.execute(
            "SELECT sum(generic_plans)::int AS generic, sum(custom_plans)::int AS custom FROM pg_prepared_statements"
            " WHERE statement LIKE '%test_result%'"
        ).fetchone()
    assert row is not None
    assert row["generic"] == 0
    assert row["custom"] >= 10
