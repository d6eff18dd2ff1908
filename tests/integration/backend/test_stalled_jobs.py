"""The jobs of a worker that died are run again, and never stand in the way of the same work asked for since."""

from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from backend.jobs.app import make_app
from backend.store.pool import Database
from backend.store.scope import SYSTEM_SCOPE
from contracts.clock import Clock
from relapse_model.artifact import cold_start
from tests.support.web import SetClock

CLOCK: Clock = SetClock(datetime(2026, 3, 2, 8, 0, tzinfo=UTC))


@pytest.fixture
def db(postgres_database: str) -> Iterator[Database]:
    with Database(postgres_database) as opened:
        yield opened


def _jobs(db: Database) -> list[dict[str, Any]]:
    with db.transaction(SYSTEM_SCOPE) as conn:
        return conn.execute("SELECT task_name, status::text FROM procrastinate_jobs ORDER BY id").fetchall()


def _die_at_work(db: Database) -> None:
    """As a killed worker leaves it: doing, and nobody's."""
    with db.transaction(SYSTEM_SCOPE) as conn:
        conn.execute("UPDATE procrastinate_jobs SET status = 'doing', worker_id = NULL")


async def test_a_stalled_job_waits_again(db: Database) -> None:
    app = make_app(db, CLOCK, cold_start)
    async with app.open_async():
        await app.tasks["score"].defer_async()
        _die_at_work(db)
        await app.tasks["retry_stalled"].func(SimpleNamespace(app=app), 0)
    assert _jobs(db) == [{"task_name": "score", "status": "todo"}]


async def test_a_stalled_job_whose_work_was_asked_for_again_gives_way(db: Database) -> None:
    app = make_app(db, CLOCK, cold_start)
    async with app.open_async():
        for task in ("score", "assess"):
            await app.tasks[task].defer_async()
        _die_at_work(db)
        await app.tasks["score"].defer_async()
        await app.tasks["retry_stalled"].func(SimpleNamespace(app=app), 0)
        assert _jobs(db) == [
            {"task_name": "assess", "status": "todo"},
            {"task_name": "score", "status": "todo"},
        ]
        await app.run_worker_async(wait=False, install_signal_handlers=False, delete_jobs="always")
    assert _jobs(db) == []
