"""Row-level security: which rows a role may see and write, made from the catalogue after the migrations.

A table with a column `tenant_id` is seen by services (role nykter_app) only as far as it belongs to the tenant of their
transaction; a table without one not at all, unless it is named here with a reason. The platform's own processes (role
nykter_system) see every tenant through a policy of their own. FORCE binds the tables' owner too: it sees rows only
after saying so (`nykter.scope` = 'maintenance'), as the migration runner does. A new table is covered by the migration
run that creates it.
"""

import logging
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from psycopg import sql

from backend.errors import MigrationError
from backend.store.hypertables import HYPERTABLES
from backend.store.pool import APP_ROLE, SYSTEM_ROLE

log = logging.getLogger(__name__)

MAINTENANCE: Final = "maintenance"

OPEN: Final = {
    "schema_migration": "names and digests of migrations",
    "process_beat": "signs of life of processes, about nobody",
    "outage": "when the platform was away, for every tenant the same",
    "login_attempt": "a failed attempt is counted before it is known whose name it is, or whether it is anybody's",
    "passkey_challenge": "what a browser is asked to sign, before it is known whose it is",
    "identity_request": "a sign-in under way at an identity provider, before it is known whose it is",
    "procrastinate_jobs": "jobs carry no data about anybody; services create them",
    "procrastinate_events": "history of jobs",
    "procrastinate_periodic_defers": "when periodic jobs were created",
    "procrastinate_workers": "signs of life of workers",
}
"""Tables without row-level security, and why."""
SYSTEM_ONLY: Final = {
    "message_key": "keys and digests of messages, which nobody but ingest compares",
}
"""Tables that no tenant sees any row of, and why."""
READ_ONLY: Final = ("schema_migration", "process_beat", "outage", "access_seal", "access_month_end")
"""Tables that services only read: open ones, and what proves the access log."""
APPENDED: Final = ("access_log", "account_event", "client_key", *(table for table, _ in HYPERTABLES))
"""Tables that services only read and add to: the log (compliance reference 7.5, V16.4.2), the clients' data keys, and
what was measured. Taking away is the system's (retention, replacing a study, destroying a key); TimescaleDB 2.19 could
not even plan it under a tenant's policy.
"""
NOT_TAKEN_AWAY: Final = (
    "alert_change",
    "care_block",
    "care_change",
    "client_reach",
    "consent",
    "contact_correction",
    "correction_request",
    "deletion_case",
    "disclosure",
    "emergency_access",
    "erasure_request",
    "help_call",
    "journal_text",
    "legal_hold",
    "message",
    "photo_verdict",
    "relative",
    "sharing",
)
"""Tables that say what people decided and did: services end or answer a row and never remove one."""
PROVED: Final = (
    "reading",
    "test_result",
    "check_in",
    "check_in_answer",
    "drinking_report",
    "contact",
    "message",
    "journal_text",
    "questionnaire",
    "life_event",
)
"""The record itself: within its tenant, a service's transaction sees rows only of those clients whose visibility was
proved in it (`backend.access`), and of the client whose login it is. Decision 0015 says why these and not all.
"""
FUNCTIONS: Final = {
    "account_of_username(text)": (APP_ROLE, SYSTEM_ROLE),
    "login_of_token(bytea)": (APP_ROLE, SYSTEM_ROLE),
    "tenant_of_application_link(bytea)": (APP_ROLE, SYSTEM_ROLE),
    "tenant_of_enrolment_code(bytea,timestamptz)": (APP_ROLE, SYSTEM_ROLE),
    "tenant_of_gateway(text)": (APP_ROLE, SYSTEM_ROLE),
    "tenant_of_sign_in(text,bytea)": (APP_ROLE, SYSTEM_ROLE),
    "tenant_of_relative_invitation(bytea)": (APP_ROLE, SYSTEM_ROLE),
    "close_chunks()": (SYSTEM_ROLE,),
    "drop_chunks_before(text,timestamptz)": (SYSTEM_ROLE,),
}
"""SECURITY DEFINER functions, and who may call them."""

ROLES_SQL: Final = f"""\
CREATE ROLE {APP_ROLE} NOLOGIN NOINHERIT;
CREATE ROLE {SYSTEM_ROLE} NOLOGIN NOINHERIT;
ALTER ROLE <the login in NYKTER_DATABASE_URL> NOINHERIT;
GRANT {APP_ROLE}, {SYSTEM_ROLE} TO <the login in NYKTER_DATABASE_URL>;"""
"""What a database administrator runs once where our login may not create roles. NOINHERIT: a login that inherited the
system's role would see every tenant's rows without acting as it.
"""

