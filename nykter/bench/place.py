"""Where benchmarks run: a database and a broker of their own, thrown away afterwards."""

import itertools
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from backend.store.migrate import migrate
from nykter.runtime.broker import Broker, login_url
from nykter.runtime.brokers import make_broker
from nykter.runtime.postgres import EmbeddedPostgres
from nykter.runtime.timescale import TimescaleServer, build_tree, why_unavailable

PLAIN, TIMESCALE = "PostgreSQL", "TimescaleDB"
RECEIPT_SEED = b"\x0b" * 32
"""Made up for benchmarks; signs nothing that anybody keeps."""


class Place:
    """An embedded PostgreSQL with migrated databases as needed, and a broker."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._servers: dict[str, EmbeddedPostgres | TimescaleServer] = {
            PLAIN: EmbeddedPostgres(folder / "postgres")
        }
        if why_unavailable() is None:
            self._servers[TIMESCALE] = TimescaleServer("bench")
        self._running = [PLAIN]
        self.broker: Broker = make_broker(folder / "broker")
        self._numbers = itertools.count(1)

    def start(self) -> None:
        """Start both. Raises NykterError."""
        self._servers[PLAIN].start()
        self.broker.start()

    def stop(self) -> None:
        """Stop everything."""
        self.broker.stop()
        for name in self._running:
            self._servers[name].stop()

    def servers(self) -> Iterator[str]:
        """Names of the kinds of database there are here; TimescaleDB is started (and built) when it is its turn."""
        for name, server in self._servers.items():
            if name not in self._running:
                print(f"  (starting {name})", flush=True)
                build_tree()
                self._running.append(name)
                server.start()
            yield name

    def server_pid(self, server: str) -> int | None:
        """Process id of a database server, to account for its time."""
        return self._servers[server].pid

    @property
    def broker_pid(self) -> int:
        """Process id of the broker, to account for its time; 0 when it is not ours."""
        return getattr(self.broker, "pid", None) or 0

    @contextmanager
    def database(self, server: str = PLAIN) -> Iterator[str]:
        """URL of a fresh migrated database, dropped afterwards."""
        name = f"bench_{next(self._numbers)}"
        running = self._servers[server]
        with psycopg.connect(running.url(), autocommit=True) as conn:
            conn.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        url = running.url(name)
        migrate(url)
        try:
            yield url
        finally:
            with psycopg.connect(running.url(), autocommit=True) as conn:
                conn.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    @contextmanager
    def ingest(self, database: str, name: str = "ingest", **settings: str) -> Iterator[int]:
        """`nykter ingest` as a process, ended afterwards; its process id. `settings`: NYKTER_* variables."""
        key = self.folder / "receipt.key"
        key.touch(mode=0o600)
        key.write_text(RECEIPT_SEED.hex(), encoding="ascii")
        environment = {
            **os.environ,
            "NYKTER_DATABASE_URL": database,
            "NYKTER_MQTT_URL": login_url(self.broker, self.broker.backend),
            "NYKTER_RECEIPT_KEY_FILE": str(key),
            "NYKTER_INGEST_NAME": name,
            **settings,
        }
        with self._process("ingest", environment) as pid:
            yield pid

    @contextmanager
    def worker(self, database: str) -> Iterator[int]:
        """`nykter worker` as a process, ended afterwards; its process id."""
        with self._process("worker", {**os.environ, "NYKTER_DATABASE_URL": database}) as pid:
            yield pid

    @contextmanager
    def _process(self, command: str, environment: dict[str, str]) -> Iterator[int]:
        with (self.folder / f"{command}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "nykter", command], stdout=log, stderr=log, env=environment
            )
        try:
            yield process.pid
        finally:
            process.terminate()
            process.wait(30)


@contextmanager
def place() -> Iterator[Place]:
    """A started place in a temporary folder."""
    folder = Path(tempfile.mkdtemp(prefix="nykter-bench-"))
    folder.chmod(0o711)  # as root the servers run under another account, which must get through
    made = Place(folder)
    try:
        made.start()
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder, ignore_errors=True)
