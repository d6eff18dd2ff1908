"""Row-level security: through every table and view of the schema, a tenant sees and writes its own rows only."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg import sql
from psycopg.rows import dict_row

from backend.errors import MigrationError
from backend.services import operations
from backend.store import visibility
from backend.store.migrate import migrate
from backend.store.pool import APP_ROLE, SYSTEM_ROLE, Connection, Database
from backend.store.row_security import NOT_TAKEN_AWAY, OPEN, PROVED, SYSTEM_ONLY
from backend.store.scope import SYSTEM_SCOPE, Scope, tenant_scope
from nykter.runtime.postgres import EmbeddedPostgres
from tests.integration.backend.store.test_upgrades_with_data import VERSIONS, database_at
from tests.support.servers import TestDatabases, reachable_folder

A, B = "kommun", "granne"
CLIENT, OTHER = UUID(int=0xC1), UUID(int=0xCB)
"""A client of A, and the id that copies for B are given."""
_REFUSED = (psycopg.errors.InsufficientPrivilege, psycopg.errors.InternalError_)
"""TimescaleDB 2.19 gives up planning a change of a hypertable under a policy, before the right is asked for."""

_RELATIONS = b"""
SELECT c.oid, c.relname AS name, c.relkind::text AS kind, c.relrowsecurity AND c.relforcerowsecurity AS forced,
       coalesce('security_invoker=true' = ANY (c.reloptions), false) AS invoker,
       ARRAY(SELECT attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND attnum > 0 AND NOT attisdropped
                AND attgenerated = '' AND attidentity = '' ORDER BY attnum) AS columns
  FROM pg_class c
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
 ORDER BY c.relname"""


@dataclass(frozen=True)
class Relation:
    """A table or view of the schema, from the catalogue."""

    oid: int
    name: str
    kind: str
    forced: bool
    invoker: bool
    columns: list[str]

    @property
    def tenant(self) -> str | None:
        """The expression that names a row's tenant."""
        return "tenant_id" if "tenant_id" in self.columns else None


def relations(url: str) -> list[Relation]:
    with psycopg.connect(url, row_factory=dict_row) as conn:
        return [Relation(**row) for row in conn.execute(_RELATIONS)]


def exempt(one: Relation) -> bool:
    return one.name in OPEN


@pytest.fixture
def two_tenants(empty_database: str) -> str:
    """Rows of tenant A in every table that upgrades fill, and a copy of each that belongs to tenant B."""
    database = empty_database
    database_at(database, VERSIONS[-1])
    with psycopg.connect(database) as conn:
        # Copies keep every value but the tenant, so foreign and unique keys stand aside while they are made.
        conn.execute("SET session_replication_role = replica")
        for one in relations(database):
            if one.kind in {"r", "p"} and not exempt(one) and one.tenant is not None:
                _copy_for_b(conn, one)
    return database


def _copy_for_b(conn: psycopg.Connection[tuple[Any, ...]], one: Relation) -> None:
    """One row of tenant B per table: A's row with other keys."""
    keys = conn.execute(
        """SELECT array_agg(a.attname::text), array_agg(format_type(a.atttypid, NULL))
             FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey::int2[])
            WHERE i.indrelid = %s AND i.indisunique GROUP BY i.indexrelid""",
        (one.oid,),
    ).fetchall()
    unique: set[str] = set()
    for names, kinds in keys:
        if {"uuid"} & set(kinds):
            unique.update(name for name, kind in zip(names, kinds, strict=True) if kind == "uuid")
        elif not {"tenant_id", "client_id", "topic"} & set(names):
            unique.update(names)
    values = {
        "tenant_id": f"'{B}'",
        "topic": "'nykter/v1/granne/gw-b/reading'",
        "client_id": "CASE WHEN client_id IS NOT NULL THEN '00000000-0000-0000-0000-0000000000cb'::uuid END",
    }
    types = dict(
        conn.execute(
            "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = %s AND attnum > 0",
            (one.oid,),
        ).fetchall()
    )
    other = {
        "uuid": "gen_random_uuid()",
        "text": "'gw-b'",
        "bytea": "sha256('b')",
    }

    def value(column: str) -> str:
        if column in values:
            return values[column]
        kind = str(types[column])
        return other[kind] if column in unique and kind in other else f'"{column}"'

    names = ", ".join(f'"{column}"' for column in one.columns)
    picked = ", ".join(value(column) for column in one.columns)
    conn.execute(
        f"""INSERT INTO "{one.name}" ({names}) SELECT {picked} FROM "{one.name}"
             WHERE {one.tenant} = '{A}' LIMIT 1""".encode()
    )


