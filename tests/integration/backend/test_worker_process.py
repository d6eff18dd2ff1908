"""A real worker process: it assesses what arrived, and a killed one loses nothing and tells nothing twice."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from backend.store import assessment_queue
from backend.store.pool import Database
from backend.store.scope import SYSTEM_SCOPE
from tests.support.care import Clinic, make_clinic

ROOT = Path(__file__).parents[3]


@pytest.fixture
def clinic(database: str) -> Iterator[Clinic]:
    with Database(database) as db:
        yield make_clinic(db, now=datetime.now(UTC) - timedelta(days=3))


def _start(clinic: Clinic) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "nykter.cli", "worker"],
        cwd=ROOT,
        env={**os.environ, "NYKTER_DATABASE_URL": clinic.db.conninfo, "OMP_NUM_THREADS": "1"},
    )


def _wait(seconds: float, clinic: Clinic, query: str) -> list[dict[str, object]]:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if rows := clinic.rows(query):
            return rows
        time.sleep(0.05)
    return []


def _wake(clinic: Clinic) -> None:
    with clinic.db.transaction(SYSTEM_SCOPE) as conn:
        assessment_queue.wake_worker(conn)


def test_a_worker_turns_a_positive_and_its_retest_into_an_alert(clinic: Clinic) -> None:
    worker = _start(clinic)
    try:
        assert _wait(20, clinic, "SELECT 1 FROM process_beat WHERE process = 'worker'")
        at = datetime.now(UTC) - timedelta(minutes=30)
        clinic.blow(at, 0.42)
        clinic.blow(at + timedelta(minutes=20), 0.42)
        _wake(clinic)
        began = time.monotonic()
        assert _wait(10, clinic, "SELECT 1 FROM alert")
        assert time.monotonic() - began < 3
        assert _wait(10, clinic, "SELECT 1 FROM risk_score WHERE horizon_hours = 72")
    finally:
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(20) == 0
    assert clinic.rows("SELECT 1 FROM procrastinate_jobs WHERE status = 'failed'") == []


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_workers_killed_in_the_middle_lose_nothing_and_tell_nothing_twice(clinic: Clinic) -> None:
    clients = [clinic.client_id]
    clinic.status(datetime.now(UTC))
    start = datetime.now(UTC) - timedelta(days=2)
    confirmed = 0
    for kill_after in (1.2, 1.6, 2.0, 2.6):
        worker = _start(clinic)
        at = start + timedelta(hours=8 * confirmed)
        clinic.blow(at, 0.42)
        clinic.blow(at + timedelta(minutes=20), 0.42)
        _wake(clinic)
        confirmed += 1
        time.sleep(kill_after)
        worker.kill()
        worker.wait(10)
    worker = _start(clinic)
    try:
        done = f"""
            SELECT 1 FROM alert
             WHERE jsonb_array_length(jsonb_path_query_array(
                       evidence, '$[*] ? (@.kind == "confirmed_positive")')) = {confirmed}
               AND NOT EXISTS (SELECT FROM assessment_due)"""
        assert _wait(60, clinic, done)
    finally:
        worker.send_signal(signal.SIGTERM)
        worker.wait(20)
    alerts = clinic.rows("SELECT client_id, evidence FROM alert")
    assert [alert["client_id"] for alert in alerts] == clients
    evidence = alerts[0]["evidence"]
    assert isinstance(evidence, list)
    assert len({line["key"] for line in evidence}) == len(evidence)
    states = clinic.rows("SELECT state, count(*) AS n FROM test_result GROUP BY state")
    assert states == [{"state": "positive_confirmed", "n": 2 * confirmed}]
