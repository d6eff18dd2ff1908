"""The platform calls itself ready only while everything a reading needs on its way is there."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from backend.services.operations import readiness
from backend.store.beats import record_beat
from backend.store.pool import Database
from backend.store.scope import SYSTEM_SCOPE

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@pytest.fixture
def db(postgres_database: str) -> Iterator[Database]:
    with Database(postgres_database) as opened:
        yield opened


def _beat(db: Database, process: str, **detail: object) -> None:
    with db.transaction(SYSTEM_SCOPE) as conn:
        record_beat(conn, process, detail, now=NOW)


def test_ready_once_ingest_and_worker_live_and_the_broker_is_connected(db: Database) -> None:
    assert readiness(db, now=NOW).problems.keys() == {"ingest", "worker"}
    _beat(db, "ingest", broker_connected=True)
    _beat(db, "worker")
    found = readiness(db, now=NOW)
    assert found.ready
    assert found.problems == {}


def test_not_ready_while_ingest_has_no_broker(db: Database) -> None:
    _beat(db, "ingest", broker_connected=False)
    _beat(db, "worker")
    found = readiness(db, now=NOW)
    assert not found.ready
    assert found.problems == {"broker": "not connected"}


def test_not_ready_while_history_is_being_loaded(db: Database) -> None:
    _beat(db, "ingest", broker_connected=True, loading=True)
    _beat(db, "worker")
    assert readiness(db, now=NOW).problems.keys() == {"loading"}


def test_not_ready_without_a_database() -> None:
    with Database("postgresql://nobody@127.0.0.1:1/nowhere", timeout_s=1) as db:
        assert readiness(db, now=NOW).problems == {"database": "not reachable"}