def test_every_table_has_policies_or_a_reason_and_every_view_asks_as_its_reader(database: str) -> None:
    found = relations(database)
    assert len(found) > 30
    for one in found:
        if one.kind == "v":
            assert one.invoker, f"the view {one.name} would show its owner's rows"
            continue
        assert one.kind in {"r", "p"}, f"{one.name} is of a kind that knows no row-level security"
        if exempt(one):
            assert OPEN[one.name]
            continue
        assert one.forced, f"{one.name} has no forced row-level security"
        assert one.tenant or one.name in SYSTEM_ONLY, (
            f"{one.name} has no column tenant_id. Give it one, or say in backend/store/row_security.py why not"
        )


def test_a_new_table_without_a_tenant_shows_services_nothing_and_a_new_view_is_made_safe(
    database: str,
) -> None:
    with psycopg.connect(database) as conn:
        conn.execute("CREATE TABLE forgotten (x int)")
        conn.execute("INSERT INTO forgotten VALUES (1)")
        conn.execute("CREATE VIEW all_clients AS SELECT * FROM client")
    assert "row security on forgotten" in migrate(database)
    assert migrate(database) == []
    (view,) = [one for one in relations(database) if one.name == "all_clients"]
    assert view.invoker
    with Database(database) as db:
        with db.transaction(tenant_scope(A)) as conn:
            assert conn.execute("SELECT * FROM forgotten").fetchall() == []
        with db.transaction(SYSTEM_SCOPE) as conn:
            assert conn.execute("SELECT * FROM forgotten").fetchall() == [{"x": 1}]


@pytest.mark.requirement("D4", "H12")
def test_no_row_of_another_tenant_is_seen_added_changed_or_removed_through_any_table_or_view(
    two_tenants: str,
) -> None:
    tried = 0
    with Database(two_tenants) as db, psycopg.connect(two_tenants, row_factory=dict_row) as behind:
        for one in relations(two_tenants):
            if exempt(one) or one.tenant is None:
                continue
            found = behind.execute(
                f'SELECT to_jsonb(x) AS whole FROM "{one.name}" x WHERE {one.tenant} = %s'.encode(), (B,)
            )
            foreign = [row["whole"] for row in found]
            if one.name in _FILLED:
                assert foreign, f"the test has no row of tenant B in {one.name}"
            with db.transaction(tenant_scope(A)) as conn:
                visibility.prove(conn, [CLIENT, OTHER])
                _sees_only_a(conn, one)
                if one.kind in {"r", "p"}:
                    _writes_only_a(conn, one, foreign)
            tried += bool(foreign)
    assert tried >= len(_FILLED)


_FILLED = {
    "tenant", "unit", "client", "account", "login", "assignment", "plan", "gateway", "reading", "test_result",
    "check_in", "check_in_answer", "drinking_report", "device_status", "test_window", "test_window_change",
    "assessment_due", "risk_score", "alert", "alert_change", "contact", "review", "access_log", "client_day",
    "dead_letter",
}  # fmt: skip


def _sees_only_a(conn: Connection, one: Relation) -> None:
    seen = conn.execute(f'SELECT {one.tenant} AS tenant FROM "{one.name}"'.encode()).fetchall()
    assert {row["tenant"] for row in seen} <= {A}, one.name
    if one.name in _FILLED:
        assert seen, f"tenant A does not see its own rows of {one.name}"


def _writes_only_a(conn: Connection, one: Relation, foreign: list[dict[str, object]]) -> None:
    table = f'"{one.name}"'
    column = one.columns[0]
    for statement in (
        f'UPDATE {table} SET "{column}" = "{column}" WHERE {one.tenant} = \'{B}\'',
        f"DELETE FROM {table} WHERE {one.tenant} = '{B}'",
    ):
        try:
            with conn.transaction():
                assert conn.execute(statement.encode()).rowcount == 0, statement
        except _REFUSED:
            continue
    for row in foreign[:1]:
        with (
            pytest.raises(psycopg.errors.InsufficientPrivilege, match="policy|permission"),
            conn.transaction(),
        ):
            _insert_again(conn, one, row)


