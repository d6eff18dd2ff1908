"""A backup is made while readings arrive, life goes on, and the database is restored to a moment in between."""

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from backend.ingest.receipts import ReceiptSigner
from backend.store.migrate import migrate, migration_status
from nykter.backup.key import create_key
from nykter.runtime.broker import Broker, login_url
from nykter.runtime.ports import wait_until
from nykter.runtime.postgres import EmbeddedPostgres
from tests.support.backups import (
    Arriving,
    Backups,
    blow,
    clock_of,
    nykter,
    real_gateway,
    restored_server,
    rows,
    tables,
)
from tests.support.ingest_process import RECEIPT_SEED, IngestProcess
from tests.support.messages import enrol, gateways
from tests.support.outbox import Outbox
from tests.support.servers import reachable_folder

_PUBLIC_KEY = ReceiptSigner(RECEIPT_SEED).public_key
_NAME = "nykter_test"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


@pytest.fixture
def folder() -> Iterator[Path]:
    with reachable_folder() as path:
        yield path


@pytest.fixture
def origin(folder: Path) -> Iterator[str]:
    """A server of its own: a backup is of a whole server."""
    server = EmbeddedPostgres(folder / "postgres", database=_NAME, settings={"track_commit_timestamp": "on"})
    try:
        url = server.start()
        migrate(url)
        yield url
    finally:
        server.stop()


@pytest.fixture
def backups(folder: Path) -> Backups:
    create_key(folder / "backup.key")
    return Backups(folder / "archive", folder / "backup.key")


def _stored(url: str) -> int:
    return len(rows(url, "reading"))


@pytest.mark.requirement("G6", "H16")
def test_everything_committed_before_the_moment_is_there_and_nothing_after_it(
    origin: str, mosquitto: Broker, backups: Backups, folder: Path
) -> None:
    made = gateways(5)
    enrol(origin, *made)
    outbox = Outbox(mosquitto, _PUBLIC_KEY)
    with (
        IngestProcess(origin, mosquitto, folder) as ingest,
        outbox,
        backups.streaming(origin) as stream,
        Arriving(outbox, made),
    ):
        assert wait_until(lambda: _stored(origin) > 50, 30), ingest.log.read_text()
        backups.must("create", "--database", origin)
        at_backup = _stored(origin)
        assert wait_until(lambda: _stored(origin) > at_backup + 100, 30)
        moment = clock_of(origin)
        assert wait_until(lambda: _stored(origin) > at_backup + 250, 30)
        stream.kill()  # as the machine it ran on would end
        time.sleep(0.2)
    backups.must("verify")
    backups.must("restore", "--into", str(folder / "restored"), "--moment", moment.isoformat())
    expected = {table: rows(origin, table, committed_by=moment) for table in tables()}
    with restored_server(folder / "restored", _NAME) as url:
        assert migration_status(url).is_current
        assert {table: rows(url, table) for table in tables()} == expected
    assert at_backup < len(expected["reading"]) < _stored(origin)


def test_the_latest_moment_is_seconds_behind_the_crash(origin: str, backups: Backups, folder: Path) -> None:
    made = gateways(1)
    with backups.streaming(origin):
        backups.must("create", "--database", origin)
        enrol(origin, *made)
        sealed = backups.archive / "wal"
        before = max(path.stat().st_mtime for path in sealed.iterdir())
        assert wait_until(lambda: max(path.stat().st_mtime for path in sealed.iterdir()) > before, 20)
        assert wait_until(lambda: _restores_with_gateway(backups, folder), 40, 0.5)
    outcome = backups.run("restore", "--into", str(folder / "later"), "--moment",
                          (clock_of(origin) + timedelta(days=1)).isoformat())  # fmt: skip
    assert outcome.returncode == 1
    assert "ends before the moment" in outcome.stderr
    assert not (folder / "later" / "cluster").exists()
    refused = backups.run("restore", "--into", str(folder / "early"), "--moment", "2020-01-01T00:00:00+00:00")
    assert "goes back so far" in refused.stderr


@pytest.mark.requirement("H5")
def test_gateways_send_again_what_the_restored_database_has_not(
    origin: str, mosquitto: Broker, backups: Backups, folder: Path
) -> None:
    (made,) = gateways(1)
    enrol(origin, made)
    with backups.streaming(origin), real_gateway(folder, made, mosquitto, _PUBLIC_KEY) as home:
        outbox = home[0]
        with IngestProcess(origin, mosquitto, folder):
            blow(home, made, 5)
            assert wait_until(lambda: outbox.depth().waiting == 0, 30)
            backups.must("create", "--database", origin)
            moment = clock_of(origin)
            blow(home, made, 5)
            assert wait_until(lambda: outbox.depth().waiting == 0, 30), "receipts are in"
        backups.must("restore", "--into", str(folder / "earlier"), "--moment", moment.isoformat())
    everything = rows(origin, "reading")
    assert len(everything) == 10
    with restored_server(folder / "earlier", _NAME) as url:
        assert len(rows(url, "reading")) == 5
        asked = nykter(
            "backup", "resend", "--since", (moment + timedelta(minutes=5)).isoformat(), "--database", url,
            NYKTER_MQTT_URL=login_url(mosquitto, mosquitto.backend), NYKTER_RECEIPT_KEY=RECEIPT_SEED.hex(),
            NYKTER_DATABASE_URL=url,
        )  # fmt: skip
        assert asked.returncode == 0, asked.stderr
        # The gateway was away and hears the request when it comes back.
        with (
            real_gateway(folder, made, mosquitto, _PUBLIC_KEY) as (outbox, _),
            IngestProcess(url, mosquitto, folder) as ingest,
        ):
            assert wait_until(lambda: rows(url, "reading") == everything, 30), ingest.log.read_text()
            assert wait_until(lambda: outbox.depth().waiting == 0, 30)


def _restores_with_gateway(backups: Backups, folder: Path) -> bool:
    target = folder / f"latest-{time.monotonic_ns()}"
    backups.must("restore", "--into", str(target), "--moment", "latest")
    with restored_server(target, _NAME) as url, psycopg.connect(url) as conn:
        return conn.execute("SELECT count(*) FROM gateway").fetchone() == (1,)
