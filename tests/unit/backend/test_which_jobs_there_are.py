"""Which jobs there are, and how often each repeats: one that was lost would be missed by nobody for a long time."""

from datetime import UTC, datetime

import pytest
from procrastinate import App

from backend.jobs.app import make_app
from backend.store.pool import Database
from relapse_model.artifact import cold_start
from tests.support.web import SetClock

JOBS = {
    # name: queue, lock
    "assess": ("assess", None),
    "escalate": ("alerts", None),
    "sweep": ("alerts", None),
    "score": ("scoring", "score"),
    "score_past": ("scoring", None),
    "thresholds": ("scoring", "thresholds"),
    "train_model": ("training", None),
    "watch_models": ("training", None),
    "retain": ("retention", "retain"),
    "anchor_access_log": ("alerts", "anchor_access_log"),
    "notify": ("notify", None),
    "remind_of_log_checks": ("notify", None),
    "remind_of_emergencies": ("notify", None),
    "send_access_log_heads": ("notify", None),
    "retry_stalled": ("alerts", None),
    "remove_old_jobs": ("alerts", None),
}
REPEATED = {
    # name, what its repetitions are known by: when
    ("sweep", "sweep"): "* * * * * */10",
    ("thresholds", "thresholds"): "*/5 * * * *",
    ("watch_models", "watch_models"): "43 4 * * *",
    ("retain", "retain"): "11 4 * * *",
    ("anchor_access_log", "anchor_access_log"): "*/5 * * * *",
    ("remind_of_log_checks", "remind_of_log_checks"): "37 6 1-7 * *",
    ("remind_of_emergencies", "remind_of_emergencies"): "41 6 * * *",
    ("send_access_log_heads", "send_access_log_heads"): "23 5 * * *",
    ("retry_stalled", "stalled"): "* * * * * 30",
    ("remove_old_jobs", "remove_old"): "17 3 * * *",
}


@pytest.fixture(scope="module")
def app() -> App:
    return make_app(Database("dbname=never_opened"), SetClock(datetime(2026, 3, 2, tzinfo=UTC)), cold_start)


def test_every_job_is_in_its_queue_and_waits_only_once(app: App) -> None:
    own = {name: task for name, task in app.tasks.items() if "builtin" not in name}
    assert {name: (task.queue, task.lock) for name, task in own.items()} == JOBS
    assert {name: task.queueing_lock for name, task in own.items()} == {name: name for name in JOBS}


def test_each_is_repeated_as_often_as_before(app: App) -> None:
    found = app.periodic_registry.periodic_tasks
    assert {key: periodic.cron for key, periodic in found.items()} == REPEATED