def _insert_again(conn: Connection, one: Relation, row: dict[str, object]) -> None:
    """The policy is checked before any key, so the same row will do; as JSON, whatever types its columns have."""
    names = sql.SQL(", ").join(sql.Identifier(name) for name in one.columns)
    table = sql.Identifier(one.name)
    query = sql.SQL("INSERT INTO {} ({}) SELECT {} FROM jsonb_populate_record(NULL::{}, %s)").format(
        table, names, names, table
    )
    conn.execute(query, [psycopg.types.json.Jsonb(row)])


def test_a_row_cannot_be_handed_to_another_tenant_nor_name_its_client(two_tenants: str) -> None:
    with Database(two_tenants) as db, db.transaction(tenant_scope(A)) as conn:
        visibility.prove(conn, [CLIENT, OTHER])
        with pytest.raises(psycopg.errors.InsufficientPrivilege), conn.transaction():
            conn.execute("UPDATE contact SET tenant_id = 'granne'")
        with pytest.raises(psycopg.errors.InsufficientPrivilege), conn.transaction():
            conn.execute("UPDATE contact SET client_id = '00000000-0000-0000-0000-0000000000cb'")


@pytest.mark.requirement("D4")
def test_who_sets_no_tenant_sees_nothing_and_writes_nothing(two_tenants: str) -> None:
    with Database(two_tenants) as db, db.transaction() as conn:
        for one in relations(two_tenants):
            if not exempt(one):
                assert conn.execute(f'SELECT 1 FROM "{one.name}"'.encode()).fetchall() == [], one.name
        with pytest.raises(psycopg.errors.InsufficientPrivilege), conn.transaction():
            conn.execute("INSERT INTO unit VALUES (gen_random_uuid(), '', 'x')")


@pytest.mark.requirement("L1", "D6")
def test_services_cannot_change_what_was_measured_who_looked_or_the_platforms_own_state(
    two_tenants: str,
) -> None:
    statements = (
        "DELETE FROM access_log",
        "UPDATE access_log SET action = 'x'",
        "UPDATE reading SET brac_mg_per_l = 0",
        "DELETE FROM device_status",
        "DELETE FROM outage",
        "UPDATE schema_migration SET checksum = ''",
        "UPDATE process_beat SET detail = '{}'",
        *(f"DELETE FROM {table}" for table in NOT_TAKEN_AWAY),
    )
    with Database(two_tenants) as db, db.transaction(tenant_scope(A)) as conn:
        for statement in statements:
            with pytest.raises(_REFUSED), conn.transaction():
                conn.execute(statement.encode())


@pytest.mark.requirement("D4")
def test_the_roles_have_no_way_round_the_policies(database: str) -> None:
    with psycopg.connect(database) as conn:
        rows = conn.execute(
            "SELECT rolsuper, rolbypassrls, rolcanlogin, rolcreaterole FROM pg_roles WHERE rolname = ANY (%s)",
            ([APP_ROLE, SYSTEM_ROLE],),
        ).fetchall()
        assert rows == [(False, False, False, False)] * 2
        (among,) = (
            conn.execute("SELECT pg_has_role('nykter_app', 'nykter_system', 'MEMBER')").fetchone() or ()
        )
        assert among is False


def test_a_chunk_asked_for_by_its_own_name_shows_services_nothing_either(
    timescale_server: TestDatabases,
) -> None:
    with timescale_server.empty() as url:
        database_at(url, VERSIONS[-1])
        _no_way_to_a_chunk(url)


