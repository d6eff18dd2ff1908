"""The procrastinate application: which tasks there are, in which queues, and how often they repeat.

Deadlines are columns; a job only wakes somebody to look at them. So any job may be lost, repeated or late: the sweep
asks what is overdue and not handled, never what fell due just now.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from nacl.signing import SigningKey
from procrastinate import App, JobContext, PsycopgConnector, RetryStrategy
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Status

from backend.access.principal import SYSTEM
from backend.errors import DatabaseUnavailable
from backend.jobs.beside import run_beside
from backend.notify.channel import NO_CHANNELS, Channels, TransportError
from backend.services import (
    access_chain,
    alert_budget,
    assessment,
    care_relations,
    deletion,
    deliveries,
    emergencies,
    erasure,
    escalations,
    fleet,
    log_checks,
    model_training,
    notices,
    operations,
    planned_tests,
    retention,
    scoring,
    sealing,
    window_reminders,
)
from backend.store.assessment_queue import ASSESS
from backend.store.escalations import ESCALATE
from backend.store.notices import NOTIFY
from backend.store.pool import Database
from contracts.clock import Clock
from relapse_model.artifact import Artifact

log = logging.getLogger(__name__)

ALERTS = "alerts"
SCORING = "scoring"
TRAINING = "training"
RETENTION = "retention"
SWEEP_CRON = "* * * * * */10"
"""Every ten seconds of real time (the sixth field is seconds)."""
_AGAIN = RetryStrategy(max_attempts=5, exponential_wait=2, retry_exceptions={DatabaseUnavailable})
_LATER = RetryStrategy(
    max_attempts=6, exponential_wait=30, retry_exceptions={DatabaseUnavailable, TransportError}
)
_KEEP_JOBS_H = 24
_POOL_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Audit:
    """What keeps the access log's proof outside the database; either may be missing, and then that part is not done."""

    anchor: access_chain.Anchor | None = None
    key: SigningKey | None = None


NO_AUDIT = Audit()


def make_app(
    db: Database,
    clock: Clock,
    model: Callable[[], Artifact],
    channels: Channels = NO_CHANNELS,
    train: Sequence[str] = (),
    audit: Audit = NO_AUDIT,
) -> App:
    """The application with every task bound to this database, clock and model. Open it with `open_async`.

    `channels` are those that tell people outside the pages. `audit` is where the access log's heads are written down,
    and the key that signs the end of its months. `train` is the command that trains the models that were
    asked for, run as a process of its own.
    """
    # A worker asked to end while the database is away waits this long for it, not the pool's usual 30 s.
    connector = PsycopgConnector(conninfo=db.system_conninfo, min_size=1, max_size=4, timeout=_POOL_TIMEOUT_S)
    app = App(connector=connector)

    _alerts(app, db, clock)
    _models(app, db, clock, model, train)
    _keeping(app, db, clock, audit)
    _telling(app, db, clock, channels)
    _upkeep(app)
    return app


def _alerts(app: App, db: Database, clock: Clock) -> None:
    """What happened is assessed, and who has not answered is followed by the next."""

    @app.task(name=ASSESS, queue=ASSESS, queueing_lock=ASSESS, retry=_AGAIN)
    def assess() -> int:
        return assessment.assess_due(db, now=clock.now())

    @app.task(name=ESCALATE, queue=ALERTS, queueing_lock=ESCALATE, retry=_AGAIN)
    def escalate() -> int:
        return escalations.escalate_due(db, now=clock.now())

    @app.periodic(cron=SWEEP_CRON, periodic_id="sweep")
    @app.task(name="sweep", queue=ALERTS, queueing_lock="sweep")
    def sweep(timestamp: int) -> None:  # noqa: ARG001 (procrastinate passes it)
        access_chain.seal(db, SYSTEM)
        planned_tests.draw_ahead(db, now=clock.now())
        assessment.sweep(db, now=clock.now())
        scoring.wake_if_due(db, now=clock.now())
        operations.close_chunks(db)
        care_relations.settle_due(db, SYSTEM, now=clock.now())
        escalations.wake_if_due(db, now=clock.now())
        fleet.watch(db, now=clock.now())
        window_reminders.remind(db, SYSTEM, now=clock.now())
        notices.wake_if_due(db, now=clock.now())