_ANY_CLIENT: Final = ("client", "access_log", "client_key")
"""Tables whose column client_id need not name a client of the tenant: itself, and what may be an application yet."""

_Connection = psycopg.Connection[Any]

_TABLES = b"""
SELECT c.relname AS name, pg_get_userbyid(c.relowner) AS owner, c.relrowsecurity AND c.relforcerowsecurity AS forced,
       bool_or(a.attname = 'tenant_id') AS has_tenant, bool_or(a.attname = 'client_id') AS has_client,
       (SELECT obj_description(p.oid, 'pg_policy') FROM pg_policy p
         WHERE p.polrelid = c.oid AND p.polname = 'system') AS made
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
 GROUP BY c.oid ORDER BY c.relname"""

_VIEWS = b"""
SELECT c.relname AS name FROM pg_class c
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'v'
   AND NOT 'security_invoker=true' = ANY (coalesce(c.reloptions, '{}'))
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')"""


@dataclass(frozen=True, slots=True)
class _Table:
    name: str
    owner: str
    forced: bool
    has_tenant: bool
    has_client: bool
    made: str | None


def maintain(conn: _Connection) -> None:
    """Let the tables' owner see rows on this connection."""
    conn.execute(b"SELECT set_config('nykter.scope', %s, false)", (MAINTENANCE,))


def secure(conn: _Connection) -> list[str]:
    """Create the roles, give them their rights, and put the policies on every table; returns the tables changed.

    Safe to repeat. Raises MigrationError with the SQL to run where the login may not create or use the roles.
    """
    have_roles(conn)
    changed = [table.name for table in _tables(conn) if _protect(conn, table)]
    for (view,) in conn.execute(_VIEWS).fetchall():
        conn.execute(sql.SQL("ALTER VIEW {} SET (security_invoker = true)").format(sql.Identifier(view)))
    with conn.transaction():
        _grant(conn)
        if _exists(conn, "close_chunks()"):  # not before migration 0010
            close_chunks(conn)
    return changed


def close_chunks(conn: psycopg.Connection[Any]) -> None:
    """Take the rights on new chunks of hypertables from the two roles.

    A chunk is a table of its own, which its hypertable's policies do not cover when somebody names it directly, and
    TimescaleDB gives it the hypertable's rights. Through the hypertable nobody needs them. (Row-level security on a
    chunk makes TimescaleDB 2.19 refuse inserts.) Called after migrations and by the sweep.
    """
    conn.execute(b"SELECT close_chunks()")


def have_roles(conn: _Connection) -> None:
    """Create the two roles and the right to act as them, where missing. Raises MigrationError with the SQL to run."""
    for role in (APP_ROLE, SYSTEM_ROLE):
        _have_role(conn, role)
    problem = roles_problem(conn)
    if problem is not None:
        raise MigrationError(f"{problem}.")


def open_tables(conn: _Connection) -> list[str]:
    """Tables that should have forced row-level security and have not."""
    return [table.name for table in _tables(conn) if not table.forced]


def roles_problem(conn: _Connection) -> str | None:
    """Why this login cannot act as the two roles, in words; None when it can."""
    for role in (APP_ROLE, SYSTEM_ROLE):
        row = conn.execute(
            b"SELECT rolsuper OR rolbypassrls, pg_has_role(current_user, oid, 'MEMBER') FROM pg_roles"
            b" WHERE rolname = %s",
            (role,),
        ).fetchone()
        if row is None:
            return f"there is no role {role}"
        if row[0]:
            return f"the role {role} may bypass row-level security; nothing would keep tenants apart"
        if not row[1]:
            return f"this login may not act as {role}"
    return None


