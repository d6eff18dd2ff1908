"""One worker process: runs the jobs of every queue and tells that it lives."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import Callable, Sequence

from procrastinate import App
from procrastinate.exceptions import ConnectorException
from psycopg_pool import PoolTimeout  # what procrastinate lets through while it opens its pool

from backend.errors import DatabaseUnavailable
from backend.jobs.app import NO_AUDIT, Audit, make_app
from backend.notify.channel import NO_CHANNELS, Channels
from backend.store import assessment_queue
from backend.store.beats import record_beat
from backend.store.pool import Database
from backend.store.scope import SYSTEM_SCOPE
from contracts.clock import Clock
from relapse_model.artifact import Artifact

log = logging.getLogger(__name__)

BEAT_S = 5.0
AGAIN_S = 2.0
CONCURRENCY = 3
STALLED_AFTER_S = 30.0


async def run(
    db: Database,
    clock: Clock,
    model: Callable[[], Artifact],
    channels: Channels = NO_CHANNELS,
    *,
    name: str = "worker",
    train: Sequence[str] = (),
    audit: Audit = NO_AUDIT,
) -> None:
    """Work until SIGTERM or SIGINT, then finish the jobs at hand. A killed worker's jobs are run by the next one.

    A database that goes away is waited for. `train` is the command that trains models that were asked for.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    beating = asyncio.create_task(_beat(db, clock, name, stop))
    while not stop.is_set():
        try:
            await _work(make_app(db, clock, model, channels, train, audit), name, stop)
        except (ConnectorException, PoolTimeout) as error:
            log.warning("the job queue cannot be reached (%s); trying again", type(error).__name__)
            await _pause(stop, AGAIN_S)
    await beating


async def _work(app: App, name: str, stop: asyncio.Event) -> None:
    async with app.open_async():
        working = asyncio.create_task(
            app.run_worker_async(
                name=name,
                concurrency=CONCURRENCY,
                delete_jobs="successful",
                install_signal_handlers=False,
                fetch_job_polling_interval=2.0,
                stalled_worker_timeout=STALLED_AFTER_S,
                shutdown_graceful_timeout=20.0,
            )
        )
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        for task in (working, stopping):
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await working


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)


async def _beat(db: Database, clock: Clock, name: str, stop: asyncio.Event) -> None:
    while not stop.is_set():
        try:
            await asyncio.to_thread(_record, db, clock, name)
        except DatabaseUnavailable:
            log.warning("the database cannot be reached; the worker waits for it")
        await _pause(stop, BEAT_S)


def _record(db: Database, clock: Clock, name: str) -> None:
    with db.transaction(SYSTEM_SCOPE) as conn:
        waiting, since = assessment_queue.waiting(conn)
        detail = {"waiting_clients": waiting, "waiting_since": since.isoformat() if since else None}
        record_beat(conn, name, detail, now=clock.now())