def _models(
    app: App, db: Database, clock: Clock, model: Callable[[], Artifact], train: Sequence[str]
) -> None:
    """Scores, their thresholds, and the models they come from."""

    @app.task(name="score", queue=SCORING, queueing_lock="score", lock="score", retry=_AGAIN)
    def score() -> int:
        return scoring.score_due(db, model(), now=clock.now())

    @app.task(name="score_past", queue=SCORING, queueing_lock="score_past", retry=_AGAIN)
    def score_past() -> bool:
        return scoring.score_past(db, model(), now=clock.now())

    @app.periodic(cron="*/5 * * * *", periodic_id="thresholds")
    @app.task(name="thresholds", queue=SCORING, queueing_lock="thresholds", lock="thresholds")
    def thresholds(timestamp: int) -> None:  # noqa: ARG001
        alert_budget.renew(db, now=clock.now())

    @app.task(name="train_model", queue=TRAINING, queueing_lock="train_model")
    async def train_model() -> int:
        return await run_beside(train)

    @app.periodic(cron="43 4 * * *", periodic_id="watch_models")
    @app.task(name="watch_models", queue=TRAINING, queueing_lock="watch_models", retry=_AGAIN)
    def watch_models(timestamp: int) -> int:  # noqa: ARG001
        return model_training.watch(db, now=clock.now())


def _keeping(app: App, db: Database, clock: Clock, audit: Audit) -> None:
    """What is kept no longer, and the proof of what is."""

    # Past the hours that clock changes touch, wherever in Europe the clinic is.
    @app.periodic(cron="11 4 * * *", periodic_id="retain")
    @app.task(name="retain", queue=RETENTION, queueing_lock="retain", lock="retain", retry=_AGAIN)
    def retain(timestamp: int) -> None:  # noqa: ARG001
        retention.retain(db, SYSTEM, now=clock.now(), audit_key=audit.key)
        sealing.seal_existing(db, SYSTEM)
        erasure.carry_out(db, SYSTEM, now=clock.now())
        deletion.carry_out(db, SYSTEM, now=clock.now())

    @app.periodic(cron="*/5 * * * *", periodic_id="anchor_access_log")
    @app.task(
        name="anchor_access_log", queue=ALERTS, queueing_lock="anchor_access_log", lock="anchor_access_log"
    )
    def anchor_access_log(timestamp: int) -> int:  # noqa: ARG001
        if audit.anchor is None:
            return 0
        return access_chain.anchor(db, SYSTEM, audit.anchor, key=audit.key, now=clock.now())


def _telling(app: App, db: Database, clock: Clock, channels: Channels) -> None:
    """People are told, and reminded."""

    @app.task(name=NOTIFY, queue=NOTIFY, queueing_lock=NOTIFY, retry=_AGAIN)
    def notify() -> int:
        return deliveries.deliver_due(db, channels, now=clock.now())

    @app.periodic(cron="37 6 1-7 * *", periodic_id="remind_of_log_checks")
    @app.task(name="remind_of_log_checks", queue=NOTIFY, queueing_lock="remind_of_log_checks", retry=_AGAIN)
    def remind_of_log_checks(timestamp: int) -> int:  # noqa: ARG001
        return log_checks.remind(db, SYSTEM, now=clock.now())

    @app.periodic(cron="41 6 * * *", periodic_id="remind_of_emergencies")
    @app.task(name="remind_of_emergencies", queue=NOTIFY, queueing_lock="remind_of_emergencies", retry=_AGAIN)
    def remind_of_emergencies(timestamp: int) -> int:  # noqa: ARG001
        return emergencies.remind(db, SYSTEM, now=clock.now())

    @app.periodic(cron="23 5 * * *", periodic_id="send_access_log_heads")
    @app.task(name="send_access_log_heads", queue=NOTIFY, queueing_lock="send_access_log_heads", retry=_LATER)
    def send_access_log_heads(timestamp: int) -> int:  # noqa: ARG001
        return access_chain.send_heads(db, SYSTEM, channels, now=clock.now())


def _upkeep(app: App) -> None:
    """The queue looks after itself."""

    @app.periodic(cron="* * * * * 30", periodic_id="stalled")
    @app.task(name="retry_stalled", queue=ALERTS, queueing_lock="retry_stalled", pass_context=True)
    async def retry_stalled(context: JobContext, timestamp: int) -> None:  # noqa: ARG001
        for job in await context.app.job_manager.get_stalled_jobs():
            log.warning("job %s (%s) belongs to a worker that died; it is run again", job.id, job.task_name)
            try:
                await context.app.job_manager.retry_job(job)
            except UniqueViolation:
                # The same work waits already; left as it is, this job would keep its lock for ever.
                assert job.id is not None
                await context.app.job_manager.finish_job_by_id_async(job.id, Status.FAILED, delete_job=True)

    @app.periodic(cron="17 3 * * *", periodic_id="remove_old")
    @app.task(name="remove_old_jobs", queue=ALERTS, queueing_lock="remove_old_jobs", pass_context=True)
    async def remove_old_jobs(context: JobContext, timestamp: int) -> None:  # noqa: ARG001
        await context.app.job_manager.delete_old_jobs(nb_hours=_KEEP_JOBS_H, include_failed=False)