def _have_role(conn: _Connection, role: str) -> None:
    name = sql.Identifier(role)
    try:
        if conn.execute(b"SELECT FROM pg_roles WHERE rolname = %s", (role,)).fetchone() is None:
            try:
                conn.execute(sql.SQL("CREATE ROLE {} NOLOGIN NOINHERIT").format(name))
            except (psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
                log.debug("the role %s was created by another runner", role)
        row = conn.execute(b"SELECT pg_has_role(current_user, %s, 'MEMBER')", (role,)).fetchone()
        if row is not None and not row[0]:
            inherit = sql.SQL("WITH INHERIT FALSE" if conn.info.server_version >= 160000 else "")
            conn.execute(sql.SQL("GRANT {} TO CURRENT_USER {}").format(name, inherit))
    except psycopg.errors.InsufficientPrivilege as error:
        raise MigrationError(
            "This login may neither create nor use the database roles that keep tenants apart. Let an administrator "
            f"of the database run this once, then migrate again:\n{ROLES_SQL}"
        ) from error


def _tables(conn: _Connection) -> list[_Table]:
    return [_Table(*row) for row in conn.execute(_TABLES).fetchall() if row[0] not in OPEN]


def _protect(conn: _Connection, table: _Table) -> bool:
    policies = _policies(table)
    made = " | ".join(policies)
    if table.forced and table.made == made:
        return False
    name = sql.Identifier(table.name)
    with conn.transaction():
        conn.execute(b"SET LOCAL lock_timeout = '5s'")
        conn.execute(sql.SQL("ALTER TABLE {} ENABLE ROW LEVEL SECURITY").format(name))
        conn.execute(sql.SQL("ALTER TABLE {} FORCE ROW LEVEL SECURITY").format(name))
        for policy in ("tenant", "proved", "system", "maintenance"):
            conn.execute(sql.SQL("DROP POLICY IF EXISTS {} ON {}").format(sql.Identifier(policy), name))
        for statement in policies:
            conn.execute(statement.encode())
        conn.execute(sql.SQL("COMMENT ON POLICY system ON {} IS {}").format(name, sql.Literal(made)))
    return True


def _policies(table: _Table) -> list[str]:
    name = f'"{table.name}"'
    said = "(SELECT current_setting('nykter.scope', true)) = 'maintenance'"
    made = [
        f"CREATE POLICY system ON {name} TO {SYSTEM_ROLE} USING (true) WITH CHECK (true)",
        f'CREATE POLICY maintenance ON {name} TO "{table.owner}" USING ({said}) WITH CHECK ({said})',
    ]
    if table.has_tenant:
        # As a subquery the setting is read once per statement, not once per row.
        said = "(SELECT nullif(current_setting('nykter.tenant', true), ''))"
        own = f"{name}.tenant_id = {said}"
        check = own
        if table.has_client and table.name not in _ANY_CLIENT:
            check += (
                f" AND ({name}.client_id IS NULL OR EXISTS "
                f"(SELECT FROM client AS own WHERE own.client_id = {name}.client_id))"
            )
        made.append(f"CREATE POLICY tenant ON {name} TO {APP_ROLE} USING ({own}) WITH CHECK ({check})")
    if table.name in PROVED:
        proved = (
            f"{name}.client_id = ANY (ARRAY(SELECT unnest(string_to_array("
            "nullif(current_setting('nykter.clients', true), ''), ',')::uuid[])))"
        )
        made.append(
            f"CREATE POLICY proved ON {name} AS RESTRICTIVE TO {APP_ROLE} USING ({proved}) WITH CHECK ({proved})"
        )
    return made


def _grant(conn: _Connection) -> None:
    both = sql.SQL("{}, {}").format(sql.Identifier(APP_ROLE), sql.Identifier(SYSTEM_ROLE))
    app = sql.Identifier(APP_ROLE)
    for rights in (
        "GRANT USAGE ON SCHEMA public TO {}",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}",
        "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}",
    ):
        conn.execute(sql.SQL(rights).format(both))
    there = {table for (table,) in conn.execute(b"SELECT relname FROM pg_class WHERE relkind IN ('r', 'p')")}
    for table in (one for one in READ_ONLY if one in there):
        conn.execute(
            sql.SQL("REVOKE INSERT, UPDATE, DELETE ON {} FROM {}").format(sql.Identifier(table), app)
        )
    for table in (one for one in APPENDED if one in there):
        conn.execute(sql.SQL("REVOKE UPDATE, DELETE ON {} FROM {}").format(sql.Identifier(table), app))
    for table in (one for one in NOT_TAKEN_AWAY if one in there):
        conn.execute(sql.SQL("REVOKE DELETE ON {} FROM {}").format(sql.Identifier(table), app))
    for function, roles in FUNCTIONS.items():
        if _exists(conn, function):
            for role in roles:
                conn.execute(f'GRANT EXECUTE ON FUNCTION {function} TO "{role}"'.encode())
    for role in (APP_ROLE, SYSTEM_ROLE):
        row = conn.execute(
            b"SELECT has_database_privilege(%s, current_database(), 'TEMP'), current_database()", (role,)
        ).fetchone()
        if row is not None and not row[0]:
            conn.execute(
                sql.SQL("GRANT TEMPORARY ON DATABASE {} TO {}").format(
                    sql.Identifier(row[1]), sql.Identifier(role)
                )
            )


def _exists(conn: _Connection, function: str) -> bool:
    row: tuple[object] | None = conn.execute(b"SELECT to_regprocedure(%s)::oid", (function,)).fetchone()
    return row is not None and row[0] is not None