def _no_way_to_a_chunk(url: str) -> None:
    with psycopg.connect(url) as conn:
        chunks = conn.execute(
            "SELECT chunk_schema, chunk_name FROM timescaledb_information.chunks ORDER BY 2"
        ).fetchall()
    assert len(chunks) > 3
    with Database(url) as db:
        operations.close_chunks(db)
        for scope in (tenant_scope(A), tenant_scope(B), SYSTEM_SCOPE):
            with db.transaction(scope) as conn:
                for schema, name in chunks:
                    query = sql.SQL("SELECT 1 FROM {}").format(sql.Identifier(str(schema), str(name)))
                    with pytest.raises(psycopg.errors.InsufficientPrivilege), conn.transaction():
                        conn.execute(query)
        with db.transaction(tenant_scope(A)) as conn:
            assert conn.execute("SELECT 1 FROM reading").fetchall() == []
            visibility.prove(conn, [CLIENT])
            assert len(conn.execute("SELECT 1 FROM reading").fetchall()) == 3


def test_the_record_shows_itself_only_for_clients_whose_visibility_was_proved(two_tenants: str) -> None:
    own = Scope(A, client_id=CLIENT)
    with Database(two_tenants) as db:
        for table in PROVED:
            query = f'SELECT client_id FROM "{table}"'.encode()
            with db.transaction(tenant_scope(A)) as conn:
                assert conn.execute(query).fetchall() == [], table
                visibility.prove(conn, [UUID(int=1)])
                assert conn.execute(query).fetchall() == [], table
                visibility.prove(conn, [CLIENT])
                found = conn.execute(query).fetchall()
                assert {row["client_id"] for row in found} == ({CLIENT} if found else set()), table
            with db.transaction(tenant_scope(A)) as conn:
                assert conn.execute(query).fetchall() == [], f"{table}: the proof outlived its transaction"
            with db.transaction(own) as conn:
                assert conn.execute(query).fetchall() == found, table
            with db.transaction(SYSTEM_SCOPE) as conn:
                assert len(conn.execute(query).fetchall()) >= len(found), table


def test_the_owner_is_bound_too_and_an_owner_who_may_not_create_roles_is_told_what_to_run() -> None:
    with reachable_folder() as folder:
        server = EmbeddedPostgres(Path(folder) / "pg", tcp=True)
        try:
            admin = server.start()
            with psycopg.connect(admin, autocommit=True) as conn:
                conn.execute("CREATE ROLE plain_owner LOGIN NOINHERIT PASSWORD 'made-up'")
                conn.execute("ALTER DATABASE nykter OWNER TO plain_owner")
                conn.execute("ALTER SCHEMA public OWNER TO plain_owner")
            url = psycopg.conninfo.make_conninfo(server.tcp_url(), user="plain_owner", password="made-up")
            with pytest.raises(MigrationError, match="CREATE ROLE nykter_app NOLOGIN"):
                migrate(url)
            with psycopg.connect(admin, autocommit=True) as conn:
                conn.execute("CREATE ROLE nykter_app NOLOGIN NOINHERIT")
                conn.execute("CREATE ROLE nykter_system NOLOGIN NOINHERIT")
                conn.execute("GRANT nykter_app, nykter_system TO plain_owner")
            assert "row security on client" in migrate(url)
            assert migrate(url) == []
            with Database(url) as db, db.transaction(SYSTEM_SCOPE) as conn:
                conn.execute("INSERT INTO tenant VALUES ('kommun', 'K', 'municipality', '{}', now())")
            with psycopg.connect(url) as conn:
                assert conn.execute("SELECT current_user::text").fetchone() == ("plain_owner",)
                assert conn.execute("SELECT count(*) FROM tenant").fetchone() == (0,)
                conn.execute("SET nykter.scope = 'maintenance'")
                assert conn.execute("SELECT count(*) FROM tenant").fetchone() == (1,)
        finally:
            server.stop()


def test_rows_written_before_there_were_tenants_get_the_one_they_belong_to(empty_database: str) -> None:
    database_at(empty_database, "0009_pre_hypertables.sql")
    migrate(empty_database)
    with psycopg.connect(empty_database) as conn:
        found = conn.execute(
            "SELECT tenant_id, count(*) FROM check_in_answer GROUP BY 1 ORDER BY 1"
        ).fetchall()
        assert found == [("kommun", 1), ("research", 2)]
        for table in ("plan", "login", "alert_change", "test_window_change", "review", "risk_score"):
            assert conn.execute(f"SELECT DISTINCT tenant_id FROM {table}".encode()).fetchall() == [
                ("kommun",)
            ]
