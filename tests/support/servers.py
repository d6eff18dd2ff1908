"""Database servers for tests, and fresh databases cloned from a migrated template on them."""

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from psycopg import sql

from nykter.runtime.postgres import EmbeddedPostgres
from nykter.runtime.timescale import TimescaleServer

_numbers = itertools.count(1)
_ROOM = 6 * 2**30
"""Bytes two runs of tests may need at the same time, several times over."""


class _Server(Protocol):
    def url(self, database: str | None = None) -> str: ...


class ExternalServer:
    """A server somebody else runs, named by TEST_DATABASE_URL."""

    def __init__(self, url: str) -> None:
        refuse_unless_test_database(url)
        self._url = url

    def url(self, database: str | None = None) -> str:
        if database is None:
            return self._url
        return urlunsplit(urlsplit(self._url)._replace(path=f"/{database}"))


class TestDatabases:
    """Makes and drops databases on one server; the first use migrates the template all others are cloned from."""

    __test__ = False

    def __init__(self, server: _Server, *, timescale: bool) -> None:
        self._server = server
        self._timescale = timescale
        self._template = f"nykter_test_template_{os.getpid()}"
        self._has_template = False

    def url(self, database: str | None = None) -> str:
        """Connection URL of a database on this server; by default of the one we administer from."""
        return self._server.url(database)

    @contextmanager
    def fresh(self) -> Iterator[str]:
        """The URL of a migrated database of its own, dropped afterwards."""
        self._ensure_template()
        with self._created(template=self._template) as url:
            yield url

    @contextmanager
    def empty(self) -> Iterator[str]:
        """The URL of a database nothing was ever done to, dropped afterwards."""
        with self._created() as url:
            yield url

    def close(self) -> None:
        """Drop the template: the server may be somebody else's."""
        if self._has_template:
            self._drop(self._template)
            self._has_template = False

    @contextmanager
    def _created(self, template: str = "template0") -> Iterator[str]:
        name = f"nykter_test_{os.getpid()}_{next(_numbers)}"
        self._admin(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        )
        try:
            yield self._server.url(name)
        finally:
            self._drop(name)

    def _ensure_template(self) -> None:
        if self._has_template:
            return
        from backend.store.migrate import migrate

        name = sql.Identifier(self._template)
        self._drop(self._template)
        # template0: TimescaleDB's launcher looks into every database that lets it in, template1 among them.
        self._admin(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(name))
        url = self._server.url(self._template)
        if self._timescale:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("CREATE EXTENSION IF NOT EXISTS timescaledb")
        migrate(url)
        # TimescaleDB's own workers would stay connected, and a database in use cannot be cloned.
        self._admin(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(name))
        with psycopg.connect(self._server.url(), autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [self._template]
            )
        self._has_template = True

    def _drop(self, name: str) -> None:
        self._admin(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _admin(self, statement: sql.Composed) -> None:
        with psycopg.connect(self._server.url(), autocommit=True) as connection:
            connection.execute(statement)


def refuse_unless_test_database(url: str) -> None:
    """Stops the whole run when a database given for tests is not called a test database: its data would go."""
    name = urlsplit(url).path.lstrip("/")
    if "test" not in name:
        pytest.exit(
            f"TEST_DATABASE_URL names the database {name!r}; its name must contain 'test'.", returncode=3
        )


def missing(reason: str) -> None:
    """Skip with a reason; in CI as root, where everything can be installed, fail instead."""
    if os.environ.get("CI") == "true" and os.geteuid() == 0:
        pytest.fail(f"{reason}, and CI must run this")
    pytest.skip(reason)


def memory_folder() -> Path | None:
    """A folder whose files are memory, if this machine has one with room; none: the usual place is taken."""
    folder = Path("/dev/shm")
    try:
        return folder if os.access(folder, os.W_OK) and shutil.disk_usage(folder).free > _ROOM else None
    except OSError:
        return None


@contextmanager
def reachable_folder() -> Iterator[Path]:
    """A temporary folder a server's account can walk through, also when root's servers run under another one.

    In memory where there is room: making a database and dropping it writes and syncs 13 MB twice.
    """
    folder = Path(tempfile.mkdtemp(prefix="nykter-test-", dir=memory_folder()))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def plain_databases() -> Iterator[TestDatabases]:
    """Databases on TEST_DATABASE_URL, or on an embedded PostgreSQL that goes away afterwards."""
    if url := os.environ.get("TEST_DATABASE_URL"):
        external = TestDatabases(ExternalServer(url), timescale=False)
        yield external
        external.close()
        return
    with reachable_folder() as folder:
        server = EmbeddedPostgres(folder / "postgres", database="nykter_test")
        try:
            server.start()
            yield TestDatabases(server, timescale=False)
        finally:
            server.stop()


@contextmanager
def timescale_databases() -> Iterator[TestDatabases]:
    """Databases on a real TimescaleDB that goes away afterwards."""
    server = TimescaleServer("nykter_test", in_memory=True)
    try:
        server.start()
        yield TestDatabases(server, timescale=True)
    finally:
        server.stop()
