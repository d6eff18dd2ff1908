"""A database server with readings arriving in it, and the backup commands run against it as an operator would."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from contracts.topics import Kind
from device_gateway.outbox import Outbox as GatewayOutbox
from device_gateway.publisher import BrokerAddress, Pace, Publisher
from device_gateway.signing import ReceiptVerifier, Signer
from nykter.clock import SystemClock
from nykter.runtime.broker import Broker, login_url
from nykter.runtime.ports import wait_until
from nykter.runtime.postgres import EmbeddedPostgres
from tests.support.messages import MadeUpGateway
from tests.support.outbox import Outbox


def nykter(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """One of our commands, to its end."""
    return subprocess.run(
        [sys.executable, "-m", "nykter", *arguments],
        capture_output=True, text=True, timeout=120, env={**os.environ, **environment},
    )  # fmt: skip


@dataclass
class Backups:
    """The commands of `nykter backup` with one archive and one key."""

    archive: Path
    key: Path

    def run(self, action: str, *more: str) -> subprocess.CompletedProcess[str]:
        command = ["backup", action, "--archive", str(self.archive), *more]
        if action not in {"list", "prune"}:
            command += ["--key-file", str(self.key)]
        return nykter(*command)

    def must(self, action: str, *more: str) -> str:
        outcome = self.run(action, *more)
        assert outcome.returncode == 0, outcome.stdout + outcome.stderr
        return outcome.stdout

    @contextmanager
    def streaming(self, database: str) -> Iterator[subprocess.Popen[bytes]]:
        """`nykter backup stream` beside the block, started when the first log lies in the archive."""
        command = [
            sys.executable, "-m", "nykter", "backup", "stream", "--archive", str(self.archive),
            "--key-file", str(self.key), "--database", database,
        ]  # fmt: skip
        said = self.archive.parent / "stream.log"
        with said.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=output) as process:
            try:
                arrived = wait_until(lambda: any(self.archive.glob("wal/*.sealed")), 30.0)
                assert arrived, said.read_text()
                yield process
            finally:
                process.terminate()
                process.wait(30)


class Arriving:
    """Puts a signed reading into an outbox every few milliseconds, until stopped."""

    def __init__(self, outbox: Outbox, gateways: list[MadeUpGateway], every_s: float = 0.01) -> None:
        self._outbox, self._gateways, self._every_s = outbox, gateways, every_s
        self._ended = threading.Event()
        self.sent = 0
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Arriving":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        began = datetime.now(UTC)
        while not self._ended.wait(self._every_s):
            gateway = self._gateways[self.sent % len(self._gateways)]
            payload = gateway.sealed_reading(measured_at=began - timedelta(minutes=self.sent))
            self._outbox.add(gateway.topic(Kind.READING), payload)
            self.sent += 1


@contextmanager
def real_gateway(
    folder: Path, made: MadeUpGateway, broker: Broker, server_key: bytes
) -> Iterator[tuple[GatewayOutbox, Publisher]]:
    """The real gateway's outbox and publisher, connected while the block lasts; its file stays."""
    login = broker.add_gateway(made.tenant_id, made.device_id)
    outbox = GatewayOutbox(folder / "outbox.sqlite", Signer.of(made.key), SystemClock())
    publisher = Publisher(
        outbox, ReceiptVerifier([server_key], made.device_id), BrokerAddress.of(login_url(broker, login)),
        made.tenant_id, made.device_id, SystemClock(), pace=Pace(resend_s=1.0, reconnect_max_s=1.0),
    )  # fmt: skip
    publisher.start()
    try:
        yield outbox, publisher
    finally:
        publisher.stop()
        outbox.close()


def blow(gateway: tuple[GatewayOutbox, Publisher], made: MadeUpGateway, number: int) -> None:
    """So many readings into the outbox, and on their way."""
    outbox, publisher = gateway
    for _ in range(number):
        at = SystemClock().now()
        outbox.write(
            Kind.READING,
            lambda boot, sequence, at=at: made.reading(measured_at=at, boot_id=boot, sequence=sequence),  # type: ignore[misc]
        )
    publisher.wake()


_TABLES = {
    "reading": "SELECT device_id, boot_id, sequence, client_id, measured_at, body, signature FROM reading",
    "message_key": "SELECT * FROM message_key",
}
"""What is only ever added to: each row's commit decides on which side of a moment it is."""


def rows(url: str, table: str, committed_by: datetime | None = None) -> set[tuple[Any, ...]]:
    """Every row, or those of transactions that were committed by a moment (needs track_commit_timestamp)."""
    query = _TABLES[table]
    if committed_by is not None:
        query += " WHERE pg_xact_commit_timestamp(xmin) <= %s"
    with psycopg.connect(url) as conn:
        found = conn.execute(query.encode(), [committed_by] if committed_by else None).fetchall()
    return set(found)


def clock_of(url: str) -> datetime:
    """The database's own."""
    with psycopg.connect(url) as conn:
        row = conn.execute("SELECT clock_timestamp()").fetchone()
    assert row is not None
    found: datetime = row[0]
    return found


def tables() -> tuple[str, ...]:
    return tuple(_TABLES)


@contextmanager
def restored_server(folder: Path, database: str) -> Iterator[str]:
    """The URL of a database in a restored folder, while its server runs."""
    server = EmbeddedPostgres(folder, database=database)
    try:
        yield server.start()
    finally:
        server.stop()
